"""The span exporter: nothing is opened before the first export, and zero-code tracing brings requests into the store."""

import json
import os
import socket
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, cast

import pytest
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import SpanKind, Tracer

import stores
from hotspan_collector import exporter, guard
from hotspan_collector.errors import StoreError
from hotspan_collector.exporter import HotspanSpanExporter
from hotspan_collector.processor import HotspanSpanProcessor
from hotspan_collector.recorder import Recorder
from hotspan_collector.settings import Settings
from sdk_spans import KeepingRecorder, ended


def served(tracer: Tracer) -> None:
    attributes: dict[str, Any] = {"http.request.method": "GET", "url.path": "/a", "http.response.status_code": 200}
    tracer.start_span("GET /a", kind=SpanKind.SERVER, attributes=attributes).end()
    tracer.start_span("GET /a http send").end()


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> KeepingRecorder:
    """What the exporter takes for the process's recorder."""
    made = KeepingRecorder()
    monkeypatch.setattr(exporter, "recorder_for", lambda settings: made)
    return made


def test_the_entry_point_names_the_exporter() -> None:
    (found,) = entry_points(group="opentelemetry_traces_exporter", name="hotspan")
    assert found.load() is HotspanSpanExporter


def test_spans_are_handed_over_but_for_those_of_single_messages(recorder: KeepingRecorder) -> None:
    assert HotspanSpanExporter().export(ended(served)) is SpanExportResult.SUCCESS
    assert recorder.names == ["GET /a"]


def test_where_a_processor_feeds_the_recorder_spans_do_not_come_twice(recorder: KeepingRecorder) -> None:
    HotspanSpanProcessor(cast(Recorder, recorder))
    assert HotspanSpanExporter().export(ended(served)) is SpanExportResult.SUCCESS
    assert recorder.names == []


def test_an_exporter_that_exported_nothing_flushes_nothing(recorder: KeepingRecorder) -> None:
    idle = HotspanSpanExporter()
    assert idle.force_flush() is True
    idle.shutdown()
    assert recorder.flushes == []


def test_flush_seals_and_shutdown_merges(recorder: KeepingRecorder) -> None:
    used = HotspanSpanExporter()
    used.export(ended(served))
    assert used.force_flush() is True
    used.shutdown()
    assert recorder.flushes == [False, True]


