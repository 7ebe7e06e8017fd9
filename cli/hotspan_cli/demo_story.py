"""The story `hotspan demo` tells before and after the exam: what happens, what the store says of it, what to type next."""

import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from hotspan_analysis import Traces, Window, texts
from hotspan_analysis.endpoints import Endpoint, Ranking
from hotspan_analysis.storm_results import Incident, Storm, StormReport
from hotspan_analysis.window import iso
from hotspan_cli import tables, top
from hotspan_cli.demo_screen import SAVE
from hotspan_collector.errors import StoreError
from hotspan_collector.settings import Settings

if TYPE_CHECKING:
    from hotspan_sample_traces.exam import Exam
    from hotspan_sample_traces.scenario import Scenario

VERSIONS = ("bug", "fixed")
FINISH_ROUTE = "/tests/{test_id}/finish"


@dataclass(frozen=True, slots=True)
class Ending:
    """What the store says of an exam that is over."""

    ranking: Ranking
    saves: Endpoint | None
    costliest: Endpoint
    """The endpoint that is first by time."""
    busiest: Endpoint
    """The endpoint that is first by throughput."""
    finished: int
    """How many tests were handed in."""
    can_be_compared: bool
    """The store holds a run of the page with the bug and one without."""
    storms: StormReport
    """Which pages repeated their requests, and how."""

    @classmethod
    def of(cls, traces: Traces, started_ns: int) -> "Ending":
        """Asks the store about everything since then. Raises StoreError if nothing was captured."""
        window = Window(started_ns, time.time_ns())
        ranking = traces.endpoints(window)
        web = [row for row in ranking if row.kind == "web"]
        if not web:
            raise StoreError("the store holds no request of this exam: is it read-only, or its disk full?")
        handed_in = traces.endpoints(window, route=FINISH_ROUTE, status="200")
        return cls(
            ranking,
            next((row for row in web if row.endpoint == SAVE), None),
            web[0],
            max(web, key=lambda row: row.throughput_rpm),
            sum(row.requests for row in handed_in),
            all(traces.endpoints(version=version) for version in VERSIONS),
            traces.storms(window),
        )


def say_setting(scenario: "Scenario") -> None:
    """Before the server starts: what is about to happen."""
    threshold, tick = scenario.save_every_ticks, _seconds(scenario.tick_s)
    page = (
        f"compares `elapsed > {threshold}` where `==` was meant. A save that is not answered within {tick} is sent again, "
        f"every {tick}, until an answer comes. Nothing else is staged."
        if scenario.bug
        else f"compares `elapsed == {threshold}`, as it should: nothing is sent again while a save waits for its answer."
    )
    tables.say(
        f"{scenario.students} students take a timed test. Their pages save the time left every "
        f"{_seconds(threshold * scenario.tick_s)}. The page's clock {page}"
    )
    tables.say("Setting up the app ...", style="dim")


def say_server(exam: "Exam") -> None:
    """Once the server runs: where, and how heavy a save is."""
    scenario, school = exam.scenario, exam.school
    workers = "1 worker" if scenario.workers == 1 else f"{scenario.workers} workers"
    tables.say(
        f"The app is at {exam.server.base_url}, uvicorn with {workers}. A save makes SQLite work for "
        f"{_seconds(school.save_work_s)}: {scenario.save_queries} statements, each reading {texts.count(school.activity_rows)} "
        f"rows for want of an index, sized to this machine. The class has {_seconds(scenario.limit_s)} for its test.",
        "",
    )


def say_time_is_up(exam: "Exam") -> None:
    """When the class may save and answer no more, before the server is stopped."""
    waiting = sum(call.answered_ns is None for call in exam.classroom.calls)
    if waiting:
        tables.say(
            f"The time is up. {texts.count(waiting)} calls wait for an answer, in the pages' browsers or in the server, "
            f"which gets another {_seconds(exam.scenario.drain_s)} for them.",
            "",
            style="dim",
        )


def _seconds(number: float) -> str:
    return f"{number:.3g} s"


def say_ending(exam: "Exam", ending: Ending, since_ns: int | None) -> None:
    """What the store holds, what that means, and what to type next."""
    top.show(ending.ranking)
    tables.say("", *_findings(exam.scenario, ending), "")
    tables.say(f"What hotspan saw is in {exam.store}. Next, type:")
    since = "" if since_ns is None else f" --from {iso(since_ns // 10**9 * 10**9)}"
    for line in _next(exam, ending, since):
        click.echo(f"  {click.style(line, bold=True)}")  # one line each, to be copied


def _findings(scenario: "Scenario", ending: Ending) -> list[str]:
    finished = f"{ending.finished} of {scenario.students} students finished the test."
    saves = ending.saves
    if saves is None:
        return [f"{finished} No page has saved."]
    share, rate = texts.percent(saves.time_share), texts.rate(saves.throughput_rpm)
    by_time = f"first by time ({share})" if ending.costliest is saves else f"not first by time ({share})"
    by_throughput = (
        f"first by throughput ({rate} a minute)"
        if ending.busiest is saves
        else f"not first by throughput ({rate} a minute): that is {ending.busiest.endpoint}"
    )
    duplicates = f"{texts.count(saves.duplicates)} of its {texts.count(saves.requests)} requests"
    return [
        f"{SAVE} is {by_time} and {by_throughput}.",
        f"{duplicates} were sent while the same student was waiting for an earlier one.",
        f"It returned {texts.count(saves.errors)} errors.",
        *_storms(ending.storms),
        finished,
    ]


def _storms(report: StormReport) -> list[str]:
    """The storm in a sentence: who, how often, how, and what that multiplied."""
    if not report.incidents:
        return ["No client repeated its requests in a storm."]
    return [_storm(each, [s for s in report.storms if s.endpoint == each.endpoint]) for each in report.incidents]


def _storm(incident: Incident, storms: list[Storm]) -> str:
    clients = "1 client" if incident.clients == 1 else f"{texts.count(incident.clients)} clients"
    gap_s = median(storm.resend_gap_s for storm in storms)
    return (
        f"Retry storm at {incident.endpoint}: {clients} sent {texts.count(incident.attempts)} requests for "
        f"{texts.count(incident.operations)} operations, {incident.amplification:.1f} for each, one every {gap_s:.2g} s "
        f"while waiting (mechanism: {incident.mechanism})."
    )


def _next(exam: "Exam", ending: Ending, since: str) -> list[str]:
    is_default = exam.store == Settings.from_environment().store
    source, store = ("", "") if is_default else (f" {exam.store}", f" --store {exam.store}")
    commands = [
        f"top{source} --sort throughput{since}",
        f"storms{source}{since}",
        f'clients{source} --endpoint "{SAVE}"{since}',
        f"compare{source} --versions bug fixed"
        if ending.can_be_compared
        else f"demo {'--fixed' if exam.scenario.bug else '--bug'}{store}",
    ]
    return [f"{_program()} {command}" for command in commands]


def _program() -> str:
    """What to type for this very program: its name where the shell finds it, else as it was called, `.venv/bin/hotspan`."""
    called = sys.argv[0]
    return called if Path(called).name == "hotspan" and not shutil.which("hotspan") else "hotspan"
