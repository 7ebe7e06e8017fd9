import asyncio
from typing import Any

import pytest

import asgi
from hotspan_collector.connection import cycle_of, has_left, listening, watching, watching_websocket
from hotspan_collector.record import RequestRecord


@pytest.fixture
def record() -> RequestRecord:
    return RequestRecord(1, 0, "GET", "/", b"", [], None, "1.1", 1)


def test_uvicorns_cycle_is_behind_receive() -> None:
    cycle = asgi.Cycle()
    assert cycle_of(cycle.receive) is cycle


def test_the_cycle_is_found_behind_others_closures() -> None:
    cycle = asgi.Cycle()

    def wrap(receive: Any) -> Any:
        async def wrapped() -> Any:
            return await receive()

        return wrapped

    assert cycle_of(wrap(wrap(cycle.receive))) is cycle


def test_other_servers_have_none() -> None:
    class Stream:
        disconnected = False

        async def receive(self) -> None: ...

    receive, _ = asgi.Wire().connect()
    for other in (receive, Stream().receive, print, lambda: None, None):
        assert cycle_of(other) is None


def test_a_closure_that_is_not_whole_yet() -> None:
    async def wrapped() -> Any:
        return await receive()

    assert cycle_of(wrapped) is None
    receive = asgi.Cycle().receive


@pytest.mark.parametrize(
    ("disconnected", "complete", "left"),
    [(False, False, False), (True, False, True), (True, True, False), (False, True, False)],
)
def test_who_left_before_the_answer_was_complete(
    disconnected: bool, complete: bool, left: bool, record: RequestRecord
) -> None:
    record.cycle = asgi.Cycle()
    record.cycle.disconnected, record.cycle.response_complete = disconnected, complete
    assert has_left(record) is left


def test_without_a_cycle_what_was_noted_counts(record: RequestRecord) -> None:
    assert not has_left(record)
    record.aborted = True
    assert has_left(record)


def test_a_disconnect_that_the_app_reads_is_noted(record: RequestRecord) -> None:
    receive, _ = asgi.Wire({"type": "http.request"}, {"type": "http.disconnect"}).connect()
    listened = listening(record, receive)

    async def read() -> None:
        assert (await listened())["type"] == "http.request"
        assert not record.aborted
        assert (await listened())["type"] == "http.disconnect"
        assert record.aborted

    asyncio.run(read())


def test_a_disconnect_after_the_answer_is_no_abort(record: RequestRecord) -> None:
    receive, _ = asgi.Wire({"type": "http.disconnect"}).connect()
    record.end_ns = 1

    async def read() -> None:
        await listening(record, receive)()

    asyncio.run(read())
    assert not record.aborted


def send_all(record: RequestRecord, *messages: Any, wire: asgi.Wire | None = None) -> list[RequestRecord]:
    """Sends messages through `watching`; what it called finish with."""
    finished: list[RequestRecord] = []

    def finish(done: RequestRecord) -> None:
        done.end_ns = 1
        finished.append(done)

    async def go() -> None:
        watched = watching(record, (wire or asgi.Wire()).connect()[1], finish)
        for message in messages:
            await watched(message)

    asyncio.run(go())
    return finished


START = {"type": "http.response.start", "status": 201, "headers": [(b"a", b"b")]}


def test_an_answer_is_noted(record: RequestRecord) -> None:
    assert send_all(record, START, {"type": "http.response.body", "body": b"hello"}) == [record]
    assert (record.status, record.response_headers, record.response_bytes) == (201, [(b"a", b"b")], 5)


def test_the_end_is_the_last_chunk(record: RequestRecord) -> None:
    chunk = {"type": "http.response.body", "body": b"hello", "more_body": True}
    assert send_all(record, START, chunk, chunk) == []
    assert send_all(record, {"type": "http.response.body"}) == [record]
    assert record.response_bytes == 10


def test_an_app_that_ends_twice_ends_once(record: RequestRecord) -> None:
    end = {"type": "http.response.body", "body": b""}
    assert send_all(record, START, end, end) == [record]


@pytest.mark.parametrize("message", [{"type": "http.response.trailers"}, {"type": "http.response.push", "path": "/"}])
def test_other_messages_pass(message: Any, record: RequestRecord) -> None:
    wire = asgi.Wire()
    assert send_all(record, message, wire=wire) == []
    assert wire.sent == [message]


def test_headers_that_can_be_read_once_reach_the_server(record: RequestRecord) -> None:
    wire = asgi.Wire()
    send_all(record, {**START, "headers": iter([(b"a", b"b")])}, wire=wire)
    assert wire.sent[0]["headers"] == record.response_headers == [(b"a", b"b")]


def test_a_send_that_fails_says_that_nobody_is_there(record: RequestRecord) -> None:
    with pytest.raises(OSError, match="gone"):
        send_all(record, START, wire=asgi.Wire(send_fails=True))
    assert record.aborted


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": "http.response.start"},
        {"type": "http.response.body", "body": None},
        {"type": "http.response.start", "status": 200, "headers": 5},
        None,
    ],
)
def test_messages_against_the_protocol_reach_the_server_untouched(
    message: Any, record: RequestRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = asgi.unwatched(monkeypatch)
    wire = asgi.Wire()
    send_all(record, message, wire=wire)
    assert wire.sent == [message]
    assert errors


@pytest.mark.parametrize(
    ("messages", "status"),
    [
        ([{"type": "websocket.accept"}, {"type": "websocket.close"}], 101),
        ([{"type": "websocket.close"}], 403),
        ([{"type": "websocket.http.response.start", "status": 401, "headers": []}], 401),
        ([], None),
    ],
)
def test_how_a_handshake_was_answered(messages: list[Any], status: int | None, record: RequestRecord) -> None:
    async def go() -> None:
        watched = watching_websocket(record, asgi.Wire().connect()[1])
        for message in messages:
            await watched(message)

    asyncio.run(go())
    assert record.status == status
