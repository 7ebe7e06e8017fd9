"""What the store costs: sealing, merging, reading beside four writers, and what fsync would add.

CPU time of this process where it does the work, wall time where others are waited for; median and range.

    python benchmarks/store.py            # about a minute
    python benchmarks/store.py --rows 10000000   # merging into and reading from a store of that size
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import SpanKind

from hotspan_collector import database, merge
from hotspan_collector.layout import Layout
from hotspan_collector.record import RequestRecord
from hotspan_collector.recorder import Recorder
from hotspan_collector.segments import waiting
from hotspan_collector.settings import Settings
from hotspan_collector.store import Store

WRITER = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import store as bench
from hotspan_collector.recorder import recorder_for
from hotspan_collector.settings import Settings
recorder = recorder_for(Settings(store=Path(sys.argv[2]), merge_interval_s=1.0))
while True:
    for record in bench.records(recorder, 50):
        recorder.begin(record)
        recorder.finish(record)
    time.sleep(0.1)
"""

FILL = """
insert into requests by name
select
    1::ubigint as worker, range as seq, 'capture' as source, 'app' as service, 'web' as kind, 'GET' as method,
    '/items/' || range % 50 as route, hash(range % 1000) as target, hash(range % 300) as client,
    'session' as client_tier, 'Mozilla/5.0 ' || range % 500 as agent, 1790000000000000000 + range * 1000000 as start_ns,
    start_ns as arrival_ns, start_ns + (hash(range) % 100000000)::bigint as end_ns, 200 as status, false as error,
    false as aborted, false as unfinished, false as speculative, true as start_known, 1 as time_precision_ns
from range($rows)
"""


def records(recorder: Recorder, rows: int) -> list[RequestRecord]:
    """Requests of 500 sessions behind 200 addresses, each to a target of its own."""
    made = []
    for number in range(rows):
        headers = [
            (b"host", b"example.com"),
            (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
            (b"cookie", b"sessionid=%d" % (number % 500)),
            (b"accept-encoding", b"gzip"),
        ]
        peer = (f"10.0.0.{number % 200}", 1234)
        record = RequestRecord(
            recorder.next_seq(), time.time_ns(), "GET", f"/items/{number}", b"page=1", headers, peer, "1.1", 3
        )
        record.route, record.status, record.end_ns = "/items/{id}", 200, time.time_ns() + 1_000_000
        made.append(record)
    return made


def spans(rows: int) -> list[ReadableSpan]:
    """Database spans, as instrumented libraries make them."""
    tracer = TracerProvider().get_tracer("opentelemetry.instrumentation.sqlalchemy")
    made = []
    for number in range(rows):
        attributes = {"db.system": "sqlite", "db.statement": f"delete from items where id = {number % 100}"}  # noqa: S608  # nobody runs it
        span = tracer.start_span("select items", kind=SpanKind.CLIENT, attributes=attributes)
        span.end()
        made.append(span)
    return made  # type: ignore[return-value]  # the SDK's spans can be read, its types do not say so


def show(what: str, values: Sequence[float], unit: str) -> None:
    print(f"{what:<58} {statistics.median(values):10.2f} {unit:<8} [{min(values):.2f} .. {max(values):.2f}]")


def cpu_ms(work: Callable[[], object]) -> float:
    began_s = time.process_time()
    work()
    return (time.process_time() - began_s) * 1000


def bench_sealing(root: Path, rounds: int) -> None:
    for rows in (100, 2_000, 20_000):
        recorder = Recorder(Settings(store=root / f"sealing-{rows}", flush_interval_s=3600))
        for what, make, take in (
            ("requests", lambda rows=rows, recorder=recorder: records(recorder, rows), recorder.give_back_requests),
            ("spans", lambda rows=rows: spans(rows), recorder.give_back_spans),
        ):
            spent_ms = []
            for _ in range(rounds):
                take(make())
                spent_ms.append(cpu_ms(lambda recorder=recorder: recorder.flush(merge=False)))
            show(f"sealing {rows} {what}, CPU", spent_ms, "ms")
            show(f"sealing {rows} {what}, rows per second of a core", [rows / ms * 1000 for ms in spent_ms], "rows/s")


def bench_merging(root: Path, rounds: int, rows: int) -> None:
    layout = Layout(root / "merging")
    recorder = Recorder(Settings(store=layout.root, flush_interval_s=3600))
    with Store(layout.root).writing() as connection:
        connection.execute(FILL, {"rows": rows})
    with database.memory(threads=1, memory_limit_bytes=256 * 1024**2) as connection:
        for files in (1, 20):
            spent_ms, waited_ms = [], []
            for _ in range(rounds):
                for _ in range(files):
                    recorder.give_back_requests(records(recorder, 200))
                    recorder.flush(merge=False)
                began_s = time.perf_counter()
                spent_ms.append(cpu_ms(lambda: merge.merge(layout, connection)))
                waited_ms.append((time.perf_counter() - began_s) * 1000)
            show(f"merging {files} segments of 200 into {rows} rows, CPU", spent_ms, "ms")
            show(f"merging {files} segments of 200 into {rows} rows, wall", waited_ms, "ms")


def bench_fsync(root: Path, rounds: int) -> None:
    recorder = Recorder(Settings(store=root / "fsync", flush_interval_s=3600))
    spent_ms = []
    for _ in range(rounds):
        recorder.give_back_requests(records(recorder, 2_000))
        recorder.flush(merge=False)
        path = Layout(root / "fsync").inbox / waiting(Layout(root / "fsync").inbox)[-1].name
        began_s = time.perf_counter()
        with path.open("rb") as file:
            os.fsync(file.fileno())
        spent_ms.append((time.perf_counter() - began_s) * 1000)
    show("fsync of a segment of 2000 requests (not done), wall", spent_ms, "ms")


def bench_reading(root: Path, seconds: float) -> None:
    path = root / "reading"
    command = [sys.executable, "-c", WRITER, str(Path(__file__).parent), str(path)]
    writers = [subprocess.Popen(command) for _ in range(4)]
    try:
        while not Layout(path).exists():
            time.sleep(0.05)
        waited_ms: list[float] = []
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            began_s = time.perf_counter()
            with Store(path).reading() as connection:
                connection.execute(
                    "select route, count(*), quantile_cont(end_ns - start_ns, 0.95) from requests group by 1"
                )
            waited_ms.append((time.perf_counter() - began_s) * 1000)
            time.sleep(0.05)
        show(f"reading beside 4 writers, {len(waited_ms)} times, wall", waited_ms, "ms")
        show("  95th percentile", [statistics.quantiles(waited_ms, n=20)[-1]], "ms")
    finally:
        for writer in writers:
            writer.kill()
            writer.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument(
        "--rows", type=int, default=100_000, help="rows in the store before segments are merged into it"
    )
    parser.add_argument("--seconds", type=float, default=15)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        bench_sealing(root, given.rounds)
        bench_merging(root, given.rounds, given.rows)
        bench_fsync(root, given.rounds)
        bench_reading(root, given.seconds)


if __name__ == "__main__":
    main()
