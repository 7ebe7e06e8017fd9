import asyncio
import functools
import inspect
import subprocess
import sys
from typing import Any

import litestar
import pytest
import quart
from fastapi import FastAPI
from flask import Flask
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from starlette.applications import Starlette
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import asgi
from hotspan_collector import HotspanMiddleware, instrument
from hotspan_collector.errors import BadInputError


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> asgi.MemoryRecorder:
    return asgi.recording(monkeypatch)


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


class Plain:
    """An app that is an object of the user's own class."""

    greeting = b"hi"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await asgi.answer(self.greeting)(scope, receive, send)


@pytest.mark.parametrize("make", [Starlette, FastAPI, litestar.Litestar, lambda: quart.Quart("q"), Plain])
def test_an_app_that_is_an_object_stays_that_object(make: Any, recorder: asgi.MemoryRecorder) -> None:
    app = make()
    kind = type(app)
    assert instrument(app, spans="off") is app
    assert isinstance(app, kind)
    assert (type(app).__name__, type(app).__module__) == (kind.__name__, kind.__module__)
    assert inspect.iscoroutinefunction(app.__call__)  # what uvicorn asks, to tell ASGI 3 from ASGI 2
    asgi.call(app, "/nowhere")
    assert len(recorder.finished) == 1


@pytest.mark.parametrize(
    "app", [asgi.answer(), functools.partial(asgi.answer()), Plain().__call__], ids=["function", "partial", "method"]
)
def test_an_app_that_is_a_function_comes_back_wrapped(app: Any, recorder: asgi.MemoryRecorder) -> None:
    wrapped = instrument(app, spans="off")
    assert isinstance(wrapped, HotspanMiddleware)
    assert asgi.call(wrapped)[1]["body"] == b"hi"
    assert len(recorder.finished) == 1


def test_other_apps_of_the_same_class_are_left_alone(recorder: asgi.MemoryRecorder) -> None:
    captured, other = instrument(Plain(), spans="off"), Plain()
    asgi.call(other)
    assert recorder.finished == []
    asgi.call(captured)
    assert len(recorder.finished) == 1


@pytest.mark.parametrize("make", [Starlette, asgi.answer])
def test_twice_changes_nothing(make: Any, recorder: asgi.MemoryRecorder) -> None:
    once = instrument(make(), spans="off")
    kind = type(once)
    twice = instrument(once, spans="off")
    assert twice is once
    assert type(twice) is kind


def test_attributes_set_later_are_the_apps() -> None:
    app = Plain()
    instrument(app, spans="off")
    app.greeting = b"changed"
    assert vars(app) == {"greeting": b"changed"}


def test_middlewares_added_later_are_inside(recorder: asgi.MemoryRecorder) -> None:
    class Gate(BaseHTTPMiddleware):
        async def dispatch(self, request: Any, call_next: Any) -> Any:
            return PlainTextResponse("no", status_code=403)

    app = Starlette(routes=[Route("/a/{b}", hello)])
    instrument(app, spans="off")
    app.add_middleware(Gate)
    asgi.call(app, "/a/1")
    assert (recorder.only.status, recorder.only.route) == (403, "/a/{b}")


def test_an_app_that_has_served_already(recorder: asgi.MemoryRecorder) -> None:
    app = Starlette(routes=[Route("/a", hello)])
    asgi.call(app, "/a")
    asgi.call(instrument(app, spans="off"), "/a")
    assert recorder.only.route == "/a"


def test_what_others_patch_into_the_class_later_counts(
    recorder: asgi.MemoryRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = instrument(Plain(), spans="off")
    monkeypatch.setattr(
        Plain, "__call__", lambda self, scope, receive, send: asgi.answer(b"patched")(scope, receive, send)
    )
    assert asgi.call(app)[1]["body"] == b"patched"
    assert len(recorder.finished) == 1


@pytest.mark.parametrize("first", ["ours", "theirs"])
def test_an_app_that_fastapi_instrumentor_traces(first: str, recorder: asgi.MemoryRecorder) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    app = FastAPI(routes=[Route("/a/{b}", hello)])
    if first == "ours":
        instrument(app, spans="off")
    FastAPIInstrumentor.instrument_app(app, tracer_provider=provider, exclude_spans=["send", "receive"])
    if first == "theirs":
        instrument(app, spans="off")
    asgi.call(app, "/a/1")
    assert recorder.only.route == "/a/{b}"
    (span,) = exporter.get_finished_spans()
    assert (span.kind, span.parent) == (SpanKind.SERVER, None)


def test_wsgi_apps_are_refused_with_a_way_out() -> None:
    with pytest.raises(BadInputError, match=r"Flask is a WSGI app .* OTEL_TRACES_EXPORTER=hotspan"):
        instrument(Flask("f"))


def test_djangos_wsgi_handler_is_refused() -> None:
    class WSGIHandler:
        def __call__(self, environ: Any, start_response: Any) -> Any: ...

    with pytest.raises(BadInputError, match="WSGIHandler"):
        instrument(WSGIHandler())


def test_settings_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPAN_MAX_ROUTES", "many")
    with pytest.raises(BadInputError, match="HOTSPAN_MAX_ROUTES"):
        instrument(Starlette())


def test_concurrent_requests_are_kept_apart(recorder: asgi.MemoryRecorder) -> None:
    async def nap(request: Request) -> PlainTextResponse:
        await asyncio.sleep(0.001 * int(request.path_params["n"]))
        return PlainTextResponse("x" * int(request.path_params["n"]))

    async def all_at_once() -> None:
        app = instrument(Starlette(routes=[Route("/nap/{n}", nap)]), spans="off")
        cycles = [asgi.Cycle() for _ in range(30)]
        await asyncio.gather(*(app(asgi.scope(f"/nap/{n}"), c.receive, c.send) for n, c in enumerate(cycles)))

    asyncio.run(all_at_once())
    assert sorted((record.path, record.response_bytes) for record in recorder.finished) == sorted(
        (f"/nap/{n}", n) for n in range(30)
    )


def test_the_package_offers_both_without_loading_either() -> None:
    script = "import sys, hotspan_collector as h; print('starlette' in sys.modules, h.instrument, h.HotspanMiddleware)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.startswith("False <function instrument")
