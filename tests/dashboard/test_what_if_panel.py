"""What would fix it, below the story of an incident."""

from pathlib import Path

import pytest

from dashboards import Page
from traces import database, request
from what_if_models import CLASS, recorded, rows_of


@pytest.fixture(scope="module")
def class_(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The class of the story, recorded for ten minutes."""
    path = tmp_path_factory.mktemp("what_if_panel") / "class.duckdb"
    database(rows_of(recorded(CLASS)), path=str(path)).close()
    return path


def test_what_each_change_comes_to_and_what_to_do(monkeypatch: pytest.MonkeyPatch, class_: Path) -> None:
    page = Page(monkeypatch, class_, "storms", workers="0", fixed="true", faster="1.0")
    assert "its 10 clients can ask for" in page.text
    assert "again every 1.00 s" in page.text
    assert "1. in-flight guard" in page.text
    shown = page.table("Scenario")
    assert list(shown["Scenario"]) == ["observed", "as it was", "clients fixed"]
    assert shown["Requests"][2] < shown["Requests"][1] / 2
    assert list(shown["Verdict"]) == ["vulnerable", "vulnerable", "stable"]


def test_the_sliders_are_applied_together(monkeypatch: pytest.MonkeyPatch, class_: Path) -> None:
    page = Page(monkeypatch, class_, "storms", workers="0", fixed="true", faster="1.0")
    page.test.slider(key="workers").set_value(3)
    next(each for each in page.test.button if each.label == "Apply").click()
    page.run()
    expected = ["observed", "as it was", "clients fixed", "+3 workers", "clients fixed, +3 workers"]
    assert list(page.table("Scenario")["Scenario"]) == expected


def test_without_a_change_it_is_replayed_as_it_was(monkeypatch: pytest.MonkeyPatch, class_: Path) -> None:
    page = Page(monkeypatch, class_, "storms", workers="0", fixed="false", faster="1.0")
    assert list(page.table("Scenario")["Scenario"]) == ["observed", "as it was"]


def test_a_refusal_is_shown_with_its_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = [request("PUT /save", at=10.0 * turn, ms=200, client="ann") for turn in range(9)]
    rows += [request("PUT /save", at=100.0 + turn, ms=9000, client="ann") for turn in range(12)]
    path = tmp_path / "few.duckdb"
    database([row | {"seq": number} for number, row in enumerate(rows)], path=str(path)).close()
    page = Page(monkeypatch, path, "storms")
    assert "What would fix it?" in page.text
    assert "No answer: " in page.text
    assert not any("Scenario" in each.value.columns for each in page.test.dataframe)
