import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_line import CommandLine, held_against
from hotspan_analysis import open_traces
from hotspan_cli.timeline import BAR_CELLS, bar

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize(
    ("name", "columns", "arguments"),
    [
        ("timeline.txt", 80, ["--buckets", "10"]),
        ("timeline_wide.txt", 160, ["--endpoint", "PUT /tests/{test_id}/sections/{section_id}", "--buckets", "10"]),
        ("timeline.json", 80, ["--format", "json", "--buckets", "3"]),
        ("timeline.csv", 80, ["--format", "csv", "--buckets", "3"]),
    ],
)
def test_output_is_as_recorded(
    name: str, columns: int, arguments: list[str], hotspan: CommandLine, incident: Path
) -> None:
    run = hotspan("timeline", incident, *arguments, columns=columns)
    assert (run.code, run.err) == (0, "")
    held_against(GOLDEN / name, run.out)


def test_json_is_what_the_library_answers(hotspan: CommandLine, incident: Path) -> None:
    found = json.loads(hotspan("timeline", incident, "--format", "json").out)
    assert set(found) == {"window", "bucket_s", "buckets"}
    answer = open_traces(incident).timeline(buckets=30)
    assert found["bucket_s"] * 1e9 == answer.width_ns
    assert [
        {name: row[name] for name in row if name not in ("start", "end")} for row in found["buckets"]
    ] == answer.as_dicts()


@pytest.mark.parametrize(
    ("share", "text"), [(0, ""), (1e-9, "▏"), (0.5, "█" * (BAR_CELLS // 2)), (1, "█" * BAR_CELLS), (1 / 24, "▌")]
)
def test_a_bar(share: float, text: str) -> None:
    assert bar(share) == text


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_longer_bar_is_more(share: float, other: float) -> None:
    assert (len(bar(share)) <= len(bar(other))) or share > other
