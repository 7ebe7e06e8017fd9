"""What questions cost: 1, 10 and 50 million requests of a day, asked of a store's file, and the ranking of peers.

Every variant is a process of its own that opens the file for each question, as `hotspan` does. Rounds go round-robin
over all of them, so that a noisy moment hits each alike; one round before the first warms the page cache. A ratio is
taken per round; printed are medians and ranges over the rounds. The ranking is exact everywhere, counts duplicates in
flight everywhere, and its results are compared.

    python benchmarks/queries.py                     # 1 million: a minute
    python benchmarks/queries.py --millions 1 10 50 --chdb   # an hour; chdb gets an environment of its own
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from hotspan_collector import schema

HERE = Path(__file__).parent
CHILD = HERE / "queries_variants.py"
QUESTIONS = (
    "ranking", "ranking of an hour", "timeline", "timeline of one endpoint", "clients", "compare two halves",
    "around 09:40", "jobs", "slowest of one endpoint",
)  # fmt: skip
BY_HAND, CHDB = "ranking, by hand", "ranking, chdb"
LESS = (f"{BY_HAND} without duplicates", f"{CHDB} without duplicates")
GOALS = {BY_HAND: 1.5, CHDB: 1.0}
"""hotspan's ranking against these: at most so many times their time (design, section 8)."""


@dataclass
class Variant:
    """A running child and what each of its rounds cost."""

    name: str
    child: subprocess.Popen[str]
    wall_s: list[float] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    peak_mb: float = 0.0
    found: str = ""

    def ask(self, *, warm: bool) -> None:
        """One round; the first only warms."""
        assert self.child.stdin is not None and self.child.stdout is not None  # noqa: S101 - both are pipes, for mypy
        self.child.stdin.write("\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline().split()
        if len(line) != 4:
            raise SystemExit(f"{self.name} failed: {self.child.communicate()[1][-2000:]}")
        wall_s, cpu_s, self.peak_mb, self.found = float(line[0]), float(line[1]), float(line[2]), line[3]
        if warm:
            self.wall_s.append(wall_s)
            self.cpu_s.append(cpu_s)


def generate(path: Path, requests: int, days: int = 1, *, parquet: bool = True) -> None:
    """A file with a store's tables and so many requests of so many days, and the same as Parquet for chdb."""
    with duckdb.connect(path) as connection:
        schema.create(connection)
        for statement in duckdb.extract_statements((HERE / "queries_traffic.sql").read_text()):
            connection.execute(statement, {"requests": requests, "days": days})
        connection.execute("checkpoint")
        if parquet:
            connection.execute(f"copy requests to '{path.with_suffix('.parquet')}'")


def start(name: str, path: Path, python: Path) -> Variant:
    """Starts a child and waits until it can be asked."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    child = subprocess.Popen([python, CHILD, name, path], text=True, **pipes)  # type: ignore[call-overload]  # Popen's overloads see no ** arguments
    if child.stdout.readline().strip() != "ready":
        raise SystemExit(f"{name} did not start: {child.communicate()[1][-2000:]}")
    return Variant(name, child)


def chdb_python(environments: Path) -> Path:
    """The interpreter of the environment that has chdb; made when it is missing."""
    python = environments / "chdb" / "bin" / "python"
    if not python.exists():
        print("installing chdb …", file=sys.stderr)
        venv.create(environments / "chdb", with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "chdb"], check=True)
    return python


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):7.3f} [{min(values):.3f}..{max(values):.3f}]"


def report(millions: int, path: Path, variants: list[Variant]) -> dict[str, float]:
    """One line a variant, the ratios, and whether the rankings agree; returns the median CPU seconds of each."""
    print(f"\n{millions} million requests, {path.stat().st_size / 1e6:,.0f} MB, {len(variants[0].wall_s)} rounds")
    print(f"{'question':38} {'wall s':26} {'CPU s':26} {'peak MB':>8}")
    for each in variants:
        print(f"{each.name:38} {spread(each.wall_s):26} {spread(each.cpu_s):26} {each.peak_mb:8,.0f}")
    named = {each.name: each for each in variants}
    ours = named["ranking"]
    for name in (BY_HAND, CHDB, *LESS):
        if theirs := named.get(name):
            wall, cpu = _ratios(ours.wall_s, theirs.wall_s), _ratios(ours.cpu_s, theirs.cpu_s)
            goal = f"goal: at most {GOALS[name]}" if name in GOALS else "for information: it answers less"
            print(f"ranking / {name}: wall {spread(wall)}, CPU {spread(cpu)}  ({goal})")
    rankings = {each.found for each in variants if each.name in ("ranking", BY_HAND, CHDB)}
    print("the rankings agree" if len(rankings) == 1 else f"THE RANKINGS DIFFER: {rankings}")
    return {each.name: statistics.median(each.cpu_s) for each in variants}


def _ratios(ours: list[float], theirs: list[float]) -> list[float]:
    return [one / other for one, other in zip(ours, theirs, strict=True)]


def measure(millions: int, rounds: int, directory: Path, chdb: Path | None, *, peers: bool) -> dict[str, float]:
    path = directory / f"requests_{millions}m.duckdb"
    if not path.exists():
        generate(path, millions * 1_000_000)
    names = (*QUESTIONS, BY_HAND, LESS[0]) if peers else QUESTIONS
    variants = [start(name, path, Path(sys.executable)) for name in names]
    if chdb and peers:
        variants += [start(name, path, chdb) for name in (CHDB, LESS[1])]
    try:
        for number in range(rounds + 1):
            for each in variants:
                each.ask(warm=number > 0)
        return report(millions, path, variants)
    finally:
        for each in variants:
            each.child.kill()
            each.child.communicate()


def growth(costs: dict[int, dict[str, float]]) -> None:
    """How the cost of each question grows: CPU seconds per million requests."""
    print(f"\nCPU seconds per million requests\n{'':38} " + " ".join(f"{size:>6} M" for size in costs))
    for name in next(iter(costs.values())):
        print(
            f"{name:38} "
            + " ".join(f"{cost[name] / size:8.4f}" if name in cost else "" for size, cost in costs.items())
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--millions", type=int, nargs="+", default=[1])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--chdb", action="store_true", help="also rank with chdb, installing it first")
    parser.add_argument("--environments", type=Path, default=HERE / ".peers", help="where chdb is installed")
    parser.add_argument("--peers-up-to", type=int, default=10, help="millions above which only hotspan is measured")
    parser.add_argument("--data", type=Path, help="where to keep the generated files; without it they are removed")
    options = parser.parse_args()
    chdb = chdb_python(options.environments) if options.chdb else None
    with tempfile.TemporaryDirectory() as temporary:
        directory = options.data or Path(temporary)
        directory.mkdir(parents=True, exist_ok=True)
        costs = {
            millions: measure(millions, options.rounds, directory, chdb, peers=millions <= options.peers_up_to)
            for millions in options.millions
        }
    growth(costs)


if __name__ == "__main__":
    main()
