import csv
import datetime
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import command_line
from command_line import CommandLine
from hotspan_cli.query import plain

COUNT = "select method, count(*) as requests from requests group by all order by method"


def test_json_is_a_list_of_objects(hotspan: CommandLine, incident: Path) -> None:
    run = hotspan("query", COUNT, incident, "--format", "json")
    assert (run.code, json.loads(run.out)) == (
        0,
        [{"method": "GET", "requests": 186}, {"method": "PUT", "requests": 240}],
    )


def test_csv(hotspan: CommandLine, incident: Path) -> None:
    run = hotspan("query", COUNT, incident, "--format", "csv")
    assert list(csv.reader(io.StringIO(run.out))) == [["method", "requests"], ["GET", "186"], ["PUT", "240"]]


def test_a_table(hotspan: CommandLine, incident: Path) -> None:
    assert hotspan("query", COUNT, incident).out.splitlines() == [
        "method  requests",
        "GET          186",
        "PUT          240",
        "2 rows",
    ]


def test_no_rows_still_have_columns(hotspan: CommandLine, incident: Path) -> None:
    nothing = "select route, status from requests where false"
    assert hotspan("query", nothing, incident, "--format", "csv").out == "route,status\n"
    assert hotspan("query", nothing, incident, "--format", "json").out == "[]\n"
    assert hotspan("query", nothing, incident).out.splitlines()[0] == "route  status"


def test_in_a_process_of_its_own(incident: Path) -> None:
    run = command_line.hotspan("query", "select 40 + 2 as answer", str(incident), "--format", "json")
    assert (run.code, run.err, json.loads(run.out)) == (0, "", [{"answer": 42}])


def test_a_hostile_value_is_shown_and_never_obeyed(hotspan: CommandLine, incident: Path) -> None:
    out = hotspan("query", "select route from requests where route like '/x%'", incident).out
    assert "\\x1b[31m[bold]red[/bold]\\u202egnp\\n" in out
    assert "\x1b" not in out


@pytest.mark.parametrize(
    "sql", ["drop table requests", "copy requests to 'x.csv'", "from read_text('/etc/hostname')", "selec"]
)
def test_what_is_refused_is_one_line(sql: str, hotspan: CommandLine, incident: Path) -> None:
    run = hotspan("query", sql, incident)
    assert (run.code, run.out, run.err.count("\n")) == (2, "", 1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (1.5, 1.5),
        (float("inf"), None),
        (2**63, 2**63),
        (Decimal("1.25"), 1.25),
        (datetime.datetime(2026, 9, 21, 14, 13, 20, tzinfo=datetime.UTC), "2026-09-21T14:13:20+00:00"),
        (datetime.timedelta(minutes=1.5), 90.0),
        (b"\x00\xff", "AP8="),
        ({"a": [1, (2, float("nan"))]}, {"a": [1, [2, None]]}),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ],
)
def test_values_as_json_can_hold_them(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    json.dumps(plain(value))
