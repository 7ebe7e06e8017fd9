"""What the canvas is told: each column back from its bytes, and which attempt a click means."""

import json
from datetime import timedelta, timezone
from typing import Any

import numpy as np
import pytest

from hotspan_analysis import Window, open_traces
from hotspan_analysis.lanes import Attempt, Lanes
from hotspan_dashboard.charts.lane_bytes import lane_bytes, picked
from traces import database, ns, request

INDIA = timezone(timedelta(hours=5, minutes=30), "IST")
WINDOW = Window(ns(0), ns(60))


def asked(rows: list[dict[str, Any]]) -> Lanes:
    with database(rows) as connection:
        return open_traces(connection, now_ns=ns(60)).lanes(WINDOW)


def unpacked(data: bytes) -> tuple[dict[str, Any], list[Any]]:
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    offset, columns = 8 + length + -length % 8, []
    for kind in ("<u4", "<f4", "<u4", "<u2", "<u2", "u1"):
        columns.append(np.frombuffer(data, kind, header["count"], offset))
        size = columns[-1].nbytes
        offset += size + -size % 8
    assert offset == len(data)
    return header, columns


def test_every_attempt_comes_back_from_its_bytes() -> None:
    attempts = asked(
        [
            request("PUT /save", at=1, ms=3000, client="ann", target="x"),
            request("PUT /save", at=2, ms=1500, client="ann", target="x", status=503),
            request("GET /other", at=30, ms=None, client="bob"),
            request("GET /other", at=-5, ms=6000, client="eve", aborted=True),
        ]
    )
    header, (starts, durations, rows, endpoints, statuses, kinds) = unpacked(lane_bytes(attempts, INDIA))
    assert (header["zone"], header["zone_ms"]) == ("IST", 19_800_000)
    assert header["origin_ns"] == str(ns(-5)), "one that began before the window is drawn from its start"
    arrivals = [int(header["origin_ns"]) + step * header["step_ns"] for step in starts.tolist()]
    assert arrivals == pytest.approx([ns(-5), ns(1), ns(2), ns(30)], abs=100)
    assert durations.tolist() == pytest.approx([6000, 3000, 1500, 30_000])
    assert [header["endpoints"][place] for place in endpoints] == ["GET /other", "PUT /save", "PUT /save", "GET /other"]
    assert statuses.tolist() == [200, 200, 503, 0]
    outcomes = [header["outcomes"][kind % header["duplicate"]][0] for kind in kinds.tolist()]
    assert outcomes == ["client left", "answered", "failed", "open"]
    assert (kinds >= header["duplicate"]).tolist() == [False, False, True, False]
    assert rows.tolist() == [0, 1, 2, 3]
    assert (header["rows"], len(header["clients"])) == (4, 3)


def test_none() -> None:
    header, columns = unpacked(lane_bytes(asked([])))
    assert (header["count"], header["alt"]) == (0, "No request was open.")
    assert all(column.size == 0 for column in columns)


def test_a_click_means_the_attempt_of_that_client_and_moment_even_when_the_data_moved() -> None:
    attempts = asked([request(at=at, ms=500, client=client) for at in range(5) for client in ("ann", "bob")])
    ann = attempts[0].client
    clicked = {"client": ann, "arrival_ns": str(ns(3) + 40)}
    found = picked(attempts, clicked)
    assert found is not None and (found.client, found.arrival_ns) == (ann, ns(3))
    later = Lanes(attempts[3:], WINDOW, [])
    assert picked(later, clicked) == found
    assert picked(attempts, {"client": "f" * 16, "arrival_ns": "0"}) is None
    assert picked(attempts, None) is None


def test_many_take_few_bytes() -> None:
    many = Lanes([attempt(number) for number in range(200_000)], WINDOW, [])
    assert len(lane_bytes(many)) < 4_000_000


def attempt(number: int) -> Attempt:
    at_ns = ns(number * 60 / 200_000)
    return Attempt(
        "app", "web", "GET /", f"{number % 50:016x}", "session", number // 50 % 4, at_ns, at_ns, at_ns + 10**6, 200,
        False, False, False, False, False, None,
    )  # fmt: skip
