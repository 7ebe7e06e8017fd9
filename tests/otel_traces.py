"""The Collector's otel_traces: its tables as its versions make them, and spans shaped as it writes them."""

import json
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Template
from typing import Any

from traces import EPOCH_NS

_COMMON = """
    Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)),
    TraceId String CODEC(ZSTD(1)),
    SpanId String CODEC(ZSTD(1)),
    ParentSpanId String CODEC(ZSTD(1)),
    TraceState String CODEC(ZSTD(1)),
    SpanName LowCardinality(String) CODEC(ZSTD(1)),
    SpanKind LowCardinality(String) CODEC(ZSTD(1)),
    ServiceName LowCardinality(String) CODEC(ZSTD(1)),
    ResourceAttributes {attributes} CODEC(ZSTD(1)),
    ScopeName String CODEC(ZSTD(1)),
    ScopeVersion String CODEC(ZSTD(1)),
    SpanAttributes {attributes} CODEC(ZSTD(1)),
    Duration {duration} CODEC(ZSTD(1)),
    StatusCode LowCardinality(String) CODEC(ZSTD(1)),
    StatusMessage String CODEC(ZSTD(1)),
    Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes {attributes}) CODEC(ZSTD(1)),
    Links Nested (TraceId String, SpanId String, TraceState String, Attributes {attributes}) CODEC(ZSTD(1)),
    {more}
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1
"""
_END = """
ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1
"""
_MAP = "Map(LowCardinality(String), String)"

COLUMNS = {
    "newest": _COMMON.format(
        attributes=_MAP,
        duration="UInt64",
        more="ResourceAttributeItems Array(String) ALIAS arrayMap((k, v) -> concat(k, '=', v), mapKeys(ResourceAttributes),"
        " mapValues(ResourceAttributes)), ",
    ),
    "older": _COMMON.format(attributes=_MAP, duration="Int64", more=""),
    "json": _COMMON.format(
        attributes="JSON",
        duration="UInt64",
        more="ResourceAttributesKeys Array(LowCardinality(String)), SpanAttributesKeys Array(LowCardinality(String)),",
    ),
    "clickstack": _COMMON.format(
        attributes=_MAP,
        duration="UInt64",
        more="`__hdx_materialized_rum.sessionId` String MATERIALIZED ResourceAttributes['rum.sessionId'],"
        " SampleRate UInt64 MATERIALIZED greatest(toUInt64OrZero(SpanAttributes['SampleRate']), 1),",
    ),
}
"""The columns of the table by who made it: the Collector's exporter now and before, with JSON attributes; ClickStack."""


def create_table(variant: str = "newest", name: str = "otel_traces") -> str:
    """The statement that makes the table."""
    return f"create table {name} ({COLUMNS[variant]}) {_END}"


def span(name: str, kind: str = "Server", at_ns: int = 0, took_ns: int = 10_000_000, **more: Any) -> dict[str, Any]:
    """One row that starts `at_ns` after second zero; every value as the exporter writes it."""
    row: dict[str, Any] = {
        "Timestamp": EPOCH_NS + at_ns,
        "TraceId": "0" * 31 + "1",
        "SpanId": "0" * 15 + "1",
        "ParentSpanId": "",
        "TraceState": "",
        "SpanName": name,
        "SpanKind": kind,
        "ServiceName": "shop",
        "ResourceAttributes": {"service.name": "shop", "host.name": "web-1", "service.version": "1.2"},
        "ScopeName": "opentelemetry.instrumentation.asgi",
        "ScopeVersion": "0.60",
        "SpanAttributes": {},
        "Duration": took_ns,
        "StatusCode": "Unset",
        "StatusMessage": "",
    }
    row.update(more)
    return row


def json_lines(rows: Iterable[dict[str, Any]]) -> bytes:
    """Rows as ClickHouse's JSONEachRow takes them."""
    return "\n".join(json.dumps(row | {"Timestamp": _decimal(row["Timestamp"])}) for row in rows).encode()


