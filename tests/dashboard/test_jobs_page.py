"""Jobs: rhythm, what is due, and what is wrong with them."""

from pathlib import Path

import pytest

from dashboards import Page
from traces import database, request, span


def test_jobs_with_their_rhythm_and_what_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spans = [span("sync roster", 60 * minute, 1000 + 50 * minute) for minute in range(40) if minute not in (7, 8)]
    spans += [span("long", at, 5000) for at in (60.5, 62, 1200.5)]
    path = tmp_path / "jobs.duckdb"
    database([request(at=3000)], spans, path=str(path)).close()
    page = Page(monkeypatch, path, "jobs")
    table = page.table("jobs").set_index("Job")
    assert table["Every"]["sync roster"] == "60.0 s"
    assert table["Missed"]["sync roster"] == 2 + 10
    assert table["Every"]["long"] == "no rhythm"
    assert "sync roster is overdue: 10 runs should have started since the last one." in page.text
    assert "long ran over itself 1 time." in page.text
    assert "sync roster takes longer and longer" in page.text
    assert "Which run at the same time" in page.text


def test_a_click_opens_the_job(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, "jobs")
    page.test.session_state["jobs:opened"] = {"endpoint": "nightly clean-up", "service": "app"}
    page.run()
    assert page.test.title[0].value == "Endpoint"
    assert page.figures["Errors"] == "50.0%"
    assert "Jobs have no clients." in page.text


def test_without_jobs_it_says_what_one_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "none.duckdb"
    database([request()], path=str(path)).close()
    page = Page(monkeypatch, path, "jobs")
    assert "No job ran in this window." in page.text
    assert "start_as_current_span" in page.codes[0]
