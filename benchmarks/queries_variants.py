"""One thing that benchmarks/queries.py measures: asked again and again, over pipes, with what each answer cost.

    python queries_variants.py ranking FILE.duckdb
    python queries_variants.py "ranking, chdb" FILE.duckdb      # FILE.parquet beside it; runs where only chdb is installed

Prints `ready` when it can be asked; then, for each line read, wall seconds, CPU seconds, peak memory in MB, and a sum
over the answer by which two ways of asking the same can be compared.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FROM_NS = 1_790_035_200_000_000_000
HOUR_NS = 3_600_000_000_000
Ask = Callable[[], int]


def hotspan(question: str, path: Path) -> Ask:
    """A question as users ask it: the file is opened, read and closed each time."""
    from hotspan_analysis import Window, open_traces

    traces = open_traces(path)
    day = Window(FROM_NS, FROM_NS + 24 * HOUR_NS)
    halves = Window(FROM_NS, FROM_NS + 12 * HOUR_NS), Window(FROM_NS + 12 * HOUR_NS, FROM_NS + 24 * HOUR_NS)
    asked: dict[str, Callable[[], Any]] = {
        "ranking": lambda: traces.endpoints(day),
        "ranking of an hour": lambda: traces.endpoints(Window(FROM_NS + 9 * HOUR_NS, FROM_NS + 10 * HOUR_NS)),
        "timeline": lambda: traces.timeline(day),
        "timeline of one endpoint": lambda: traces.timeline(day, endpoint="PUT /api/thing3/{id}"),
        "clients": lambda: traces.clients(day),
        "compare two halves": lambda: traces.compare(*halves),
        "around 09:40": lambda: traces.around(FROM_NS + 9 * HOUR_NS + 40 * 60 * 10**9, day).requests,
        "jobs": lambda: traces.jobs(day),
        "slowest of one endpoint": lambda: traces.slowest("PUT /api/thing3/{id}", day),
    }
    return lambda: fingerprint(asked[question]())


def fingerprint(rows: Any) -> int:
    """Something that two equal rankings share, jobs left out; for other answers how many rows there are."""
    if rows and hasattr(rows[0], "apdex"):
        requests = [row for row in rows if row.kind != "job"]
        return sum(row.total_time_ns + row.duplicates + round(row.p95_ms * 1e3) for row in requests)
    return len(rows)


def by_hand(path: Path, *, duplicates: bool = True) -> Ask:
    """The ranking hand-written for DuckDB, opened each time as well; or the part of it that counts no duplicates."""
    import duckdb

    sql = (HERE / "queries_by_hand.sql").read_text()
    if not duplicates:
        sql = _first_part(sql)

    def ask() -> int:
        with duckdb.connect(path, read_only=True) as connection:
            rows = connection.execute(sql).fetchall()
        return _sum(rows) if duplicates else len(rows)

    return ask


def chdb(path: Path, *, duplicates: bool = True) -> Ask:
    """The ranking in ClickHouse's engine, in process, on a MergeTree table that stays open."""
    from chdb.session import Session  # type: ignore[import-not-found,unused-ignore]  # only in the peer's environment

    session = Session(str(path.with_suffix(".chdb" if duplicates else ".chdb2")))  # one process may open a directory
    session.query("create database if not exists bench")
    session.query("use bench")
    parquet = path.with_suffix(".parquet")
    if "requests" not in str(session.query("show tables")):
        create = "create table requests engine = MergeTree order by start_ns as select * from file('FILE', Parquet)"
        session.query(f"{create.replace('FILE', str(parquet))} settings schema_inference_make_columns_nullable = 0")
    sql = (HERE / "queries_clickhouse.sql").read_text()
    if not duplicates:
        sql = _first_part(sql)

    def ask() -> int:
        answer = str(session.query(f"{sql} settings max_threads = 2", "JSONCompactEachRow"))
        rows = [json.loads(line) for line in answer.splitlines()]
        return _sum(rows) if duplicates else len(rows)

    return ask


def _first_part(sql: str) -> str:
    """The query without what counts duplicates."""
    return sql.partition("with ranked as (")[2].partition("),\nrepeated as")[0]


def _sum(rows: list[Any]) -> int:
    """The fingerprint of a ranking: columns 5 total time, 6 percentiles, -3 duplicates."""
    return sum(int(row[5]) + int(row[-3]) + round(float(row[6][1]) / 1e3) for row in rows)


def variant(name: str, path: Path) -> Ask:
    """What to measure, by name."""
    if name.startswith("ranking, chdb"):
        return chdb(path, duplicates="without" not in name)
    if name.startswith("ranking, by hand"):
        return by_hand(path, duplicates="without" not in name)
    return hotspan(name, path)


@contextmanager
def measured() -> Iterator[list[float]]:
    """Wall and CPU seconds of what is inside."""
    cost: list[float] = []
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    yield cost
    cost += [time.perf_counter() - wall_s, time.process_time() - cpu_s]


def peak_mb() -> float:
    """The most memory this process held; getrusage would count what the parent held when it forked."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    ask = variant(sys.argv[1], Path(sys.argv[2]))
    print("ready", flush=True)
    for _ in sys.stdin:
        with measured() as cost:
            found = ask()
        print(*cost, peak_mb(), found, flush=True)


if __name__ == "__main__":
    main()
