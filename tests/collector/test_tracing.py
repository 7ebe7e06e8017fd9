"""Spans beside capture, in processes of their own: one SERVER span a request, and a user's tracing left as it was.

A process has one global tracer provider, set once; so each case is a program.
"""

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import stores

PRELUDE = """
import asyncio, json, sys
import httpx
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from hotspan_collector import HotspanMiddleware, instrument

store, watched = sys.argv[1], sys.argv[2:] != ["unwatched"]
backend = InMemorySpanExporter()
user = TracerProvider(resource=Resource({"service.name": "theirs"}), shutdown_on_exit=False)
user.add_span_processor(SimpleSpanProcessor(backend))

def watch(app, **settings):
    return instrument(app, store=store, **settings) if watched else app

def fastapi(**settings):
    app = FastAPI(**settings)
    @app.get("/items/{item_id}")
    def item(item_id: int):
        with trace.get_tracer("work").start_as_current_span("work"):
            return item_id
    return app

async def plain(request):
    with trace.get_tracer("work").start_as_current_span("work"):
        return PlainTextResponse("ok")

def starlette(**settings):
    return Starlette(routes=[Route("/items/{item_id}", plain)], **settings)

def call(app, *paths, headers={}):
    async def run():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            for path in paths:
                assert (await client.get(path, headers=headers)).status_code == 200
    asyncio.run(run())

def told():
    spans = backend.get_finished_spans()
    names = {span.context.span_id: span.name for span in spans}
    print(json.dumps(sorted((
        [span.name, span.kind.name, None if span.parent is None else names.get(span.parent.span_id, "?"),
         span.resource.attributes["service.name"], dict(span.attributes), span.instrumentation_scope.name]
        for span in spans
    ), key=str)))
"""

SERVERS = "select name, kind, scope, is_request, count(*) from spans where kind = 'SERVER' group by all order by all"
LINKED = """
    select count(*), count(distinct r.span_id), count(distinct s.span_id), count(distinct w.span_id)
    from requests as r
    left join spans as s on s.span_id = r.span_id and s.trace_id = r.trace_id and s.kind = 'SERVER'
    left join spans as w on w.trace_id = r.trace_id and w.name = 'work'
"""


def run(script: str, store: Path, *arguments: str) -> str:
    """What a program that ends by itself prints."""
    return stores.said(stores.python(PRELUDE + script, store, *arguments))


# Nobody has set up tracing: hotspan does.


@pytest.mark.parametrize(
    ("app", "server"),
    [
        ("watch(starlette())", ("GET /items/{item_id}", "opentelemetry.instrumentation.asgi")),
        ("HotspanMiddleware(starlette(), store=store)", ("GET /items/{item_id}", "opentelemetry.instrumentation.asgi")),
        ("watch(fastapi())", ("GET /items/{item_id}", "opentelemetry.instrumentation.asgi")),
        ("watch(fastapi(telemetry={'tracing': False}))", ("GET /items/{item_id}", "opentelemetry.instrumentation.asgi")),
        ("watch(Starlette(routes=[Mount('/v1', app=fastapi())]))", ("GET /v1/items/{item_id}", "opentelemetry.instrumentation.asgi")),
    ],
    ids=["starlette", "middleware", "fastapi", "fastapi untraced", "fastapi mounted"],
)  # fmt: skip
def test_each_request_has_one_server_span_of_ours_and_what_happened_in_it_is_below(
    app: str, server: tuple[str, str], tmp_path: Path
) -> None:
    prefix = "/v1" if "Mount" in app else ""
    run(f"call({app}, *['{prefix}/items/' + str(number) + '?token=hunter2' for number in range(5)])", tmp_path)
    name, scope = server
    assert stores.rows(tmp_path, SERVERS) == [(name, "SERVER", scope, True, 5)]
    assert stores.rows(tmp_path, LINKED) == [(5, 5, 5, 5)]
    assert stores.rows(tmp_path, "select source, count(*) from requests group by all") == [("capture", 5)]


