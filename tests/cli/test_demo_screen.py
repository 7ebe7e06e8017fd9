"""What `hotspan demo` shows while the exam is held, on a terminal and elsewhere."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from demo_exams import ANSWER, SAVE, exam
from hotspan_analysis import open_traces
from hotspan_analysis.endpoints import Ranking
from hotspan_cli import tables
from hotspan_cli.demo_screen import Lines, Redrawn, comment, screen_for_here
from hotspan_sample_traces.scenario import INCIDENT
from traces import database, ns, request


def ranking(*rows: dict[str, object]) -> Ranking:
    """The ranking of these rows five seconds after second zero."""
    return open_traces(database(rows), now_ns=ns(5)).endpoints()


STORM = [request(SAVE, at=at, ms=None, client="own") for at in (0, 1)] + [request(ANSWER, ms=20)]


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, **kind: object) -> io.StringIO:
    shown = io.StringIO()
    console = Console(file=shown, width=100, **kind)  # type: ignore[arg-type]  # as each test wants it
    monkeypatch.setattr(tables, "terminal", lambda: console)
    return shown


def test_a_terminal_gets_a_table_that_is_redrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_a_terminal(monkeypatch, force_terminal=True)
    screen = screen_for_here(exam())
    assert isinstance(screen, Redrawn)
    with screen:
        screen.show(ranking(request(ANSWER)))
        screen.show(ranking(*STORM))
    text = shown.getvalue()
    assert "0 of 15 students done" in text
    assert "No page has saved yet." in text
    assert "2 saves in flight for 15 students" in text
    assert "In flight" in text
    assert "Duplicates" in text
    assert SAVE in text


@pytest.mark.parametrize(
    "terminal", [{"force_terminal": False}, {"force_terminal": True, "_environ": {"TERM": "dumb"}}]
)
def test_whatever_cannot_be_redrawn_gets_lines(monkeypatch: pytest.MonkeyPatch, terminal: dict[str, object]) -> None:
    on_a_terminal(monkeypatch, **terminal)
    assert isinstance(screen_for_here(exam()), Lines)


def test_a_line_says_who_leads_and_not_more_often_than_every_few_seconds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_s = [100.0]
    monkeypatch.setattr("hotspan_cli.demo_screen.monotonic", lambda: clock_s[0])
    with Lines(exam()) as screen:
        for clock_s[0] in (101.0, 103.0, 105.9, 106.0, 107.0):
            screen.show(ranking(*STORM))
    # The saves opened at 0 and 1 s are still open at 5 s: 9 s of 9.02 s.
    line = f"first by time: {SAVE}, 99.8%, 2 requests, 2 in flight, 1 duplicates; 0 of 0 questions answered"
    assert capsys.readouterr().out.splitlines() == [f"   1 s  {line}", f"   6 s  {line}"]


def test_nothing_is_said_before_there_is_anything(capsys: pytest.CaptureFixture[str]) -> None:
    with Lines(exam()) as screen:
        screen.show(ranking())
    assert capsys.readouterr().out == ""


def test_hostile_names_do_not_steer_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_a_terminal(monkeypatch, force_terminal=True)
    with Redrawn(exam(replace(INCIDENT, students=1))) as screen:
        screen.show(ranking(request("GET /[red]x\x1b[2J")))
    assert "[red]x" in shown.getvalue()
    assert "\x1b[2J" not in shown.getvalue()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([request(ANSWER)], "No page has saved yet."),
        ([request(SAVE)], "No save is waiting"),
        ([request(SAVE, ms=None)], "1 saves in flight, no page has sent a second one."),
        ([request(SAVE, at=at, ms=None, target="own") for at in (0, 1)], "2 saves in flight for 15 students"),
    ],
)
def test_the_comment_says_what_is_going_on(rows: list[dict[str, object]], words: str) -> None:
    ranking = open_traces(database(rows), now_ns=ns(5)).endpoints()
    assert words in comment(ranking, exam())
