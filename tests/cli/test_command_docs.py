"""docs/commands.md says of every field what the code says of it."""

from pathlib import Path

import pytest

import hotspan_cli
from hotspan_analysis.activity import Activity
from hotspan_analysis.breakdown import Call, Part
from hotspan_analysis.check import Outcome
from hotspan_analysis.clients import Client
from hotspan_analysis.compare import Change
from hotspan_analysis.endpoints import Endpoint
from hotspan_analysis.jobs import Job, Overlap
from hotspan_analysis.results import Row, columns_of
from hotspan_analysis.slowest import SlowRequest
from hotspan_analysis.timeline import Bucket
from hotspan_analysis.totals import Total
from hotspan_analysis.waterfall import WaterfallSpan

PAGE = Path(hotspan_cli.__file__).parents[2].joinpath("docs/commands.md").read_text(encoding="utf-8")


def section(command: str) -> str:
    """The part of the page on one command."""
    return PAGE.partition(f"\n## hotspan {command}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("command", "row"),
    [
        ("top", Endpoint), ("timeline", Bucket), ("clients", Client), ("compare", Change), ("breakdown", Part),
        ("breakdown", Call), ("slowest", SlowRequest), ("trace", WaterfallSpan), ("jobs", Job), ("jobs", Overlap),
        ("around", Activity), ("check", Outcome),
    ],
)  # fmt: skip
def test_every_field_is_documented_as_it_explains_itself(command: str, row: type[Row]) -> None:
    for column in columns_of(row):
        assert f"| `{column.name}` | {column.unit} | {column.formula} |" in section(command)


def test_every_sum_is_documented() -> None:
    for name in Total.__dataclass_fields__:
        assert f"`{name}`" in section("top")


@pytest.mark.parametrize("command", ["query", "prune", "export"])
def test_commands_without_fields_are_documented_too(command: str) -> None:
    assert len(section(command)) > 200
