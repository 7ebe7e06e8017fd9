"""The Overview as a person reads it: the finding, the figures, the ranking; and what it says when there is nothing."""

import re
from pathlib import Path
from typing import Any

import pytest
import streamlit as st

import stores
from command_line import HOSTILE
from dashboards import Page
from hotspan_analysis import Traces, rolling_up, rollups
from hotspan_dashboard.names import shown
from hotspan_dashboard.pages import overview
from traces import database, request, span

SAVE = "PUT /tests/{test_id}/sections/{section_id}"


def recording(path: Path, rows: list[dict[str, Any]]) -> Path:
    database([row | {"seq": number} for number, row in enumerate(rows)], path=str(path)).close()
    return path


def test_the_storm_is_the_first_thing_said(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident)
    assert f"Retry storm: 5 clients sent 180 requests to {SAVE} for what needed 60 (timer)." in page.text
    assert page.figures["Duplicates"] == "28.2%"
    assert page.figures["In flight"] == "10"
    assert "2026-09-21 14:13:20 to 14:15:22 UTC (2.03 min)" in page.text
    assert "Dropped on the way in: 12 rows of requests (buffer_full)." in page.text
    assert not page.charts()


def test_the_table_is_ranked_as_the_address_says(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    assert Page(monkeypatch, incident).table("ranked")["Endpoint"][0] == SAVE
    assert Page(monkeypatch, incident, rank="Errors").table("ranked")["Endpoint"][0] == "GET /flaky"
    assert Page(monkeypatch, incident, rank="Slowest").table("ranked")["Endpoint"][0] == "GET /open"
    nonsense = Page(monkeypatch, incident, rank="'; drop table requests")
    assert nonsense.table("ranked")["Endpoint"][0] == SAVE


def test_another_order_another_kind_and_a_filter(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident)
    page.test.segmented_control(key="rank").set_value("throughput")
    assert page.run().table("ranked")["Requests"].is_monotonic_decreasing
    page.test.segmented_control(key="kind").set_value("job")
    page.run()
    assert list(page.table("ranked")["Job"]) == ["nightly clean-up"]
    page.test.segmented_control(key="kind").set_value("web")
    page.test.text_input(key="filter").set_value("FLAKY")
    page.run()
    assert list(page.table("ranked")["Endpoint"]) == ["GET /flaky"]
    page.test.text_input(key="filter").set_value("nowhere")
    assert "Nothing here has that in its name." in page.run().text


def test_what_was_clicked_opens_with_its_name_in_the_address(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, window="1h")
    page.test.session_state["ranked:opened"] = {"endpoint": "GET /pay", "service": "shop"}
    page.run()
    assert (page.query["endpoint"], page.query["service"]) == ("GET /pay", "shop")
    assert page.test.title[0].value == "Endpoint"
    assert page.figures["Slowest"] == "40.0 ms"


def test_hostile_names_are_shown_letter_by_letter(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident)
    names = list(page.table("ranked")["Endpoint"])
    assert shown(f"GET {HOSTILE}") in names
    assert not any("\x1b" in name or "\u202e" in name for name in names)


def test_of_much_it_reads_roll_ups_and_says_where_it_looked_for_storms(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [request("GET /a", at=at * 60, ms=100 + at % 50) for at in range(600)]
    stores.seal(tmp_path, rows, [span("nightly", at=7, ms=100)])
    before = Page(monkeypatch, tmp_path)
    assert "Storms were looked for" not in before.text
    for name in ("LEAST_REQUESTS", "LEAST_STORED"):
        monkeypatch.setattr(rollups, name, 1)
    monkeypatch.setattr(rolling_up, "EDGE_ROWS", 2)
    monkeypatch.setattr(overview, "LOOKED_THROUGH", 100)
    for name in ("timeline", "trends"):  # whoever asks for what reads every row fails
        monkeypatch.setattr(Traces, name, None)
    st.cache_resource.clear()
    page = Page(monkeypatch, tmp_path)
    assert "Percentiles are within 1.0% of their value" in page.text
    told = re.search(
        r"Storms were looked for in the last (99\.\d min) of the window only, among some 100 of its 601", page.text
    )
    assert told, page.text[:900]
    assert f"No client repeats its requests in a storm in the last {told[1]}." in page.text
    same = ("Requests / min", "Errors", "Duplicates")
    assert [page.figures[name] for name in same] == [before.figures[name] for name in same]
    assert page.figures["In flight"] == "<0.01"
    assert sum(sum(each) for each in page.table("ranked")["Over time"]) == pytest.approx(
        sum(sum(each) for each in before.table("ranked")["Over time"])
    )


def test_a_window_without_requests_says_where_the_data_are(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, range="2026-01-01T00:00:00Z/2026-01-01T00:05:00Z")
    assert "Nothing started in this window. The data reach from 2026-09-21 14:13:20" in page.text
    assert page.codes == ["hotspan timeline"]


def test_a_window_that_is_none_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, range="yesterday")
    assert "'yesterday' is no length of time; write for example 90s, 15m, 2h, 1h30m or 7d" in page.text


def test_nothing_recorded_yet_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = Page(monkeypatch, recording(tmp_path / "empty.duckdb", []))
    assert "Nothing has been recorded yet." in page.text
    assert page.codes[-1] == "hotspan demo"


def test_a_store_that_is_missing_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOTSPAN_STORE", str(tmp_path / "none"))
    page = Page(monkeypatch, None)
    assert f"There is no store at {tmp_path / 'none'}: start an app with hotspan, or name another store." in page.text
    assert "hotspan demo && hotspan dashboard" in page.codes[0]
    gone = Page(monkeypatch, tmp_path / "gone.jsonl")
    assert "gone.jsonl does not exist" in gone.text


def test_one_request_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    page = Page(monkeypatch, recording(tmp_path / "one.duckdb", [request("GET /", ms=12.0)]))
    assert "GET / takes 100.0% of the time: 1 request, 12.0 ms on average." in page.text
    assert page.figures["p95"] == "12.0 ms"


def test_failing_endpoints_are_the_news_where_there_is_no_storm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [request("GET /ok", at=at, ms=100, client=f"c{at}") for at in range(20)]
    rows += [request("GET /bad", at=at, ms=1, status=503, client=f"c{at}") for at in range(20)]
    page = Page(monkeypatch, recording(tmp_path / "bad.duckdb", rows))
    assert "100.0% of 20 requests to GET /bad failed." in page.text


def test_of_5000_endpoints_the_first_hundred_are_sent_and_the_rest_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [request(f"GET /e{number}", at=number / 100, ms=1 + number / 10) for number in range(5000)]
    source = recording(tmp_path / "many.duckdb", rows)
    page = Page(monkeypatch, source)
    assert len(page.table("ranked")) == 100
    assert page.test.toggle(key="ranked-all").label == "Show all 5,000: 4,900 more with 96.0% of the time"
    assert len(Page(monkeypatch, source, **{"ranked-all": "true"}).table("ranked")) == 5000


def test_the_query_is_shown_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident)
    assert not page.codes
    page.test.session_state["overview:query"] = True
    page.run()
    assert "-- endpoints: one row per endpoint" in page.codes[0]
    assert f'-- hotspan query "…" {incident}' in page.codes[0]