def shop(requests: int = 400, *, seed: int = 9, seconds: float = 300.0) -> Iterator[dict[str, Any]]:
    """Spans of a shop's day: requests with their statements, users who ask again while they wait, and two jobs.

    Old and new conventions, missing routes and clients, errors, time-outs, and clients that left, in every mixture.
    """
    rng = random.Random(seed)
    number = 0

    def ids() -> tuple[str, str]:
        return f"{rng.getrandbits(128):032x}", f"{rng.getrandbits(64):016x}"

    for number in range(requests):
        trace, server = ids()
        at_ns = int(rng.random() * seconds * 1e9)
        for again in range(rng.choice((1, 1, 1, 1, 3))):
            if again:
                trace, server = ids()
                at_ns += int(rng.uniform(0.05, 0.4) * 1e9)
            yield from _request(rng, trace, server, number, at_ns)
    for run in range(int(seconds // 60)):
        trace, root = ids()
        at_ns = int((run * 60 + rng.uniform(0, 0.5)) * 1e9)
        took_ns = int(rng.uniform(1, 3) * 1e9)
        yield span("nightly report", "Internal", at_ns, took_ns, TraceId=trace, SpanId=root, ServiceName="worker")
        yield _statement(rng, trace, root, "worker", at_ns + 1000, took_ns // 2)


def _request(rng: random.Random, trace: str, server: str, number: int, at_ns: int) -> Iterator[dict[str, Any]]:
    picker = random.Random(number)  # the same question again and again
    route, path = picker.choice(_ROUTES).format(number=number % 40), ""
    method = picker.choice(("GET", "GET", "POST"))
    path = route.replace("{id}", str(number % 40))
    is_old = picker.random() < 0.4
    status = rng.choice(("200",) * 12 + ("404", "500", "503", "499", ""))
    names = (
        ("http.method", "http.status_code", "http.target", "net.peer.ip", "http.user_agent")
        if is_old
        else ("http.request.method", "http.response.status_code", "url.path", "client.address", "user_agent.original")
    )
    query = picker.choice(("", "a=1&b=2", "b=2&a=1&_=123", "q=x&cb=1790000000123"))
    values = (
        method,
        status,
        path + (f"?{query}" if is_old and query else ""),
        f"10.0.0.{number % 9}",
        f"agent/{number % 4}",
    )
    said = {name: value for name, value in zip(names, values, strict=True) if value}
    if query and not is_old:
        said["url.query"] = query
    if picker.random() < 0.8 and status != "404":
        said["http.route"] = route
    if picker.random() < 0.5:
        said["session.id"] = f"session {number % 23}"
    elif picker.random() < 0.2:
        said["http.request.header.authorization"] = f'["Bearer {number % 7}"]'
    took_ns = int(rng.expovariate(1 / 0.3) * 1e9) + 1
    service = picker.choice(("shop", "shop", "billing"))
    resource = {
        "service.name": service,
        "host.name": f"web-{number % 3}",
        "service.version": picker.choice(("1.2", "1.3")),
    }
    yield span(
        f"{method} {route}",
        picker.choice(("Server", "SPAN_KIND_SERVER")),
        at_ns,
        took_ns,
        TraceId=trace,
        SpanId=server,
        ServiceName=service,
        ResourceAttributes=resource,
        SpanAttributes=said,
        StatusCode="Error" if status in ("500", "503") else "Unset",
    )
    for part in range(rng.choice((0, 1, 2))):
        yield _statement(rng, trace, server, service, at_ns + took_ns * part // 4, took_ns // 4)


def _statement(rng: random.Random, trace: str, parent: str, service: str, at_ns: int, took_ns: int) -> dict[str, Any]:
    number = rng.randrange(1000)
    text = rng.choice(
        ("select * from orders where id = {}", "update carts set n = {} where id = 7", "insert into log values ({})")
    )
    return span(
        text.split()[0],
        rng.choice(("Client", "SPAN_KIND_CLIENT")),
        at_ns,
        took_ns,
        TraceId=trace,
        SpanId=f"{rng.getrandbits(64):016x}",
        ParentSpanId=parent,
        ServiceName=service,
        SpanAttributes={"db.system": "postgresql", "db.statement": text.format(number)},
    )


_ROUTES = ("/", "/items/{{id}}", "/cart", "/orders/{{id}}/lines", "/search", "/item-{number}/x1", "/api/v2/things")


def _decimal(moment_ns: int) -> str:
    return f"{moment_ns // 1_000_000_000}.{moment_ns % 1_000_000_000:09d}"


def told_again(database: Path) -> Iterator[dict[str, Any]]:
    """The requests and spans of a store's database as an exporter would write them: SERVER spans and what is in them."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        requests = connection.execute("select * from requests where end_ns is not null order by start_ns, worker, seq")
        names = [each[0] for each in requests.description or ()]
        for number, values in enumerate(requests.fetchall()):
            yield _request_again(number, dict(zip(names, values, strict=True)))
        spans = connection.execute("select * from spans where kind <> 'SERVER' order by start_ns, worker, seq")
        names = [each[0] for each in spans.description or ()]
        for values in spans.fetchall():
            yield _span_again(dict(zip(names, values, strict=True)))


def _request_again(number: int, row: dict[str, Any]) -> dict[str, Any]:
    said = {
        "http.request.method": row["method"],
        "http.route": row["route"],
        "http.response.status_code": "" if row["status"] is None else str(row["status"]),
        "url.path": f"/{row['target']}",
        "session.id": "" if row["client"] is None else str(row["client"]),
        "client.address": "10.0.0.1",
        "user_agent.original": row["agent"] or "",
        "response_flags": "DC" if row["aborted"] else "",
    }
    return span(
        f"{row['method']} {row['route']}",
        "Server",
        row["start_ns"] - EPOCH_NS,
        row["end_ns"] - row["start_ns"],
        TraceId=row["trace_id"] or f"{number + 1:032x}",
        SpanId=row["span_id"] or f"{number + 1:016x}",
        ServiceName=row["service"],
        ResourceAttributes={"service.name": row["service"], "service.version": row["service_version"] or ""},
        SpanAttributes={name: value for name, value in said.items() if value},
        StatusCode="Error" if row["error"] else "Unset",
    )


def _span_again(row: dict[str, Any]) -> dict[str, Any]:
    said = (
        {"db.system": "sqlite", "db.statement": row["statement"] or "select 1"} if row["category"] == "database" else {}
    )
    return span(
        row["name"],
        row["kind"].capitalize(),
        row["start_ns"] - EPOCH_NS,
        max(row["end_ns"] - row["start_ns"], 0),
        TraceId=row["trace_id"],
        SpanId=row["span_id"],
        ParentSpanId=row["parent_span_id"] or "",
        ServiceName=row["service"],
        ResourceAttributes={"service.name": row["service"], "service.version": row["service_version"] or ""},
        SpanAttributes=said,
        ScopeName=row["scope"] or "",
        StatusCode="Error" if row["status"] == "ERROR" else "Unset",
    )


def many_spans(table: str, spans: int, node: int) -> str:
    """The statement that makes a node's half of that many spans of an hour, on the server itself.

    Every fourth is a request, the others its statements. 5,000 users ask now and then; ten ask again every 7 s on
    average for what takes 5 s, and their requests lie on both nodes in turn.
    """
    text = (Path(__file__).parent / "cluster" / "many_spans.sql").read_text()
    return Template(text).substitute(table=table, spans=spans, node=node, epoch_ns=EPOCH_NS)
