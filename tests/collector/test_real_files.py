"""The real files that lie beside the project: each imports with the counts its description gives."""

import collections
from pathlib import Path
from typing import Any

import duckdb
import pytest

from foreign_files import SHARED, imported, needs_shared_data, rows
from hotspan_collector.errors import BadInputError
from hotspan_collector.importers import FileSummary

pytestmark = needs_shared_data

SPANS = {
    "otlp/robot-java-agent.jsonl.gz": 1_066,
    "otlp/otel-demo-mixed-signals.jsonl.gz": 547,
    "otlp/same-19-base64-ids.jsonl": 19,
    "otlp/same-19.pb": 19,
    "otlp/same-19-clickhouse-style.parquet": 19,
    "otlp/same-19.json": 2,  # its description says 19, but it holds two others
    "otlp/one-resource-per-span.pb": 2_621,
    "otlp/tempo-api-batches-istio.json": 8,
    "otlp/broken/malformed.jsonl": 1,
    "zipkin/smartthings-install.json.gz": 1_041,
    "zipkin/ascend.json": 8,
    "zipkin/envoy.json": 1,
    "zipkin/messaging-kafka.json": 28,
    "zipkin/skew.json": 4,
    "zipkin/yelp.json": 16,
    "jaeger/spanLongerAsParent.json": 8,
    "jaeger/spansAmongEachOther.json": 12,
    "jaeger/testTrace.json": 11,
    "jaeger/traceWithOverlappingChildren.json": 3,
}
REQUESTS = {
    "access-logs/elastic-nginx-combined-clock-damaged.log.gz": (51_462, "combined"),
    "access-logs/thedash-nginx-json.log.gz": (10_049, "json"),
    "access-logs/alp-combined.log": (14, "combined"),
    "access-logs/alp-json.log": (14, "json"),
    "access-logs/alp-ltsv.log": (14, "ltsv"),
    "access-logs/crowdsec-apache2-logs.log": (11, "combined"),
    "access-logs/crowdsec-aws-alb-logs.log": (14, "alb"),
    "access-logs/crowdsec-aws-cloudfront-logs.log": (2, "cloudfront"),
    "access-logs/crowdsec-caddy-logs.log": (10, "caddy"),
    "access-logs/crowdsec-envoy.log": (10, "envoy-json, envoy"),
    "access-logs/crowdsec-haproxy-logs.log": (1, "haproxy"),
    "access-logs/crowdsec-iis-logs.log": (1, "iis-event"),
    "access-logs/crowdsec-traefik-json.log": (6, "traefik"),
}
REFUSED = {
    "otlp/broken/empty.jsonl": "empty; there is nothing",
    "otlp/broken/whitespace.jsonl": "empty; there is nothing",
    "otlp/broken/traces_nulls.jsonl": "3 skipped: span without a start time",
    "otlp/broken/traces_large_attrs.jsonl": "1 skipped: span without a start time",
    "otlp/broken/traces_deep_nesting.jsonl": "1 skipped: span without a start time",
}


def _read(name: str) -> tuple[duckdb.DuckDBPyConnection, FileSummary]:
    connection, summary = imported(SHARED / name)
    return connection, summary.files[0]


def test_no_file_is_left_out() -> None:
    there = {str(path.relative_to(SHARED)) for path in SHARED.rglob("*") if path.is_file()} - {"README.md"}
    assert there == set(SPANS) | set(REQUESTS) | set(REFUSED)


@pytest.mark.parametrize("name", SPANS)
def test_every_span_of_a_trace_file_is_there(name: str) -> None:
    connection, file = _read(name)
    assert file.spans == len(rows(connection, "spans")) == SPANS[name]


