from typing import Any

import pytest

import traces
from hotspan_collector.exchanges import Exchange, Exchanges, wait_s
from hotspan_collector.record import RequestRecord
from hotspan_collector.routes import UNMATCHED, RouteBound


def record(method: str = "GET", path: str = "/a", **more: Any) -> RequestRecord:
    made = RequestRecord(1, traces.EPOCH_NS, method, path, b"", [], None, "1.1", 1)
    made.status = 200
    for name, value in more.items():
        setattr(made, name, value)
    return made


def read(method: str = "GET", path: str = "/a", **more: Any) -> Exchange:
    """The exchange of one request."""
    exchanges = Exchanges(RouteBound(10))
    assert exchanges.row_of(record(method, path, **more), 0) == 0
    return exchanges.of_row[0]


def test_an_exchange_in_full() -> None:
    exchange = read("PUT", route="/a/{b}", status=503, aborted=True, response_headers=[(b"retry-after", b"7")])
    assert exchange == Exchange("PUT", "/a/{b}", "1.1", 503, False, True, False, 7.0)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("get", "GET"),
        ("QUERY", "QUERY"),
        ("propfind", "PROPFIND"),
        ("BREW", "_OTHER"),
        ("", "_OTHER"),
        ("X" * 9999, "_OTHER"),
    ],
)
def test_methods_a_client_made_up_are_one(sent: str, stored: str) -> None:
    assert read(sent).method == stored


def test_without_a_framework_the_route_is_guessed() -> None:
    assert read(path="/users/17").route == "/users/{number}"


def test_what_is_not_there_has_no_route_of_its_own() -> None:
    assert read(path="/wp-login.php", status=404).route == UNMATCHED


def test_a_404_that_the_app_gave_for_a_route_keeps_it() -> None:
    assert read(route="/users/{id}", status=404).route == "/users/{id}"


def test_routes_are_bounded() -> None:
    exchanges = Exchanges(RouteBound(2))
    for row in range(4):
        exchanges.row_of(record(route=f"/{row}"), row)
    assert [exchanges.of_row[row].route for row in range(4)] == ["/0", "/1", "(other)", "(other)"]


@pytest.mark.parametrize(
    ("method", "content_type", "held_open"),
    [
        ("GET", b"text/event-stream", True),
        ("GET", b"text/event-stream; charset=utf-8", True),
        ("GET", b"text/plain", False),
        ("WEBSOCKET", b"", True),
    ],
)
def test_streams_and_web_sockets_are_held_open(method: str, content_type: bytes, held_open: bool) -> None:
    assert read(method, response_headers=[(b"content-type", content_type)]).held_open is held_open


@pytest.mark.parametrize("name", [b"Content-Type", b"content-type", b"CONTENT-TYPE"])
def test_header_names_in_any_case(name: bytes) -> None:
    assert read(response_headers=((name, b"text/event-stream"),)).held_open


@pytest.mark.parametrize("status", [None, "200", 0, -1, 10**9, 2.5])
def test_a_status_that_is_none_is_unknown(status: object) -> None:
    assert read(status=status).status == 0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (b"120", 120.0),
        (b"0", 0.0),
        (b"-5", 0.0),
        (b"9" * 4000, 1e9),
        (b"Mon, 21 Sep 2026 14:14:20 GMT", 60.0),
        (b"Mon, 21 Sep 2026 14:12:20 GMT", 0.0),
        (b"Mon, 21 Sep 2026 14:14:20", 60.0),
        (b"soon", -1.0),
        (b"", -1.0),
        (b"\xff\xfe", -1.0),
        (b"1.5", -1.0),
        (b"Mon, 99 Foo 99999 99:99:99 GMT", -1.0),
    ],
)
def test_retry_after_in_seconds(header: bytes, seconds: float) -> None:
    assert wait_s(header, traces.EPOCH_NS) == seconds


def test_equal_exchanges_are_read_once() -> None:
    exchanges = Exchanges(RouteBound(10))
    statuses = (200, 500, 200)
    assert [exchanges.row_of(record(status=status), row) for row, status in enumerate(statuses)] == [0, 1, 0]


def test_other_response_headers_make_no_other_exchange() -> None:
    exchanges = Exchanges(RouteBound(10))
    rows = [
        exchanges.row_of(record(response_headers=[(b"date", str(row).encode()), (b"content-type", b"a/b")]), row)
        for row in range(3)
    ]
    assert rows == [0, 0, 0]
