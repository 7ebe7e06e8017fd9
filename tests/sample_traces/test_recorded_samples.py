"""What the committed samples show, asked the way a person asks: by the command line, of the files as they lie there."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import hotspan_sample_traces
from command_line import hotspan
from hotspan_analysis import Traces, open_traces
from hotspan_sample_traces.samples import SAMPLES
from hotspan_sample_traces.scenario import HEALTHY_DAY, INCIDENT

FOLDER = Path(hotspan_sample_traces.__file__).parents[1]
INCIDENT_LINES, INCIDENT_STORE = FOLDER / "exam_incident.jsonl.gz", FOLDER / "exam_incident.duckdb"
FIXED_LINES, JOB_LINES, HEALTHY_LINES = (
    FOLDER / f"{name}.jsonl.gz" for name in ("exam_fixed", "hourly_job", "healthy_day")
)
SAVE = "PUT /tests/{test_id}/sections/{section_id}"
FINISH = "POST /tests/{test_id}/finish"
EARLY = SAMPLES[0].scenario.early
MOST_BYTES = 3_000_000


@cache
def opened(file: Path) -> Traces:
    """One import of a file is enough for all tests."""
    return open_traces(file)


def said(*arguments: str | Path) -> Any:
    """What a command answers in JSON."""
    done = hotspan(*arguments, "--format", "json")
    assert (done.code, done.err) == (0, "")
    return json.loads(done.out)


def web(file: Path) -> dict[str, Any]:
    """The web endpoints of a file, by name, the costliest first."""
    return {row.endpoint: row for row in opened(file).endpoints(kind="web")}


def test_every_sample_is_there_and_together_they_are_small() -> None:
    files = [FOLDER / f"{sample.name}.jsonl.gz" for sample in SAMPLES] + [INCIDENT_STORE]
    assert {file.name for file in FOLDER.iterdir() if file.is_file()} == {file.name for file in files} | {"README.md"}
    assert sum(file.stat().st_size for file in files) < MOST_BYTES


def test_the_readme_speaks_of_every_file() -> None:
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"`{file.name}`" in readme for file in FOLDER.iterdir() if file.is_file() and file.suffix != ".md")


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_sample_tells_of_its_day_without_errors_losses_or_names(sample: Any) -> None:
    traces = opened(FOLDER / f"{sample.name}.jsonl.gz")
    assert traces.window().from_ns // (86_400 * 10**9) * 86_400 * 10**9 == sample.day_ns
    ranking = traces.endpoints()
    assert sum(row.errors for row in ranking) == 0
    assert not ranking.losses
    (row,) = traces.query(
        "select list(distinct client_tier order by client_tier) as tiers, list(distinct split_part(instance, ':', 1)) "
        "as hosts from requests where route <> '/' and method <> 'PUT' or route like '%section%'"
    ).as_dicts()
    assert (row["tiers"], row["hosts"]) == (["session"], ["exam"])


def test_the_incident_ranks_the_save_first_by_time_and_by_throughput() -> None:
    by_time = said("top", INCIDENT_LINES)["endpoints"]
    by_throughput = said("top", INCIDENT_LINES, "--sort", "throughput", "--kind", "web")["endpoints"]
    assert by_time[0]["endpoint"] == by_throughput[0]["endpoint"] == SAVE
    assert by_time[0]["time_share"] > 0.9
    assert by_time[0]["duplicate_share"] > 0.5
    assert by_time[0]["errors"] == 0
    assert web(INCIDENT_LINES)[FINISH].requests == EARLY  # of the class nobody hands in


def test_the_incident_has_a_storm_of_timers_by_every_student() -> None:
    report = said("storms", INCIDENT_LINES)
    assert {storm["endpoint"] for storm in report["storms"]} == {SAVE}
    assert {storm["mechanism"] for storm in report["storms"]} == {"timer"}
    assert {storm["client_tier"] for storm in report["storms"]} == {"session"}
    assert len({storm["client"] for storm in report["storms"]}) == INCIDENT.students
    assert all(0.8 < storm["resend_gap_s"] < 1.3 for storm in report["storms"])
    (incident,) = report["incidents"]
    assert incident["amplification"] > 3
    assert incident["start"] > "2026-03-02T09:39:30"


def test_before_the_class_came_in_what_was_late_passed_by_itself() -> None:
    calm = "/2026-03-02T09:39:20Z"
    save = next(row for row in opened(INCIDENT_LINES).endpoints(calm) if row.endpoint == SAVE)
    assert save.requests >= 2 * EARLY
    assert save.p50_ms < 1000
    assert save.duplicate_share < 0.5
    assert opened(INCIDENT_LINES).storms(calm) == []


def test_the_incident_as_a_store_says_the_same_as_its_lines() -> None:
    asks: list[Callable[[Traces], Any]] = [
        lambda traces: traces.endpoints().as_dicts(),
        lambda traces: traces.storms().as_dict(),
        lambda traces: traces.clients().as_dicts(),
        lambda traces: traces.breakdown(SAVE).as_dict(),
    ]
    for ask in asks:
        assert ask(opened(INCIDENT_LINES)) == ask(opened(INCIDENT_STORE))


def test_the_fixed_run_has_no_duplicate_and_everybody_hands_in() -> None:
    report = said("storms", FIXED_LINES)
    assert report["storms"] == report["incidents"] == []
    endpoints = web(FIXED_LINES)
    assert sum(row.duplicates for row in endpoints.values()) == 0
    assert endpoints[FINISH].requests == EARLY + INCIDENT.students


def test_at_9_40_the_job_ran_and_took_the_class_from_three_students() -> None:
    around = said("around", "09:40", JOB_LINES)
    assert around["window"]["start"] == "2026-03-04T09:40:00Z"
    assert [job["name"] for job in around["jobs"]] == ["sync roster"]
    assert [(job["job"], job["minute"], job["recurring"]) for job in around["scheduled"]] == [("sync roster", 40, True)]
    (update,) = (write for write in around["writes"] if write["db_table"] == "students")
    assert (update["made_by"], update["db_operation"]) == ("sync roster", "UPDATE")
    assert (update["db_rows"], update["most_rows"], update["record_rows"]) == (HEALTHY_DAY.students, 0, True)


def test_after_9_40_one_class_finds_no_test_and_no_error_says_so() -> None:
    rows = opened(JOB_LINES).query(
        "select strftime(make_timestamp(start_ns // 1000), '%H') as hour, count(*) as missed, "
        "count(distinct client) as students, count(distinct address) as addresses "
        "from requests where status = 404 group by hour order by hour"
    )
    assert rows.as_dicts() == [
        {"hour": hour, "missed": 3, "students": 3, "addresses": 1} for hour in ("10", "11")
    ]  # fmt: skip


def test_on_the_healthy_day_nothing_is_found() -> None:
    report = said("storms", HEALTHY_LINES)
    assert report["storms"] == report["incidents"] == report["findings"] == []
    endpoints = web(HEALTHY_LINES)
    assert sum(row.duplicates + row.aborted + row.errors for row in endpoints.values()) == 0
    (job,) = opened(HEALTHY_LINES).jobs()
    assert (job.job, job.minute, job.errors, job.missed) == ("sync roster", 40, 0, 0)
    assert not any(row.unusual for row in opened(HEALTHY_LINES).around("10:40").everything)


def test_the_gate_stops_the_incident_and_names_its_clients_but_lets_the_fixed_run_pass() -> None:
    stopped = hotspan("check", "--no-storms", INCIDENT_LINES)
    assert stopped.code == 1
    assert all(storm.client[:8] in stopped.out for storm in opened(INCIDENT_LINES).storms()[:3])
    assert hotspan("check", "--no-storms", FIXED_LINES).code == 0
