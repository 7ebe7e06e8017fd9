"""Raw spans as every source brings them, sealed and turned into requests the way live data and imports are."""

import dataclasses
import functools
import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from hotspan_collector import schema, span_contents, span_requests, span_rows
from hotspan_collector.arrow_columns import Table
from hotspan_collector.secret import Secret
from hotspan_collector.span_contents import SEPARATOR
from traces import ns

SECRET = Secret.of(b"0" * 32)

_ids = itertools.count(1)


def raw_span(
    name: str = "work",
    attributes: Mapping[str, str] | None = None,
    *,
    at: float = 0.0,
    ms: float | None = 10.0,
    **more: Any,
) -> dict[str, Any]:
    """One raw span: starts `at` seconds after second zero and takes `ms`; a root unless `parent_span_id` is given."""
    count = next(_ids)
    given = attributes or {}
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
        "start_ns": ns(at),
        "end_ns": None if ms is None else ns(at) + round(ms * 1_000_000),
        "status": "UNSET",
        "exception_type": None,
        "scope": "test",
        "captured": False,
        "attribute_keys": SEPARATOR.join(given),
        "attribute_values": SEPARATOR.join(given.values()),
        "content": count,
    }
    unknown = set(more) - set(row)
    assert not unknown, f"no such raw span column: {unknown}"
    row |= more
    return row | {"is_root": not row["parent_span_id"]}


def server_span(endpoint: str = "GET /", attributes: Mapping[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """The raw SERVER span of an answered request, in today's conventions, but for what `attributes` adds."""
    method, _, target = endpoint.partition(" ")
    path, _, query = target.partition("?")
    given = {"http.request.method": method, "url.path": path, "http.response.status_code": "200"}
    if query:
        given["url.query"] = query
    return raw_span(method, given | dict(attributes or {}), **{"kind": "SERVER"} | more)


def connect() -> duckdb.DuckDBPyConnection:
    """An empty database with the store's tables."""
    connection = duckdb.connect()
    schema.create(connection)
    return connection


def seal(connection: duckdb.DuckDBPyConnection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Makes the relation segment_spans of raw spans."""
    rows = list(rows)
    texts = dict.fromkeys(("trace_id", "span_id", "parent_span_id"), "varchar")  # as files bring them
    for relation, types in (("raw_spans", span_rows.TYPES | texts), ("raw_contents", span_contents.TYPES)):
        connection.register(relation, Table({name: [row[name] for row in rows] for name in types}, types))
    query = span_contents.query_of_all()
    connection.execute(f"create or replace temp table segment_spans as {query}", dataclasses.asdict(SECRET))


@functools.cache
def sealing() -> duckdb.DuckDBPyConnection:
    """A connection that tests share, whose tables nobody relies on: to define its macros takes a while."""
    return connect()


def sealed(*rows: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a sealed spans segment, in the order of the raw spans."""
    connection = sealing()
    seal(connection, rows)
    return _dicts(connection.execute("select * from segment_spans order by seq"))


def sealed_one(*rows: Mapping[str, Any]) -> dict[str, Any]:
    """The first of them."""
    return sealed(*rows)[0]


def merge(connection: duckdb.DuckDBPyConnection, *rows: Mapping[str, Any]) -> None:
    """One merge: these raw spans sealed, stored, and made requests of."""
    seal(connection, rows)
    connection.execute(schema.read("import_spans"))
    span_requests.insert(connection)


def requests(*merges: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The request rows after these merges, one after the other, by start."""
    connection = sealing()
    connection.execute("truncate spans")
    connection.execute("truncate requests")
    for rows in merges:
        merge(connection, *rows)
    return _dicts(connection.execute("select * from requests order by start_ns, seq"))


def _dicts(found: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
