"""Stores for tests: segments sealed as a worker seals them, processes that record and die, and what a store holds."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

import traces
from hotspan_collector import database, segments
from hotspan_collector.layout import Layout
from hotspan_collector.record import RequestRecord
from hotspan_collector.recorder import Recorder
from hotspan_collector.segments import Segment
from hotspan_collector.store import Store

LONG_S = 60.0
"""How long a test waits for what should take a second, on a machine that does other things too."""


def record(recorder: Recorder, path: str = "/a", *, finished: bool = True) -> RequestRecord:
    """One request that goes through a recorder as the middleware sends it; one in flight has been so for a second."""
    start_ns = time.time_ns() - (0 if finished else 10**9)
    request = RequestRecord(recorder.next_seq(), start_ns, "GET", path, b"", [], None, "1.1", 1)
    request.status = 200
    recorder.begin(request)
    if finished:
        finish(recorder, request)
    return request


def finish(recorder: Recorder, request: RequestRecord) -> None:
    """The request has ended, now."""
    request.end_ns = time.time_ns()
    recorder.finish(request)


def record_one(root: Path) -> None:
    """One request more, sealed and not yet merged."""
    seal(root, [traces.request()], worker=time.time_ns())


def seal(
    root: Path,
    requests: Iterable[Mapping[str, Any]] = (),
    spans: Iterable[Mapping[str, Any]] = (),
    *,
    worker: int = 1,
    without: Sequence[str] = (),
) -> list[Segment]:
    """Puts sealed segments with these rows into a store's inbox; `without` leaves columns out, as older ones do."""
    Layout(root).make()
    connection = traces.database(list(requests), list(spans))
    sealed = []
    for table in ("requests", "spans"):
        if rows := len(connection.table(table)):
            segment = Segment(time.time_ns(), worker, table, rows)
            columns = connection.table(table).project(f"* exclude ({', '.join(['duration_ns', *without])})")
            columns.write_parquet(str(Layout(root).inbox / segment.name))
            sealed.append(segment)
    connection.close()
    return sealed


_MANY_REQUESTS = """
    select range::ubigint as worker, range as seq, 'capture' as source, 'app' as service, 'web' as kind, 'GET' as method,
    '/' || range as route, hash(range) as target, hash(range + 1) as client, 'session' as client_tier,
    $since_ns + range * 1000000000 as start_ns, start_ns as arrival_ns, start_ns + hash(range) % 1000000 as end_ns,
    false as error, false as aborted, false as unfinished, false as speculative, true as start_known,
    1 as time_precision_ns from range($rows)
"""
_MANY_SPANS = """
    select range::ubigint as worker, range as seq, 'app' as service, md5($since_ns || ' ' || range) as trace_id,
    substr(trace_id, 1, 16) as span_id, 'GET' as name, 'SERVER' as kind, $since_ns + range * 1000000000 as start_ns,
    start_ns + hash(range) % 1000000 as end_ns, 'UNSET' as status, 'server' as category, true as is_request,
    map {'http.route': '/'} as attributes from range($rows)
"""


def fill(
    root: Path, memory: duckdb.DuckDBPyConnection, rows: int, since_s: int = 0, group_rows: int | None = None
) -> None:
    """Puts requests into the database, a second apart, about 60 bytes each."""
    with database.attached(memory, Layout(root).database, read_only=False, group_rows=group_rows):
        values = {"rows": rows, "since_ns": traces.ns(since_s)}
        memory.execute(f"insert into store.requests by name {_MANY_REQUESTS}", values)


def seal_many(root: Path, memory: duckdb.DuckDBPyConnection, rows: int, since_s: int = 0) -> None:
    """Puts segments of so many requests, a second apart, and as many spans into a store's inbox."""
    Layout(root).make()
    values = {"rows": rows, "since_ns": traces.ns(since_s)}
    for table, query in (("requests", _MANY_REQUESTS), ("spans", _MANY_SPANS)):
        path = Layout(root).inbox / Segment(time.time_ns(), 1, table, rows).name
        memory.execute(f"copy ({query}) to '{path}' (format parquet)", values)


def rows(root: Path, sql: str, **values: Any) -> list[tuple[Any, ...]]:
    """What a reader of the store is answered."""
    with Store(root).reading() as connection:
        return connection.execute(sql, values).fetchall()


def waiting(root: Path) -> list[Segment]:
    """The segments that nobody has merged."""
    return segments.waiting(Layout(root).inbox)


def eventually(is_so: Callable[[], bool], what: str, patience_s: float = LONG_S) -> None:
    """Waits until it is so; fails after a generous while."""
    deadline = time.monotonic() + patience_s
    while not is_so():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.01)


class Ended(NamedTuple):
    """What a process left to read."""

    out: str
    err: str


def run(
    script: str, *arguments: object, prefix: Sequence[str] = (), patience_s: float = LONG_S, **environment: str
) -> Ended:
    """Runs a script in a process of its own to its end, which must be a good one."""
    with python(script, *arguments, prefix=prefix, environment=environment) as process:
        out, err = process.communicate(timeout=patience_s)
    assert process.returncode == 0, err
    return Ended(out, err)


def python(
    script: str,
    *arguments: object,
    prefix: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    **more: Any,
) -> "subprocess.Popen[str]":
    """A process of its own that runs a script, as an app would: it does not know that pytest is about."""
    known = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", script, *map(str, arguments)],
        env=known | {"PYTHONPATH": str(Path(__file__).parent)} | dict(environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def said(process: "subprocess.Popen[str]", patience_s: float = LONG_S) -> str:
    """What a process printed until its end, which must have been a good one."""
    out, err = process.communicate(timeout=patience_s)
    assert process.returncode == 0, err
    return out
