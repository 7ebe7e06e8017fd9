"""Lanes as bytes: what the canvas draws, at 15 bytes an attempt, a header of JSON in front."""

import json
from datetime import UTC, timedelta, timezone
from typing import Any, Final

import numpy as np

from hotspan_analysis import texts
from hotspan_analysis.lanes import Attempt, Lanes
from hotspan_dashboard.charts import palette
from hotspan_dashboard.charts.chart import LONGEST_NAME
from hotspan_dashboard.charts.lanes import client_rows, kind_of, lanes_alt

_STEPS: Final = 2**32 - 1
_OUTCOMES: Final = tuple(palette.OUTCOMES)
_DUPLICATE: Final = 8
"""Added to the place of the outcome in _OUTCOMES."""


def lane_bytes(attempts: Lanes, zone: timezone = UTC) -> bytes:
    """The length of the header, the header, then one column after the other, each starting at a multiple of 8 bytes.

    Columns: arrivals in steps of a 2**32nd of the whole time, durations in milliseconds, rows, places of endpoints in the
    header, statuses (0: none), outcomes. All little-endian.
    """
    origin_ns = min((each.arrival_ns for each in attempts), default=attempts.window.from_ns)
    origin_ns = min(origin_ns, attempts.window.from_ns)
    step_ns = (attempts.window.to_ns - origin_ns) / _STEPS
    rows, first_rows = client_rows(attempts)
    endpoints = {name: place for place, name in enumerate(dict.fromkeys(each.endpoint for each in attempts))}
    columns = [
        np.array([(each.arrival_ns - origin_ns) / step_ns for each in attempts], dtype="<f8").astype("<u4"),
        np.array([(each.end_ns - each.arrival_ns) / 1e6 for each in attempts], dtype="<f4"),
        np.array(rows, dtype="<u4"),
        np.array([endpoints[each.endpoint] for each in attempts], dtype="<u2"),
        np.array([each.status or 0 for each in attempts], dtype="<u2"),
        np.array([_kind(each) for each in attempts], dtype="u1"),
    ]
    header = {
        "alt": lanes_alt(attempts, zone) if attempts else "No request was open.",
        "count": len(attempts),
        "origin_ns": str(origin_ns),
        "zone": zone.tzname(None),
        "zone_ms": zone.utcoffset(None) / timedelta(milliseconds=1),
        "step_ns": step_ns,
        "from_ms": (attempts.window.from_ns - origin_ns) / 1e6,
        "length_ms": (attempts.window.to_ns - origin_ns) / 1e6,
        "rows": max(rows, default=0) + 1,
        "clients": [[client, row] for client, row in first_rows.items()],
        "endpoints": [_short(name) for name in endpoints],
        "outcomes": [[name, colour] for name, colour in palette.OUTCOMES.items()],
        "duplicate": _DUPLICATE,
    }
    return _packed(header, columns)


def picked(attempts: Lanes, event: dict[str, Any] | None) -> Attempt | None:
    """The attempt that was clicked: of the client of the event the one that arrived next to its moment, which is text.

    Not by its place: with live data another attempt may be there by now. None when its client is gone.
    """
    if not event:
        return None
    moment_ns = int(event["arrival_ns"])
    of_client = [each for each in attempts if each.client == event["client"]]
    return min(of_client, key=lambda each: abs(each.arrival_ns - moment_ns), default=None)


def _kind(attempt: Attempt) -> int:
    outcome, duplicate = kind_of(attempt)
    return _OUTCOMES.index(outcome) + (_DUPLICATE if duplicate else 0)


def _short(name: str) -> str:
    plain = texts.printable(name)
    return plain if len(plain) <= 2 * LONGEST_NAME else f"{plain[:LONGEST_NAME]}…{plain[1 - LONGEST_NAME :]}"


def _packed(header: dict[str, Any], columns: list[Any]) -> bytes:
    text = json.dumps(header).encode()
    parts = [len(text).to_bytes(8, "little"), _padded(text), *(_padded(column.tobytes()) for column in columns)]
    return b"".join(parts)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 8)
