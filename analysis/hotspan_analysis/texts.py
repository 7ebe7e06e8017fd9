"""Numbers and names as people read them: a unit a glance, and nothing that a terminal would obey."""

import unicodedata
from datetime import UTC, datetime, tzinfo
from typing import Final

_SECOND_NS: Final = 1_000_000_000
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Unicode categories that move the cursor, change direction, or cannot be seen."""


def printable(text: str) -> str:
    """The text with every character that a terminal would obey, or that nobody could see, written as an escape."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escaped(each) if unicodedata.category(each) in _UNSAFE else each for each in text)


def duration(seconds: float | None) -> str:
    """`850 µs`, `12.3 ms`, `2.50 s`, `12.5 min`, `3.20 h`: three digits that matter."""
    if seconds is None:
        return "-"
    if not seconds:
        return "0 s"
    size = abs(seconds)
    for limit, factor, unit in _UNITS:
        if size < limit:
            return f"{_three_digits(seconds * factor)} {unit}"
    return f"{seconds / 86400:,.1f} d"


def count(number: int | None) -> str:
    """`1,234,567`; a dash for a number that nobody knows."""
    return "-" if number is None else f"{number:,}"


def counted(number: int, noun: str) -> str:
    """`1 error`, `1,234 errors`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def some(number: int | None) -> str:
    """Like `count`, but zero is a dot: what is not zero stands out."""
    return "·" if number == 0 else count(number)


def size(number: int) -> str:
    """`812 B`, `12.3 MB`, `1.50 GB`."""
    for limit, factor, unit in ((1000, 1, "B"), (999_500, 1e3, "kB"), (999.5e6, 1e6, "MB"), (999.5e9, 1e9, "GB")):
        if number < limit:
            return f"{_three_digits(number / factor)} {unit}" if factor > 1 else f"{number} B"
    return f"{_three_digits(number / 1e12)} TB"


def rate(number: float) -> str:
    """A rate or a load with three digits that matter: `0.04`, `3.10`, `1,250`; tiny but not nothing is `<0.01`."""
    return "<0.01" if 0 < number < 0.005 else _three_digits(number)


def percent(share: float | None) -> str:
    """A share of one as `12.3%`; tiny but not nothing is `<0.1%`."""
    if share is None:
        return "-"
    if 0 < share < 0.0005:
        return "<0.1%"
    return f"{share * 100:.1f}%"


def percentiles_within(error: float) -> str:
    """How far percentiles may be off, as a sentence; empty where they are exact."""
    return (
        f"Percentiles are within {percent(error)} of their value: too many requests to rank exactly." if error else ""
    )


def some_percent(share: float | None) -> str:
    """Like `percent`, but zero is a dot: what is not zero stands out."""
    return "·" if share == 0 else percent(share)


def change(ratio: float | None) -> str:
    """A change as `+12%`, `-3%`, `x4.2` from a tripling on; a dash when there is nothing to compare with."""
    if ratio is None:
        return "-"
    if ratio >= 2:
        return f"x{_three_digits(ratio + 1)}"
    return f"{ratio * 100:+.0f}%"


def moment(moment_ns: int, *, date: bool = True, zone: tzinfo | None = None) -> str:
    """A moment in a zone, this machine's by default: `2026-03-01 09:40:00`, or without the date."""
    local = datetime.fromtimestamp(moment_ns // _SECOND_NS, tz=UTC).astimezone(zone)
    return local.strftime("%Y-%m-%d %H:%M:%S" if date else "%H:%M:%S")


def stretch(from_ns: int, to_ns: int, zone: tzinfo | None = None) -> str:
    """A window in a zone, which is named: `2026-03-01 09:40:00 to 09:55:00 UTC (15.0 min)`."""
    start, end = moment(from_ns, zone=zone), moment(to_ns, zone=zone)
    if start[:10] == end[:10]:
        end = end[11:]
    name = datetime.fromtimestamp(to_ns // _SECOND_NS, tz=UTC).astimezone(zone).strftime("%Z")
    return f"{start} to {end} {name} ({duration((to_ns - from_ns) / _SECOND_NS)})"


_UNITS: Final = (
    (0.9995e-6, 1e9, "ns"),
    (0.9995e-3, 1e6, "µs"),
    (0.9995, 1e3, "ms"),
    (119.95, 1, "s"),
    (7197, 1 / 60, "min"),
    (172800, 1 / 3600, "h"),
)


def _three_digits(number: float) -> str:
    size = abs(number)
    if size >= 99.95:
        return f"{number:,.0f}"
    if size >= 9.995:
        return f"{number:.1f}"
    return f"{number:.2f}" if size else "0"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
