"""Rules that traces have to keep: which there are, and how people write them in a file, an option, or Python."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypedDict, Unpack

from hotspan_analysis import texts
from hotspan_analysis.window import parse_duration
from hotspan_collector.errors import BadInputError

RULES_FILE: Final = Path("hotspan.toml")
EVERY: Final = "*"
"""Stands for every endpoint that has no limit of its own."""

UNITS: Final = {
    "no_storms": ("storms",),
    "max_amplification": ("ratio",),
    "max_duplicates": ("requests", "share"),
    "max_share": ("share",),
    "max_p95": ("ms",),
    "max_error_rate": ("share",),
    "max_regression": ("share",),
}
"""Every rule, and the units that its limit may be in."""

Limit = float | str
Given = bool | Limit | Mapping[str, Limit] | None


class GivenRules(TypedDict, total=False):
    """Rules as people write them: `1.2`, `"5%"`, `"300ms"`, or a limit for each endpoint by its name."""

    no_storms: bool
    max_amplification: Limit | Mapping[str, Limit] | None
    max_duplicates: Limit | Mapping[str, Limit] | None
    max_share: Limit | Mapping[str, Limit] | None
    max_p95: Limit | Mapping[str, Limit] | None
    max_error_rate: Limit | Mapping[str, Limit] | None
    max_regression: Limit | Mapping[str, Limit] | None
    baseline: str | Path | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit: of one endpoint or job, or of each that has none of its own."""

    name: str
    limit: float
    unit: str
    """storms, ratio, requests, share (0-1) or ms"""
    endpoint: str = EVERY

    def written(self, value: float) -> str:
        """A figure in the unit of the limit, as people read it."""
        match self.unit:
            case "share":
                return texts.percent(value)
            case "ms":
                return texts.duration(value / 1e3)
            case "ratio":
                return texts.rate(value)
        return texts.count(round(value))


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that is asked of traces at once, and what max_regression compares with."""

    rules: tuple[Rule, ...] = ()
    baseline: Path | None = None

    @classmethod
    def of(cls, **given: Unpack[GivenRules]) -> "Rules":
        """The rules that these values mean; raises BadInputError for a name or a limit that means nothing."""
        return cls._of(dict(given), "")

    @classmethod
    def read(cls, path: Path) -> "Rules":
        """The rules of a TOML file; a baseline is looked for beside it. Raises BadInputError for what is wrong."""
        try:
            given = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise BadInputError(
                f"cannot read the rules in {path}: {error.strerror}; write them with hotspan check --init"
            ) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadInputError(f"{path} is no TOML: {error}") from error
        rules = cls._of(given, f"{path}: ")
        return replace(rules, baseline=path.parent / rules.baseline if rules.baseline else None)

    @classmethod
    def _of(cls, given: dict[str, Any], where: str) -> "Rules":
        baseline = given.pop("baseline", None)
        if not isinstance(baseline, str | Path | None):
            raise BadInputError(f"{where}baseline must be the name of a file, not {baseline!r}")
        rules = [rule for name, value in given.items() for rule in _rules(name, value, where)]
        return cls(tuple(rules), Path(baseline) if baseline else None)

    def overridden(self, by: "Rules") -> "Rules":
        """These rules, but for those that the others say otherwise."""
        said = {(rule.name, rule.endpoint) for rule in by.rules}
        kept = [rule for rule in self.rules if (rule.name, rule.endpoint) not in said]
        return Rules((*kept, *by.rules), by.baseline or self.baseline)


def _rules(name: str, value: Given, where: str) -> Iterable[Rule]:
    if name not in UNITS:
        raise BadInputError(f"{where}there is no rule {name!r}; there are {', '.join(UNITS)}, and baseline")
    if name == "no_storms":
        if not isinstance(value, bool):
            raise BadInputError(f"{where}no_storms is true or false, not {value!r}")
        return [Rule(name, 0, "storms")] if value else []
    if value is None:
        return []
    limits = value if isinstance(value, Mapping) else {EVERY: value}
    return [_rule(name, endpoint, limit, where) for endpoint, limit in limits.items()]


def _rule(name: str, endpoint: str, value: Any, where: str) -> Rule:
    try:
        limit, unit = _limit(name, value)
    except BadInputError as error:
        of = "" if endpoint == EVERY else f" of {endpoint}"
        raise BadInputError(f"{where}{name}{of}: {error}") from None
    return Rule(name, limit, unit, endpoint)


def _limit(name: str, value: Any) -> tuple[float, str]:
    units = UNITS[name]
    if units == ("ms",) and isinstance(value, str):
        return parse_duration(value) / 1e6, "ms"
    text = str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    unit = "share" if text.endswith("%") and "share" in units else units[0]
    number = _number(text.removesuffix("%") if unit == "share" else text)
    # A plain number for a share would be 30 or 0.3, and nobody could tell: it has to have its sign.
    if number is None or units == ("ms",) or (unit == "share" and not text.endswith("%")):
        raise BadInputError(f"{value!r} is no limit; write for example {_EXAMPLES[name]}")
    if name == "max_amplification" and number < 1:
        raise BadInputError(f"{value!r} is less than 1, which no endpoint can have; write for example 1.2")
    return (number / 100 if unit == "share" else number), unit


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


_EXAMPLES: Final = {
    "max_amplification": "1.2",
    "max_duplicates": '0 (requests) or "5%"',
    "max_share": '"30%"',
    "max_p95": '"300ms"',
    "max_error_rate": '"1%"',
    "max_regression": '"20%"',
}
