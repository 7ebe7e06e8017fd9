"""`hotspan demo`: a real app under a real retry storm, ranked while it happens."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hotspan_collector.errors import BadInputError

if TYPE_CHECKING:
    from hotspan_analysis import Traces
    from hotspan_analysis.endpoints import Ranking
    from hotspan_cli.demo_screen import Screen
    from hotspan_sample_traces.exam import Exam
    from hotspan_sample_traces.scenario import Scenario

_ASK_EVERY_S = 1.0
"""How often the store is asked for the ranking while the exam is held."""
_EXTRA = ("fastapi", "uvicorn", "sqlalchemy", "opentelemetry.instrumentation.sqlalchemy", "httpx")


@click.command("demo")
@click.option("--bug/--fixed", "bug", default=True, help="The exam page with its bug (the default) or without.")
@click.option("--students", type=click.IntRange(1, 100), default=15, show_default=True, help="How many take the test.")
@click.option("--workers", type=click.IntRange(1, 16), default=1, show_default=True, help="Processes of the server.")
@click.option(
    "--duration",
    type=click.FloatRange(min=1),
    metavar="SECONDS",
    help="Time the class has for the test.  [default: 45]",
)
@click.option(
    "--speed",
    type=click.FloatRange(1, 50),
    default=1.0,
    show_default=True,
    help="Divides every duration: the time for the test, ticks, think times, the work of a save.",
)
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to keep what was seen.  [default: HOTSPAN_STORE, else .hotspan]",
)
def command(bug: bool, students: int, workers: int, duration: float | None, speed: float, store: Path | None) -> None:
    """A real app under a real retry storm, ranked while it happens. Takes a minute.

    A class takes a timed test on a web app that is started for it, on a free port of 127.0.0.1. Each page saves the
    time left every 10 seconds. Because of one wrong comparison, a page whose save is not answered within a second
    calls again, every second, until an answer comes. Nothing else is staged. What hotspan saw stays in the store.

    Example: hotspan demo --fixed
    """
    _require_extra()
    from hotspan_analysis import open_traces
    from hotspan_cli import demo_story
    from hotspan_collector.settings import Settings
    from hotspan_sample_traces.exam import open_exam

    scenario = _scenario(bug, students, workers, duration, speed)
    store = store or Settings.from_environment().store
    is_new = _prepare(store)
    traces = open_traces(store)
    demo_story.say_setting(scenario)
    started_ns = time.time_ns()
    with _termination_as_interrupt(), open_exam(scenario, store) as exam:
        demo_story.say_server(exam)
        asyncio.run(_hold(exam, traces, started_ns))
    demo_story.say_ending(exam, demo_story.Ending.of(traces, started_ns), None if is_new else started_ns)


def _require_extra() -> None:
    for name in _EXTRA:
        if find_spec(name) is None:
            raise BadInputError(f'the demo needs {name}, which is not installed: pip install "hotspan[demo]"')


def _scenario(bug: bool, students: int, workers: int, duration: float | None, speed: float) -> "Scenario":
    from hotspan_sample_traces.scenario import FIXED, INCIDENT

    scenario = replace(INCIDENT if bug else FIXED, students=students)
    if duration is not None:
        scenario = replace(scenario, limit_s=duration)
    return scenario.on_workers(workers).compressed(speed)


def _prepare(store: Path) -> bool:
    """Whether there is nothing in the store yet. What is wrong with it is said now and not after the exam."""
    from hotspan_analysis import open_traces
    from hotspan_collector.layout import Layout

    layout = Layout(store)
    is_new = not layout.exists()
    try:
        layout.make()
    except OSError as error:
        raise BadInputError(
            f"cannot write to the store {store}: {error.strerror}; name another with --store"
        ) from error
    if not is_new:
        open_traces(store).window()
    return is_new


async def _hold(exam: "Exam", traces: "Traces", started_ns: int) -> None:
    from hotspan_cli import demo_story
    from hotspan_cli.demo_screen import screen_for_here

    try:
        with screen_for_here(exam) as screen:
            await _attend(exam, traces, started_ns, screen)
        demo_story.say_time_is_up(exam)
        await exam.close()
    finally:
        await exam.classroom.leave()


async def _attend(exam: "Exam", traces: "Traces", started_ns: int, screen: "Screen") -> None:
    """Holds the exam, and shows once a second what the store says of it."""
    attending = asyncio.create_task(exam.classroom.attend())
    try:
        while not attending.done():
            await asyncio.wait([attending], timeout=_ASK_EVERY_S)
            screen.show(await asyncio.to_thread(_ranking_since, traces, started_ns))
            exam.server.check()
        await attending
    finally:
        attending.cancel()
        await asyncio.gather(attending, return_exceptions=True)


def _ranking_since(traces: "Traces", started_ns: int) -> "Ranking":
    from hotspan_analysis import Window

    return traces.endpoints(Window(started_ns, time.time_ns()), kind="web")


@contextlib.contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Being told to end (`kill`, `timeout`) cleans up as Ctrl-C does: no server is left behind."""
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
