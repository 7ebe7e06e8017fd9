"""What one request leaves behind, whatever app, server or client does. Servers here are stand-ins (tests/asgi.py)."""

import asyncio
import os
import subprocess
import sys
import time
from contextvars import ContextVar
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route
from starlette.websockets import WebSocket, WebSocketDisconnect

import asgi
from hotspan_collector import HotspanMiddleware, instrument, middleware
from hotspan_collector.errors import BadInputError
from hotspan_collector.record import MARK, RequestRecord


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> asgi.MemoryRecorder:
    return asgi.recording(monkeypatch)


def captured(app: Any, **settings: Any) -> Any:
    return HotspanMiddleware(app, spans="off", **settings)


def call_elsewhere(app: Any, wire: asgi.Wire, **more: Any) -> None:
    """Calls an app as a server does that is not uvicorn."""
    asyncio.run(app(asgi.scope(**more), *wire.connect()))


def test_a_request_is_one_record(recorder: asgi.MemoryRecorder) -> None:
    before_ns = time.time_ns()
    asgi.call(captured(asgi.answer(b"hello", 201)), "/a?b=c", "PUT", headers=[("X-Client-Id", "7")])
    record = recorder.only
    assert (record.method, record.path, record.query_string, record.status) == ("PUT", "/a", b"b=c", 201)
    assert (record.client, record.http_version) == (("192.0.2.1", 50_000), "1.1")
    assert (record.response_bytes, record.in_flight) == (5, 1)
    assert record.headers == [(b"x-client-id", b"7")]
    assert (record.aborted, record.raised) == (False, False)
    assert record.end_ns is not None
    assert before_ns <= record.start_ns <= record.end_ns


def test_the_process_is_marked_as_capturing(recorder: asgi.MemoryRecorder) -> None:
    asgi.call(captured(asgi.answer()))
    assert recorder.captures


def test_a_finished_record_keeps_nothing_of_the_request_alive(recorder: asgi.MemoryRecorder) -> None:
    asgi.call(instrument(Starlette(routes=[Route("/", lambda request: PlainTextResponse("hi"))]), spans="off"))
    assert (recorder.only.scope, recorder.only.cycle, recorder.only.routes) == (None, None, None)


def test_requests_in_flight_are_counted(recorder: asgi.MemoryRecorder) -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0.01)
        await asgi.answer()(scope, receive, send)

    async def three() -> None:
        app = captured(slow)
        cycles = [asgi.Cycle() for _ in range(3)]
        await asyncio.gather(*(app(asgi.scope(), cycle.receive, cycle.send) for cycle in cycles))

    asyncio.run(three())
    assert sorted(record.in_flight for record in recorder.finished) == [1, 2, 3]


