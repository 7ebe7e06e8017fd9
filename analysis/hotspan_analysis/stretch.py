"""The stretch of time that somebody asks about, and the others that it can be compared with."""

from dataclasses import dataclass
from typing import Final

from hotspan_analysis.window import SECOND_NS, Window, iso
from hotspan_collector.errors import BadInputError

MINUTE_NS: Final = 60 * SECOND_NS
HOUR_NS: Final = 60 * MINUTE_NS
REACH_NS: Final = 30 * MINUTE_NS
"""How far the hour around reaches on either side: near enough that traffic is what it is then."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """The stretch looked at, and with how many others it is compared: only such as the data cover from end to end."""

    window: Window
    data: Window
    hours: int
    """Stretches that begin whole hours away; days are among them."""
    days: int
    near_from_ns: int
    near_to_ns: int
    fold_ns: int
    fold_to_ns: int

    @classmethod
    def of(cls, moment_ns: int, length_ns: int, data: Window) -> "Stretch":
        """The stretch that begins at a moment; raises BadInputError where the data have nothing to say about it."""
        if not 0 < length_ns <= REACH_NS:
            raise BadInputError("a stretch of more than 30m cannot be told from the hour around it; make it shorter")
        window = Window(moment_ns, moment_ns + length_ns)
        if window.to_ns <= data.from_ns or window.from_ns >= data.to_ns:
            raise BadInputError(
                f"{iso(moment_ns)} is outside of the data, which reach from {iso(data.from_ns)} to {iso(data.to_ns)}"
            )
        before_ns, after_ns = max(0, moment_ns - data.from_ns), max(0, data.to_ns - window.to_ns)
        earlier, later = before_ns // HOUR_NS, after_ns // HOUR_NS
        return cls(
            window=window,
            data=data,
            hours=earlier + later,
            days=earlier // 24 + later // 24,
            near_from_ns=moment_ns - min(REACH_NS, before_ns) // length_ns * length_ns,
            near_to_ns=window.to_ns + min(REACH_NS, after_ns) // length_ns * length_ns,
            fold_ns=moment_ns - earlier * HOUR_NS,
            fold_to_ns=window.to_ns + later * HOUR_NS,
        )

    @property
    def covered_ns(self) -> int:
        """How much of the stretch the data cover: all of it, unless they begin or end inside."""
        return min(self.window.to_ns, self.data.to_ns) - max(self.window.from_ns, self.data.from_ns)

    @property
    def near(self) -> int:
        """Stretches of the same length in half an hour on either side."""
        return (self.near_to_ns - self.near_from_ns) // self.window.length_ns - 1

    def bind(self) -> dict[str, int]:
        """The values that the question binds."""
        return {
            "from_ns": self.window.from_ns,
            "to_ns": self.window.to_ns,
            "length_ns": self.window.length_ns,
            "data_from_ns": self.data.from_ns,
            "data_to_ns": self.data.to_ns,
            "near_from_ns": self.near_from_ns,
            "near_to_ns": self.near_to_ns,
            "fold_ns": self.fold_ns,
            "fold_to_ns": self.fold_to_ns,
            "now_hour": (self.window.from_ns - self.fold_ns) // HOUR_NS,
        }
