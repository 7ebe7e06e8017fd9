"""How long a command takes before it does anything, against Python importing DuckDB: CPU time, as ratios of one run.

    python benchmarks/startup.py              # half a minute
    python benchmarks/startup.py --rounds 50

Each round starts every program once, one after the other, so that what else the machine does meets all of them alike;
a first round, which is not counted, fills the caches of bytecode and of the disk.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from hotspan_collector.importers.into_store import import_into

HOTSPAN = str(Path(sys.executable).with_name("hotspan"))
INCIDENT = Path(__file__).parents[1] / "sample_traces" / "exam_incident.jsonl.gz"
YARDSTICK = "import duckdb"
GOALS = {"--version": 1.0, "--help": 1.0, "top": 3.0}


def programs(store: Path) -> dict[str, list[str]]:
    """What is started, by the name it has in the table."""
    return {
        YARDSTICK: [sys.executable, "-c", YARDSTICK],
        "python": [sys.executable, "-c", "pass"],
        "--version": [HOTSPAN, "--version"],
        "--help": [HOTSPAN, "--help"],
        "top --help": [HOTSPAN, "top", "--help"],
        "top": [HOTSPAN, "top", str(store)],
        "top --format json": [HOTSPAN, "top", str(store), "--format", "json"],
    }


def seconds(command: Sequence[str]) -> tuple[float, float]:
    """CPU and wall seconds of one start."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    before, began = _children_s(), time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, env=environment, check=True)
    return _children_s() - before, time.perf_counter() - began


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measured(store: Path, rounds: int) -> dict[str, list[tuple[float, float]]]:
    """CPU and wall seconds of each program in each round but the first."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in programs(store)}
    for number in range(rounds + 1):
        for name, command in programs(store).items():
            taken = seconds(command)
            if number:
                found[name].append(taken)
    return found


def spread(values: Iterable[float], unit: str = "") -> str:
    """Median and range."""
    ordered = sorted(values)
    return f"{statistics.median(ordered):.2f}{unit} [{ordered[0]:.2f}..{ordered[-1]:.2f}]"


def main() -> None:
    """Prints a row for each program, with its goal where it has one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "store"
        import_into(store, [INCIDENT])
        found = measured(store, arguments.rounds)
    yardstick = [cpu_s for cpu_s, _ in found[YARDSTICK]]
    print(f"load {os.getloadavg()[0]:.1f}, {arguments.rounds} rounds; median and range")
    print("| program | CPU s | wall s | CPU against import duckdb | goal |\n|---|---|---|---|---|")
    for name, taken in found.items():
        ratios = [cpu_s / base_s for (cpu_s, _), base_s in zip(taken, yardstick, strict=True)]
        goal = f"<= {GOALS[name]:g}x" if name in GOALS else ""
        cpu, wall = spread(cpu_s for cpu_s, _ in taken), spread(wall_s for _, wall_s in taken)
        print(f"| {name} | {cpu} | {wall} | {spread(ratios, 'x')} | {goal} |")


if __name__ == "__main__":
    main()
