"""What was dropped on the way in is part of the answer."""

from collections.abc import Iterator

import duckdb
import pytest

from hotspan_analysis import Window, open_traces
from traces import database, ns, request


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    losses = [
        ("app", "buffer_full", "requests", 7, 0, 10),
        ("app", "buffer_full", "requests", 5, 20, 30),
        ("shop", "cut", "segments", 9, 5, 6),
    ]
    with database([request(at=at, service=service) for at in (0, 59) for service in ("app", "shop")]) as connection:
        for service, reason, what, rows, first, last in losses:
            connection.execute(
                "insert into losses values (1, $service, 'host:1', $reason, $what, $rows, $first, $last)",
                {
                    "service": service,
                    "reason": reason,
                    "what": what,
                    "rows": rows,
                    "first": ns(first),
                    "last": ns(last),
                },
            )
        yield connection


@pytest.mark.parametrize(
    ("window", "service", "dropped"),
    [
        ((0, 60), None, {("requests", "buffer_full"): 12, ("segments", "cut"): 9}),
        ((0, 60), "app", {("requests", "buffer_full"): 12}),
        ((15, 60), None, {("requests", "buffer_full"): 5}),
        ((10, 20), None, {("requests", "buffer_full"): 7}),
        ((40, 60), None, {}),
    ],
)
def test_losses_that_touch_the_window(
    connection: duckdb.DuckDBPyConnection,
    window: tuple[float, float],
    service: str | None,
    dropped: dict[tuple[str, str], int],
) -> None:
    ranking = open_traces(connection, now_ns=ns(60)).endpoints(Window(ns(window[0]), ns(window[1])), service=service)
    assert {(loss.what, loss.reason): loss.dropped for loss in ranking.losses} == dropped
