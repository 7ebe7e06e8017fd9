"""The real exam app held as it is and with each change: what `benchmarks/what_if.py exam` compares.

A class of four takes its test first, which shows what a save takes while all is calm; then comes the large class.
"""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from hotspan_analysis import Traces, open_traces
from hotspan_analysis.measures import Measures, measured
from hotspan_analysis.queue_model import NEVER
from hotspan_analysis.replay import Change
from hotspan_sample_traces.browser import Call
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
    """Two classes that have been: their traces, when the time of the second was up, and what their browsers noted."""

    store: Path
    over_ns: int
    calls: tuple[Call, ...]

    @property
    def traces(self) -> Traces:
        """Of both classes."""
        return open_traces(self.store)

    def seen(self, after_s: float) -> Measures:
        """The true figures of saving, up to so long after the time was up, when what is open may still be answered."""
        rows = self.traces.query(
            "select start_ns, coalesce(end_ns, 9223372036854775807) as end_ns from requests "  # end of time
            "where method = 'PUT' and route = '/tests/{test_id}/sections/{section_id}' order by start_ns"
        ).rows
        until_s = self.over_ns / 1e9 + after_s
        sent_s = [row[0] / 1e9 for row in rows if row[0] / 1e9 < until_s]
        done_s = [NEVER if row[1] / 1e9 >= until_s else row[1] / 1e9 for row in rows if row[0] / 1e9 < until_s]
        return measured(
            sent_s, done_s, _answered(self.calls, self.over_ns), until_s=until_s, from_s=sent_s[0], late_s=1.0 / SPEED
        )


def _answered(calls: Iterable[Call], over_ns: int) -> int:
    """Operations that were answered in time, as pages know them.

    One begins when a page asks for a save while it waits for none; any answer to a save ends it.
    """
    saves = [call for call in calls if call.method == "PUT"]
    moments = [(call.sent_ns, 1, call.student) for call in saves]
    moments += [(call.answered_ns, 0, call.student) for call in saves if call.answered_ns is not None]
    waiting: set[str] = set()
    answered = 0
    for at_ns, sends, student in sorted(moments):
        if at_ns >= over_ns:
            break
        if sends:
            waiting.add(student)
        elif student in waiting:
            waiting.discard(student)
            answered += 1
    return answered


def held(store: Path, change: Change = Change()) -> Held:  # noqa: B008  # frozen
    """Both classes, with that change in page or server."""
    _, small = _hold(_changed(SMALL_CLASS, change), store)
    over_ns, large = _hold(_changed(LONG_TEST, change), store)
    aside = [replace(call, student=f"before, {call.student}") for call in small]
    return Held(store, over_ns, (*aside, *large))


def _changed(scenario: Scenario, change: Change) -> Scenario:
    """The fixed page saves at a tick and not after it: it is given one tick more, or it would save more often too."""
    return replace(
        scenario,
        bug=scenario.bug and not change.fix_clients,
        save_every_ticks=scenario.save_every_ticks + int(change.fix_clients),
        save_work_s=scenario.save_work_s / change.speedup,
        workers=scenario.workers + int(change.workers),
    ).compressed(SPEED)


def _hold(scenario: Scenario, store: Path) -> tuple[int, list[Call]]:
    """When the time was up, in nanoseconds since the epoch; and every call."""
    with open_exam(scenario, store) as exam:
        return asyncio.run(_attend(exam)), exam.classroom.calls


async def _attend(exam: Exam) -> int:
    try:
        await exam.classroom.attend()
        over_ns = time.time_ns()
        await exam.close()
    finally:
        await exam.classroom.leave()
    return over_ns
