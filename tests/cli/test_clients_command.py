import json
from pathlib import Path

import pytest

from command_line import CommandLine, held_against
from hotspan_analysis import open_traces
from traces import number

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize(
    ("name", "columns", "arguments"),
    [
        ("clients.txt", 80, []),
        ("clients_wide.txt", 180, ["--limit", "3"]),
        ("clients.json", 80, ["--format", "json", "--limit", "2"]),
        ("clients_nobody.txt", 80, ["--service", "nobody"]),
    ],
)
def test_output_is_as_recorded(
    name: str, columns: int, arguments: list[str], hotspan: CommandLine, incident: Path
) -> None:
    run = hotspan("clients", incident, *arguments, columns=columns)
    assert (run.code, run.err) == (0, "")
    held_against(GOLDEN / name, run.out)


def test_json_is_what_the_library_answers(hotspan: CommandLine, incident: Path) -> None:
    found = json.loads(hotspan("clients", incident, "--format", "json", "--sort", "duplicates").out)
    assert set(found) == {"window", "sort", "clients", "warnings"}
    assert found["clients"] == open_traces(incident).clients(sort="duplicates").as_dicts()


def test_the_id_in_the_table_finds_the_clients_endpoints(hotspan: CommandLine, incident: Path) -> None:
    client = f"{number('bot'):016x}"[:8]
    assert client in hotspan("clients", incident).out
    found = json.loads(hotspan("top", incident, "--client", client, "--format", "json").out)
    assert [row["endpoint"] for row in found["endpoints"]] == ["GET /flaky"]


def test_the_clients_of_one_endpoint(hotspan: CommandLine, incident: Path) -> None:
    found = json.loads(hotspan("clients", incident, "--endpoint", "GET /flaky", "--format", "json").out)
    assert [row["client"] for row in found["clients"]] == [f"{number('bot'):016x}"]


def test_an_agent_cannot_reach_the_terminal(hotspan: CommandLine, incident: Path) -> None:
    out = hotspan("clients", incident, columns=250).out
    assert "\\x1b]0;owned\\x07" in out
    assert "\x1b" not in out
