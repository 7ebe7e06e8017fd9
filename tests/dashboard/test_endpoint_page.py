"""The Endpoint page: what the address says is what is shown; brush, client, status and trace among it."""

from pathlib import Path

import pytest

from dashboards import Page
from hotspan_analysis import Window
from hotspan_analysis.clients import client_id
from hotspan_analysis.difference import Box
from hotspan_collector.errors import BadInputError
from hotspan_dashboard.parts import brush
from traces import database, ns, number, request, served, statement

SAVE = "PUT /tests/{test_id}/sections/{section_id}"
SLOW = Box(Window(ns(60), ns(120)), 1000.0, 5000.0)


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two endpoints with spans, one of which asks the database eleven times a request."""
    rows, spans = [], []
    for at in range(5):
        row, server = served("GET /slow", at, 900, client=f"c{at}")
        rows.append(row)
        spans.append(server)
        spans += [statement(server, "SELECT a FROM t WHERE b = ?", at + n / 100, 8) for n in range(11)]
    rows.append(request("GET /plain", at=2, ms=5))
    path = tmp_path_factory.mktemp("traced") / "traced.duckdb"
    database([row | {"seq": n} for n, row in enumerate(rows)], spans, path=str(path)).close()
    return path


def test_without_a_name_it_is_the_costliest(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, "endpoint")
    assert page.test.session_state["endpoint:chosen"] == ("app", SAVE)
    assert page.figures["Share of time"] == "98.1%"
    assert page.figures["Duplicates"] == "50.0%"
    assert len(page.charts()) >= 2
    assert len(page.table("clients")) == 5
    assert "Nothing is selected." in page.text


def test_the_address_names_the_endpoint(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, "endpoint", endpoint="GET /flaky", service="app")
    assert page.figures["Errors"] == "33.3%"
    assert page.table("slowest")["Status"].isin(["200", "503"]).all()


def test_one_that_is_not_there_says_so_and_offers_others(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, "endpoint", endpoint="GET /<b>gone</b>")
    assert "Nothing of GET /<b>gone</b> started in this window." in page.text
    assert "<b>" not in page.markup
    assert len(page.test.selectbox(key="endpoint:chosen").options) == 10


def test_choosing_another_one_forgets_what_belonged_to_the_first(
    monkeypatch: pytest.MonkeyPatch, incident: Path
) -> None:
    page = Page(
        monkeypatch, incident, "endpoint", endpoint=SAVE, service="app", status="2xx", brush=brush.written(SLOW)
    )
    page.test.selectbox(key="endpoint:chosen").set_value(("shop", "GET /pay"))
    page.run()
    assert page.query == {"service": "shop", "endpoint": "GET /pay"}
    assert page.figures["Slowest"] == "40.0 ms"


def test_a_rectangle_in_the_address_is_compared_with_the_rest(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, "endpoint", endpoint=SAVE, service="app", brush=brush.written(SLOW))
    assert "180 requests inside, 60 outside." in page.text
    assert "Slowest requests in the selection" in page.text
    shapes = [shape for chart in page.charts() for shape in chart["layout"].get("shapes", [])]
    assert [(shape["y0"], shape["y1"]) for shape in shapes] == [(1000.0, 5000.0)]
    page.test.button(key="clear").click()
    assert "Nothing is selected." in page.run().text
    assert "brush" not in page.query


def test_the_client_that_is_different_is_named_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = [request("GET /a", at=at, ms=20, client=f"c{at % 4}") for at in range(40)]
    rows += [request("GET /a", at=60 + at, ms=2000, client="slow") for at in range(5)]
    path = tmp_path / "one_client.duckdb"
    database([row | {"seq": n} for n, row in enumerate(rows)], path=str(path)).close()
    page = Page(monkeypatch, path, "endpoint", endpoint="GET /a", brush=brush.written(SLOW))
    client = client_id(number("slow"))
    assert f"Most different: client {client}, in 100.0% of the selected and 0.0% of the other requests." in page.text
    assert page.table("difference")["Value"][0] == client


@pytest.mark.parametrize("text", ["nonsense", "a/b/1/2", "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z/one/two", "///"])
def test_a_rectangle_that_is_none_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, incident: Path, text: str) -> None:
    with pytest.raises(BadInputError):
        brush.read(text)
    page = Page(monkeypatch, incident, "endpoint", brush=text)
    assert page.test.title[0].value == "Endpoint"
    assert "no rectangle of the heatmap" in page.text or "no moment" in page.text


def test_a_rectangle_is_read_as_it_was_written() -> None:
    assert brush.read(brush.written(SLOW)) == SLOW


def test_a_client_and_a_status_in_the_address_narrow_everything(
    monkeypatch: pytest.MonkeyPatch, incident: Path
) -> None:
    client = client_id(number("c1"))
    page = Page(monkeypatch, incident, "endpoint", endpoint=SAVE, service="app", client=client)
    assert f"Only client {client}." in page.text
    assert list(page.table("clients")["Requests"]) == [48]
    page.test.button(key="every:client").click()
    assert len(page.run().table("clients")) == 5
    flaky = Page(monkeypatch, incident, "endpoint", endpoint="GET /flaky", service="app", status="503")
    assert set(flaky.table("slowest")["Status"]) == {"503"}
    assert "Client 'zz' is no client id" in Page(monkeypatch, incident, "endpoint", client="zz").text


def test_the_parts_and_the_statements_of_an_endpoint_with_spans(monkeypatch: pytest.MonkeyPatch, traced: Path) -> None:
    page = Page(monkeypatch, traced, "endpoint")
    assert "5 of 5 requests have spans." in page.text
    assert page.table("Statement or call")["Statement or call"][0] == "SELECT a FROM t WHERE b = ?"
    assert page.table("Statement or call")["Calls per request"][0] == 11
    plain = Page(monkeypatch, traced, "endpoint", endpoint="GET /plain")
    assert "instrument its database" in plain.text


def test_the_trace_of_the_address_is_a_waterfall(monkeypatch: pytest.MonkeyPatch, traced: Path) -> None:
    page = Page(monkeypatch, traced, "endpoint")
    charts = len(page.charts())
    page.test.query_params["trace"] = "1"
    assert "'1' is no trace id" in page.run().text
    row, server = served("GET /x")
    assert row["trace_id"] == server["trace_id"]
    with database() as empty:
        empty.execute(f"attach '{traced}' as traced (read_only)")
        found = empty.execute("select trace_id from traced.requests where route = '/slow' limit 1").fetchone()
    assert found
    page.test.query_params["trace"] = found[0]
    page.run()
    assert f"Trace {found[0][:8]}" in page.text
    assert "12 spans" in page.text
    assert len(page.charts()) == charts + 1
    page.test.button(key="close").click()
    assert len(page.run().charts()) == charts


def test_an_empty_window_has_next_commands(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident, "endpoint", range="2026-01-01T00:00:00Z/2026-01-01T00:05:00Z")
    assert "Nothing started in this window." in page.text
