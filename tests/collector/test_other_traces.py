"""Jaeger, Zipkin, protobuf and Parquet: what is particular to each."""

import gzip
import json
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from foreign_files import (
    T0_NS,
    T0_US,
    imported,
    jaeger_span,
    jaeger_trace,
    json_lines,
    otlp_document,
    otlp_protobuf,
    otlp_span,
    rows,
    served,
    written,
    zipkin_span,
)
from hotspan_collector.errors import BadInputError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DOCUMENT = otlp_document(
    [served(1, attributes={"app.tags": ["a", "b"], "app.ratio": 0.5, "app.on": True}), otlp_span("child", number=2)],
    **{"service.version": "1.2", "host.name": "web-1"},
)


def _spans(folder: Path, content: str | bytes, name: str = "file") -> list[dict[str, Any]]:
    connection, _ = imported(written(folder, name, content))
    return rows(connection, "spans")


def _by_name(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in found}


def _clickhouse(path: Path) -> Path:
    connection = duckdb.connect()
    rows_ = [
        (
            span["startTimeUnixNano"], span["traceId"], span["spanId"], "", span["name"], ("", "Internal", "Server")[span["kind"]],
            {"service.version": "1.2", "host.name": "web-1"},
            {each["key"]: _plain(each["value"]) for each in span["attributes"]},
            int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"]),
        )
        for span in DOCUMENT["resourceSpans"][0]["scopeSpans"][0]["spans"]
    ]  # fmt: skip
    connection.execute(
        'create table t ("Timestamp" timestamp_ns, TraceId varchar, SpanId varchar, ParentSpanId varchar, SpanName varchar, '
        "SpanKind varchar, ServiceName varchar, ResourceAttributes map(varchar, varchar), ScopeName varchar, "
        "SpanAttributes map(varchar, varchar), Duration ubigint, StatusCode varchar)"
    )
    connection.executemany(
        "insert into t values (make_timestamp_ns($1::bigint), $2, $3, $4, $5, $6, 'shop', $7::json::map(varchar, varchar), "
        "'tests', $8::json::map(varchar, varchar), $9, 'Unset')",
        [(*row[:6], json.dumps(row[6]), json.dumps(row[7]), row[8]) for row in rows_],
    )
    connection.execute(f"copy t to '{path}' (format parquet)")
    return path


def _plain(value: dict[str, Any]) -> str:
    ((kind, inner),) = value.items()
    if kind == "arrayValue":
        return json.dumps([_plain(each) for each in inner["values"]], separators=(",", ":"))
    return str(inner).lower() if isinstance(inner, bool) else str(inner)


def test_json_protobuf_and_parquet_give_equal_rows(tmp_path: Path) -> None:
    paths = [
        written(tmp_path, "a.json", json.dumps(DOCUMENT)),
        written(tmp_path, "a.pb", otlp_protobuf(DOCUMENT)),
        written(tmp_path, "a.pb.gz", gzip.compress(otlp_protobuf(DOCUMENT))),
        written(tmp_path, "framed.pb", 2 * (len(otlp_protobuf(DOCUMENT)).to_bytes(4, "big") + otlp_protobuf(DOCUMENT))),
        _clickhouse(tmp_path / "a.parquet"),
    ]
    found = []
    for path in paths:
        connection, _ = imported(path)
        spans, requests = rows(connection, "spans"), rows(connection)
        found.append([[row | {"worker": 0} for row in each[:2]] for each in (spans, requests[:1])])
    assert found[0][0][0]["attributes"] == {"app.tags": '["a","b"]', "app.ratio": "0.5", "app.on": "true"}
    assert found[0][1][0]["route"] == "/orders/{number}"
    assert all(each == found[0] for each in found[1:])


@pytest.mark.parametrize("compressed", [True, False], ids=["zstd", "plain"])
def test_json_framed_as_the_collector_writes_it_is_read_as_its_lines_are(tmp_path: Path, compressed: bool) -> None:
    messages = [json.dumps(otlp_document([otlp_span(name)]), indent=1).encode() for name in ("a", "b")]
    lines = written(tmp_path, "lines", b"\n".join(message.replace(b"\n", b"") for message in messages))
    frames = [zstd.compress(message) if compressed else message for message in messages]
    framed = written(tmp_path, "framed", b"".join(len(each).to_bytes(4, "big") + each for each in frames))
    expected, found = ([row | {"worker": 0} for row in rows(imported(path)[0], "spans")] for path in (lines, framed))
    assert found == expected
    assert {row["name"] for row in found} == {"a", "b"}
    framed.write_bytes(framed.read_bytes()[:-5])
    with pytest.raises(BadInputError, match=r"framed: the file ends at byte \d+, inside a message; nothing was"):
        imported(framed)


def test_parquet_with_other_columns_is_said(tmp_path: Path) -> None:
    duckdb.sql(f"copy (select 1 as TraceId) to '{tmp_path / 'x.parquet'}'")
    with pytest.raises(BadInputError, match="no Timestamp, SpanId, ParentSpanId"):
        imported(tmp_path / "x.parquet")


def test_a_star_in_a_file_name_is_no_pattern(tmp_path: Path) -> None:
    for name in ("a[1]*?.json", "a1.json"):
        written(tmp_path, name, json.dumps(otlp_document([otlp_span(name)])))
    connection, _ = imported(tmp_path / "a[1]*?.json")
    assert len(rows(connection, "spans")) == 1