def test_a_wall_clock_that_is_set_back_makes_no_negative_durations(
    recorder: asgi.MemoryRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter((2_000_000_000_000, 1_000_000_000_000))
    monkeypatch.setattr(middleware, "time_ns", lambda: next(clock))
    app = captured(asgi.answer())
    asgi.call(app)
    asgi.call(app)
    assert [record.start_ns for record in recorder.finished] == [2_000_000_000_000, 1_000_000_000_000]
    assert all(0 <= (record.end_ns or 0) - record.start_ns < 10**10 for record in recorder.finished)


def test_background_tasks_are_no_part_of_the_request(recorder: asgi.MemoryRecorder) -> None:
    done: list[int] = []

    async def later() -> None:
        done.append(len(recorder.finished))

    async def home(request: Request) -> PlainTextResponse:
        return PlainTextResponse("hi", background=BackgroundTask(later))

    asgi.call(instrument(Starlette(routes=[Route("/", home)]), spans="off"))
    assert done == [1]


def test_the_end_is_when_the_last_chunk_was_sent(recorder: asgi.MemoryRecorder) -> None:
    async def chunks() -> Any:
        for _ in range(3):
            await asyncio.sleep(0.02)
            yield b"chunk"

    async def home(request: Request) -> StreamingResponse:
        return StreamingResponse(chunks())

    asgi.call(instrument(Starlette(routes=[Route("/", home)]), spans="off"))
    assert recorder.only.response_bytes == 15
    assert (recorder.only.end_ns or 0) - recorder.only.start_ns >= 50_000_000


# An app is wrapped more than once


def test_twice_outside_is_once(recorder: asgi.MemoryRecorder) -> None:
    asgi.call(captured(captured(asgi.answer())))
    assert len(recorder.finished) == 1


def test_inside_and_outside_is_once(recorder: asgi.MemoryRecorder) -> None:
    async def home(request: Request) -> PlainTextResponse:
        return PlainTextResponse("hi")

    inner = instrument(Starlette(routes=[Route("/in", home)]), spans="off")
    middlewares = [Middleware(HotspanMiddleware, spans="off")] * 2
    outer = Starlette(routes=[Mount("/mounted", inner), Route("/", home)], middleware=middlewares)
    app = captured(instrument(instrument(outer, spans="off"), spans="off"))
    asgi.call(app, "/mounted/in")
    asgi.call(app, "/")
    assert [record.route for record in recorder.finished] == ["/mounted/in", "/"]


# The app fails


def test_an_exception_before_the_answer_is_a_500(recorder: asgi.MemoryRecorder) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError("theirs")

    with pytest.raises(ZeroDivisionError, match="theirs"):
        asgi.call(captured(broken))
    assert (recorder.only.status, recorder.only.raised, recorder.only.aborted) == (500, True, False)


def test_starlettes_500_is_seen_from_outside(recorder: asgi.MemoryRecorder) -> None:
    async def broken(request: Request) -> PlainTextResponse:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asgi.call(instrument(Starlette(routes=[Route("/a/{b}", broken)]), spans="off"), "/a/1")
    assert (recorder.only.status, recorder.only.route) == (500, "/a/{b}")


def test_an_exception_within_the_answer_keeps_the_status(recorder: asgi.MemoryRecorder) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asgi.call(captured(broken))
    assert (recorder.only.status, recorder.only.raised) == (200, True)


def test_an_exception_after_the_answer_is_no_matter_of_the_request(recorder: asgi.MemoryRecorder) -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        await asgi.answer()(scope, receive, send)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asgi.call(captured(broken))
    assert (recorder.only.status, recorder.only.raised) == (200, False)


@pytest.mark.parametrize("started", [False, True])
def test_an_app_that_does_not_answer(started: bool, recorder: asgi.MemoryRecorder) -> None:
    async def silent(scope: Any, receive: Any, send: Any) -> None:
        if started:
            await send({"type": "http.response.start", "status": 204, "headers": []})

    asgi.call(captured(silent))
    assert (recorder.only.status, recorder.only.raised) == (204 if started else 500, True)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit])
def test_what_ends_the_task_passes_and_is_recorded(error: type[BaseException], recorder: asgi.MemoryRecorder) -> None:
    async def ended(scope: Any, receive: Any, send: Any) -> None:
        raise error

    coroutine = captured(ended)(asgi.scope(), *asgi.Wire().connect())
    with pytest.raises(error):
        coroutine.send(None)
    assert (recorder.only.status, recorder.only.raised, recorder.only.aborted) == (None, False, True)


# The client leaves


def test_a_client_that_left_is_noted_beside_the_status(recorder: asgi.MemoryRecorder) -> None:
    cycle = asgi.Cycle()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        cycle.disconnected = True
        await asgi.answer()(scope, receive, send)

    asgi.call(captured(slow), cycle=cycle)
    assert (recorder.only.status, recorder.only.aborted, recorder.only.raised) == (200, True, False)


def test_a_client_that_closes_after_its_answer_did_not_leave_early(recorder: asgi.MemoryRecorder) -> None:
    cycle = asgi.Cycle()

    async def lingering(scope: Any, receive: Any, send: Any) -> None:
        await asgi.answer()(scope, receive, send)
        cycle.disconnected = True

    asgi.call(captured(lingering), cycle=cycle)
    assert not recorder.only.aborted


