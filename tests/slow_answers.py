"""The questions answered slowly and plainly, in Python loops: what the SQL is held against."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from traces import EPOCH_NS, request

RequestRow = Mapping[str, Any]
HOUR_NS = 3_600_000_000_000

_SECONDS = st.integers(0, 40).map(lambda quarter: quarter / 4)
_MS = st.one_of(st.none(), st.sampled_from([0.0, 250.0, 1000.0, 5000.0]), st.integers(-500, 6000).map(float))


def requests_of_a_few_clients(max_size: int = 30) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Requests that collide often: few clients, targets and moments; open ones, skewed clocks and instants among them."""
    one = st.builds(
        _request,
        endpoint=st.sampled_from(["GET /a", "PUT /a", "GET /b", "OPTIONS /a"]),
        at=_SECONDS,
        ms=_MS,
        queued=st.sampled_from([0.0, 0.0, 0.5]),
        service=st.sampled_from(["app", "app", "shop"]),
        kind=st.sampled_from(["web", "web", "web", "held_open"]),
        client=st.sampled_from(["ann", "bob", None]),
        target=st.sampled_from(["x", "y", None]),
        status=st.sampled_from([200, 200, 404, 500, None]),
        speculative=st.sampled_from([False, False, False, True]),
        aborted=st.booleans(),
    )
    return st.lists(one, max_size=max_size).map(_numbered)


def _request(
    endpoint: str, at: float, ms: float | None, queued: float, status: int | None, **more: Any
) -> dict[str, Any]:
    row = request(endpoint, at=at, ms=ms, status=None if ms is None else status, **more)
    return row | {"arrival_ns": row["start_ns"] - round(queued * 1e9)}


def _numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row | {"seq": number} for number, row in enumerate(rows)]


def end_ns(row: RequestRow, now_ns: int) -> int:
    """When it ended, or now."""
    return now_ns if row["end_ns"] is None else int(row["end_ns"])


def took_ns(row: RequestRow, now_ns: int) -> int:
    """How long it took; nothing when its clock ran backwards."""
    return max(end_ns(row, now_ns) - int(row["start_ns"]), 0)


def started(rows: Iterable[RequestRow], from_ns: int, to_ns: int) -> list[RequestRow]:
    """Those that started in the window."""
    return [row for row in rows if from_ns <= row["start_ns"] < to_ns]


def grouped(rows: Iterable[RequestRow], key: Callable[[RequestRow], Any]) -> dict[Any, list[RequestRow]]:
    """The rows by key."""
    groups: dict[Any, list[RequestRow]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups


def endpoint_of(row: RequestRow) -> tuple[str, str, str, str]:
    """What a request is counted under."""
    return row["service"], row["kind"], row["method"], row["route"]


def quantile(values: Sequence[float], fraction: float) -> float:
    """The exact quantile, interpolated between the two neighbours."""
    ordered = sorted(values)
    place = fraction * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


def duplicates(rows: Sequence[RequestRow], from_ns: int, to_ns: int, now_ns: int) -> list[RequestRow]:
    """Requests of the window that arrived while an earlier one of the same client for the same target was open."""
    counted = [row for row in rows if _can_repeat(row)]
    return [
        row for row in started(counted, from_ns, to_ns) if any(_is_repeated(row, other, now_ns) for other in counted)
    ]


def _can_repeat(row: RequestRow) -> bool:
    wanted = row["kind"] == "web" and row["method"] != "OPTIONS" and not row["speculative"]
    return wanted and row["client"] is not None and row["target"] is not None


def _is_repeated(row: RequestRow, other: RequestRow, now_ns: int) -> bool:
    same = all(row[name] == other[name] for name in ("service", "method", "route", "client", "target"))
    return same and _order(other) < _order(row) and open_until_ns(other, now_ns) > row["arrival_ns"]


def _order(row: RequestRow) -> tuple[int, int, int]:
    return row["arrival_ns"], row["worker"], row["seq"]


def open_until_ns(row: RequestRow, now_ns: int) -> int:
    """Until when it stands in the way of others: an hour at most."""
    return min(max(end_ns(row, now_ns), int(row["start_ns"])), int(row["arrival_ns"]) + HOUR_NS)


def peak(stretches: Iterable[tuple[int, int]]) -> int:
    """The most stretches (start, end) that hold one moment, ends not included."""
    stretches = [(start, end) for start, end in stretches if end > start]
    return max((sum(start <= moment < end for start, end in stretches) for moment, _ in stretches), default=0)


def overlap_ns(stretch: tuple[int, int], other: tuple[int, int]) -> int:
    """How long both last at once."""
    return max(min(stretch[1], other[1]) - max(stretch[0], other[0]), 0)


NOW_NS = EPOCH_NS + 12 * 10**9
"""Until when open requests last in tests with random requests: two seconds after the last start."""