def test_a_plain_callable_has_spans_too(tmp_path: Path) -> None:
    script = """
async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})
call(watch(app, service="plain", service_version="7"), "/a", "/b")
"""
    run(script, tmp_path)
    assert stores.rows(
        tmp_path, "select service, service_version, kind, count(*) from spans group by all"
    ) == [("plain", "7", "SERVER", 2)]  # fmt: skip
    assert stores.rows(tmp_path, LINKED)[0][:3] == (2, 2, 2)


def test_library_instrumentations_report_to_the_provider_of_ours(tmp_path: Path) -> None:
    script = """
early = trace.get_tracer("library")  # as instrumentations do at import, before anybody has set up anything
async def query(request):
    early.start_span("query").end()
    return PlainTextResponse("ok")
call(watch(Starlette(routes=[Route("/", query)])), "/")
"""
    run(script, tmp_path)
    assert stores.rows(tmp_path, "select name, scope from spans where kind = 'INTERNAL'") == [("query", "library")]


def test_a_callers_sampling_flag_hides_nothing(tmp_path: Path) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    header = f'{{"traceparent": "00-{trace_id}-00f067aa0ba902b7-00"}}'
    run(f"call(watch(starlette()), '/items/1', headers={header})", tmp_path)
    assert stores.rows(tmp_path, "select distinct trace_id from spans") == [(trace_id,)]
    assert stores.rows(tmp_path, LINKED) == [(1, 1, 1, 1)]


def test_an_operators_sampler_is_obeyed_and_requests_are_counted_all_the_same(tmp_path: Path) -> None:
    script = "import os; os.environ['OTEL_TRACES_SAMPLER'] = 'always_off'; call(watch(starlette()), '/items/1')"
    run(script, tmp_path)
    assert stores.rows(tmp_path, "select (select count(*) from requests), (select count(*) from spans)") == [(1, 0)]


def test_spans_switched_off_are_off(tmp_path: Path) -> None:
    script = "call(watch(starlette(), spans='off'), '/items/1'); print(type(trace.get_tracer_provider()).__name__)"
    assert run(script, tmp_path) == "ProxyTracerProvider\n"
    assert stores.rows(tmp_path, "select (select count(*) from requests), (select count(*) from spans)") == [(1, 0)]


def test_two_apps_with_two_stores_have_each_their_own(tmp_path: Path) -> None:
    script = """
first = instrument(starlette(), store=store + "/first")
second = instrument(starlette(), store=store + "/second")
call(first, "/items/1", "/items/2")
call(second, "/items/3")
"""
    run(script, tmp_path)
    for name, count in (("first", 2), ("second", 1)):
        assert stores.rows(tmp_path / name, LINKED) == [(count,) * 4]
        assert stores.rows(tmp_path / name, "select count(*) from spans") == [(2 * count,)]


def test_no_file_of_a_store_holds_a_secret(tmp_path: Path) -> None:
    script = """
async def leak(request):
    span = trace.get_current_span()
    span.set_attribute("http.request.header.authorization", ["Bearer hunter2"])
    span.set_attribute("user.email", "hunter2@example.org")
    with trace.get_tracer("db").start_as_current_span("select * from t where a = 'hunter2'") as span:
        span.set_attribute("db.system", "postgresql")
        span.set_attribute("db.statement", "select * from t where a = 'hunter2'")
        span.set_attribute("server.address", "https://user:hunter2@db.example/x?key=hunter2")
    try:
        with trace.get_tracer("db").start_as_current_span("failing"):
            raise RuntimeError("hunter2")
    except RuntimeError:
        pass
    return PlainTextResponse("ok")
headers = {"authorization": "Bearer hunter2", "cookie": "sid=hunter2", "user-agent": "UA", "x-api-key": "hunter2",
           "referer": "https://x/?hunter2"}
call(watch(Starlette(routes=[Route("/{rest:path}", leak)])), "/reset/1?password=hunter2", headers=headers)
"""
    run(script, tmp_path)
    assert stores.rows(tmp_path, "select count(*), count(*) filter (error_type = 'RuntimeError') from spans") == [
        (3, 1)
    ]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 2
    assert [path for path in files if b"hunter2" in path.read_bytes()] == []