def test_a_task_that_uvicorn_cancels_is_aborted_only_if_the_client_left(recorder: asgi.MemoryRecorder) -> None:
    cycle = asgi.Cycle()

    async def cancelled(scope: Any, receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    for left in (False, True):
        cycle.disconnected = left
        with pytest.raises(asyncio.CancelledError):
            asgi.call(captured(cancelled), cycle=cycle)
    assert [(record.aborted, record.status) for record in recorder.finished] == [(False, None), (True, None)]


def test_an_app_that_stops_for_a_client_that_left_made_no_error(recorder: asgi.MemoryRecorder) -> None:
    async def careful(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    call_elsewhere(captured(careful), asgi.Wire({"type": "http.request"}, {"type": "http.disconnect"}))
    assert (recorder.only.aborted, recorder.only.status, recorder.only.raised) == (True, None, False)


def test_a_stream_that_a_client_leaves_keeps_its_status(recorder: asgi.MemoryRecorder) -> None:
    async def forever() -> Any:
        while True:
            await asyncio.sleep(0.001)
            yield b"data: tick\n\n"

    async def home(request: Request) -> StreamingResponse:
        return StreamingResponse(forever(), media_type="text/event-stream")

    app = instrument(Starlette(routes=[Route("/", home)]), spans="off")
    call_elsewhere(app, asgi.Wire({"type": "http.request"}, {"type": "http.disconnect"}))
    assert (recorder.only.status, recorder.only.aborted, recorder.only.raised) == (200, True, False)


def test_a_stream_whose_send_fails_was_left(recorder: asgi.MemoryRecorder) -> None:
    async def home(request: Request) -> StreamingResponse:
        return StreamingResponse(iter([b"a", b"b"]))

    app = instrument(Starlette(routes=[Route("/", home)]), spans="off")
    with pytest.raises(ClientDisconnect):
        call_elsewhere(app, asgi.Wire(send_fails=True), asgi={"version": "3.0", "spec_version": "2.4"})
    assert (recorder.only.aborted, recorder.only.raised) == (True, False)


# Web sockets


def websocket(app: Any, *received: asgi.Message) -> None:
    call_elsewhere(app, asgi.Wire({"type": "websocket.connect"}, *received), type="websocket", method="")


def test_a_web_socket_is_one_record_for_its_whole_life(recorder: asgi.MemoryRecorder) -> None:
    async def talk(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            assert len(recorder.open) == 1

    websocket(captured(talk), {"type": "websocket.receive", "text": "hi"}, {"type": "websocket.disconnect"})
    assert (recorder.only.method, recorder.only.status, recorder.only.aborted) == ("WEBSOCKET", 101, False)
    assert recorder.only.end_ns is not None


@pytest.mark.parametrize(
    ("error", "raised"), [(WebSocketDisconnect(1001), False), (ZeroDivisionError(), True), (RuntimeError(), True)]
)
def test_a_web_socket_that_ends_with_an_exception(
    error: Exception, raised: bool, recorder: asgi.MemoryRecorder
) -> None:
    async def talk(scope: Any, receive: Any, send: Any) -> None:
        await WebSocket(scope, receive, send).accept()
        raise error

    with pytest.raises(type(error)):
        websocket(captured(talk))
    assert (recorder.only.raised, recorder.only.status) == (raised, 101)


# What hotspan gets wrong does not reach the app


class Trap(asgi.MemoryRecorder):
    """A recorder that fails where it is told to."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where

    def __getattribute__(self, name: str) -> Any:
        if name != "where" and name == self.where:
            raise RuntimeError("ours")
        return super().__getattribute__(name)


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("where", ["next_seq", "open", "begin", "finish"])
def test_a_recorder_that_fails(where: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = asgi.unwatched(monkeypatch)
    monkeypatch.setattr(middleware, "recorder_for", lambda settings: Trap(where))
    calls: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        calls.append(scope["type"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    for wrapped in (
        captured(app),
        instrument(type("App", (), {"__call__": lambda self, *args: app(*args)})(), spans="off"),
    ):
        sent = asgi.call(wrapped, type=kind)
        assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert calls == [kind] * 2
    assert sum(errors.values()) >= 2


def test_a_recorder_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = asgi.unwatched(monkeypatch)

    def broken(settings: Any) -> Any:
        raise RuntimeError("ours")

    monkeypatch.setattr(middleware, "recorder_for", broken)
    assert asgi.call(captured(asgi.answer()))[0]["status"] == 200
    assert errors == {"beginning to capture a request": 1}


def test_frameworks_that_cannot_be_watched_cost_routes_only(
    recorder: asgi.MemoryRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    asgi.unwatched(monkeypatch)
    monkeypatch.setattr("hotspan_collector.frameworks.watch", lambda: 1 / 0)
    assert asgi.call(captured(asgi.answer()))[0]["status"] == 200
    assert recorder.only.status == 200


def test_a_route_that_cannot_be_found_costs_the_route_only(
    recorder: asgi.MemoryRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = asgi.unwatched(monkeypatch)
    monkeypatch.setattr(middleware, "route_of", lambda record: 1 / 0)
    assert asgi.call(captured(asgi.answer()))[0]["status"] == 200
    assert (recorder.only.route, recorder.only.status) == (None, 200)
    assert errors == {"finishing a request": 1}


MINIMAL = {"type": "http", "method": "GET", "path": "/"}


def test_a_scope_with_hardly_anything_in_it(recorder: asgi.MemoryRecorder) -> None:
    wire = asgi.Wire()
    asyncio.run(captured(asgi.answer())(dict(MINIMAL), *wire.connect()))
    record = recorder.only
    assert (record.client, list(record.headers), record.query_string, record.status) == (None, [], b"", 200)


def test_a_scope_without_a_method_is_served_all_the_same(
    recorder: asgi.MemoryRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = asgi.unwatched(monkeypatch)
    wire = asgi.Wire()
    asyncio.run(captured(asgi.answer())({"type": "http", "path": "/"}, *wire.connect()))
    assert wire.sent[0]["status"] == 200
    assert errors == {"beginning to capture a request": 1}


def test_scopes_of_other_kinds_pass(recorder: asgi.MemoryRecorder) -> None:
    seen: list[str] = []

    class App:
        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            seen.append(scope["type"])

    for app in (captured(App()), instrument(App(), spans="off")):
        call_elsewhere(app, asgi.Wire(), type="rpc")
    assert seen == ["rpc", "rpc"]
    assert recorder.finished == []


# Who it was


def test_the_user_can_say_who_it_is(recorder: asgi.MemoryRecorder) -> None:
    asgi.call(captured(asgi.answer(), identify=lambda scope: scope["path"]), "/ann")
    assert recorder.only.explicit_client == "/ann"


@pytest.mark.parametrize(("said", "explicit"), [(None, None), ("", None), (17, "17"), (0, "0")])
def test_what_the_user_says_becomes_text(said: Any, explicit: str | None, recorder: asgi.MemoryRecorder) -> None:
    asgi.call(captured(asgi.answer(), identify=lambda scope: said))
    assert recorder.only.explicit_client == explicit


def test_who_it_is_may_be_known_only_at_the_end(recorder: asgi.MemoryRecorder) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["user"] = "ann"
        await asgi.answer()(scope, receive, send)

    asgi.call(captured(app, identify=lambda scope: scope["user"]))
    assert recorder.only.explicit_client == "ann"


def test_a_callable_that_raises_costs_the_identity_only(
    recorder: asgi.MemoryRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = asgi.unwatched(monkeypatch)

    def broken(scope: Any) -> str:
        raise ValueError("theirs")

    assert asgi.call(captured(asgi.answer(), identify=broken))[0]["status"] == 200
    assert (recorder.only.explicit_client, recorder.only.status) == (None, 200)
    assert errors == {"finishing a request": 1}


# In the app's place


def test_what_is_not_the_middlewares_is_the_apps() -> None:
    class App:
        state = "theirs"

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None: ...

    assert captured(App()).state == "theirs"
    with pytest.raises(AttributeError):
        _ = captured(App()).nothing


def test_settings_that_cannot_be_used_are_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPAN_SPANS", "some")
    with pytest.raises(BadInputError, match="HOTSPAN_SPANS"):
        HotspanMiddleware(asgi.answer())


def test_nothing_is_started_before_the_app_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "recorder_for", lambda settings: pytest.fail("too early"))
    captured(asgi.answer())


def test_context_variables_reach_the_app(recorder: asgi.MemoryRecorder) -> None:
    variable: ContextVar[str] = ContextVar("variable")
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(variable.get())
        variable.set("inner")
        await asgi.answer()(scope, receive, send)

    async def go() -> str:
        variable.set("outer")
        cycle = asgi.Cycle()
        await captured(app)(asgi.scope(), cycle.receive, cycle.send)
        return variable.get()

    assert (asyncio.run(go()), seen) == ("inner", ["outer"])


def test_the_record_is_in_the_scope_for_whoever_wants_it(recorder: asgi.MemoryRecorder) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert isinstance(scope[MARK], RequestRecord)
        await asgi.answer()(scope, receive, send)

    asgi.call(captured(app))
    assert recorder.only.status == 200


SERVE_ONE = """
import asyncio, sys
from hotspan_collector import HotspanMiddleware, instrument
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
async def receive(): ...
async def send(message): ...
scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "client": None}
asyncio.run(instrument(app, spans="off", store=sys.argv[1])(scope, receive, send))
unwanted = {"duckdb", "streamlit", "plotly", "pandas", "numpy", "pyarrow", "nanoarrow", "opentelemetry"}
print(sorted(unwanted & set(sys.modules)), end="")
sys.stdout.flush()
import os; os._exit(0)
"""


def test_capturing_loads_neither_database_nor_pandas_nor_opentelemetry(tmp_path: Any) -> None:
    environment = {**os.environ, "HOTSPAN_FLUSH_INTERVAL_S": "3600"}
    ran = subprocess.run(
        [sys.executable, "-c", SERVE_ONE, str(tmp_path / "store")],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert (ran.stdout, ran.stderr) == ("[]", "")
