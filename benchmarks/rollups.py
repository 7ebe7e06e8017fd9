"""What it takes to roll a store up, and to rank it then: 10 or 100 million requests of 30 days, and any window of them.

The store is made of the traffic of queries.py. It is ranked out of all rows first, then rolled up by the first question
that may, then asked for windows that cut minutes, hours and days, the file opened for each as `hotspan` does. Rankings
out of roll-ups are held against those out of rows: sums must be equal, percentiles within what is stated.

    python benchmarks/rollups.py                                  # 1 million of 3 days: a minute
    python benchmarks/rollups.py --millions 100 --days 30         # half an hour, 3 GB of disk
"""

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from queries import generate

from hotspan_analysis import Traces, Window, open_traces
from hotspan_analysis.endpoints import Ranking
from hotspan_analysis.results import percentile_error

FROM_NS = 1_790_035_200_000_000_000
MINUTE_NS = 60 * 10**9
HOUR_NS = 60 * MINUTE_NS
EXACT_UP_TO = 10_000_000
"""Of more requests than this, rankings out of all rows are left out for windows of less than everything."""


def windows(days: int) -> dict[str, Window]:
    """Windows that roll-ups fit, and such as cut them wherever they can."""
    to_ns = FROM_NS + days * 24 * HOUR_NS
    half_ns = (FROM_NS + to_ns) // 2
    return {
        "everything": Window(FROM_NS, to_ns),
        "everything but odd minutes": Window(FROM_NS + 17 * MINUTE_NS + 123, to_ns - 23 * MINUTE_NS - 77),
        "an odd third": Window(half_ns - days * 4 * HOUR_NS - 123, half_ns + days * 4 * HOUR_NS + 7 * MINUTE_NS),
        "a day": Window(half_ns - 24 * HOUR_NS + 29 * MINUTE_NS, half_ns + 29 * MINUTE_NS),
        "six hours": Window(half_ns - 6 * HOUR_NS - 31 * MINUTE_NS, half_ns - 31 * MINUTE_NS),
        "an hour": Window(half_ns - HOUR_NS - 29 * MINUTE_NS, half_ns - 29 * MINUTE_NS),
        "ten minutes": Window(half_ns - 10 * MINUTE_NS, half_ns),
    }


def timed(ask: Callable[[], Ranking]) -> tuple[Ranking, float, float]:
    """The answer, wall seconds and CPU seconds."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    ranking = ask()
    return ranking, time.perf_counter() - wall_s, time.process_time() - cpu_s


def agree(rolled: Ranking, raw: Ranking) -> str:
    """Whether sums are equal, and the largest relative difference of a percentile."""
    sums = [
        {
            (row.service, row.kind, row.endpoint): (
                row.requests, row.total_time_ns, row.max_ms, row.errors, row.aborted, row.duplicates, row.avoidable_ns,
                row.apdex, row.previous_requests, row.previous_total_time_s,
            )
            for row in ranking
        }
        for ranking in (rolled, raw)
    ]  # fmt: skip
    exact = {(row.service, row.kind, row.endpoint): row for row in raw}
    off = max(
        abs(getattr(row, name) / getattr(exact[row.service, row.kind, row.endpoint], name) - 1)
        for row in rolled
        for name in ("p50_ms", "p95_ms", "p99_ms")
    )
    return f"{'sums equal' if sums[0] == sums[1] else 'SUMS DIFFER'}, percentiles off by {off:.2%} at most"


def peak_mb() -> float:
    """The most memory this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def roll_up(traces: Traces, path: Path, everything: Window) -> None:
    """The first question, which rolls up, with what that takes."""
    before_mb = path.stat().st_size / 1e6
    _, wall_s, cpu_s = timed(lambda: traces.endpoints(everything))
    more_mb = path.stat().st_size / 1e6 - before_mb
    print(
        f"rolled up by the first question: {wall_s:.1f} s, {cpu_s:.1f} s of CPU, {peak_mb():,.0f} MB of memory; "
        f"{more_mb:,.0f} MB beside {before_mb:,.0f} MB of rows"
    )


def ask_all(traces: Traces, days: int, rounds: int, *, compare_up_to: int) -> None:
    """A line for each window: median and range over the rounds."""
    print(f"{'window':30} {'requests':>12} {'wall s':24} {'CPU s':24} error")
    for name, window in windows(days).items():
        answers = [timed(lambda window=window: traces.endpoints(window)) for _ in range(rounds + 1)][1:]  # type: ignore[misc]  # a default binds it
        ranking = answers[0][0]
        requests = ranking.totals.everything.requests
        told = agree(ranking, traces.endpoints(window, exact=True)) if requests <= compare_up_to else ""
        walls, cpus = [wall for _, wall, _ in answers], [cpu for _, _, cpu in answers]
        print(
            f"{name:30} {requests:12,} {spread(walls):24} {spread(cpus):24} {percentile_error(ranking.queries):.0%} {told}"
        )


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.3f} [{min(values):.3f}..{max(values):.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=int, default=1)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path, help="a directory for the store, kept; without it it is removed")
    parser.add_argument("--exact", action="store_true", help="hold every window against all rows, however many")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = options.data or Path(temporary)
        path = root / "hotspan.duckdb"
        if not path.exists():
            (root / "inbox").mkdir(parents=True)
            (root / "open").mkdir()
            generate(path, options.millions * 1_000_000, options.days, parquet=False)
        traces = open_traces(root)
        everything = windows(options.days)["everything"]
        ranking, wall_s, cpu_s = timed(lambda: traces.endpoints(everything, exact=True))
        requests = ranking.totals.everything.requests
        print(
            f"{requests:,} requests and jobs out of all rows: {wall_s:.2f} s, {cpu_s:.1f} s of CPU, {peak_mb():,.0f} MB"
        )
        roll_up(traces, path, everything)
        ask_all(traces, options.days, options.rounds, compare_up_to=1 << 62 if options.exact else EXACT_UP_TO)


if __name__ == "__main__":
    main()
