"""What `hotspan demo` shows while the exam is held: a table that is redrawn on a terminal, a line now and then elsewhere."""

from time import monotonic, time_ns
from typing import TYPE_CHECKING, Protocol, Self

import click

from hotspan_analysis import texts
from hotspan_analysis.texts import printable
from hotspan_cli import tables
from hotspan_cli.tables import Shown

if TYPE_CHECKING:
    from hotspan_analysis.endpoints import Endpoint, Ranking
    from hotspan_sample_traces.exam import Exam

_ROWS = 7
_LINE_EVERY_S = 5.0


class Screen(Protocol):
    """Something that shows the ranking as it changes."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *error: object) -> None: ...

    def show(self, ranking: "Ranking") -> None:
        """The ranking as it is now, of what has happened since the beginning."""
        ...


def screen_for_here(exam: "Exam") -> Screen:
    """The screen that suits where the output goes."""
    console = tables.terminal()
    return Redrawn(exam) if console.is_terminal and not console.is_dumb_terminal else Lines(exam)


class Redrawn:
    """A table in place, for a terminal; gone when the exam is over."""

    def __init__(self, exam: "Exam") -> None:
        from rich.live import Live

        self._exam = exam
        self._progress = Progress(exam)
        self._live = Live(console=tables.terminal(), auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    def show(self, ranking: "Ranking") -> None:
        """Redraws the table."""
        from rich.console import Group
        from rich.text import Text

        self._live.update(
            Group(
                Text(self._progress.text(), style="bold"),
                Text(comment(ranking, self._exam)),
                Text(),
                tables.fitted(ranking[:_ROWS], _SHOWN, self._live.console.width)[0],
            ),
            refresh=True,
        )


class Lines:
    """A line every few seconds, for a file or a pipe."""

    def __init__(self, exam: "Exam") -> None:
        self._progress = Progress(exam)
        self._shown_s = -_LINE_EVERY_S

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None: ...

    def show(self, ranking: "Ranking") -> None:
        """Prints who leads, if the last line was long enough ago."""
        elapsed_s = self._progress.elapsed_s
        if elapsed_s - self._shown_s < _LINE_EVERY_S or not ranking:
            return
        self._shown_s = elapsed_s
        first = ranking[0]
        click.echo(
            f"{elapsed_s:4.0f} s  first by time: {printable(first.endpoint)}, {texts.percent(first.time_share)}, "
            f"{texts.count(first.requests)} requests, {texts.count(first.still_open)} in flight, "
            f"{texts.count(first.duplicates)} duplicates; {self._progress.answered} questions answered"
        )


class Progress:
    """How far the exam is."""

    def __init__(self, exam: "Exam") -> None:
        self._exam = exam
        self._began_s = monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds since the students came in."""
        return monotonic() - self._began_s

    @property
    def answered(self) -> str:
        """How many of the questions the students have answered."""
        students = self._exam.classroom.students
        answered = sum(student.answered for student in students)
        return f"{answered} of {self._exam.scenario.question_count * len(students)}"

    def text(self) -> str:
        """A line with the clock on the wall, the time gone, and what has been answered."""
        exam = self._exam
        return (
            f"{exam.clock.time_of_day(time_ns())}   {self.elapsed_s:.0f} s of {exam.scenario.limit_s:g} s   "
            f"{self.answered} questions answered   {exam.classroom.finished} of {exam.scenario.students} students done"
        )


def comment(ranking: "Ranking", exam: "Exam") -> str:
    """What is going on at the endpoint that saves, in a sentence."""
    saves = next((row for row in ranking if row.endpoint == SAVE), None)
    if saves is None:
        return "Students read and answer. No page has saved yet."
    if saves.duplicates and saves.still_open:
        return (
            f"{texts.count(saves.still_open)} saves in flight for {exam.scenario.students} students: "
            "pages call again while they wait, and so wait longer."
        )
    if saves.still_open:
        return f"{texts.count(saves.still_open)} saves in flight, no page has sent a second one."
    return "No save is waiting for its answer just now."


SAVE = "PUT /tests/{test_id}/sections/{section_id}"


_SHOWN: list[Shown["Endpoint"]] = [
    Shown("Endpoint", lambda row: row.endpoint, is_name=True),
    Shown("Share", lambda row: texts.percent(row.time_share)),
    Shown("Requests", lambda row: texts.count(row.requests), gives_way=1),
    Shown("/min", lambda row: texts.rate(row.throughput_rpm), gives_way=3),
    Shown("Mean", lambda row: texts.duration(row.mean_ms / 1e3), gives_way=2),
    Shown("In flight", lambda row: texts.some(row.still_open)),
    Shown("Duplicates", lambda row: texts.some(row.duplicates)),
]
