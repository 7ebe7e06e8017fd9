"""Files of other programs, made up here in the shapes that such programs write, and where real ones lie."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData

from hotspan_collector.importers import ImportSummary, import_files
from hotspan_collector.secret import Secret

SECRET = Secret.of(b"tests" * 8)
T0_NS = 1_790_000_000_000_000_000
"""2026-09-21T14:13:20Z, second zero."""
T0_US = T0_NS // 1_000

SHARED = Path(__file__).parents[2] / "shared" / "data"
needs_shared_data = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the real files lie beside the project, in ../shared/data, and not everywhere"
)


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def imported(*paths: Path, **options: Any) -> tuple[duckdb.DuckDBPyConnection, ImportSummary]:
    """A database in memory with what these files tell, and the summary."""
    connection = duckdb.connect()
    return connection, import_files(paths, connection, secret=SECRET, **options)


def rows(connection: duckdb.DuckDBPyConnection, table: str = "requests", order: str = "seq") -> list[dict[str, Any]]:
    """All rows of a table as dicts."""
    found = connection.execute(f"select * from {table} order by {order}")  # noqa: S608  # the tests' own words
    names = [each[0] for each in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def log_requests(folder: Path, *lines: str, **options: Any) -> list[dict[str, Any]]:
    """The requests that these lines of a log tell of."""
    connection, _ = imported(written(folder, "access.log", "\n".join(lines) + "\n"), **options)
    return rows(connection)


def otlp_span(name: str = "work", at_ms: int = 0, ms: int = 10, **more: Any) -> dict[str, Any]:
    """A span in OTLP JSON; `attributes` may be a dict."""
    number = more.pop("number", 1)
    start_ns = T0_NS + at_ms * 1_000_000
    span: dict[str, Any] = {
        "traceId": f"{number:032x}",
        "spanId": f"{number:016x}",
        "name": name,
        "kind": 1,
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + ms * 1_000_000),
        "attributes": otlp_attributes(more.pop("attributes", {})),
    }
    return span | more


def served(number: int = 1, path: str = "/orders/7", **more: Any) -> dict[str, Any]:
    """A SERVER span of HTTP in OTLP JSON."""
    attributes = {
        "http.request.method": "GET",
        "url.path": path,
        "http.response.status_code": 200,
        "client.address": "192.0.2.7",
        "user_agent.original": "test",
    }
    more["attributes"] = attributes | more.pop("attributes", {})
    return otlp_span(f"GET {path}", kind=2, number=number, **more)


def otlp_attributes(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": otlp_value(value)} for key, value in values.items()]


def otlp_value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [otlp_value(each) for each in value]}}
    return {"stringValue": value}


def otlp_document(spans: Sequence[Mapping[str, Any]], service: str = "shop", **resource: Any) -> dict[str, Any]:
    """A document as the Collector writes it."""
    attributes = {"service.name": service} | resource
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": otlp_attributes(attributes)},
                "scopeSpans": [{"scope": {"name": "tests"}, "spans": list(spans)}],
            }
        ]
    }


def json_lines(*documents: Any) -> str:
    return "".join(json.dumps(document) + "\n" for document in documents)


def otlp_protobuf(document: Mapping[str, Any]) -> bytes:
    """The same document as protobuf; protobuf's own JSON has ids in base64."""
    copy = json.loads(json.dumps(document))
    for resource in copy["resourceSpans"]:
        for span in (span for scope in resource["scopeSpans"] for span in scope["spans"]):
            for name in {"traceId", "spanId", "parentSpanId"} & set(span):
                span[name] = base64.b64encode(bytes.fromhex(span[name])).decode()
    return bytes(ParseDict(copy, TracesData()).SerializeToString())


def jaeger_trace(*spans: dict[str, Any]) -> dict[str, Any]:
    """A trace as Jaeger's UI saves it, of the service shop."""
    tags = [{"key": "hostname", "value": "web-1"}, {"key": "service.version", "value": "1.2"}]
    return {"traceID": "abc", "spans": list(spans), "processes": {"p1": {"serviceName": "shop", "tags": tags}}}


def jaeger_span(number: int, **more: Any) -> dict[str, Any]:
    """A span of such a trace; starts `number` microseconds after second zero."""
    span: dict[str, Any] = {
        "traceID": "abc",
        "spanID": f"{number:x}",
        "operationName": f"op{number}",
        "processID": "p1",
    }
    return span | {"startTime": T0_US + number, "duration": 5, "references": [], "tags": [], "logs": []} | more


def zipkin_span(number: int, **more: Any) -> dict[str, Any]:
    """A span as Zipkin v2 has it."""
    span: dict[str, Any] = {"traceId": "abc", "id": f"{number:x}", "name": f"op{number}"}
    return (
        span | {"timestamp": T0_US, "duration": 50, "localEndpoint": {"serviceName": "shop", "ipv4": "10.0.0.1"}} | more
    )
