"""`hotspan what-if` as a person and as a program use it."""

import csv
import io
import json
from pathlib import Path

import pytest

from command_line import CommandLine, held_against
from hotspan_analysis import open_traces
from hotspan_analysis.replay import Change
from traces import database, request
from what_if_models import CLASS, recorded, rows_of

GOLDEN = Path(__file__).with_name("golden")
QUICK = ("--fix-clients",)
"""One scenario: all seven take seven times as long."""


@pytest.fixture(scope="module")
def class_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class of the story, recorded for ten minutes."""
    path = tmp_path_factory.mktemp("what_if") / "class.duckdb"
    database(rows_of(recorded(CLASS)), path=str(path)).close()
    return path


@pytest.mark.parametrize(
    ("name", "columns", "arguments"),
    [
        ("what_if.txt", 80, ["--for", "PUT /save", *QUICK, "--workers", "+2"]),
        ("what_if_wide.txt", 200, [*QUICK]),
        ("what_if.json", 80, [*QUICK, "--format", "json"]),
        ("what_if.csv", 80, [*QUICK, "--format", "csv"]),
    ],
)
def test_output_is_as_recorded(
    name: str, columns: int, arguments: list[str], hotspan: CommandLine, class_: Path
) -> None:
    run = hotspan("what-if", class_, *arguments, columns=columns)
    assert (run.code, run.err) == (0, "")
    held_against(GOLDEN / name, run.out)


def test_json_is_what_the_library_answers(hotspan: CommandLine, class_: Path) -> None:
    told = json.loads(hotspan("what-if", class_, "--speedup", "2", "--format", "json").out)
    assert set(told) == {"service", "endpoint", "window", "refusal", "summary", "fit", "scenarios", "advice"}
    assert told == json.loads(json.dumps(open_traces(class_).what_if(changes=[Change(speedup=2.0)]).as_dict()))


def test_csv_has_a_line_for_each_scenario(hotspan: CommandLine, class_: Path) -> None:
    lines = list(csv.DictReader(io.StringIO(hotspan("what-if", class_, *QUICK, "--format", "csv").out)))
    assert [line["scenario"] for line in lines] == ["observed", "as it was", "clients fixed"]


def test_without_an_answer_there_is_the_reason(hotspan: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "calm.duckdb"
    database([request("PUT /save", at=10.0 * turn, seq=turn) for turn in range(9)], path=str(path)).close()
    run = hotspan("what-if", path, "--for", "PUT /save")
    assert run.code == 0
    assert "No answer: no client repeats its requests to PUT /save" in " ".join(run.out.split())
    told = json.loads(hotspan("what-if", path, "--format", "json").out)
    assert told["refusal"]
    assert told["scenarios"] == []


def test_a_replay_that_does_something_else_is_shown_with_its_fit(hotspan: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    stays = [stay for stay in recorded(CLASS) if stay.sent_s < 400 or stay.sender < 5 or stay.sent_s % 7 < 4]
    database(rows_of(stays), path=str(path)).close()
    shown = " ".join(hotspan("what-if", path, *QUICK).out.split())
    assert "No answer: " in shown


def test_the_query_behind_it_can_be_seen(hotspan: CommandLine, class_: Path) -> None:
    shown = hotspan("what-if", class_, *QUICK, "--sql").out
    assert "-- what_if_requests:" in shown
    assert "'PUT'" in shown


@pytest.mark.parametrize("wrong", [["--speedup", "0"], ["--workers", "0"], ["--runs", "3"]])
def test_what_makes_no_sense_is_refused(wrong: list[str], hotspan: CommandLine, class_: Path) -> None:
    run = hotspan("what-if", class_, *wrong)
    assert run.code == 2
    assert len(run.err.splitlines()) == 1


def test_help_has_an_example(hotspan: CommandLine) -> None:
    assert 'Example: hotspan what-if --for "PUT /save"' in hotspan("what-if", "--help").out
