"""docs/schemas: what each command prints as JSON is what its schema says, and the schema says it strictly."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

import hotspan_cli
from command_line import CommandLine, command_called
from hotspan_analysis.activity import Activity
from hotspan_analysis.breakdown import Call, Part
from hotspan_analysis.check import Outcome
from hotspan_analysis.clients import Client
from hotspan_analysis.compare import Change
from hotspan_analysis.data_warnings import DataWarning
from hotspan_analysis.endpoints import Endpoint
from hotspan_analysis.jobs import Job, Overlap
from hotspan_analysis.losses import Loss
from hotspan_analysis.mechanisms import Mechanism
from hotspan_analysis.results import Row, columns_of
from hotspan_analysis.slowest import SlowRequest
from hotspan_analysis.storm_results import Finding, Incident, Storm
from hotspan_analysis.timeline import Bucket
from hotspan_analysis.waterfall import WaterfallSpan
from hotspan_analysis.what_if_results import Advice, Fit, Scenario
from hotspan_cli.main import COMMANDS

ROOT = Path(hotspan_cli.__file__).parents[2]
SCHEMAS = sorted((ROOT / "docs/schemas").glob("*.json"))
SAMPLES = ROOT / "sample_traces"
INCIDENT, HOURLY = SAMPLES / "exam_incident.duckdb", SAMPLES / "hourly_job.jsonl.gz"
SAVE = "PUT /tests/{test_id}/sections/{section_id}"
SOMETIMES = "percentile_error"
"""The one field that is there only when there is something to say."""
NOTHING = ("--from", "2020-01-01", "--to", "2020-01-02")


@cache
def schema_of(command: str) -> Any:
    return json.loads((ROOT / f"docs/schemas/{command}.json").read_text(encoding="utf-8"))


def faults(command: str, printed: Any) -> list[ValidationError]:
    return list(Draft202012Validator(schema_of(command)).iter_errors(printed))


def printed_by(hotspan: CommandLine, command: str, *arguments: str | Path) -> Any:
    run = hotspan(command, *arguments, "--format", "json")
    assert run.code == 0 or (command, run.code) == ("check", 1), run.err
    return json.loads(run.out)


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("top", [INCIDENT]), ("top", [INCIDENT, *NOTHING]), ("top", [INCIDENT, "--window", "1m"]),
        ("timeline", [INCIDENT]), ("timeline", [INCIDENT, "--client", "da4b"]),
        ("clients", [INCIDENT]), ("clients", [INCIDENT, *NOTHING]),
        ("storms", [INCIDENT]), ("storms", [SAMPLES / "exam_fixed.jsonl.gz"]),
        ("what-if", [INCIDENT]), ("what-if", [SAMPLES / "exam_fixed.jsonl.gz"]),
        ("compare", [INCIDENT, SAMPLES / "exam_fixed.jsonl.gz"]),
        ("breakdown", [SAVE, INCIDENT]), ("breakdown", ["sync roster", HOURLY]), ("breakdown", [SAVE, INCIDENT, *NOTHING]),
        ("slowest", [SAVE, INCIDENT]), ("slowest", [SAVE, INCIDENT, *NOTHING]),
        ("jobs", [HOURLY]), ("jobs", [SAMPLES / "healthy_day.jsonl.gz"]),
        ("around", ["09:40", HOURLY, "--timezone", "UTC"]), ("around", ["09:39", INCIDENT, "--timezone", "UTC"]),
        ("check", [INCIDENT, "--no-storms", "--max-p95", "300ms"]),
        ("query", ["select route, count(*) from requests group by all", INCIDENT]), ("query", ["select 1 limit 0", INCIDENT]),
    ],
    ids=str,
)  # fmt: skip
def test_what_a_command_prints_on_the_samples_is_what_its_schema_says(
    command: str, arguments: list[str | Path], hotspan: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert faults(command, printed_by(hotspan, command, *arguments)) == []


@pytest.mark.parametrize("command", ["top", "timeline", "clients", "storms", "jobs"])
def test_rows_with_all_that_can_be_missing_are_what_the_schema_says(
    command: str, hotspan: CommandLine, incident: Path
) -> None:
    assert faults(command, printed_by(hotspan, command, incident)) == []


def test_a_trace_is_what_its_schema_says(hotspan: CommandLine) -> None:
    slowest = printed_by(hotspan, "slowest", SAVE, INCIDENT, "--limit", "1")
    trace = printed_by(hotspan, "trace", slowest["requests"][0]["trace_id"], INCIDENT)
    assert trace["spans"]
    assert faults("trace", trace) == []


def test_an_import_is_what_its_schema_says(hotspan: CommandLine, tmp_path: Path) -> None:
    log, other = tmp_path / "access.log", tmp_path / "notes.txt"
    log.write_text('198.51.100.7 - - [02/Mar/2026:09:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "b" 0.1\nnoise\n')
    other.write_text("Milk, eggs\n")
    for _ in range(2):  # the second time it is there already
        run = hotspan("import", log, HOURLY, other, "--into", tmp_path / "store", "--format", "json")
        assert run.code == 2, run.err  # notes.txt is no trace, and that is said
        assert faults("import", json.loads(run.out)) == []


def test_a_field_with_another_name_is_a_fault(hotspan: CommandLine) -> None:
    printed = printed_by(hotspan, "top", INCIDENT)
    printed["endpoints"][3]["p95"] = printed["endpoints"][3].pop("p95_ms")
    missing, unknown = sorted(error.message for error in faults("top", printed))
    assert missing == "'p95_ms' is a required property"
    assert "'p95' was unexpected" in unknown


def objects_in(schema: Any) -> Iterator[dict[str, Any]]:
    """Each part of the schema that describes an object with fields."""
    if isinstance(schema, dict):
        if "properties" in schema and schema.get("type") == "object":
            yield schema
        for part in schema.values():
            yield from objects_in(part)


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.stem)
def test_every_schema_is_one_and_knows_every_field_and_no_other(path: Path) -> None:
    schema = schema_of(path.stem)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for part in objects_in(schema):
        assert part["additionalProperties"] is False
        assert part["required"] == [name for name in part["properties"] if name != SOMETIMES]


@pytest.mark.parametrize(
    ("command", "name", "row"),
    [
        ("top", "endpoint", Endpoint), ("top", "warning", DataWarning), ("top", "loss", Loss), ("timeline", "bucket", Bucket),
        ("clients", "client", Client), ("storms", "storm", Storm), ("storms", "incident", Incident),
        ("storms", "finding", Finding), ("compare", "change", Change), ("breakdown", "part", Part), ("breakdown", "call", Call),
        ("slowest", "request", SlowRequest), ("trace", "span", WaterfallSpan), ("jobs", "job", Job), ("jobs", "overlap", Overlap),
        ("around", "activity", Activity), ("around", "job", Job), ("check", "outcome", Outcome),
        ("what-if", "scenario", Scenario), ("what-if", "fit", Fit), ("what-if", "advice", Advice),
    ],
)  # fmt: skip
def test_every_field_is_described_as_it_explains_itself(command: str, name: str, row: type[Row]) -> None:
    described = {field: each["description"] for field, each in schema_of(command)["$defs"][name]["properties"].items()}
    for column in columns_of(row):
        unit = f"; unit: {column.unit}" if column.unit and "ISO" not in column.unit else ""
        assert described[column.name] == column.formula + unit


def test_the_mechanisms_are_those_of_the_code() -> None:
    assert schema_of("storms")["$defs"]["storm"]["properties"]["mechanism"]["enum"] == list(get_args(Mechanism))


def test_every_command_that_prints_json_has_a_schema_and_the_page_leads_to_it() -> None:
    page = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    printing = {
        name for name in COMMANDS if "--format" in {o for each in command_called(name).params for o in each.opts}
    }
    assert {path.stem for path in SCHEMAS} == printing
    assert [name for name in sorted(printing) if f"(schemas/{name}.json)" not in page] == []
