"""Small builders of requests and spans, and a database that holds them: tests say only what matters to them."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from hotspan_collector import schema

EPOCH_NS = 1_790_000_000_000_000_000
"""Second zero of every test: 2026-09-21T14:13:20Z."""

_REQUEST_COLUMNS = (
    "worker", "seq", "source", "service", "service_version", "instance", "kind", "method", "route", "target",
    "client", "client_tier", "address", "agent", "arrival_ns", "start_ns", "end_ns", "status", "error", "aborted",
    "unfinished", "attempt", "operation_key", "retry_after_s", "speculative", "http_version", "response_bytes",
    "in_flight", "trace_id", "span_id", "start_known", "time_precision_ns",
)  # fmt: skip
_SPAN_COLUMNS = (
    "worker", "seq", "service", "service_version", "instance", "trace_id", "span_id", "parent_span_id", "name",
    "kind", "start_ns", "end_ns", "status", "error_type", "category", "statement", "db_table", "db_operation",
    "db_rows", "scope", "is_request", "twin_key", "knows_client", "attributes",
)  # fmt: skip

_ids = itertools.count(1)


def ns(seconds: float) -> int:
    """Seconds after second zero, in nanoseconds since the epoch."""
    return EPOCH_NS + round(seconds * 1_000_000_000)


def number(name: str | int | None) -> int | None:
    """A stable 63-bit number for a name, so that tests can call clients "ann" and "bob"."""
    if name is None or isinstance(name, int):
        return name
    return int.from_bytes(name.encode().ljust(8, b"\0")[:8], "big") >> 1


def request(endpoint: str = "GET /", at: float = 0.0, ms: float | None = 10.0, **more: Any) -> dict[str, Any]:
    """One request row: starts `at` seconds after second zero and takes `ms` (None: still open)."""
    method, _, route = endpoint.partition(" ")
    start = ns(at)
    status = more.pop("status", 200 if ms is not None else None)
    row: dict[str, Any] = {
        "worker": 1,
        "seq": next(_ids),
        "source": "capture",
        "service": "app",
        "service_version": None,
        "instance": "host:1",
        "kind": "web",
        "method": method,
        "route": route,
        "target": number(more.pop("target", endpoint[:8])),
        "client": number(more.pop("client", "ann")),
        "client_tier": "session",
        "address": number(more.pop("address", "10.0.0.1")),
        "agent": "test",
        "arrival_ns": start,
        "start_ns": start,
        "end_ns": None if ms is None else start + round(ms * 1_000_000),
        "status": status,
        "error": status is not None and status >= 500,
        "aborted": False,
        "unfinished": False,
        "attempt": None,
        "operation_key": number(more.pop("operation_key", None)),
        "retry_after_s": None,
        "speculative": False,
        "http_version": "1.1",
        "response_bytes": 100,
        "in_flight": 1,
        "trace_id": None,
        "span_id": None,
        "start_known": True,
        "time_precision_ns": 1,
    }
    unknown = set(more) - set(row)
    assert not unknown, f"no such request column: {unknown}"
    return row | more


def span(name: str = "work", at: float = 0.0, ms: float = 10.0, **more: Any) -> dict[str, Any]:
    """One span row: starts `at` seconds after second zero and takes `ms`; a root unless `parent_span_id` is given."""
    start = ns(at)
    count = next(_ids)
    row: dict[str, Any] = {
        "worker": 1,
        "seq": count,
        "service": "app",
        "service_version": None,
        "instance": "host:1",
        "trace_id": f"{count:032x}",
        "span_id": f"{count:016x}",
        "parent_span_id": None,
        "name": name,
        "kind": "INTERNAL",
        "start_ns": start,
        "end_ns": start + round(ms * 1_000_000),
        "status": "UNSET",
        "error_type": None,
        "category": "internal",
        "statement": None,
        "db_table": None,
        "db_operation": None,
        "db_rows": None,
        "scope": None,
        "is_request": False,
        "twin_key": None,
        "knows_client": None,
        "attributes": {},
    }
    unknown = set(more) - set(row)
    assert not unknown, f"no such span column: {unknown}"
    return row | more


def served(
    endpoint: str = "GET /", at: float = 0.0, ms: float = 10.0, **more: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A request and the SERVER span of it, in a trace of their own."""
    server = span(
        endpoint, at, ms, kind="SERVER", category="server", is_request=True, service=more.get("service", "app")
    )
    return request(endpoint, at, ms, trace_id=server["trace_id"], span_id=server["span_id"], **more), server


def below(
    parent: Mapping[str, Any], name: str = "work", at: float = 0.0, ms: float = 10.0, **more: Any
) -> dict[str, Any]:
    """A span whose parent is that one, in the same trace and service unless told otherwise."""
    same = {"trace_id": parent["trace_id"], "parent_span_id": parent["span_id"], "service": parent["service"]}
    return span(name, at, ms, **(same | more))


def statement(
    parent: Mapping[str, Any], text: str = "SELECT a FROM t", at: float = 0.0, ms: float = 10.0, **more: Any
) -> dict[str, Any]:
    """A database span below that one; the operation is the first word of the statement."""
    about = {"kind": "CLIENT", "category": "database", "statement": text, "db_operation": text.split()[0]}
    return below(parent, text.split()[0], at, ms, **(about | more))


def database(
    requests: Iterable[Mapping[str, Any]] = (), spans: Iterable[Mapping[str, Any]] = (), path: str = ":memory:"
) -> duckdb.DuckDBPyConnection:
    """A database with the store's own tables that holds these rows."""
    connection = duckdb.connect(path)
    schema.create(connection)
    insert(connection, "requests", _REQUEST_COLUMNS, list(requests))
    insert(connection, "spans", _SPAN_COLUMNS, list(spans))
    return connection


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...], rows: list[Mapping[str, Any]]
) -> None:
    """Puts rows into a table, a column at a time: thousands of rows in one statement."""
    if not rows:
        return
    types = dict(
        connection.execute(
            "select column_name, data_type from duckdb_columns() where table_name = $table", {"table": table}
        ).fetchall()
    )
    values: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in columns}
    picked = [f"unnest(${name}::{types[name]}[]) as {name}" for name in columns if name != "attributes"]
    if "attributes" in columns:
        maps = values.pop("attributes")
        values |= {"keys": [list(each) for each in maps], "texts": [list(each.values()) for each in maps]}
        picked.append("map(unnest($keys::varchar[][]), unnest($texts::varchar[][])) as attributes")
    connection.execute(f"insert into {table} by name select {', '.join(picked)}", values)
