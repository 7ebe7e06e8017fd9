"""The real exam app held as it is and with each change: what `benchmarks/what_if.py exam` compares.

A class of three takes its test first, which shows what a save takes while all is calm; then comes the large class.
"""

import asyncio
import time
from dataclasses import dataclass, replace
from pathlib import Path

from hotspan_analysis import Traces, open_traces
from hotspan_analysis.measures import Measures, measured
from hotspan_analysis.queue_model import NEVER
from hotspan_analysis.replay import Change
from hotspan_sample_traces.exam import Exam, open_exam
from hotspan_sample_traces.scenario import INCIDENT, Scenario

SAVE = "PUT /tests/{test_id}/sections/{section_id}"
LONG_TEST = replace(INCIDENT, questions=90, save_work_s=0.12, limit_s=80.0, drain_s=40.0)
"""Longer than anybody has time for, so that all stay until their time is up, as what_if takes it."""
SMALL_CLASS = replace(LONG_TEST, students=3, arrival_s=6.0, limit_s=50.0, bug=False)
SPEED = 2.0


@dataclass(frozen=True, slots=True)
class Held:
    """Two classes that have been: their traces, and when the time of the second was up."""

    store: Path
    over_ns: int

    @property
    def traces(self) -> Traces:
        """Of both classes."""
        return open_traces(self.store)

    def seen(self, late_s: float) -> Measures:
        """The true figures of saving; an operation is one more each time a page had its answer."""
        rows = self.traces.query(
            "select start_ns, end_ns, client from requests where method || ' ' || route = "
            f"'{SAVE}' order by start_ns"
        ).rows  # fmt: skip
        first_ns = rows[0][0]
        kept = [row for row in rows if row[0] < self.over_ns]
        sent_s = [(row[0] - first_ns) / 1e9 for row in kept]
        done_s = [NEVER if row[1] is None or row[1] > self.over_ns else (row[1] - first_ns) / 1e9 for row in kept]
        answers = sum(done < NEVER for done in done_s)
        until_s = (self.over_ns - first_ns) / 1e9
        return measured(sent_s, done_s, answers, until_s=until_s, from_s=0.0, late_s=late_s)


def held(store: Path, change: Change = Change()) -> Held:  # noqa: B008  # frozen
    """Both classes, with that change in page or server."""
    _hold(_changed(SMALL_CLASS, change), store)
    return Held(store, _hold(_changed(LONG_TEST, change), store))


def _changed(scenario: Scenario, change: Change) -> Scenario:
    return replace(
        scenario,
        bug=scenario.bug and not change.fix_clients,
        save_work_s=scenario.save_work_s / change.speedup,
        workers=scenario.workers + int(change.workers),
    ).compressed(SPEED)


def _hold(scenario: Scenario, store: Path) -> int:
    """When the time was up, in nanoseconds since the epoch."""
    with open_exam(scenario, store) as exam:
        return asyncio.run(_attend(exam))


async def _attend(exam: Exam) -> int:
    try:
        await exam.classroom.attend()
        over_ns = time.time_ns()
        await exam.close()
    finally:
        await exam.classroom.leave()
    return over_ns
