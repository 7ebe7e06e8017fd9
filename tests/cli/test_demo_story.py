"""What `hotspan demo` says of an exam, out of rows whose figures are known."""

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from demo_exams import ANSWER, FINISH, SAVE, exam
from hotspan_analysis import open_traces
from hotspan_cli import demo_story
from hotspan_cli.demo_story import Ending
from hotspan_collector.errors import StoreError
from hotspan_sample_traces.scenario import FIXED, INCIDENT
from traces import database, ns, request


def ending(*rows: dict[str, object]) -> Ending:
    return Ending.of(open_traces(database(rows)), ns(0))


@pytest.fixture(autouse=True)
def _no_store_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOTSPAN_STORE", raising=False)
    monkeypatch.setenv("COLUMNS", "400")


@pytest.fixture(autouse=True)
def _the_shell_finds_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_a_storm_leads_by_time_and_by_throughput(capsys: pytest.CaptureFixture[str]) -> None:
    saves = [request(SAVE, at=number, ms=9000) for number in range(4)]
    demo_story.say_ending(exam(), ending(*saves, request(ANSWER, at=1, ms=5)), None)
    text = said(capsys)
    assert f"{SAVE} is first by time (100.0%) and first by throughput" in text
    # Sent at 0, 1, 2 and 3 s, each answered after 9 s: three of them while an earlier one was open.
    assert "3 of its 4 requests were sent while the same student was waiting for an earlier one." in text
    assert "It returned 0 errors." in text
    assert "0 of 15 students finished the test." in text


def test_without_the_bug_another_endpoint_has_the_throughput(capsys: pytest.CaptureFixture[str]) -> None:
    answers = [request(ANSWER, at=number, ms=5) for number in range(4)]
    finished = [request(FINISH, at=5, client=f"s{number}", target=f"t{number}") for number in range(2)]
    refused = request(FINISH, at=6, client="s9", target="t9", status=404)
    demo_story.say_ending(
        exam(replace(FIXED, students=2)), ending(request(SAVE, ms=900), *answers, *finished, refused), None
    )
    text = said(capsys)
    # 900 of 900 + 4 * 5 + 3 * 10 ms.
    assert "is first by time (94.7%) and not first by throughput" in text
    assert f"that is {ANSWER}." in text
    assert "0 of its 1 requests" in text
    assert "2 of 2 students finished the test." in text


def test_the_storm_is_told_with_who_how_often_and_how(capsys: pytest.CaptureFixture[str]) -> None:
    usual = [request(SAVE, at=10.0 * number, ms=100) for number in range(20)]
    again = [request(SAVE, at=300 + number, ms=20_000 - 100 * number) for number in range(9)]
    demo_story.say_ending(exam(), ending(*usual, *again), None)
    text = said(capsys)
    assert f"Retry storm at {SAVE}: 1 client sent 9 requests for 1 operations, 9.0 for each, one every 1 s" in text
    assert "(mechanism: timer)" in text


def test_without_a_storm_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    demo_story.say_ending(exam(FIXED), ending(request(SAVE), request(ANSWER)), None)
    text = said(capsys)
    assert "No client repeated its requests in a storm." in text


def test_an_exam_too_short_for_a_save_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    demo_story.say_ending(exam(), ending(request(ANSWER)), None)
    assert "0 of 15 students finished the test. No page has saved." in said(capsys)


def test_an_empty_store_is_no_result() -> None:
    with pytest.raises(StoreError, match="holds no request of this exam"):
        ending()


def test_earlier_runs_do_not_count() -> None:
    found = ending(request(ANSWER, at=-100), request(FINISH, at=-50), request(ANSWER, at=1))
    assert (found.busiest.requests, found.finished) == (1, 0)


@pytest.mark.parametrize(
    ("store", "since_ns", "commands"),
    [
        (
            ".hotspan",
            None,
            [
                "top --sort throughput",
                "storms",
                f'clients --endpoint "{SAVE}"',
                "demo --fixed",
            ],
        ),
        (
            "kept",
            ns(0.5),
            [
                "top kept --sort throughput --from 2026-09-21T14:13:20Z",
                "storms kept --from 2026-09-21T14:13:20Z",
                f'clients kept --endpoint "{SAVE}" --from 2026-09-21T14:13:20Z',
                "demo --fixed --store kept",
            ],
        ),
    ],
)
def test_what_to_type_next(
    capsys: pytest.CaptureFixture[str],
    store: str,
    since_ns: int | None,
    commands: list[str],
) -> None:
    demo_story.say_ending(exam(store=Path(store)), ending(request(SAVE)), since_ns)
    assert said(capsys).splitlines()[-4:] == [f"  hotspan {command}" for command in commands]


def test_a_program_that_the_shell_does_not_find_is_named_as_it_was_called(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(sys, "argv", [".venv/bin/hotspan", "demo"])
    demo_story.say_ending(exam(), ending(request(SAVE)), None)
    assert "  .venv/bin/hotspan storms\n" in said(capsys)


def test_two_versions_in_a_store_can_be_compared(capsys: pytest.CaptureFixture[str]) -> None:
    both = [request(SAVE, service_version=version) for version in demo_story.VERSIONS]
    demo_story.say_ending(exam(), ending(*both), None)
    assert "  hotspan compare --versions bug fixed\n" in said(capsys)


def test_the_setting_tells_the_one_difference(capsys: pytest.CaptureFixture[str]) -> None:
    demo_story.say_setting(INCIDENT)
    demo_story.say_setting(FIXED.compressed(4))
    bug, _, fixed, _ = said(capsys).splitlines()
    assert "every 10 s. The page's clock compares `elapsed > 10` where `==` was meant." in bug
    assert "every 2.5 s. The page's clock compares `elapsed == 10`, as it should" in fixed


def test_the_server_is_introduced_with_what_a_save_costs(capsys: pytest.CaptureFixture[str]) -> None:
    demo_story.say_server(exam())
    text = said(capsys)
    assert "http://127.0.0.1:1, uvicorn with 1 worker." in text
    assert "SQLite work for 0.281 s: 12 statements, each reading 700,000 rows" in text


def test_no_call_is_said_to_wait_when_everything_was_answered(capsys: pytest.CaptureFixture[str]) -> None:
    demo_story.say_time_is_up(exam())
    assert said(capsys) == ""
