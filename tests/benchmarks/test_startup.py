"""The benchmark of start-ups runs, and starts what it says."""

import subprocess
import sys
from pathlib import Path

from startup import GOALS, programs, spread


def test_every_goal_is_of_a_program_that_is_measured() -> None:
    assert set(GOALS) < set(programs(Path("store")))


def test_spread_is_the_median_and_the_range() -> None:
    assert spread([3.0, 1.0, 2.0], "x") == "2.00x [1.00..3.00]"


def test_one_round_prints_a_row_for_each_program() -> None:
    program = Path(__file__).parents[2] / "benchmarks" / "startup.py"
    done = subprocess.run(
        [sys.executable, str(program), "--rounds", "1"], capture_output=True, text=True, timeout=300, check=True
    )
    rows = [line.split(" | ") for line in done.stdout.splitlines()[3:]]
    assert [row[0].removeprefix("| ") for row in rows] == list(programs(Path("store")))
    assert all(row[3].endswith("]") for row in rows)
