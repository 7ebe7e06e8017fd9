"""The rules file to begin with: it can be read, today's traces keep it, and no name can break out of it."""

import tomllib
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from hotspan_analysis import Traces, open_traces
from hotspan_analysis.proposed_rules import _key, _rounded_up
from hotspan_analysis.rules import Rules
from traces import database, ns, request


def traces(rows: list[dict[str, Any]]) -> Traces:
    return open_traces(database(rows), now_ns=ns(1000))


def busy(endpoint: str, ms: float, many: int = 120) -> list[dict[str, Any]]:
    return [request(endpoint, at=number, ms=ms + number % 7, client=f"c{number}") for number in range(many)]


def proposed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return tomllib.loads(traces(rows).proposed_rules())


def test_limits_leave_room_above_what_is_there() -> None:
    rules = proposed(busy("PUT /save", 200) + busy("GET /read", 10) + busy("GET /rare", 10, many=5))
    assert rules["no_storms"] is True
    assert rules["max_amplification"] == 1.2
    assert rules["max_error_rate"] == "1%"
    assert rules["max_p95"] == {"PUT /save": "310ms", "GET /read": "24ms"}
    assert rules["max_share"] == {"PUT /save": "100%", "GET /read": "15%"}


def test_the_traces_they_came_from_keep_them(incident: Path, tmp_path: Path) -> None:
    file = tmp_path / "hotspan.toml"
    found = open_traces(incident)
    file.write_text(found.proposed_rules(), encoding="utf-8")
    assert found.check(Rules.read(file)).broken == []


def test_what_is_beyond_reason_today_is_a_comment_that_says_so(incident: Path) -> None:
    text = open_traces(incident).proposed_rules()
    assert "\n# no_storms = true\n" in text
    assert "\n# max_amplification = 1.2\n" in text
    assert "# Now: 5 clients sent 180 requests" in text
    assert '\n# max_error_rate = "5%"\n' in text


def test_an_empty_source_proposes_what_anybody_may_ask() -> None:
    assert set(proposed([])) == {"no_storms", "max_amplification", "max_error_rate"}


@given(st.text(min_size=1))
@example('"\\\n\r\t\x00\x7f\u202e😀')
def test_any_name_is_a_key_that_reads_back(name: str) -> None:
    name = name.encode("utf-8", "replace").decode()
    assert tomllib.loads(f"{_key(name)} = 1") == {name: 1}


@given(st.floats(1e-3, 1e9))
def test_rounding_goes_up_and_not_far(value: float) -> None:
    assert value * (1 - 1e-6) <= float(_rounded_up(value)) <= value * 1.11
