"""Questions asked of two ClickHouse servers: against the same by hand, against DuckDB, and what travels for each.

Two real servers and a Distributed table on this machine, as in `make test-cluster`, which has to have run once. A round
asks everything in turn, as a user without any setting and as one with the setting that docs/clickhouse.md recommends;
ratios are taken per round, printed are medians and ranges.

    python benchmarks/clickhouse.py                      # a million spans, a quarter of them requests
    python benchmarks/clickhouse.py --millions 4 --rounds 5
"""

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

import clickhouse_cluster  # beside the tests
import otel_traces  # the same
from clickhouse_cluster import Cluster, Node  # the same
from hotspan_analysis import Traces, open_traces  # after the path of the tests
from hotspan_analysis.window import Window  # the same
from traces import EPOCH_NS  # the same

GOAL = 2.0
NOW_NS = EPOCH_NS + 3700 * 10**9
WINDOW = Window(EPOCH_NS, EPOCH_NS + 3_620 * 10**9)
QUESTIONS: dict[str, Callable[[Traces], object]] = {
    "top": lambda traces: traces.endpoints(WINDOW),
    "timeline": lambda traces: traces.timeline(WINDOW),
    "clients": lambda traces: traces.clients(WINDOW),
    "slowest": lambda traces: traces.slowest(None, WINDOW),
    "storms": lambda traces: traces.storms(WINDOW),
}


def by_hand() -> dict[str, str]:
    """The statements of clickhouse_by_hand.sql by name."""
    text = (HERE / "clickhouse_by_hand.sql").read_text().replace("$from_ns", str(WINDOW.from_ns))
    parts = re.split(r"^-- (\w+):[^\n]*\n", text.replace("$to_ns", str(WINDOW.to_ns)), flags=re.MULTILINE)
    return {name: sql.strip().rstrip(";") for name, sql in zip(parts[1::2], parts[2::2], strict=True)}


def timed(ask: Callable[[], object]) -> float:
    """How long it takes, in seconds of the wall: the work is done by other processes."""
    start = time.perf_counter()
    ask()
    return time.perf_counter() - start


def received(node: Node) -> int:
    """Bytes that a server has received so far."""
    return int(node.execute("select sum(value) from system.events where event = 'NetworkReceiveBytes'"))


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):6.2f} [{min(values):.2f}..{max(values):.2f}]"


def measure(cluster: Cluster, rounds: int, folder: Path) -> None:
    """Prints a line for each question."""
    first = cluster.nodes[0]
    keeper = f"keeper:{clickhouse_cluster.PASSWORD}"
    users = {
        "hotspan": open_traces(cluster.url("bench_all"), now_ns=NOW_NS),
        "setting": open_traces(cluster.url("bench_all", user=keeper), now_ns=NOW_NS),
    }
    here = cluster.in_duckdb("bench_all", folder, NOW_NS)
    statements = by_hand()
    took: dict[tuple[str, str], list[float]] = {}
    moved: dict[tuple[str, str], int] = {}
    for number in range(rounds + 1):
        for name, ask in QUESTIONS.items():
            found = {}
            for user, there in users.items():
                before = received(first)
                found[user] = timed(lambda ask=ask, there=there: ask(there))  # type: ignore[misc]  # bound now, not later
                moved[name, user] = received(first) - before
            found["duckdb"] = timed(lambda ask=ask: ask(here))  # type: ignore[misc]  # the same
            if name in statements:
                found["by hand"] = timed(lambda name=name: first.execute(statements[name]))  # type: ignore[misc]  # the same
            for who, seconds in found.items():
                took.setdefault((name, who), []).extend([seconds] if number else [])
    print(f"{'question':10} {'user':8} {'s':22} {'by hand s':22} {'DuckDB s':22} {'/ by hand (goal 2)':22} MB received")
    for name in QUESTIONS:
        for user in users:
            ours, hand = took[name, user], took.get((name, "by hand"), [])
            ratios = [one / other for one, other in zip(ours, hand, strict=False)]
            texts = [spread(values) if values else "-" for values in (ours, hand, took[name, "duckdb"], ratios)]
            print(f"{name:10} {user:8} {' '.join(f'{text:22}' for text in texts)} {moved[name, user] / 1e6:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="hotspan-bench-") as folder,
        clickhouse_cluster.running(Path(folder) / "cluster") as cluster,
    ):
        cluster.create("bench")
        for number, node in enumerate(cluster.nodes):
            node.execute(otel_traces.many_spans("bench", given.millions * 1_000_000, number))
        measure(cluster, given.rounds, Path(folder))


if __name__ == "__main__":
    main()
