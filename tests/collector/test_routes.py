import logging

import pytest

from hotspan_collector.record import RequestRecord
from hotspan_collector.routes import MAX_LENGTH, OTHER, UNMATCHED, RouteBound, route_of


def test_routes_beyond_the_bound_share_a_bucket_and_are_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    bound = RouteBound(2)
    held = [bound.hold(route) for route in ("/a", "/b", "/c", "/d", "/a", UNMATCHED)]
    assert held == ["/a", "/b", OTHER, OTHER, "/a", UNMATCHED]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "HOTSPAN_MAX_ROUTES" in caplog.text


def test_long_routes_are_cut() -> None:
    assert RouteBound(1).hold("/" + "x" * 100_000) == "/" + "x" * (MAX_LENGTH - 1)


def record(path: str = "/a", **scope: object) -> RequestRecord:
    made = RequestRecord(1, 0, "GET", path, b"", [], None, "1.1", 1)
    made.scope = dict(scope)
    return made


def test_a_route_that_is_known_is_not_looked_for() -> None:
    known = record(litestar_app=1, path_template="/other")
    known.route = "/a/{b}"
    assert route_of(known) == "/a/{b}"


def test_litestar_writes_its_template_into_the_scope() -> None:
    assert route_of(record(litestar_app=object(), path_template="/a/{b}")) == "/a/{b}"
    assert route_of(record(litestar_app=object())) == UNMATCHED


def test_an_app_without_routes_has_none() -> None:
    assert route_of(record()) is None
    finished = record()
    finished.scope = None
    assert route_of(finished) is None
