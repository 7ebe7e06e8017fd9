"""Compare: two windows set against each other, and what ran at 09:40."""

from pathlib import Path

import pytest

from dashboards import Page
from hotspan_analysis import Window
from hotspan_analysis.window import iso
from hotspan_collector.errors import BadInputError
from hotspan_dashboard.pages.compare import meant
from hotspan_dashboard.view import View
from school_day import UPDATE, school_day
from traces import database, ns

SAVE = "PUT /tests/{test_id}/sections/{section_id}"
GOOD = Window(ns(0), ns(60))
BAD = Window(ns(60), ns(120))


def written(window: Window) -> str:
    return f"{iso(window.from_ns)}/{iso(window.to_ns)}"


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A school day from 07:00 to 13:00."""
    path = tmp_path_factory.mktemp("day") / "day.duckdb"
    requests, spans = school_day(7, 13)
    database([row | {"seq": n} for n, row in enumerate(requests)], spans, path=str(path)).close()
    return path


def test_two_windows_of_the_address(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, "compare", range=written(BAD), before=written(GOOD))
    assert "2026-09-21 14:13:20 to 14:14:20 UTC (60.0 s)" in page.text
    assert "2026-09-21 14:14:20 to 14:15:20 UTC (60.0 s)" in page.text
    assert "1 got worse" in page.text
    assert f"Worst: {SAVE}." in page.text
    table = page.table("changes")
    assert (table["Endpoint"][0], table["Verdict"][0]) == (SAVE, "regressed")
    assert len(page.charts()) == 1


def test_all_of_the_data_is_compared_half_with_half(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, "compare")
    assert "2026-09-21 14:13:20 to 14:14:21 UTC" in page.text
    assert "got worse" in page.text


def test_the_stretch_before_and_yesterday_are_a_click(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, "compare", range=written(BAD))
    page.test.button(key="before:The stretch just before").click()
    page.run()
    assert page.test.text_input(key="before").value == written(GOOD)
    page.test.button(key="before:Same time yesterday").click()
    assert "2026-09-20 14:14:20 to 14:15:20 UTC" in page.run().text
    assert "are new" in page.text


def test_a_moment_with_a_length_around_it(incident: Path) -> None:
    view = View(window=GOOD, data=Window(ns(0), ns(120)), zone=None, live=False, as_of=0)
    assert meant("2026-09-21T14:14:20Z ± 5 min", view) == Window(ns(-240), ns(360))
    assert meant("2026-09-21T14:14:20Z +/- 30s", view) == Window(ns(30), ns(90))
    assert meant("2026-09-21T14:14:20Z+-1m", view) == Window(ns(0), ns(120))
    assert meant(written(GOOD), view) == GOOD
    with pytest.raises(BadInputError):
        meant("09:40 ± soon", view)


def test_what_ran_at_0940_names_the_update(monkeypatch: pytest.MonkeyPatch, day: Path) -> None:
    page = Page(monkeypatch, day, "compare", at="2026-09-22T09:40:00Z")
    assert f"{UPDATE} changed 15 rows; at most 1 in any other hour." in page.text
    assert "Database writes: 2" in page.text
    assert page.table("By")["By"][0] == "sync roster"
    assert "Every request and job of it, side by side" in page.text
    assert len(page.charts()) == 2


@pytest.mark.parametrize("moment", ["2020-01-01T00:00:00Z", "soon"])
def test_a_moment_that_is_not_there_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, day: Path, moment: str) -> None:
    page = Page(monkeypatch, day, "compare", at=moment)
    assert "is outside of the data" in page.text or "is no moment" in page.text
    assert "What changed" in page.text


def test_nothing_in_either_window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    database(path=str(path)).close()
    page = Page(monkeypatch, path, "compare")
    assert "Nothing started in either window." in page.text
