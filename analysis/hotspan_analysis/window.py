"""Windows of time: half-open, from <= start < to, in nanoseconds since the epoch; and how people write them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from hotspan_collector.errors import BadInputError

SECOND_NS: Final = 1_000_000_000
_UNITS_NS: Final = {
    "ms": 1_000_000,
    "s": SECOND_NS,
    "m": 60 * SECOND_NS,
    "h": 3600 * SECOND_NS,
    "d": 86400 * SECOND_NS,
    "w": 604800 * SECOND_NS,
}
_DAY_NS: Final = 86400 * SECOND_NS
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d{1,6})?))?")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time; what starts at `from_ns` is in it, what starts at `to_ns` is not."""

    from_ns: int
    to_ns: int

    def __post_init__(self) -> None:
        if self.to_ns <= self.from_ns:
            raise BadInputError(
                f"the window ends at {iso(self.to_ns)}, which is not after its start {iso(self.from_ns)}; "
                "swap the two or make it longer"
            )

    @property
    def length_ns(self) -> int:
        """How long it is."""
        return self.to_ns - self.from_ns

    @property
    def length_s(self) -> float:
        """How long it is, in seconds."""
        return self.length_ns / SECOND_NS

    def previous(self) -> "Window":
        """The window of the same length that ends where this one starts."""
        return Window(self.from_ns - self.length_ns, self.from_ns)

    def contains(self, moment_ns: int) -> bool:
        """Whether something that starts at that moment belongs here."""
        return self.from_ns <= moment_ns < self.to_ns

    def as_dict(self) -> dict[str, str]:
        """Start and end in ISO 8601, UTC."""
        return {"start": iso(self.from_ns), "end": iso(self.to_ns)}


def whole_seconds(first_ns: int, after_ns: int) -> Window:
    """The smallest window of whole seconds, one at least, that holds everything from the first moment on."""
    from_ns = first_ns - first_ns % SECOND_NS
    return Window(from_ns, max(after_ns + -after_ns % SECOND_NS, from_ns + SECOND_NS))


def iso(moment_ns: int) -> str:
    """ISO 8601 in UTC, with as many decimals as the moment needs, down to the nanosecond."""
    seconds, rest = divmod(moment_ns, SECOND_NS)
    text = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    decimals = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{text}{decimals}Z"


def parse_window(text: str, data: Window, *, zone: tzinfo | None = None) -> Window:
    """What a person means by `15m` (the last 15 minutes of the data), `09:40/09:50`, `2026-03-01T09:40/` or `/10:00`.

    A clock without a date is the last such moment that the data reaches; after `from` it is the next one.
    A moment without a zone is in `zone`, the local zone of this machine if none is given.
    """
    if "/" not in text:
        return Window(data.to_ns - parse_duration(text), data.to_ns)
    start, _, end = text.partition("/")
    from_ns = parse_moment(start, before_ns=data.to_ns, zone=zone) if start.strip() else data.from_ns
    to_ns = data.to_ns if not end.strip() else _end(end, from_ns if start.strip() else None, data.to_ns, zone)
    return Window(from_ns, to_ns)


def parse_duration(text: str) -> int:
    """`90s`, `15m`, `1h30m`, `7d` in nanoseconds; raises BadInputError for anything else, zero included."""
    parts = _DURATION.findall(text.strip())
    if not parts or "".join(number + unit for number, unit in parts) != text.strip():
        raise BadInputError(f"{text!r} is no length of time; write for example 90s, 15m, 2h, 1h30m or 7d")
    length_ns = sum(round(float(number) * _UNITS_NS[unit]) for number, unit in parts)
    if length_ns <= 0:
        raise BadInputError(f"{text!r} is no time at all; write for example 15m")
    return length_ns


def parse_moment(text: str, *, before_ns: int, zone: tzinfo | None = None) -> int:
    """An ISO 8601 moment, or a clock like 09:40: the last one that is not after `before_ns`."""
    if clock := _CLOCK.fullmatch(text.strip()):
        return _last_clock(text, clock, before_ns, zone)
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadInputError(f"{text!r} is no moment; write 09:40, 2026-03-01 or 2026-03-01T09:40:00Z") from None
    if moment.tzinfo is None:
        moment = _aware(moment, zone)
    return _epoch_ns(moment)


def _end(text: str, from_ns: int | None, before_ns: int, zone: tzinfo | None) -> int:
    moment_ns = parse_moment(text, before_ns=before_ns, zone=zone)
    if from_ns is None or not _CLOCK.fullmatch(text.strip()):
        return moment_ns
    return from_ns + ((moment_ns - from_ns) % _DAY_NS or _DAY_NS)


def _last_clock(text: str, clock: re.Match[str], before_ns: int, zone: tzinfo | None) -> int:
    hour, minute, second = int(clock[1]), int(clock[2]), float(clock[3] or 0)
    if hour > 23 or minute > 59 or second >= 60:
        raise BadInputError(f"{text!r} is no time of day; write it as 09:40 or 09:40:30")
    day = datetime.fromtimestamp(before_ns // SECOND_NS, tz=zone or UTC)
    local = (day if zone else day.astimezone()).replace(
        hour=hour, minute=minute, second=int(second), microsecond=round(second % 1 * 1_000_000), tzinfo=None
    )
    today_ns = _epoch_ns(_aware(local, zone))
    return today_ns if today_ns <= before_ns else _epoch_ns(_aware(local - timedelta(days=1), zone))


def _aware(moment: datetime, zone: tzinfo | None) -> datetime:
    return moment.replace(tzinfo=zone) if zone else moment.astimezone()


def _epoch_ns(moment: datetime) -> int:
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * SECOND_NS + since.microseconds * 1000
