"""`hotspan check` as a pipeline runs it: exit codes, reports, files of rules, and the exam whose bug comes back."""

import asyncio
import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from command_line import CommandLine, held_against
from hotspan_sample_traces.exam import open_exam
from hotspan_sample_traces.scenario import INCIDENT
from traces import database, request

GOLDEN = Path(__file__).with_name("golden")
SAVE = "PUT /tests/{test_id}/sections/{section_id}"
STRICT = (
    "--no-storms", "--max-amplification", "1.2", "--max-p95", "GET /tests/{test_id}=1ms", "--max-p95", "5s",
    "--max-share", "GET /flaky=30%",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("check.txt", []), ("check.json", ["--format", "json"]), ("check.xml", ["--format", "junit"])],
)
def test_output_is_as_recorded(name: str, arguments: list[str], hotspan: CommandLine, incident: Path) -> None:
    run = hotspan("check", incident, *STRICT, *arguments, columns=120)
    assert (run.code, run.err) == (1, "")
    held_against(GOLDEN / name, run.out)


def test_what_is_kept_exits_with_0(hotspan: CommandLine, incident: Path) -> None:
    run = hotspan("check", incident, "--max-p95", "5s")
    assert (run.code, run.err) == (0, "")
    assert "Nothing is broken." in run.out


def test_too_little_to_judge_exits_with_2_and_says_so(hotspan: CommandLine, incident: Path) -> None:
    run = hotspan("check", incident, "--max-p95", "GET /pay=5s")
    assert run.code == 2
    assert "unjudged  max_p95: GET /pay has not enough requests to judge (1 in all; it takes 20" in run.out.replace(
        "\n", " "
    )
    assert run.err.startswith("hotspan: 1 rule could not be judged: ")


def test_broken_counts_for_more_than_unjudged(hotspan: CommandLine, incident: Path) -> None:
    assert hotspan("check", incident, "--max-p95", "GET /pay=5s", "--no-storms").code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "there are no rules: give some as options, or write them with hotspan check --init"),
        (["--max-p95", "GET /nowhere=1s"], "no request of 'GET /nowhere' is in these traces"),
        (["--max-p95", "fast"], "max_p95: 'fast' is no length of time"),
        (["--max-share", "PUT /x=0.3"], "max_share of PUT /x: '0.3' is no limit"),
        (["--max-regression", "20%"], "max_regression needs something to compare with"),
        (["--max-regression", "20%", "--baseline", "gone.parquet"], "gone.parquet does not exist"),
        (["--rules", "gone.toml"], "cannot read the rules in gone.toml"),
        (["--no-storms", "--junit", "no/such/place.xml"], "cannot write no/such/place.xml"),
        (["--no-storms", "--service", "nobody"], "nothing started in this window"),
    ],
)
def test_what_cannot_be_checked_is_one_line(
    arguments: list[str], words: str, hotspan: CommandLine, incident: Path
) -> None:
    run = hotspan("check", incident, *arguments)
    assert (run.code, run.out) == (2, "")
    assert words in run.err
    assert run.err.count("\n") == 1


def test_the_rules_of_the_file_here_count_and_options_come_first(hotspan: CommandLine, incident: Path) -> None:
    Path("hotspan.toml").write_text('[max_p95]\n"GET /flaky" = "1ms"\n')
    assert hotspan("check", incident).code == 1
    assert hotspan("check", incident, "--max-p95", "GET /flaky=1s").code == 0
    Path("hotspan.toml").write_text("max_p59 = 1")
    broken = hotspan("check", incident)
    assert (broken.code, broken.err.count("\n")) == (2, 1)
    assert "hotspan.toml: there is no rule 'max_p59'" in broken.err


def test_init_writes_rules_that_hold_and_overwrites_nothing(hotspan: CommandLine, incident: Path) -> None:
    assert hotspan("check", incident, "--init").code == 0
    assert hotspan("check", incident).code == 0
    again = hotspan("check", incident, "--init")
    assert (again.code, again.out) == (2, "")
    assert "hotspan.toml is there already" in again.err
    assert hotspan("check", incident, "--init", "--rules", "other.toml").code == 0
    assert Path("other.toml").read_text() == Path("hotspan.toml").read_text()


