"""Secrets planted wherever a file can hold one: none is in the store after an import, nor in what is exported of it."""

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from foreign_files import jaeger_trace, otlp_document, otlp_span
from hotspan_collector.export import export
from hotspan_collector.importers.into_store import import_into
from hotspan_collector.store import Store

PLANT = "pl4nted-s3cret"
URL = f"https://alice:{PLANT}@shop.example/a?token={PLANT}&x=1#{PLANT}"
SQL = f"select * from users where password = '{PLANT}' and mail = '{PLANT}@example.org'"  # noqa: S608  # text to import, nothing runs it
ATTRIBUTES = {
    "http.request.method": "GET",
    "url.path": "/a",
    "url.full": URL,
    "http.url": URL,
    "http.target": f"/a?api_key={PLANT}",
    "url.query": f"api_key={PLANT}",
    "http.request.header.authorization": f"Bearer {PLANT}",
    "http.request.header.cookie": f"sid={PLANT}",
    "http.request.header.x-api-key": PLANT,
    "http.request.header.x-client-id": PLANT,
    "http.request.header.idempotency-key": PLANT,
    "http.response.header.set-cookie": f"sid={PLANT}",
    "user.id": PLANT,
    "user.email": f"{PLANT}@example.org",
    "session.id": PLANT,
    "enduser.id": PLANT,
    "client.address": PLANT,
    "db.query.text": SQL,
    "db.statement": SQL,
    "db.query.parameter.password": PLANT,
    "db.connection_string": f"postgres://app:{PLANT}@db/app",
    "exception.message": PLANT,
    "exception.stacktrace": PLANT,
    "messaging.message.body": PLANT,
    "process.command_args": f"--password={PLANT}",
    "peer.address": PLANT,
}
LOG = f'{PLANT} - {PLANT} [21/Sep/2026:14:13:21 +0000] "GET /a?token={PLANT} HTTP/1.1" 200 5 "{URL}" "curl" 0.25\n'


def otlp(kind: int) -> dict[str, Any]:
    attributes = [{"key": key, "value": {"stringValue": value}} for key, value in ATTRIBUTES.items()]
    event = {"name": "exception", "attributes": [{"key": "exception.message", "value": {"stringValue": PLANT}}]}
    span = otlp_span(f"GET {URL}", number=kind) | {"kind": kind, "attributes": attributes, "events": [event]}
    return otlp_document([span | {"status": {"code": 2, "message": PLANT}}])


def zipkin() -> list[dict[str, Any]]:
    span = {"traceId": "ab" * 8, "id": "cd" * 8, "name": f"get {URL}", "kind": "SERVER", "tags": ATTRIBUTES}
    endpoint = {"serviceName": "shop", "ipv4": "192.0.2.1"}
    return [span | {"timestamp": 1_790_000_000_000_000, "duration": 5_000, "localEndpoint": endpoint}]


def jaeger() -> dict[str, Any]:
    tags = [{"key": key, "type": "string", "value": value} for key, value in ATTRIBUTES.items()]
    kind = {"key": "span.kind", "type": "string", "value": "server"}
    span = {"traceID": "abc", "spanID": "def", "operationName": f"GET {URL}", "processID": "p1", "references": []}
    times = {"startTime": 1_790_000_000_000_000, "duration": 5_000}
    return {"data": [jaeger_trace(span | times | {"tags": [*tags, kind], "logs": []})]}


FILES: dict[str, str] = {
    "server.json": json.dumps(otlp(2)),
    "database.json": json.dumps(otlp(3)),
    "zipkin.json": json.dumps(zipkin()),
    "jaeger.json": json.dumps(jaeger()),
    "combined.log": LOG,
    "nginx.json": json.dumps(
        {
            "time_iso8601": "2026-09-21T14:13:21+00:00",
            "remote_addr": PLANT,
            "remote_user": PLANT,
            "request": f"GET /a?token={PLANT} HTTP/1.1",
            "request_uri": f"/a?token={PLANT}",
            "status": "200",
            "request_time": "0.25",
            "http_referer": URL,
            "http_user_agent": "curl",
            "http_authorization": PLANT,
        }
    )
    + "\n",
    "ltsv.log": f"time:21/Sep/2026:14:13:21 +0000\thost:{PLANT}\tuser:{PLANT}\treq:GET /a?token={PLANT} HTTP/1.1\t"
    f"status:200\tsize:5\treferer:{URL}\tua:curl\treqtime:0.25\n",
}


@pytest.mark.parametrize("name", FILES)
def test_no_secret_of_a_file_is_in_the_store_or_in_what_is_exported(tmp_path: Path, name: str) -> None:
    file, store = tmp_path / name, tmp_path / "store"
    file.write_text(FILES[name])
    summary = import_into(store, [file])
    assert summary.requests + summary.spans >= 1
    assert PLANT not in _everything(store)
    assert [path for path in store.rglob("*") if path.is_file() and PLANT.encode() in path.read_bytes()] == []
    with Store(store).reading() as connection:
        export(connection, tmp_path / "out.jsonl.gz")
        export(connection, tmp_path / "out.parquet")
    assert PLANT not in gzip.decompress((tmp_path / "out.jsonl.gz").read_bytes()).decode()
    for written in tmp_path.rglob("*.parquet"):
        assert PLANT not in str(duckdb.read_parquet(str(written)).fetchall())


def _everything(store: Path) -> str:
    """Every row of every table, as text: the file itself has its texts compressed."""
    with duckdb.connect(store / "hotspan.duckdb", read_only=True) as connection:
        tables = [row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return str([connection.table(table).fetchall() for table in tables])
