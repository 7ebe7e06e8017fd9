"""The real exam app held as it is and with each change: what `benchmarks/what_if.py exam` compares.

A class of four takes its test first, which shows what a save takes while all is calm; then comes the large class.
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
LONG_TEST = replace(INCIDENT, questions=90, limit_s=130.0, drain_s=40.0)
"""The class of the demo; its test is longer than anybody has time for, so that all stay until their time is up."""
SMALL_CLASS = replace(LONG_TEST, students=4, arrival_s=8.0, limit_s=70.0)
SPEED = 2.0
CHANGES = [Change(fix_clients=True), Change(speedup=2.0), Change(workers=1.0)]
"""One worker more and not two: the machine has two cores, and the students need a part of them."""


@dataclass(frozen=True, slots=True)
class Held:
    """Two classes that have been: their traces, and when the time of the second was up."""

    store: Path
    over_ns: int

    @property
    def traces(self) -> Traces:
        """Of both classes."""
        return open_traces(self.store)

    def seen(self) -> Measures:
        """The true figures of saving, up to when the time was up."""
        rows = self.traces.query(
            "select start_ns, coalesce(end_ns, 9223372036854775807) as end_ns, client from requests "  # end of time
            "where method = 'PUT' and route = '/tests/{test_id}/sections/{section_id}' order by start_ns"
        ).rows
        sent_s = [row[0] / 1e9 for row in rows if row[0] < self.over_ns]
        done_s = [NEVER if row[1] >= self.over_ns else row[1] / 1e9 for row in rows if row[0] < self.over_ns]
        clients = [row[2] for row in rows if row[0] < self.over_ns]
        until_s = self.over_ns / 1e9
        return measured(
            sent_s, done_s, _answered(sent_s, done_s, clients), until_s=until_s, from_s=sent_s[0], late_s=1.0 / SPEED
        )


def _answered(sent_s: list[float], done_s: list[float], clients: list[int]) -> int:
    """Operations that were answered: the page takes the first answer that comes, whichever save it is for."""
    moments = [(at, 1, client) for at, client in zip(sent_s, clients, strict=True)]
    moments += [(at, 0, client) for at, client in zip(done_s, clients, strict=True) if at < NEVER]
    waiting: set[int] = set()
    answered = 0
    for _, sends, client in sorted(moments):
        if sends:
            waiting.add(client)
        elif client in waiting:
            waiting.discard(client)
            answered += 1
    return answered


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
