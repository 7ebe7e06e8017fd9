"""Files of other programs, made up here in the shapes that such programs write, and where real ones lie."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hotspan_collector.importers import ImportSummary, import_files
from hotspan_collector.secret import Secret

SECRET = Secret.of(b"tests" * 8)
T0_NS = 1_790_000_000_000_000_000
"""2026-09-21T14:13:20Z, second zero."""

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
