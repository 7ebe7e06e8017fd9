"""breakdown, slowest, trace, jobs and around on the command line: recorded output, and what a user can get wrong."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from command_line import HOSTILE, CommandLine, held_against
from hotspan_analysis import open_traces
from hotspan_analysis.activity import Activity
from hotspan_analysis.breakdown import Call, Part
from hotspan_analysis.jobs import Job, Overlap
from hotspan_analysis.results import Row, columns_of
from hotspan_analysis.slowest import SlowRequest
from hotspan_analysis.waterfall import WaterfallSpan
from school_day import JOB, UPDATE, clock, school_day
from traces import below, database, request, served, span, statement

GOLDEN = Path(__file__).with_name("golden")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SAVE = "PUT /answers/{id}"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The school day, with the incident at 09:40, and a job that the clock forgot."""
    path = tmp_path_factory.mktemp("day") / "day.duckdb"
    requests, spans = school_day()
    forgotten = [span("count seats", clock(hour, 40, 30), 50_000) for hour in range(6, 18) if hour != 9]
    database(requests, spans + forgotten, path=str(path)).close()
    return path


@pytest.fixture(scope="module")
def one_trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A save that makes many small queries and a call to a service whose clock is late; and requests without spans."""
    path = tmp_path_factory.mktemp("trace") / "trace.duckdb"
    row, server = served(SAVE, 1.0, 240, status=503)
    server |= {"trace_id": TRACE, "span_id": "a" * 16}
    row |= {"trace_id": TRACE, "span_id": "a" * 16}
    view = below(server, "save", 1.004, 230, span_id="b" * 16)
    call = below(view, "POST", 1.150, 70, kind="CLIENT", category="external", span_id="c" * 16)
    theirs = below(
        call,
        "POST /grade",
        0.020,
        60,
        kind="SERVER",
        category="server",
        service="grader",
        instance="g:1",
        span_id="d" * 16,
    )
    spans = [
        server, view, call, theirs,
        statement(view, "SELECT title FROM exam WHERE id = ?", 1.010, 12, db_table="exam", db_rows=1, span_id="e" * 16),
        *(
            statement(view, "SELECT text FROM answer WHERE id = ?", 1.025 + i * 0.005, 5, db_table="answer", db_rows=1, span_id=f"{i:016x}")
            for i in range(22)
        ),
        below(server, "lost", 1.230, 5, parent_span_id="f" * 16, span_id="9" * 16, status="ERROR"),
    ]  # fmt: skip
    bare = [
        request(SAVE, 2.0, 900, client="bob", seq=900), request(SAVE, 3.0, None, client=None, seq=901),
        request(SAVE, 4.0, 20, aborted=True, status=None, seq=902), request(f"GET {HOSTILE}", 5.0, 20, trace_id="b" * 32, seq=903),
    ]  # fmt: skip
    database([row, *bare], spans, path=str(path)).close()
    return path


ON_THE_DAY: list[tuple[str, int, list[str]]] = [
    ("around.txt", 120, ["around", "09:40"]),
    ("around_narrow.txt", 80, ["around", "09:40", "--limit", "1"]),
    ("around_quiet.txt", 120, ["around", "11:23"]),
    ("around_berlin.txt", 120, ["around", "11:40", "--timezone", "Europe/Berlin", "--length", "2m"]),
    ("around.json", 80, ["around", "2026-09-22T09:40:00Z", "--format", "json"]),
    ("around.csv", 80, ["around", "09:40", "--format", "csv"]),
    ("jobs.txt", 120, ["jobs"]),
    ("jobs_wide.txt", 200, ["jobs", "--timezone", "Asia/Kolkata"]),
    ("jobs.json", 80, ["jobs", "--format", "json"]),
    ("jobs.csv", 80, ["jobs", "--format", "csv"]),
]
ON_THE_TRACE: list[tuple[str, int, list[str]]] = [
    ("breakdown.txt", 100, ["breakdown", SAVE]),
    ("breakdown.json", 80, ["breakdown", SAVE, "--format", "json"]),
    ("breakdown.csv", 80, ["breakdown", SAVE, "--format", "csv"]),
    ("slowest.txt", 80, ["slowest", SAVE]),
    ("slowest.json", 80, ["slowest", SAVE, "--format", "json"]),
    ("slowest.csv", 80, ["slowest", SAVE, "--format", "csv", "--limit", "2"]),
    ("trace.txt", 120, ["trace", TRACE]),
    ("trace_narrow.txt", 60, ["trace", TRACE[:6], "--limit", "4"]),
    ("trace.json", 80, ["trace", TRACE, "--format", "json"]),
    ("trace_explained.txt", 120, ["trace", TRACE, "--limit", "1", "--explain"]),
]


@pytest.mark.parametrize(("name", "columns", "arguments"), ON_THE_DAY)
def test_output_of_the_day_is_as_recorded(
    name: str, columns: int, arguments: list[str], hotspan: CommandLine, day: Path
) -> None:
    run = hotspan(*_with_source(arguments, day), columns=columns)
    assert (run.code, run.err) == (0, "")
    held_against(GOLDEN / name, run.out)


@pytest.mark.parametrize(("name", "columns", "arguments"), ON_THE_TRACE)
def test_output_of_the_trace_is_as_recorded(
    name: str, columns: int, arguments: list[str], hotspan: CommandLine, one_trace: Path
) -> None:
    run = hotspan(*_with_source(arguments, one_trace), columns=columns)
    assert (run.code, run.err) == (0, "")
    held_against(GOLDEN / name, run.out)


def _with_source(arguments: list[str], source: Path) -> list[str | Path]:
    """The source comes last among the arguments, before the options."""
    first_option = next((i for i, each in enumerate(arguments) if each.startswith("--")), len(arguments))
    return [*arguments[:first_option], source, *arguments[first_option:]]


def as_json(hotspan: CommandLine, *arguments: str | Path) -> dict[str, Any]:
    run = hotspan(*arguments, "--format", "json")
    assert run.code == 0, run.err
    found: dict[str, Any] = json.loads(run.out)
    return found


def test_around_0940_names_statement_table_rows_job_and_that_it_recurs(hotspan: CommandLine, day: Path) -> None:
    found = as_json(hotspan, "around", "09:40", day)
    (update,) = (each for each in found["writes"] if each["db_table"] == "student")
    assert (update["name"], update["db_operation"], update["db_rows"]) == (UPDATE, "UPDATE", 15)
    assert (update["made_by"], update["recurs"], update["record_rows"]) == (JOB, True, True)
    assert {each["job"]: each["missed"] for each in found["scheduled"]} == {JOB: 0, "count seats": 1}
    told = hotspan("around", "09:40", day, columns=1000).out
    assert f"{UPDATE} changed 15 rows in student, by {JOB}; never more than 1" in told
    assert f"{JOB} recurs at :40: in 11 of 11 other hours" in told
    assert "count seats (every 60.0 min at :40) was due and did not run." in told


@pytest.mark.parametrize(
    ("keys", "row_type"),
    [
        (["breakdown", "parts"], Part), (["breakdown", "calls"], Call), (["slowest", "requests"], SlowRequest),
        (["trace", "spans"], WaterfallSpan), (["jobs", "jobs"], Job), (["jobs", "overlaps"], Overlap),
        (["around", "writes"], Activity), (["around", "scheduled"], Job),
    ],
)  # fmt: skip
def test_json_has_every_column_and_the_module_says_so(
    keys: list[str], row_type: type[Row], hotspan: CommandLine, day: Path, one_trace: Path
) -> None:
    command, rows = keys
    asked = {"breakdown": SAVE, "slowest": SAVE, "trace": TRACE, "around": "09:40"}
    source = day if command in ("jobs", "around") else one_trace
    found = as_json(hotspan, command, *([asked[command]] if command in asked else []), source)
    names = [each.name for each in columns_of(row_type)]
    assert list(found[rows][0]) == names
    documented = __import__(f"hotspan_cli.{command}", fromlist=["command"]).__doc__ or ""
    assert all(f'"{name}"' in documented for name in found)
    assert rows == "scheduled" or all(f'"{name}"' in documented for name in names)


def test_the_numbers_are_those_of_the_library(hotspan: CommandLine, day: Path, one_trace: Path) -> None:
    traces = open_traces(one_trace)
    assert as_json(hotspan, "breakdown", SAVE, one_trace) == json.loads(json.dumps(traces.breakdown(SAVE).as_dict()))
    assert as_json(hotspan, "trace", TRACE, one_trace) == json.loads(json.dumps(traces.trace(TRACE).as_dict()))
    assert as_json(hotspan, "jobs", day) == json.loads(json.dumps(open_traces(day).jobs().as_dict()))


def test_csv_of_around_says_what_each_line_is(hotspan: CommandLine, day: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(hotspan("around", "09:40", day, "--format", "csv").out)))
    assert {row["what"] for row in rows} == {"writes", "jobs", "requests"}
    assert len({row["name"] for row in rows}) == len(rows)


@pytest.mark.parametrize(
    "arguments", [["breakdown", SAVE], ["slowest", SAVE], ["trace", TRACE], ["jobs"], ["around", "14:13:22"]]
)
def test_the_query_shown_runs_in_a_shell(arguments: list[str], hotspan: CommandLine, one_trace: Path) -> None:
    import duckdb

    run = hotspan(*arguments, one_trace, "--sql")
    assert (run.code, run.err) == (0, "")
    with duckdb.connect(one_trace, read_only=True) as connection:
        for part in duckdb.extract_statements(run.out):
            connection.execute(part)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["trace", "zz"], "'zz' is no trace id; copy one, or its first digits, from `hotspan slowest`"),
        (["trace", "ffffffff"], "no trace begins with ffffffff; `hotspan slowest ENDPOINT` lists those there are"),
        (["around", "25:99"], "'25:99' is no time of day; write it as 09:40 or 09:40:30"),
        (["around", "yesterday"], "'yesterday' is no moment; write 09:40, 2026-03-01 or 2026-03-01T09:40:00Z"),
        (["around", "03:00"], "2026-09-21T03:00:00Z is outside of the data, which reach from 2026-09-21T14:13:21Z"),
        (["around", "14:13:22", "--length", "1h"], "a stretch of more than 30m cannot be told from the hour around it"),
        (["jobs", "--timezone", "Mars/Olympus"], "'Mars/Olympus' is no time zone; write it like Europe/Berlin or UTC."),
        (["jobs", "--timezone", "../../etc/passwd"], "is no time zone"),
        (["slowest", SAVE, "--status", "9xx"], "status '9xx' does not exist"),
        (["breakdown", SAVE, "--window", "5m", "--from", "09:40"], "--window is the last stretch of the data"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: list[str], said: str, hotspan: CommandLine, one_trace: Path
) -> None:
    run = hotspan(*_with_source(arguments, one_trace))
    assert (run.code, run.out) == (2, "")
    assert said in run.err
    assert run.err.count("\n") == 1


@pytest.mark.parametrize("command", ["breakdown", "slowest", "trace", "around"])
def test_a_forgotten_argument_is_asked_for(command: str, hotspan: CommandLine) -> None:
    run = hotspan(command)
    assert run.code == 2
    assert "Missing argument" in run.err


def test_an_unknown_endpoint_is_no_error_and_says_where_to_look(hotspan: CommandLine, one_trace: Path) -> None:
    for command in ("breakdown", "slowest"):
        run = hotspan(command, "GET /nothing", one_trace, columns=120)
        assert run.code == 0
        assert "Nothing of GET /nothing started in this window; `hotspan top` lists the endpoints that did." in run.out
    assert as_json(hotspan, "slowest", "GET /nothing", one_trace)["requests"] == []


def test_an_endpoint_without_spans_says_so(hotspan: CommandLine, one_trace: Path) -> None:
    run = hotspan("breakdown", SAVE, one_trace, "--from", "14:13:22", columns=120)
    assert "3 requests of PUT /answers/{id}, but none has spans: nothing is known of their inside." in run.out


def test_no_jobs_and_an_empty_minute_are_said(hotspan: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "quiet.duckdb"
    database([request("GET /", 0, 10), request("GET /", 300, 10)], path=str(path)).close()
    assert "No job started in this window." in hotspan("jobs", path).out
    run = hotspan("around", "14:15", path)
    assert "Nothing is unusual here" in run.out
    assert "Nothing ran then." in run.out


def test_hostile_names_reach_no_terminal(hotspan: CommandLine, one_trace: Path, tmp_path: Path) -> None:
    path = tmp_path / "hostile.duckdb"
    row, server = served(f"GET {HOSTILE}", 0, 100)
    job = span(HOSTILE, 0, 100)
    spans = [server, statement(server, f"UPDATE {HOSTILE}", 0.01, 10, db_table=HOSTILE), job]
    database([row], spans, path=str(path)).close()
    for arguments in (
        ["breakdown", f"GET {HOSTILE}"],
        ["slowest", f"GET {HOSTILE}"],
        ["trace", row["trace_id"]],
        ["jobs"],
        ["around", "14:13:20"],
    ):
        for output in ("table", "json", "csv"):
            run = hotspan(*arguments, path, "--format", output)
            assert run.code == 0, run.err
            assert "\x1b" not in run.out
            assert "\u202e" not in run.out


def test_several_services_are_told_apart(hotspan: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "two.duckdb"
    spans = [span("sync", hour * 3600, 10, service=name) for hour in range(5) for name in ("a", "b")]
    database([], spans, path=str(path)).close()
    assert "Service" in hotspan("jobs", path).out
    assert [job["service"] for job in as_json(hotspan, "jobs", path, "--service", "b")["jobs"]] == ["b"]


def test_other_days_with_this_time_are_pointed_out(hotspan: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "days.duckdb"
    database([request("GET /", clock(9 + 24 * day, 40), 10) for day in range(-3, 1)], path=str(path)).close()
    run = hotspan("around", "09:40", path, columns=120)
    assert "Tuesday 2026-09-22 09:40:00 to 09:41:00 UTC" in run.out
    assert "3 other days have this time too: give its date to mean another." in run.out
    assert "Sunday 2026-09-20" in hotspan("around", "2026-09-20T09:40", path, columns=120).out
