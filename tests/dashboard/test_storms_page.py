"""Retry storms: who, since when, how, what speaks for it and against it, and what would fix it."""

from pathlib import Path

import pytest

from dashboards import Page
from traces import database, request

SAVE = "PUT /tests/{test_id}/sections/{section_id}"


def test_the_whole_story_is_on_the_page(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, "storms")
    assert f"5 clients sent 180 requests to {SAVE} for what needed 60 (timer)." in page.text
    assert "Since 2026-09-21 14:14:20" in page.text
    assert "Fix: Guard the call" in page.text
    assert page.figures["Clients"] == "5"
    assert page.figures["Amplification"] == "x3.00"
    assert "A timer that does not wait for the answer (timer)" in page.text
    assert "For it" in page.text
    assert "Against" in page.text
    assert len(page.table("storms")) == 5
    assert len(page.charts()) == 3


def test_the_client_of_the_address_is_the_one_whose_requests_are_drawn(
    monkeypatch: pytest.MonkeyPatch, incident: Path
) -> None:
    first = Page(monkeypatch, incident, "storms")
    other = str(first.table("storms")["Client"][3])
    full = first.test.session_state["storms:rows"][3].client
    page = Page(monkeypatch, incident, "storms", client=full)
    assert f"Client {other}, request by request" in page.text
    assert "Client none" not in Page(monkeypatch, incident, "storms", client="none").text


def test_of_several_incidents_the_address_names_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = []
    for route, start in (("/save", 0), ("/vote", 300)):
        rows += [request(f"PUT {route}", at=start - 100 + at * 10, ms=200, client="ann") for at in range(8)]
        rows += [request(f"PUT {route}", at=start + at, ms=9000, client="ann") for at in range(12)]
    path = tmp_path / "two.duckdb"
    database([row | {"seq": n} for n, row in enumerate(rows)], path=str(path)).close()
    page = Page(monkeypatch, path, "storms")
    assert page.test.selectbox(key="storms:chosen").label == "2 incidents"
    asked = Page(monkeypatch, path, "storms", service="app", endpoint="PUT /vote", since="long ago")
    assert "to PUT /vote for" in asked.sentences[1]
    other = 1 - asked.test.session_state["storms:chosen"]
    asked.test.selectbox(key="storms:chosen").set_value(other)
    asked.run()
    assert "to PUT /save for" in asked.sentences[1]
    assert asked.query["endpoint"] == "PUT /save"


def test_no_storm_is_good_news_and_what_else_repeats_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = [request("GET /poll", at=5 * at, ms=10, client="probe", agent="kube-probe") for at in range(60)]
    path = tmp_path / "polling.duckdb"
    database([row | {"seq": n} for n, row in enumerate(rows)], path=str(path)).close()
    page = Page(monkeypatch, path, "storms")
    assert "No client repeats its requests in a storm." in page.text
    assert list(page.table("Why")["Endpoint"]) == ["GET /poll"]


def test_nothing_recorded_and_nothing_in_the_window(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    database(path=str(path)).close()
    assert "Nothing has been recorded yet." in Page(monkeypatch, path, "storms").text
