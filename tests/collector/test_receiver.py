"""The receiver as a client sees it, on a real server."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # ships no types
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from foreign_files import otlp_document, otlp_protobuf, otlp_span, rows, served
from hotspan_collector.errors import StoreError
from hotspan_collector.receiver import Access
from hotspan_collector.receiver_body import JSON, PROTOBUF, Limits
from hotspan_collector.receiver_intake import FullError, Intake
from hotspan_collector.settings import Settings
from hotspan_collector.store import Store
from receivers import receiving

DOCUMENT = otlp_document([served(1), otlp_span("child", number=2)])


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx.Client]:
    with receiving(tmp_path / "store") as client:
        yield client


def _post(
    client: httpx.Client, body: Any, content_type: str = JSON, path: str = "/v1/traces", **headers: str
) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, content=content, headers={"content-type": content_type} | named)


def _stored(store: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    with Store(store).reading() as connection:
        return rows(connection, "requests", "span_id"), rows(connection, "spans", "span_id")


def test_json_and_protobuf_give_the_same_rows(tmp_path: Path) -> None:
    found = []
    for name, content_type, body in (
        ("json", JSON, json.dumps(DOCUMENT).encode()),
        ("protobuf", PROTOBUF, otlp_protobuf(DOCUMENT)),
    ):
        with receiving(tmp_path / name) as client:
            answer = _post(client, body, content_type)
            assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, content_type)
            assert answer.content == (b"{}" if content_type == JSON else b"")
        requests, spans = _stored(tmp_path / name)
        assert (len(requests), len(spans)) == (1, 2)
        hidden = dict.fromkeys(("worker", "client", "address", "target", "twin_key", "seq"))
        found.append([row | {key: None for key in hidden if key in row} for row in requests + spans])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("coding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes), ("GZIP", gzip.compress)],
)
def test_compressed_bodies(tmp_path: Path, coding: str, pack: Any) -> None:
    with receiving(tmp_path / "store") as client:
        assert _post(client, pack(otlp_protobuf(DOCUMENT)), PROTOBUF, content_encoding=coding).status_code == 200
    assert len(_stored(tmp_path / "store")[1]) == 2


def test_spans_that_cannot_be_kept_are_a_partial_success(client: httpx.Client) -> None:
    document = otlp_document([served(1), otlp_span(traceId=""), otlp_span(startTimeUnixNano="0")])
    answer = _post(client, document)
    assert answer.status_code == 200
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "2"
    found = ExportTraceServiceResponse.FromString(_post(client, otlp_protobuf(document), PROTOBUF).content)
    assert found.partial_success.rejected_spans == 2
    assert "trace id" in found.partial_success.error_message


def test_nothing_in_it_is_fine(client: httpx.Client) -> None:
    assert _post(client, {}).status_code == 200
    assert _post(client, b"", PROTOBUF).status_code == 200


@pytest.mark.parametrize(
    ("body", "content_type", "headers", "status"),
    [
        (b"{bad", JSON, {}, 400),
        (b"[]", JSON, {}, 400),
        (b"\xff\xfe", JSON, {}, 400),
        (b"\xff\xfe", PROTOBUF, {}, 400),
        (otlp_protobuf(DOCUMENT)[:-3], PROTOBUF, {}, 400),
        (b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"\\ud800"}]}]}]}', JSON, {}, 400),
        (b"x", JSON, {"content_encoding": "gzip"}, 400),
        (gzip.compress(b"{}", mtime=0)[:-4], JSON, {"content_encoding": "gzip"}, 400),
        (b"{}", JSON, {"content_encoding": "br"}, 415),
        (b"{}", "text/plain", {}, 415),
        (b"{}", "", {}, 415),
    ],
)
def test_what_cannot_be_read_is_refused_for_good(
    client: httpx.Client, body: bytes, content_type: str, headers: Mapping[str, str], status: int
) -> None:
    answer = _post(client, body, content_type, **headers)
    assert answer.status_code == status
    assert "retry-after" not in answer.headers
    told = Status.FromString(answer.content).message if content_type == PROTOBUF else answer.json()["message"]
    assert told
    assert "\n" not in told


def test_a_bad_body_costs_its_neighbours_nothing(tmp_path: Path) -> None:
    with receiving(tmp_path / "store") as client:
        for number in range(3):
            assert _post(client, b'{"resourceSpans":[{"a":"\\ud800"}]}').status_code in (200, 400)
            assert _post(client, otlp_document([served(number * 2 + 1), served(number * 2 + 2)])).status_code == 200
    assert len(_stored(tmp_path / "store")[1]) == 6


def test_bodies_beyond_the_limits_are_refused(tmp_path: Path) -> None:
    limits = Limits(body_bytes=2_000, unpacked_bytes=10_000)
    with receiving(tmp_path / "store", limits=limits) as client:
        assert _post(client, b" " * 2_001).status_code == 413
        assert _post(client, gzip.compress(b" " * 10_001), content_encoding="gzip").status_code == 413
        assert _post(client, gzip.compress(b"{}" + b" " * 9_000), content_encoding="gzip").status_code == 200


def test_metrics_and_logs_are_answered_so_that_nobody_retries(client: httpx.Client) -> None:
    answer = _post(client, {"resourceMetrics": []}, path="/v1/metrics")
    assert (answer.status_code, answer.json()["partialSuccess"]["errorMessage"]) == (200, "hotspan keeps traces only")
    found = ExportMetricsServiceResponse.FromString(_post(client, b"", PROTOBUF, "/v1/metrics").content)
    assert found.partial_success.error_message
    assert _post(client, {}, path="/v1/logs").status_code == 200
    assert _post(client, {}, "text/plain", "/v1/logs").status_code == 415


def test_health(client: httpx.Client) -> None:
    _post(client, DOCUMENT)
    assert client.get("/healthz").json() == {"status": "ok", "spans": 2}


def test_other_paths_and_methods(client: httpx.Client) -> None:
    assert client.get("/v1/traces").status_code == 405
    assert client.post("/").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:4318", "127.0.0.1.evil.example", "[::2]"])
def test_names_that_are_not_this_machines_are_refused(client: httpx.Client, host: str) -> None:
    assert _post(client, {}, host=host).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:4318", "localhost", "LOCALHOST:1", "[::1]:4318"])
def test_names_of_this_machine(client: httpx.Client, host: str) -> None:
    assert _post(client, {}, host=host).status_code == 200


def test_web_pages_are_refused(client: httpx.Client) -> None:
    assert _post(client, {}, origin="http://127.0.0.1:4318").status_code == 403


def test_a_token_opens_to_other_machines_and_to_nobody_else(tmp_path: Path) -> None:
    with receiving(tmp_path / "store", Access("s3cret")) as client:
        for wrong in ("", "s3cret", "Bearer", "Bearer s3cre", "Bearer s3cret2", "Basic s3cret"):
            answer = _post(client, DOCUMENT, host="shop.example", authorization=wrong)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert _post(client, DOCUMENT, path="/v1/metrics", host="shop.example").status_code == 401
        assert _post(client, DOCUMENT, host="shop.example", authorization="Bearer s3cret").status_code == 200


def test_a_full_queue_asks_to_come_back(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise FullError

    monkeypatch.setattr(Intake, "take", full)
    answer = _post(client, otlp_protobuf(DOCUMENT), PROTOBUF)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert Status.FromString(answer.content).code == 8


def test_a_disk_that_takes_nothing_asks_to_come_back_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hotspan_collector import receiver_sealing

    with receiving(tmp_path / "store") as client:
        real = receiver_sealing._sync

        def full(path: Path) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(receiver_sealing, "_sync", full)
        answer = _post(client, DOCUMENT)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert client.get("/healthz").status_code == 503
        monkeypatch.setattr(receiver_sealing, "_sync", real)
        assert _post(client, DOCUMENT).status_code == 200
        assert client.get("/healthz").status_code == 200
    assert len(_stored(tmp_path / "store")[1]) == 2
    assert not list((tmp_path / "store" / "inbox").glob("*.receiving"))


def test_a_store_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError):
        Intake(Settings(store=tmp_path / "file" / "store")).start()


def test_nothing_that_identifies_anybody_reaches_the_disk(tmp_path: Path) -> None:
    secrets = {
        "client.address": "192.0.2.77",
        "url.query": "token=s3cret",
        "http.request.header.authorization": ["Bearer s3cret"],
    }
    with receiving(tmp_path / "store") as client:
        for content_type, body in ((JSON, json.dumps), (PROTOBUF, otlp_protobuf)):
            content = body(otlp_document([served(attributes=secrets)]))
            _post(client, content.encode() if isinstance(content, str) else content, content_type)
        written = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())
    written += b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert b"192.0.2.77" not in written
    assert b"s3cret" not in written
