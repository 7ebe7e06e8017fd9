"""Tables: what a click means when the data have moved, and how cells are written."""

from dataclasses import dataclass
from typing import Any

import pytest

from hotspan_analysis.results import column
from hotspan_dashboard import tables
from hotspan_dashboard.tables import Shown


@dataclass(frozen=True)
class Thing:
    """A row of a table."""

    name: str = column("Name", "what it is called [or *not*]")
    share: float | None = column("Share", "part / all", "0-1")
    mean_ms: float = column("Mean", "time / things", "ms")


def state(monkeypatch: pytest.MonkeyPatch, **values: Any) -> None:
    monkeypatch.setattr("streamlit.session_state", values)


@pytest.mark.parametrize("selection", [{"cells": [(1, "Name")], "rows": []}, {"cells": [], "rows": [1]}, {"rows": [1]}])
def test_a_click_means_the_row_that_was_drawn_there(monkeypatch: pytest.MonkeyPatch, selection: dict[str, Any]) -> None:
    picked: list[Any] = []
    state(monkeypatch, things={"selection": selection}, **{"things:rows": ["a", "b", "c"]})
    tables._resolve("things", picked.append)
    assert picked == ["b"]


def test_a_click_below_the_last_row_means_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    picked: list[Any] = []
    state(monkeypatch, things={"selection": {"cells": [(7, "Name")]}}, **{"things:rows": ["a"]})
    tables._resolve("things", picked.append)
    assert picked == []


def test_cells_have_the_digits_a_person_compares() -> None:
    row = Thing("\x1b[31mred\u202e" + "x" * 9000, 0.12345, 1234.567)
    assert tables._cell(Shown("mean_ms", "Mean", "ms"), row) == 1235
    assert tables._cell(Shown("mean_ms", "Mean", "ms"), Thing("a", None, 0.0123456)) == 0.0123
    assert tables._cell(Shown("share", "Share", "bar"), row) == 12.3
    assert tables._cell(Shown("share", "Share", "percent"), Thing("a", None, 1)) is None
    text = tables._cell(Shown("name", "Name", "name"), row)
    assert text.startswith(r"\x1b[31mred\u202exxx")
    assert len(text) < 200


def test_formulas_are_written_as_they_are() -> None:
    assert tables._plain("a * b [c] $d$ :e:") == r"a \* b \[c\] \$d\$ \:e\:"
