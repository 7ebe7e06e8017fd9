"""`hotspan collect` as a process, with real OpenTelemetry clients."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

from command_line import hotspan
from foreign_files import otlp_document, rows, served
from hotspan_collector.store import Store

LONG_S = 120.0
EVERYWHERE = "0.0.0.0"  # noqa: S104  # what people type to be reached from other machines


@contextlib.contextmanager
def _collecting(
    store: Path, *options: str, port: int = 0, **environment: str
) -> Iterator[tuple["subprocess.Popen[str]", int]]:
    """A receiver in a process of its own, and the port it listens on."""
    process = subprocess.Popen(
        [Path(sys.executable).with_name("hotspan"), "collect", "--into", store, "--port", str(port), *options],
        env=os.environ | {"HOTSPAN_RETENTION_DAYS": "1000000", "PYTHONUNBUFFERED": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        found = re.search(r":(\d+)/v1/traces", line)
        assert found, line + process.stdout.read()
        _wait_for_health(int(found[1]))
        yield process, int(found[1])
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _wait_for_health(port: int) -> None:
    deadline = time.monotonic() + LONG_S
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=LONG_S):
            return
        time.sleep(0.02)
    raise AssertionError("the receiver did not come up")


def _spans(count: int, service: str = "shop") -> list[ReadableSpan]:
    kept = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": service}))
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("tests")
    attributes: dict[str, str | int] = {
        "http.request.method": "GET",
        "url.path": "/a",
        "http.response.status_code": 200,
    }
    for _ in range(count):
        tracer.start_span("GET /a", kind=SpanKind.SERVER, attributes=attributes).end()
    return list(kept.get_finished_spans())


def _post(port: int, body: bytes, **headers: str) -> int:
    named = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/traces", data=body, headers=named)  # our own
    try:
        with urllib.request.urlopen(request, timeout=LONG_S) as answer:  # noqa: S310  # our own
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)


def _ids(store: Path) -> list[str]:
    with Store(store).reading() as connection:
        return [row["span_id"] for row in rows(connection, "spans", "span_id")]


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_the_sdks_exporter_sends_and_everything_is_there(tmp_path: Path, compression: Compression) -> None:
    sent = _spans(50)
    with _collecting(tmp_path / "store") as (process, port):
        exporter = OTLPSpanExporter(f"http://127.0.0.1:{port}/v1/traces", compression=compression)
        assert exporter.export(sent) is SpanExportResult.SUCCESS
        exporter.shutdown()  # type: ignore[no-untyped-call]  # the SDK's own
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=LONG_S) == 0
    assert _ids(tmp_path / "store") == sorted(f"{span.context.span_id:016x}" for span in sent)
    with Store(tmp_path / "store").reading() as connection:
        assert {row["route"] for row in rows(connection)} == {"/a"}


def test_an_acknowledged_batch_survives_kill_9(tmp_path: Path) -> None:
    with _collecting(tmp_path / "store") as (process, port):
        body = json.dumps(otlp_document([served(number) for number in range(1, 101)])).encode()
        assert _post(port, body) == 200
        process.kill()
        process.wait()
    assert len(_ids(tmp_path / "store")) == 100


def test_ctrl_c_ends_it_with_a_word(tmp_path: Path) -> None:
    with _collecting(tmp_path / "store") as (process, port):
        assert _post(port, json.dumps(otlp_document([served(1)])).encode()) == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=LONG_S) == 128 + signal.SIGINT
        assert process.stdout is not None
        assert "1 spans received; next: hotspan top" in process.stdout.read()


def test_a_token_from_the_environment(tmp_path: Path) -> None:
    with _collecting(tmp_path / "store", "--host", EVERYWHERE, HOTSPAN_COLLECT_TOKEN="s3cret") as (_, port):  # noqa: S106  # a test's
        assert _post(port, b"{}") == 401
        assert _post(port, b"{}", authorization="Bearer s3cret") == 200


def test_other_machines_need_a_token(tmp_path: Path) -> None:
    done = hotspan("collect", "--host", EVERYWHERE, "--into", str(tmp_path / "store"))
    assert done.code == 2
    assert "HOTSPAN_COLLECT_TOKEN" in done.err


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = hotspan("collect", "--port", str(taken.getsockname()[1]), "--into", str(tmp_path / "store"))
    assert done.code == 2
    assert "choose another --port" in done.err
    assert len(done.err.splitlines()) == 1


def test_a_store_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = hotspan("collect", "--port", "0", "--into", str(tmp_path / "file" / "store"))
    assert done.code == 2
    assert len(done.err.splitlines()) == 1


class _Sender(threading.Thread):
    """Sends batches until told to stop, as the SDK does, and writes down which spans were acknowledged."""

    def __init__(self, exporter: SpanExporter, batches: Iterator[list[ReadableSpan]], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._exporter, self._batches, self._stop_sending = exporter, batches, stop
        self.acknowledged: list[str] = []

    def run(self) -> None:
        for batch in self._batches:
            if self._exporter.export(batch) is SpanExportResult.SUCCESS:
                self.acknowledged += [f"{span.context.span_id:016x}" for span in batch if span.context]
            if self._stop_sending.is_set():
                return


class _JsonExporter(SpanExporter):
    """An OTLP JSON client that tries a batch again, the same bytes, until it is told something final."""

    def __init__(self, port: int) -> None:
        self._port = port

    def export(self, spans: "list[ReadableSpan]") -> SpanExportResult:  # type: ignore[override]  # a list is all we send
        made = [served(number=int(span.context.span_id)) for span in spans if span.context]
        body = json.dumps(otlp_document(made)).encode()
        deadline = time.monotonic() + LONG_S
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                status = _post(self._port, body)
                if status == 200:
                    return SpanExportResult.SUCCESS
                if status not in (429, 503):
                    break
            time.sleep(0.1)
        return SpanExportResult.FAILURE


@pytest.mark.slow
def test_under_load_and_kills_every_acknowledged_span_is_there_once(tmp_path: Path) -> None:
    store, stop = tmp_path / "store", threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def batches(service: str) -> Iterator[list[ReadableSpan]]:
        while True:
            yield _spans(40, service)

    exporters: list[SpanExporter] = [
        OTLPSpanExporter(f"http://127.0.0.1:{port}/v1/traces", timeout=60, compression=Compression.Gzip)
        for _ in range(3)
    ]
    exporters += [_JsonExporter(port) for _ in range(2)]
    senders = [_Sender(exporter, batches(f"s{place}"), stop) for place, exporter in enumerate(exporters)]
    kills = 15
    for round_ in range(kills + 1):
        with _collecting(store, port=port) as (process, _):
            if not round_:
                for sender in senders:
                    sender.start()
            time.sleep(1.5)
            if round_ == kills:
                stop.set()
                for sender in senders:
                    sender.join(timeout=LONG_S)
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=LONG_S) == 0
    acknowledged = [span_id for sender in senders for span_id in sender.acknowledged]
    stored = _ids(store)
    assert len(acknowledged) > 1_000
    assert len(set(stored)) == len(stored), "a span is there twice"
    assert not set(acknowledged) - set(stored), "an acknowledged span is missing"
