"""The real exam app held as it is and with each change: what `benchmarks/what_if.py exam` compares.

A class of four takes its test first, which shows what a save takes while all is calm; then comes the large class.
"""

import asyncio
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from statistics import median

from hotspan_analysis import Traces, open_traces
from hotspan_analysis.measures import Measures, measured
from hotspan_analysis.queue_model import NEVER
from hotspan_analysis.replay import Change
from hotspan_sample_traces.browser import Call
from hotspan_sample_traces.classroom import Classroom
from hotspan_sample_traces.exam import Exam, open_exam
from hotspan_sample_traces.scenario import INCIDENT, Scenario

SAVE = "PUT /tests/{test_id}/sections/{section_id}"
LONG_TEST = replace(INCIDENT, questions=90, limit_s=130.0, drain_s=40.0, save_work_s=0.12, log_wait_s=0.02, early=4)
"""The class of the demo; its test is longer than anybody has time for, so that all stay until their time is up. A third
of a save is work of a core: this machine has two, and the students need a part of them."""
CALM_S, CALM_ARRIVAL_S = 60.0, 8.0
"""Four others take theirs before them, on the same server."""
SPEED = 2.0
CHANGES = {
    "clients fixed": Change(fix_clients=True),
    "2x faster": Change(speedup=2.0),
    "+1 worker": Change(workers=1.0),
}


@dataclass(frozen=True, slots=True)
class Held:
    """Two classes that have been: their traces, when the time of the second was up, and what their browsers noted."""

    store: Path
    over_ns: int
    calls: tuple[Call, ...]
    activity_rows: int
    calm_s: float
    """Median time of a save of the first class that was alone."""

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


def held(store: Path, change: Change = Change(), activity_rows: int = 0) -> Held:  # noqa: B008  # frozen
    """Both classes, with that change in page or server, and an activity log that is as long as without it."""
    with open_exam(_changed(LONG_TEST, change, activity_rows).compressed(SPEED), store) as exam:
        over_ns, few, many = asyncio.run(_hold(exam))
    return Held(store, over_ns, (*few, *many), exam.school.activity_rows, median(_alone_s(few)))


def _alone_s(calls: Iterable[Call]) -> list[float]:
    """How long those saves took that met no other."""
    saves = sorted((call.sent_ns, call.answered_ns or call.sent_ns) for call in calls if call.method == "PUT")
    befores = [0, *accumulate((ended for _, ended in saves), max)]
    afters = [sent for sent, _ in saves[1:]] + [math.inf]
    return [
        (ended - sent) / 1e9
        for (sent, ended), before, after in zip(saves, befores[:-1], afters, strict=True)
        if before <= sent < ended <= after
    ]


def _changed(scenario: Scenario, change: Change, activity_rows: int) -> Scenario:
    """The fixed page saves at a tick and not after it: it is given one tick more, or it would save more often too."""
    return replace(
        scenario,
        bug=scenario.bug and not change.fix_clients,
        save_every_ticks=scenario.save_every_ticks + int(change.fix_clients),
        log_wait_s=scenario.log_wait_s / change.speedup,
        activity_rows=round(activity_rows / change.speedup),
        workers=scenario.workers + int(change.workers),
    )


async def _hold(exam: Exam) -> tuple[int, list[Call], list[Call]]:
    """When the time was up, in nanoseconds since the epoch; and every call of the first class, and of the second."""
    few = _class(exam, 2, replace(exam.scenario, limit_s=CALM_S / SPEED, arrival_s=CALM_ARRIVAL_S / SPEED))
    many = _class(exam, 1, exam.scenario)
    try:
        await few.attend()
        await few.leave()
        await many.attend()
        over_ns = time.time_ns()
        await exam.close()
    finally:
        await few.leave()
        await many.leave()
    return over_ns, few.calls, many.calls


def _class(exam: Exam, class_id: int, scenario: Scenario) -> Classroom:
    seats = [seat for seat in exam.school.seats if seat.class_id == class_id]
    return Classroom(exam.server.base_url, replace(scenario, classes=class_id, early=0), seats)
