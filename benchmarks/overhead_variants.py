"""One variant of an instrumented app in a process of its own: runs rounds of requests on demand, answers CPU times.

Started by overhead.py, possibly with another virtual environment's Python, so it imports only what its variant needs.
Reads lines `<requests>` on stdin, answers `<process_cpu_s> <thread_cpu_s>` per line. The app is called directly, one
task per request, without a network: what is left is the framework, the instrumentation and nothing else.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
App = Callable[[Scope, Any, Any], Awaitable[None]]
After = Callable[[], object]


def scope_of_one_request() -> Scope:
    """What uvicorn hands to an app for an ordinary browser's request, eight headers included."""
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("203.0.113.9", 51234),
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": "/items/42",
        "raw_path": b"/items/42",
        "query_string": b"page=2",
        "headers": [
            (b"host", b"127.0.0.1:8000"),
            (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
            (b"accept", b"application/json"),
            (b"accept-language", b"en"),
            (b"accept-encoding", b"gzip, deflate"),
            (b"cookie", b"sessionid=0123456789abcdef; theme=dark"),
            (b"x-forwarded-for", b"203.0.113.9"),
            (b"connection", b"keep-alive"),
        ],
        "state": {},
        "extensions": {},
    }


def starlette_app() -> Any:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def item(request: Request) -> PlainTextResponse:
        return PlainTextResponse("ok")

    return Starlette(routes=[Route("/items/{item_id}", item)])


def fastapi_app() -> Any:
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/items/{item_id}")
    async def item(item_id: int) -> dict[str, int]:
        return {"item_id": item_id}

    return app


def nothing() -> None:
    return None


def bare(app: Any) -> tuple[App, After]:
    return app, nothing


def hotspan_with(spans: str) -> Callable[[Any], tuple[App, After]]:
    def instrumented(app: Any) -> tuple[App, After]:
        from hotspan_collector import instrument
        from hotspan_collector.recorder import recorder_for
        from hotspan_collector.settings import Settings

        store = tempfile.mkdtemp(prefix="hotspan-bench-")
        wrapped = instrument(app, store=store, spans=spans)
        recorder = recorder_for(Settings.from_environment(store=store))
        return wrapped, recorder.flush

    return instrumented


def contrib(app: Any) -> tuple[App, After]:
    from opentelemetry import trace
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class NullExporter(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:  # noqa: ARG002 - the exporter's interface
            return SpanExportResult.SUCCESS

    provider = TracerProvider()
    processor = BatchSpanProcessor(NullExporter())
    provider.add_span_processor(processor)
    os.environ.setdefault("OTEL_SEMCONV_STABILITY_OPT_IN", "http")
    wrapped = OpenTelemetryMiddleware(app, tracer_provider=provider, exclude_spans=["send", "receive"])
    trace.set_tracer_provider(provider)
    return wrapped, processor.force_flush


def fastapi_native(app: Any) -> tuple[App, After]:
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class NullExporter(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:  # noqa: ARG002 - the exporter's interface
            return SpanExportResult.SUCCESS

    provider = TracerProvider()
    processor = BatchSpanProcessor(NullExporter())
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
    return app, processor.force_flush


def elastic_apm(app: Any) -> tuple[App, After]:
    from elasticapm.contrib.starlette import ElasticAPM, make_apm_client

    client = make_apm_client({"SERVICE_NAME": "bench", "DISABLE_SEND": True, "CENTRAL_CONFIG": False})
    app.add_middleware(ElasticAPM, client=client)
    return app, nothing


def sentry(app: Any) -> tuple[App, After]:
    import sentry_sdk
    from sentry_sdk.transport import Transport

    class NullTransport(Transport):
        def capture_envelope(self, envelope: Any) -> None:  # noqa: ARG002 - the transport's interface
            return None

    sentry_sdk.init(dsn="http://key@127.0.0.1:9/1", traces_sample_rate=1.0, transport=NullTransport)
    return app, nothing


def ddtrace(app: Any) -> tuple[App, After]:
    from ddtrace import patch
    from ddtrace.contrib.asgi import TraceMiddleware

    patch(fastapi=False)
    return TraceMiddleware(app), nothing


def newrelic(app: Any) -> tuple[App, After]:
    import newrelic.agent

    return newrelic.agent.ASGIApplicationWrapper(app), nothing


def logfire(app: Any) -> tuple[App, After]:
    import logfire

    logfire.configure(send_to_logfire=False, console=False)
    logfire.instrument_fastapi(app)
    return app, nothing


def apitally(app: Any) -> tuple[App, After]:
    import importlib

    importlib.import_module("apitally.fastapi").init(
        app, write_token=f"apt_{'0' * 24}", env="bench", otlp_endpoint="http://127.0.0.1:9"
    )
    return app, nothing


def hook_newrelic() -> None:
    import newrelic.agent

    newrelic.agent.initialize()
    newrelic.agent.register_application(timeout=5.0)


HOOKED: dict[str, Callable[[], None]] = {"newrelic": hook_newrelic}
"""Tools that instrument by import hook, so they must start before the framework is imported."""

VARIANTS: dict[str, Callable[[Any], tuple[App, After]]] = {
    "bare": bare,
    "hotspan capture": hotspan_with("off"),
    "hotspan default": hotspan_with("auto"),
    "contrib asgi, null exporter": contrib,
    "fastapi native, null exporter": fastapi_native,
    "elastic-apm": elastic_apm,
    "sentry-sdk": sentry,
    "ddtrace": ddtrace,
    "newrelic": newrelic,
    "logfire": logfire,
    "apitally": apitally,
}
FRAMEWORKS: dict[str, Callable[[], Any]] = {"starlette": starlette_app, "fastapi": fastapi_app}


async def one_request(app: App, answered: list[int]) -> None:
    """Calls the app once and checks that it answered 200."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answered.append(message["status"])

    await app(scope_of_one_request(), receive, send)


async def run_round(app: App, requests: int) -> None:
    """Runs the requests one after the other, each in a task of its own as a server would."""
    answered: list[int] = []
    for _ in range(requests):
        await asyncio.create_task(one_request(app, answered))
    if answered != [200] * requests:
        raise RuntimeError(f"{requests} requests were made, {answered.count(200)} answered with 200")


def main() -> None:
    framework, variant = sys.argv[1:3]
    if variant in HOOKED:
        HOOKED[variant]()
    app, after = VARIANTS[variant](FRAMEWORKS[framework]())
    with asyncio.Runner() as runner:
        runner.run(run_round(app, 300))
        after()
        print("ready", flush=True)
        for line in sys.stdin:
            process_before, thread_before = time.process_time(), time.thread_time()
            runner.run(run_round(app, int(line)))
            thread_s = time.thread_time() - thread_before
            after()
            print(time.process_time() - process_before, thread_s, flush=True)
    os._exit(0)  # a peer's exit hooks may wait for a server that is not there


if __name__ == "__main__":
    main()
