import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

import command_line
import stores
from command_line import CommandLine, held_against
from hotspan_analysis import open_traces, rollups
from hotspan_analysis.endpoints import Endpoint
from hotspan_analysis.results import columns_of
from traces import request

GOLDEN = Path(__file__).with_name("golden")
PROMISED = (
    "service", "kind", "endpoint", "method", "route", "requests", "throughput_rpm", "total_time_s", "time_share",
    "load_erlangs", "mean_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms", "errors", "error_rate", "apdex", "aborted",
    "duplicates", "avoidable_s",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "columns", "arguments"),
    [
        ("top.txt", 80, []),
        ("top_wide.txt", 200, []),
        ("top_second_minute.txt", 120, ["--window", "1m", "--sort", "duplicates", "--limit", "2"]),
        ("top_nothing.txt", 80, ["--service", "nobody"]),
        ("top.csv", 80, ["--format", "csv"]),
        ("top.json", 80, ["--format", "json"]),
        ("top_explained.txt", 100, ["--kind", "job", "--explain"]),
    ],
)
def test_output_is_as_recorded(
    name: str, columns: int, arguments: list[str], hotspan: CommandLine, incident: Path
) -> None:
    run = hotspan("top", incident, *arguments, columns=columns)
    assert (run.code, run.err) == (0, "")
    held_against(GOLDEN / name, run.out)


def as_json(hotspan: CommandLine, *arguments: str | Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(hotspan("top", *arguments, "--format", "json").out)
    return found


def test_json_holds_what_was_promised(hotspan: CommandLine, incident: Path) -> None:
    found = as_json(hotspan, incident)
    assert set(found) == {"window", "sort", "totals", "endpoints", "warnings", "losses"}
    assert found["window"] == {"start": "2026-09-21T14:13:20Z", "end": "2026-09-21T14:15:22Z"}
    assert all(set(PROMISED) <= set(row) for row in found["endpoints"])
    assert found["losses"]["dropped"] == 12


def test_how_far_percentiles_may_be_off_is_said_beside_them(
    hotspan: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a store with so many requests that they are rolled up; `--exact` reads them all."""
    monkeypatch.setattr(rollups, "LEAST_REQUESTS", 1)
    monkeypatch.setattr(rollups, "LEAST_STORED", 1)
    stores.seal(tmp_path, [request(at=at) for at in range(3)])
    everything = ["--from", "2026-09-21T00:00Z", "--to", "2026-09-22T00:00Z"]
    assert "Percentiles are within 1.0% of their value" in hotspan("top", tmp_path, *everything).out
    assert "Percentiles" not in hotspan("top", tmp_path, *everything, "--exact").out
    assert as_json(hotspan, tmp_path, *everything)["percentile_error"] == 0.01
    assert "percentile_error" not in as_json(hotspan, tmp_path, *everything, "--exact")


def test_json_is_what_the_library_answers(hotspan: CommandLine, incident: Path) -> None:
    assert as_json(hotspan, incident)["endpoints"] == open_traces(incident).endpoints().as_dicts()


@pytest.mark.parametrize("sort", ["time", "throughput", "slowest", "errors", "duplicates"])
def test_sorts_reach_the_question(sort: str, hotspan: CommandLine, incident: Path) -> None:
    found = as_json(hotspan, incident, "--sort", sort)
    assert found["sort"] == sort
    assert [row["endpoint"] for row in found["endpoints"]] == [
        row.endpoint for row in open_traces(incident).endpoints(sort=sort)
    ]


@pytest.mark.parametrize(
    ("arguments", "endpoints"),
    [
        (["--service", "shop"], {"GET /pay"}),
        (["--kind", "job"], {"nightly clean-up"}),
        (["--endpoint", "GET /flaky"], {"GET /flaky"}),
        (["--route", "/fl*"], {"GET /flaky"}),
        (["--status", "503"], {"GET /flaky"}),
        (["--method", "put"], {"PUT /tests/{test_id}/sections/{section_id}"}),
        (
            ["--from", "14:14:50", "--to", "14:14:51"],
            {"GET /left", "GET /flaky", "GET /tests/{test_id}", "PUT /tests/{test_id}/sections/{section_id}"},
        ),
    ],
)
def test_filters_reach_the_question(
    arguments: list[str], endpoints: set[str], hotspan: CommandLine, incident: Path
) -> None:
    assert {row["endpoint"] for row in as_json(hotspan, incident, *arguments)["endpoints"]} == endpoints


def test_a_limit_is_for_each_kind(hotspan: CommandLine, incident: Path) -> None:
    kinds = [row["kind"] for row in as_json(hotspan, incident, "--limit", "1")["endpoints"]]
    assert sorted(kinds) == ["held_open", "job", "web"]


def test_an_apdex_threshold_for_one_endpoint(hotspan: CommandLine, incident: Path) -> None:
    found = as_json(hotspan, incident, "--apdex", "1", "--apdex", "GET /flaky=0.001")
    thresholds = {row["endpoint"]: row["apdex_threshold_s"] for row in found["endpoints"] if row["kind"] == "web"}
    assert thresholds.pop("GET /flaky") == 0.001
    assert set(thresholds.values()) == {1.0}


def test_csv_has_a_line_for_each_endpoint(hotspan: CommandLine, incident: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(hotspan("top", incident, "--format", "csv").out)))
    assert list(rows[0]) == [column.name for column in columns_of(Endpoint)]
    assert len(rows) == len(open_traces(incident).endpoints())


@pytest.mark.parametrize("output", ["table", "json", "csv"])
def test_hostile_names_are_shown_and_never_obeyed(output: str, hotspan: CommandLine, incident: Path) -> None:
    out = hotspan("top", incident, "--format", output, columns=160).out
    assert "[bold]red[/bold]" in out
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_no_line_is_longer_than_the_terminal(hotspan: CommandLine, incident: Path) -> None:
    for columns in (80, 100, 132, 250):
        assert max(map(len, hotspan("top", incident, columns=columns).out.splitlines())) <= columns


def test_the_query_can_be_seen_instead(hotspan: CommandLine, incident: Path) -> None:
    out = hotspan("top", incident, "--sql").out
    assert "prepare question as\n-- endpoints: " in out
    assert "execute question(" in out


def test_what_was_left_out_of_the_table_is_said(hotspan: CommandLine, incident: Path) -> None:
    assert "and 6 more with" in hotspan("top", incident, "--limit", "2").out


def test_a_live_store(hotspan: CommandLine, tmp_path: Path) -> None:
    stores.seal(tmp_path, [request("GET /a", at=0, ms=250)])
    assert "GET /a" in hotspan("top", tmp_path).out
    assert command_line.hotspan("top", HOTSPAN_STORE=str(tmp_path)).out.count("GET /a") == 1