@pytest.mark.parametrize("name", REQUESTS)
def test_every_request_of_a_log_is_there(name: str) -> None:
    _, file = _read(name)
    assert (file.requests, file.format) == REQUESTS[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_holds_nothing_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(BadInputError, match=REFUSED[name]) as caught:
        _read(name)
    assert "\n" not in str(caught.value)


def test_three_encodings_of_the_same_spans_give_equal_rows() -> None:
    def told(name: str) -> list[list[tuple[str, Any]]]:
        connection, _ = _read(name)
        found = rows(connection, "spans", "trace_id, span_id") + rows(connection, "requests", "trace_id, span_id")
        return [
            [
                (key, sorted(value.items()) if key == "attributes" else value)
                for key, value in row.items()
                if key not in ("worker", "seq")
            ]
            for row in found
        ]

    first = told("otlp/same-19-base64-ids.jsonl")
    assert len(first) == 19 + 2
    assert told("otlp/same-19.pb") == first
    assert told("otlp/same-19-clickhouse-style.parquet") == first


def test_the_java_agents_requests() -> None:
    connection, file = _read("otlp/robot-java-agent.jsonl.gz")
    assert (file.requests, len(file.services), file.missing) == (81, 3, {})
    counts = connection.execute("select count(distinct trace_id), count(*) filter (kind = 'SERVER') from spans")
    assert counts.fetchall() == [(168, 81)]


def test_the_demos_requests_are_one_a_service_and_target() -> None:
    connection, file = _read("otlp/otel-demo-mixed-signals.jsonl.gz")
    assert [str(each) for each in file.skipped] == ["56 skipped: metrics or logs (lines 1, 2, 3, 4, 5, …)"]
    servers = connection.execute("select count(*) from spans where kind = 'SERVER'").fetchall()
    assert servers == [(277,)]
    found = rows(connection)
    proxied = [row for row in found if row["service"] == "frontend-proxy"]
    served = [row for row in found if row["service"] == "frontend"]
    assert (len(proxied), len(served)) == (75, 75)
    assert collections.Counter(row["target"] for row in proxied) == collections.Counter(row["target"] for row in served)


def test_the_demos_streams_do_not_lead_the_ranking() -> None:
    connection, _ = _read("otlp/otel-demo-mixed-signals.jsonl.gz")
    ranked = connection.execute(
        "select service, kind, sum(duration_ns) / 1e9 as total_s from requests group by all order by total_s desc"
    ).fetchall()
    assert ranked[0][:2] == ("flagd", "held_open")
    assert ranked[0][2] > 100
    web = [row for row in ranked if row[1] == "web"]
    assert web[0][0] in ("frontend-proxy", "frontend")


def test_demo_routes_are_templates() -> None:
    connection, _ = _read("otlp/otel-demo-mixed-signals.jsonl.gz")
    routes = {row["route"] for row in rows(connection) if row["service"] == "frontend"}
    assert "/api/products/{token}" in routes
    assert not any("?" in route or "OLJCESPC7Z" in route for route in routes)


def test_a_socket_that_takes_all_the_time_is_not_a_web_request() -> None:
    connection, _ = _read("access-logs/thedash-nginx-json.log.gz")
    shares = connection.execute(
        "select kind, sum(duration_ns) / sum(sum(duration_ns)) over () from requests group by kind order by kind"
    ).fetchall()
    assert dict(shares)["held_open"] > 0.99
    clients = connection.execute("select count(distinct address), count(distinct client) from requests").fetchall()
    assert clients[0][0] < 5 < clients[0][1]


def test_starts_are_told_from_completions_where_a_duration_is_known() -> None:
    connection, file = _read("access-logs/alp-combined.log")
    assert file.missing == {"duration": 2, "route": 14}
    slowest = max(rows(connection), key=lambda row: row["end_ns"] - row["start_ns"])
    assert (slowest["end_ns"] - slowest["start_ns"], slowest["status"]) == (60_000_000_000, 504)
    assert {row["time_precision_ns"] for row in rows(connection)} == {1_000_000_000}


def test_all_shared_files_fit_into_one_database() -> None:
    paths = [SHARED / name for name in [*SPANS, *REQUESTS]]
    connection, summary = imported(*paths)
    assert not summary.failures
    assert summary.spans == sum(SPANS.values())
    unique = connection.execute("select count(*) = count(distinct (worker, seq)) from requests").fetchall()
    assert unique == [(True,)]


def test_jaegers_overlapping_children_keep_their_times() -> None:
    connection, _ = _read("jaeger/spanLongerAsParent.json")
    spans = {row["span_id"]: row for row in rows(connection, "spans")}
    parents = [(row, spans[row["parent_span_id"]]) for row in spans.values() if row["parent_span_id"] in spans]
    assert len(parents) == 7
    assert any(child["end_ns"] > parent["end_ns"] for child, parent in parents)


def test_zipkins_missing_times_are_told_and_filled() -> None:
    connection, _ = _read("zipkin/smartthings-install.json.gz")
    spans = rows(connection, "spans")
    assert sum(row["duration_ns"] == 0 for row in spans) >= 175
    assert len({row["trace_id"] for row in spans}) == 1
    first = min(row["start_ns"] for row in spans)
    assert all(row["start_ns"] - first < 600 * 1_000_000_000 for row in spans)


def test_files_are_only_read(tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in SHARED.rglob("*")}
    _read("otlp/same-19.json")
    assert {path: path.stat().st_mtime_ns for path in SHARED.rglob("*")} == before