def test_no_error_of_ours_reaches_the_app(recorder: KeepingRecorder, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("no disk")

    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    monkeypatch.setattr(guard, "errors", type(guard.errors)())
    monkeypatch.setattr(recorder, "add_spans", fail)
    monkeypatch.setattr(recorder, "flush", fail)
    monkeypatch.setattr(recorder, "close", fail)
    used = HotspanSpanExporter()
    assert used.export(ended(served)) is SpanExportResult.FAILURE
    assert used.force_flush() is False
    used.shutdown()
    assert guard.errors == {"taking exported spans": 1, "flushing spans": 2}


def test_settings_that_cannot_be_used_are_our_error_not_the_apps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPAN_MAX_ROUTES", "many")
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    assert HotspanSpanExporter().export(ended(served)) is SpanExportResult.FAILURE


def test_making_one_touches_no_disk(tmp_path: Path) -> None:
    HotspanSpanExporter(Settings(store=tmp_path / "store")).shutdown()
    assert not (tmp_path / "store").exists()


WSGI_APP = """
import sys
from wsgiref.util import setup_testing_defaults
from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind

tracer = trace.get_tracer("wsgi")

def app(environ, start_response):
    attributes = {
        "http.method": environ["REQUEST_METHOD"], "http.target": environ["PATH_INFO"] + "?token=hunter2",
        "net.peer.ip": environ["REMOTE_ADDR"], "http.user_agent": "UA", "http.status_code": 200,
    }
    with tracer.start_as_current_span("GET", kind=SpanKind.SERVER, attributes=attributes):
        with tracer.start_as_current_span("select", kind=SpanKind.CLIENT) as span:
            span.set_attribute("db.system", "sqlite")
            span.set_attribute("db.statement", "select * from t where secret = 'hunter2'")
        start_response("200 OK", [])
        return [b"ok"]

for number in range(20):
    environ = {"PATH_INFO": f"/items/{number}", "REMOTE_ADDR": f"10.0.0.{number % 4}"}
    setup_testing_defaults(environ)
    app(environ, lambda status, headers: None)
"""


def tool(name: str) -> str:
    """A program that is installed beside this Python, on the PATH or not."""
    return str(Path(sys.executable).with_name(name))


def instrumented(store: Path, *command: str, delay_ms: int = 100, **more: Any) -> "subprocess.Popen[str]":
    """A program under opentelemetry-instrument, with hotspan for the exporter and nothing else set up."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    environment |= {
        "OTEL_TRACES_EXPORTER": "hotspan",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_SERVICE_NAME": "shop",
        "OTEL_BSP_SCHEDULE_DELAY": str(delay_ms),
        "HOTSPAN_STORE": str(store),
    }
    return subprocess.Popen(
        [tool("opentelemetry-instrument"), *command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def test_a_program_that_ends_before_the_first_export_says_nothing_of_ours(tmp_path: Path) -> None:
    process = instrumented(tmp_path, sys.executable, "-c", WSGI_APP, delay_ms=60_000)
    _, complaints = process.communicate(timeout=stores.LONG_S)
    assert (process.returncode, complaints) == (0, "")
    assert stores.rows(tmp_path, "select count(*) from requests") == [(20,)]


def test_a_wsgi_program_without_a_line_of_ours_has_its_requests_in_the_store(tmp_path: Path) -> None:
    stores.said(instrumented(tmp_path, sys.executable, "-c", WSGI_APP))
    assert stores.rows(
        tmp_path,
        "select source, service, method, route, client_tier, count(*), count(distinct client) from requests group by all",
    ) == [("span", "shop", "GET", "/items/{number}", "address", 20, 4)]
    assert stores.rows(
        tmp_path, "select kind, is_request, statement, count(*) from spans group by all order by all"
    ) == [
        ("CLIENT", False, "select * from t where secret = ?", 20),
        ("SERVER", True, None, 20),
    ]


def test_no_file_of_a_store_holds_a_secret(tmp_path: Path) -> None:
    stores.said(instrumented(tmp_path, sys.executable, "-c", WSGI_APP))
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 2
    for path in files:
        content = path.read_bytes()
        assert b"hunter2" not in content, path
        assert b"10.0.0.1" not in content, path


ASGI_APP = """
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware

async def item(request):
    return PlainTextResponse("ok")

app = Starlette(routes=[Route("/items/{id}", item)], middleware=[Middleware(OpenTelemetryMiddleware)])
"""


def test_two_workers_of_a_real_server_record_each_request_once(tmp_path: Path) -> None:
    (tmp_path / "zero_code.py").write_text(ASGI_APP)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = instrumented(
        tmp_path / "store", tool("uvicorn"), "zero_code:app", "--workers", "2", "--port", str(port), cwd=tmp_path
    )
    try:
        stores.eventually(lambda: answers(port), "the server answers")
        for number in range(100):
            assert answers(port, f"/items/{number}?token=hunter2")
        stores.eventually(lambda: stored_items(tmp_path / "store") == 100, "all requests are stored")
    finally:
        server.terminate()
        server.communicate(timeout=stores.LONG_S)
    assert stores.rows(tmp_path / "store", "select count(*), count(distinct (worker, seq)) from requests")[0][0] >= 100
    workers = stores.rows(tmp_path / "store", "select count(distinct worker) from spans")[0][0]
    assert 1 <= workers <= 2


def stored_items(store: Path) -> int:
    """How many requests of items a store holds; none before there is a store."""
    try:
        ((count,),) = stores.rows(store, "select count(*) from requests where route = '/items/{number}'")
    except StoreError:
        return 0
    return int(count)


def answers(port: int, path: str = "/") -> bool:
    """Does the server answer a request of one connection of its own?"""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=stores.LONG_S) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(100).startswith(b"HTTP/1.1 ")
    except OSError:
        return False


def test_what_a_store_says_is_json_for_machines(tmp_path: Path) -> None:
    """A user's own attribute survives with its type as text."""
    script = WSGI_APP.replace('span.set_attribute("db.system", "sqlite")', 'span.set_attribute("order.ids", [1, 2])')
    stores.said(instrumented(tmp_path, sys.executable, "-c", script))
    ((kept,),) = stores.rows(
        tmp_path, "select distinct attributes['order.ids'] from spans where attributes['order.ids'] is not null"
    )
    assert json.loads(kept) == [1, 2]