# Somebody has set up tracing: it stays as it is, and reports to hotspan too.

THEIRS = {
    "FastAPIInstrumentor, global": """
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
trace.set_tracer_provider(user)
app = fastapi(); FastAPIInstrumentor.instrument_app(app)
""",
    "FastAPIInstrumentor, private": """
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
app = fastapi(); FastAPIInstrumentor.instrument_app(app, tracer_provider=user)
""",
    "middleware, private": """
app = fastapi(); app.add_middleware(OpenTelemetryMiddleware, tracer_provider=user)
""",
    "wrapped, private": "app = OpenTelemetryMiddleware(starlette(), tracer_provider=user)",
    "starlette's own, private": """
from starlette.middleware import Middleware
from starlette.middleware.opentelemetry import OpenTelemetryMiddleware as Own
app = starlette(middleware=[Middleware(Own, tracer_provider=user)])
""",
    "FastAPI's own, global": "trace.set_tracer_provider(user); app = fastapi()",
    "FastAPI's own, private": "app = fastapi(telemetry={'tracer_provider': user})",
    "Litestar's plugin, private": """
from litestar import Litestar, get
from litestar.plugins.opentelemetry import OpenTelemetryConfig, OpenTelemetryPlugin
@get("/items/{item_id:int}")
async def item(item_id: int) -> str:
    return "ok"
app = Litestar([item], plugins=[OpenTelemetryPlugin(OpenTelemetryConfig(tracer_provider=user))])
""",
}


@pytest.mark.parametrize("theirs", THEIRS.values(), ids=THEIRS)
def test_a_users_traces_are_as_they_were_and_come_to_us_too(theirs: str, tmp_path: Path) -> None:
    script = theirs + "\ncall(watch(app), *['/items/' + str(number) for number in range(3)]); told()"
    before = json.loads(run(script, tmp_path / "none", "unwatched"))
    after = json.loads(run(script, tmp_path))
    assert after == before
    assert [span[1] for span in after].count("SERVER") == 3
    servers = stores.rows(tmp_path, "select count(*), count(distinct span_id) from spans where kind = 'SERVER'")
    assert servers == [(3, 3)]
    assert stores.rows(tmp_path, LINKED)[0][:3] == (3, 3, 3)
    assert stores.rows(tmp_path, "select source, count(*) from requests group by all") == [("capture", 3)]


def test_a_private_provider_means_no_global_one_of_ours(tmp_path: Path) -> None:
    script = (
        THEIRS["wrapped, private"] + "\ncall(watch(app), '/items/1'); print(type(trace.get_tracer_provider()).__name__)"
    )
    assert run(script, tmp_path) == "ProxyTracerProvider\n"


def test_a_provider_without_server_spans_gets_none_of_ours(tmp_path: Path) -> None:
    script = "trace.set_tracer_provider(user); call(watch(starlette()), '/items/1'); told()"
    assert [span[:3] for span in json.loads(run(script, tmp_path))] == [["work", "INTERNAL", None]]
    assert stores.rows(tmp_path, "select name, kind from spans") == [("work", "INTERNAL")]
    linked = "select r.span_id, r.trace_id = s.trace_id from requests as r, spans as s"
    assert stores.rows(tmp_path, linked) == [(None, True)]


def test_an_instrumentor_that_waits_for_a_provider_gets_ours(tmp_path: Path) -> None:
    script = """
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
app = fastapi(); FastAPIInstrumentor.instrument_app(app, exclude_spans=["send", "receive"])
call(watch(app), "/items/1")
"""
    run(script, tmp_path)
    assert stores.rows(tmp_path, SERVERS) == [
        ("GET /items/{item_id}", "SERVER", "opentelemetry.instrumentation.fastapi", True, 1)
    ]