def test_a_baseline_named_in_the_file_is_found_beside_it(
    hotspan: CommandLine, incident: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gate").mkdir()
    (tmp_path / "gate" / "rules.toml").write_text('max_regression = "20%"\nbaseline = "good.parquet"\n')
    assert hotspan("export", incident, "--to", tmp_path / "gate" / "good.parquet").code == 0
    assert hotspan("check", incident, "--rules", tmp_path / "gate" / "rules.toml").code == 0


def test_the_junit_file_counts_what_it_holds(hotspan: CommandLine, incident: Path) -> None:
    run = hotspan("check", incident, *STRICT, "--max-p95", "GET /pay=1s", "--junit", "gate.xml")
    assert run.code == 1
    assert "no_storms" in run.out
    (suite,) = ElementTree.parse("gate.xml").getroot()  # noqa: S314  # written by ourselves a moment ago
    cases = suite.findall("testcase")
    assert len(cases) == int(suite.attrib["tests"])
    assert len(suite.findall("testcase/failure")) == int(suite.attrib["failures"]) > 0
    assert len(suite.findall("testcase/error")) == int(suite.attrib["errors"]) == 1
    (storm,) = [each for each in suite.findall("testcase/failure") if each.attrib["type"] == "no_storms"]
    assert "(session), timer (high): 36 requests for 12 operations" in (storm.text or "")


def test_csv_has_a_line_for_each_outcome(hotspan: CommandLine, incident: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(hotspan("check", incident, *STRICT, "--format", "csv").out)))
    assert [row["status"] for row in rows if row["rule"] == "max_share"] == ["held"]


@pytest.mark.parametrize("output", ["table", "json", "junit"])
def test_hostile_names_reach_no_report(output: str, hotspan: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "hostile.duckdb"
    rows = [request("GET /\x1b[31m\u202e]]>\x00<a>", at=at, ms=900, client=f"c{at}") for at in range(30)]
    database(rows, path=str(path)).close()
    run = hotspan("check", path, "--max-p95", "1ms", "--format", output)
    assert run.code == 1
    assert not {"\x1b", "\u202e", "\x00"} & set(run.out)
    if output == "junit":
        assert ElementTree.fromstring(run.out).tag == "testsuites"  # noqa: S314  # our own output


def test_every_option_that_narrows_is_that_of_the_other_commands(hotspan: CommandLine, incident: Path) -> None:
    for narrowed in (["--window", "1m"], ["--from", "14:14:20"], ["--to", "14:14:20"], ["--service", "app"]):
        found = json.loads(hotspan("check", incident, "--max-error-rate", "90%", *narrowed, "--format", "json").out)
        top = json.loads(hotspan("top", incident, *narrowed, "--format", "json").out)
        assert found["window"] == top["window"]


ROOM = replace(
    INCIDENT,
    students=4,
    browser_connections=25,  # over HTTP/2 there are no six; the slower the machine, the more saves wait
    tick_s=0.4,
    save_every_ticks=5,
    arrival_s=0.2,
    save_work_s=0.9,
    think_s=1.0,
    limit_s=10.0,
    drain_s=4.0,
)
"""A room of students whose saves take several ticks of their clock, on any machine."""


@pytest.mark.parametrize(("bug", "code"), [(True, 1), (False, 0)])
def test_a_room_of_students_fails_the_pipeline_when_the_bug_comes_back(
    bug: bool, code: int, hotspan: CommandLine, tmp_path: Path
) -> None:
    with open_exam(replace(ROOM, bug=bug), tmp_path / "store") as exam:
        asyncio.run(exam.hold())
    run = hotspan("check", tmp_path / "store", "--no-storms", "--max-duplicates", "0", "--format", "json")
    assert run.code == code, run.out
    if bug:
        outcomes: list[dict[str, Any]] = json.loads(run.out)["outcomes"]
        assert {each["endpoint"] for each in outcomes if each["status"] == "broken"} == {SAVE}
        (storms,) = [each for each in outcomes if each["rule"] == "no_storms"]
        assert "client " in storms["evidence"][0]
