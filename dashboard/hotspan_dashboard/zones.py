"""The zone in which times are shown: one offset for the whole view, so that no time in it means two moments."""

from datetime import UTC, datetime, timedelta, timezone, tzinfo

from hotspan_analysis.window import SECOND_NS


def fixed(zone: tzinfo | None, moment_ns: int) -> timezone:
    """A zone, or the machine's own, as it is at a moment: its offset and its name, CET or CEST."""
    local = datetime.fromtimestamp(moment_ns // SECOND_NS, tz=UTC).astimezone(zone)
    return timezone(local.utcoffset() or timedelta(), local.tzname() or "UTC")