@pytest.mark.parametrize("wrap", [lambda t: t, lambda t: {"data": [t]}, lambda t: [t]], ids=["trace", "api", "list"])
def test_jaeger_in_every_wrapping(tmp_path: Path, wrap: Any) -> None:
    tags = [
        {"key": "span.kind", "type": "string", "value": "server"},
        {"key": "http.method", "type": "string", "value": "GET"},
        {"key": "http.target", "type": "string", "value": "/a"},
        {"key": "http.status_code", "type": "int64", "value": 503},
        {"key": "error", "type": "bool", "value": True},
    ]
    child = jaeger_span(2, references=[{"refType": "CHILD_OF", "traceID": "abc", "spanID": "1"}])
    connection, summary = imported(
        written(tmp_path, "file", json.dumps(wrap(jaeger_trace(jaeger_span(1, tags=tags), child))))
    )
    spans = _by_name(rows(connection, "spans"))
    assert spans["op2"]["parent_span_id"] == f"{1:016x}"
    assert spans["op2"]["trace_id"] == f"{0xABC:032x}"
    assert (spans["op2"]["start_ns"], spans["op2"]["end_ns"]) == (T0_NS + 2_000, T0_NS + 7_000)
    assert (spans["op2"]["service"], spans["op2"]["instance"], spans["op2"]["service_version"]) == (
        "shop",
        "web-1",
        "1.2",
    )
    (request,) = rows(connection)
    assert (request["status"], request["error"], request["route"]) == (503, True, "/a")
    assert summary.rows == 2


def test_ids_that_are_no_hex_still_find_their_parents(tmp_path: Path) -> None:
    child = jaeger_span(2, spanID="span-2", references=[{"refType": "FOLLOWS_FROM", "spanID": "span-1"}])
    spans = _by_name(_spans(tmp_path, json.dumps(jaeger_trace(jaeger_span(1, spanID="span-1"), child))))
    assert spans["op2"]["parent_span_id"] == spans["op1"]["span_id"] != spans["op2"]["span_id"]
    assert len(spans["op1"]["span_id"]) == 16


def test_jaegers_exceptions_and_processes_beside_the_span(tmp_path: Path) -> None:
    logs = [{"fields": [{"key": "event", "value": "exception"}, {"key": "exception.type", "value": "KeyError"}]}]
    span = jaeger_span(
        1, logs=logs, tags=[{"key": "error", "value": "true"}], process={"serviceName": "other", "tags": []}
    )
    (found,) = _spans(tmp_path, json.dumps(jaeger_trace(span)))
    assert (found["service"], found["status"], found["error_type"]) == ("other", "ERROR", "KeyError")


def test_a_zipkin_server_span_is_a_request_of_its_remote_endpoint(tmp_path: Path) -> None:
    tags = {"http.method": "GET", "http.path": "/a", "http.status_code": "200"}
    span = zipkin_span(1, kind="SERVER", tags=tags, remoteEndpoint={"ipv4": "192.0.2.7", "port": 5})
    connection, _ = imported(written(tmp_path, "file", json.dumps([span])))
    (request,) = rows(connection)
    assert (request["route"], request["status"], request["client_tier"]) == ("/a", 200, "address")
    assert (request["start_ns"], request["end_ns"]) == (T0_NS, T0_NS + 50_000)


def test_a_shared_id_becomes_a_client_above_its_server(tmp_path: Path) -> None:
    spans = [
        zipkin_span(1, name="root"),
        zipkin_span(2, parentId="1", kind="CLIENT", name="call"),
        zipkin_span(2, parentId="1", kind="SERVER", name="serve", shared=True),
        zipkin_span(3, parentId="2", name="inside"),
    ]
    found = _by_name(_spans(tmp_path, json.dumps(spans)))
    assert found["call"]["parent_span_id"] == found["root"]["span_id"]
    assert found["serve"]["parent_span_id"] == found["call"]["span_id"] != found["serve"]["span_id"]
    assert found["inside"]["parent_span_id"] == found["serve"]["span_id"]


def test_parts_without_a_time_have_that_of_their_other_reports(tmp_path: Path) -> None:
    def untimed(number: int, name: str, **more: Any) -> dict[str, Any]:
        return {
            key: value
            for key, value in zipkin_span(number, name=name, **more).items()
            if key not in ("timestamp", "duration")
        }

    spans = [
        zipkin_span(1, timestamp=T0_US + 10, name="root"),
        untimed(1, "part"),
        untimed(2, "child", parentId="1"),
        untimed(3, "orphan", parentId="9"),
        untimed(4, "annotated", annotations=[{"timestamp": T0_US + 20, "value": "ws"}]),
    ]
    found = _by_name(_spans(tmp_path, json.dumps(spans)))
    starts = {name: row["start_ns"] - T0_NS for name, row in found.items()}
    assert starts == {"root": 10_000, "part": 10_000, "child": 10_000, "orphan": 10_000, "annotated": 20_000}


def test_zipkins_lines_and_errors(tmp_path: Path) -> None:
    content = json_lines(zipkin_span(1, tags={"error": ""}), zipkin_span(2, tags={"a": "1"}))
    first, second = _spans(tmp_path, content)
    assert (first["status"], second["status"]) == ("ERROR", "UNSET")
    assert second["attributes"] == {"a": "1"}
