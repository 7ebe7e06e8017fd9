"""By how much a finding passed each test on its way."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Margin:
    """One test: what was found, what was asked for, and whether that was enough."""

    test: str
    value: float
    threshold: float
    passed: bool


class Margins:
    """Runs tests and remembers them, each once."""

    def __init__(self) -> None:
        self._tests: dict[str, Margin] = {}

    def at_least(self, test: str, value: float, threshold: float) -> bool:
        return self._note(test, value, threshold, value >= threshold)

    def at_most(self, test: str, value: float, threshold: float) -> bool:
        return self._note(test, value, threshold, value <= threshold)

    def taken(self) -> tuple[Margin, ...]:
        return tuple(self._tests.values())

    def _note(self, test: str, value: float, threshold: float, passed: bool) -> bool:
        self._tests.setdefault(test, Margin(test, value, threshold, passed))
        return passed
