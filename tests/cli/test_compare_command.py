import json
from pathlib import Path

import pytest

from command_line import CommandLine, held_against
from hotspan_analysis import open_traces
from traces import database, request

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize(
    ("name", "columns", "arguments"),
    [
        ("compare.txt", 80, []),
        ("compare_wide.txt", 200, ["--limit", "2"]),
        ("compare.json", 80, ["--format", "json", "--limit", "2"]),
        ("compare.csv", 80, ["--format", "csv"]),
    ],
)
def test_output_is_as_recorded(
    name: str, columns: int, arguments: list[str], hotspan: CommandLine, incident: Path
) -> None:
    run = hotspan("compare", incident, "--window", "1m", *arguments, columns=columns)
    assert (run.code, run.err) == (0, "")
    held_against(GOLDEN / name, run.out)


def test_json_is_what_the_library_answers(hotspan: CommandLine, incident: Path) -> None:
    options = ["--before", "14:13:30/14:14:00", "--from", "14:14:30", "--to", "14:15:00"]
    found = json.loads(hotspan("compare", incident, *options, "--format", "json").out)
    answer = open_traces(incident).compare("14:13:30/14:14:00", "14:14:30/14:15:00")
    assert found["before"] == {"start": "2026-09-21T14:13:30Z", "end": "2026-09-21T14:14:00Z"}
    assert found["after"] == {"start": "2026-09-21T14:14:30Z", "end": "2026-09-21T14:15:00Z"}
    assert found["changes"] == answer.as_dicts()


def test_two_sources_the_first_is_before(hotspan: CommandLine, tmp_path: Path) -> None:
    for name, ms in (("old", 100), ("new", 300)):
        database([request("GET /a", ms=ms)], path=str(tmp_path / f"{name}.duckdb")).close()
    run = hotspan("compare", tmp_path / "old.duckdb", tmp_path / "new.duckdb", "--format", "json")
    (change,) = json.loads(run.out)["changes"]
    assert (change["p95_before_ms"], change["p95_after_ms"]) == (100, 300)


def test_two_versions(hotspan: CommandLine, tmp_path: Path) -> None:
    rows = [request("GET /a", at=at, service_version="1" if at < 5 else "2") for at in range(12)]
    database(rows, path=str(tmp_path / "both.duckdb")).close()
    run = hotspan("compare", tmp_path / "both.duckdb", "--versions", "1", "2", "--format", "json")
    (change,) = json.loads(run.out)["changes"]
    assert (change["requests_before"], change["requests_after"]) == (5, 7)


def test_three_sources_are_too_many(hotspan: CommandLine, incident: Path) -> None:
    run = hotspan("compare", incident, incident, incident)
    assert run.code == 2
    assert "or two to compare" in run.err