def test_a_provider_that_does_nothing_was_meant_to(tmp_path: Path) -> None:
    script = "trace.set_tracer_provider(trace.NoOpTracerProvider()); call(watch(starlette()), '/items/1')"
    run(script, tmp_path)
    assert stores.rows(tmp_path, "select (select count(*) from requests), (select count(*) from spans)") == [(1, 0)]


def test_a_provider_set_while_the_app_starts_comes_first(tmp_path: Path) -> None:
    script = """
from contextlib import asynccontextmanager
import uvicorn, threading

@asynccontextmanager
async def lifespan(app):
    trace.set_tracer_provider(user)
    yield

app = watch(starlette(lifespan=lifespan))

async def run():
    received = iter(["lifespan.startup", "lifespan.shutdown"])
    async def receive():
        return {"type": next(received)}
    sent = []
    async def send(message):
        sent.append(message["type"])
        if message["type"] == "lifespan.startup.complete":
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
                await client.get("/items/1")
    await app({"type": "lifespan", "asgi": {}, "state": {}}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
asyncio.run(run())
assert trace.get_tracer_provider() is user
told()
"""
    assert [span[0] for span in json.loads(run(script, tmp_path))] == ["work"]
    assert stores.rows(tmp_path, "select name from spans") == [("work",)]


# A real server, and contexts that leak from request to request.

SERVER = """
import uvicorn
async def body(request):
    await request.body()
    return PlainTextResponse("ok")
app = watch(Starlette(routes=[Route("/items/{item_id}", body, methods=["GET", "POST"])]))
uvicorn.run(app, port=int(sys.argv[2]), loop=sys.argv[3], http=sys.argv[4], log_level="error")
"""


@contextmanager
def serving(store: Path, loop: str, http: str) -> Iterator[int]:
    """A uvicorn of its own; told to end afterwards, as a supervisor tells it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = stores.python(PRELUDE + SERVER, store, port, loop, http)
    try:
        stores.eventually(lambda: answered(process, port), "the server answers")
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=stores.LONG_S)


def answered(process: "subprocess.Popen[str]", port: int) -> bool:
    assert process.poll() is None, process.communicate()[1]
    try:
        with socket.create_connection(("127.0.0.1", port)):
            return True
    except OSError:
        return False


def conversation(port: int, *requests: bytes) -> int:
    """Sends all at once on one connection; how many answers come."""
    with socket.create_connection(("127.0.0.1", port), timeout=stores.LONG_S) as connection:
        connection.sendall(b"".join(requests))
        answers = b""
        while answers.count(b"HTTP/1.1 200") < len(requests) or not answers.endswith(b"ok"):
            received = connection.recv(65_536)
            assert received, answers
            answers += received
    return answers.count(b"HTTP/1.1 200")


@pytest.mark.parametrize(("loop", "http"), [("asyncio", "h11"), ("asyncio", "httptools"), ("uvloop", "httptools")])
def test_requests_on_one_connection_each_have_a_server_span_of_their_own(loop: str, http: str, tmp_path: Path) -> None:
    get = b"GET /items/1 HTTP/1.1\r\nHost: x\r\n\r\n"
    large = b"POST /items/2 HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000
    with serving(tmp_path, loop, http) as port:
        assert conversation(port, *[get] * 5) == 5
        assert conversation(port, large, *[get] * 4) == 5
    found: list[tuple[Any, ...]] = stores.rows(
        tmp_path, "select kind, count(*), count(distinct trace_id), count(parent_span_id) from spans group by all"
    )
    assert found == [("SERVER", 10, 10, 0)]
    assert stores.rows(tmp_path, LINKED)[0][:3] == (10, 10, 10)
