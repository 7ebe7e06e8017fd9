"""docs/commands.md says of every field what the code says of it."""

import re
from pathlib import Path

import click
import pytest

import hotspan_cli
from command_line import command_called
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
from hotspan_analysis.what_if_results import Advice, Fit, Scenario
from hotspan_cli.main import COMMANDS

ROOT = Path(hotspan_cli.__file__).parents[2]
PAGE = ROOT.joinpath("docs/commands.md").read_text(encoding="utf-8")
COMMON = {
    "--window", "--from", "--to", "--service", "--service-version", "--kind", "--endpoint", "--method", "--route",
    "--status", "--client", "--format", "--sort", "--limit", "--explain", "--sql",
}  # fmt: skip
"""Options that mean the same wherever they are, explained once, above the commands."""
UNSAID = {"--compact"}
"""What happens anyway; its opposite is explained."""
BETWEEN_US = {"HOTSPAN_", "HOTSPAN_DASHBOARD_SOURCES"}
"""Not for people: the beginning of all, and what `hotspan dashboard` tells the process it starts."""


def section(command: str) -> str:
    """The part of the page on one command."""
    return PAGE.partition(f"\n## hotspan {command}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize(
    ("command", "row"),
    [
        ("top", Endpoint), ("timeline", Bucket), ("clients", Client), ("compare", Change), ("breakdown", Part),
        ("breakdown", Call), ("slowest", SlowRequest), ("trace", WaterfallSpan), ("jobs", Job), ("jobs", Overlap),
        ("around", Activity), ("check", Outcome), ("what-if", Scenario), ("what-if", Fit), ("what-if", Advice),
    ],
)  # fmt: skip
def test_every_field_is_documented_as_it_explains_itself(command: str, row: type[Row]) -> None:
    for column in columns_of(row):
        assert f"| `{column.name}` | {column.unit} | {column.formula} |" in section(command)


def test_every_sum_is_documented() -> None:
    for name in Total.__dataclass_fields__:
        assert f"`{name}`" in section("top")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_each_of_its_options_is_documented(command: str) -> None:
    common = PAGE.partition("\n## hotspan ")[0]
    assert len(section(command)) > 200
    options = [each for each in command_called(command).params if isinstance(each, click.Option)]
    for name in (name for each in options for name in (*each.opts, *each.secondary_opts) if name.startswith("--")):
        told = common if name in COMMON else section(command)
        assert re.search(re.escape(name) + r"(?![\w-])", told) or name in UNSAID, f"{name} of hotspan {command}"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_line_that_completes_commands_is_documented(shell: str) -> None:
    assert f"_HOTSPAN_COMPLETE={shell}_source hotspan" in PAGE


def test_every_variable_of_the_environment_is_documented() -> None:
    pages = PAGE + "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
    code = [path for path in ROOT.glob("*/hotspan_*/**/*.py") if "hotspan_sample_traces" not in path.parts]
    read = {name for path in code for name in re.findall(r"HOTSPAN_[A-Z_]+\b", path.read_text(encoding="utf-8"))}
    assert [name for name in sorted(read - BETWEEN_US) if f"`{name}" not in pages] == []
