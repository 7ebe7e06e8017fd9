"""The dashboard in a real browser: what a person reads and clicks. A request to another host fails the test."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import expect

import incidents
from chromium import opened
from dashboard_browser import CHART, TABLE, Scheme, asked, click_row, dashboard, drag, is_quiet
from incidents import HOSTILE_ROUTE, SAVE
from stores import seal
from traces import database, request

NOT_OURS = {"exclude": [["[data-testid=stMetric] svg"]]}
"""Streamlit draws sparklines without words; the figures that they belong to are text beside them."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard over ten minutes with a storm in them, and names that would like to be markup."""
    path = tmp_path_factory.mktemp("browser") / "storm.duckdb"
    database(*incidents.incident(), path=str(path)).close()
    with dashboard(path) as found:
        yield found


def test_from_the_overview_to_the_storm_and_back(address: str) -> None:
    with opened(address) as page:
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        page.reload()
        expect(page.get_by_text(f"Retry storm: 3 clients sent 27 requests to {SAVE}")).to_be_visible()
        assert not [url for url in fetched if "plotly" in url.lower()]
        expect(page.get_by_text("2026-09-21 14:13:20 to 14:2")).to_be_visible()
        page.get_by_role("link", name="See who, since when and how").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Why this is a storm")).to_be_visible()
        expect(page.get_by_text("A timer that does not wait for the answer")).to_be_visible()
        expect(page.get_by_text("Fix: Guard the call")).to_be_visible()
        expect(page.locator(CHART).first).to_be_visible()
        assert asked(page, "endpoint") == SAVE
        page.go_back()
        expect(page.get_by_text("Retry storm: 3 clients")).to_be_visible()
        expect(page.locator(f".st-key-ranked {TABLE} canvas").first).to_be_visible()


def test_from_a_row_to_a_brush_to_a_trace_and_all_of_it_again_from_the_link(address: str) -> None:
    with opened(f"{address}/?window=1h", height=1400, zone="Asia/Kolkata") as page:
        click_row(page, "ranked", 0, page.get_by_role("heading", name="When, and how long"))
        assert (asked(page, "endpoint"), asked(page, "window")) == (SAVE, "1h")
        page.locator(".st-key-heatmap .nsewdrag").first.wait_for()
        is_quiet(page)
        drag(page, "heatmap", (0.45, 0.02), (0.995, 0.3))
        expect(page.get_by_text(re.compile(r"\d+ requests inside, \d+ outside\.")).first).to_be_visible()
        expect(page.get_by_text("Slowest requests in the selection").first).to_be_visible()
        expect(page.locator(".st-key-heatmap .xtitle").first).to_have_text("2026-09-21 (IST)")
        expect(page.get_by_text(re.compile("2026-09-21 19:.* IST .*, .* to 2")).first).to_be_visible()
        assert asked(page, "brush").startswith("2026-09-21T14:1"), "in the address it is UTC"
        link = page.url
        click_row(page, "slowest", 0, page.get_by_role("heading", name=re.compile("Trace [0-9a-f]{8}")))
        assert asked(page, "trace")
        inside = page.get_by_text(re.compile(r"\d+ requests inside")).first.inner_text()
    with opened(link, scheme="dark") as page:
        expect(page.get_by_text(inside).first).to_be_visible()
        page.get_by_role("button", name="Clear the selection").click()
        expect(page.get_by_text("Nothing is selected.")).to_be_visible()
        assert not asked(page, "brush")


def test_the_order_goes_into_the_address_and_comes_back_from_it(address: str) -> None:
    with opened(address) as page:
        page.get_by_role("radio", name="Throughput").click()
        expect(page).to_have_url(re.compile("rank=Throughput"))
        page.reload()
        expect(page.locator(f".st-key-ranked {TABLE} canvas").first).to_be_visible()
        assert asked(page, "rank") == "Throughput"
        assert page.get_by_role("radio", name="Throughput").is_checked()
        page.get_by_role("link", name="Compare").click()
        expect(page.get_by_role("heading", name="What changed")).to_be_visible()


def test_a_pinned_window_is_in_the_address_and_a_rectangle_stops_live(address: str) -> None:
    with opened(f"{address}/endpoint?live=true") as page:
        page.get_by_role("button", name="Pin this window").click()
        expect(page).to_have_url(re.compile("range=2026-09-21T14%3A13%3A20Z%2F2026-09-21T14%3A22%3A01Z"))
        expect(page.get_by_role("textbox", name="From / to")).to_have_value("2026-09-21T14:13:20Z/2026-09-21T14:22:01Z")
        expect(page).not_to_have_url(re.compile("live="))
    with opened(f"{address}/endpoint?live=true") as page:
        page.get_by_role("button", name="Compare the slowest 5 %").click()
        expect(page.get_by_text(re.compile(r"\d+ requests inside")).first).to_be_visible()
        expect(page.get_by_role("switch", name="Live")).not_to_be_checked()
        expect(page).to_have_url(re.compile("brush="))


def test_the_query_runs_in_a_shell_and_the_csv_has_every_row(address: str) -> None:
    with opened(address) as page:
        with page.expect_download() as download:
            page.get_by_role("button", name="CSV", exact=True).first.click()
        text = Path(download.value.path()).read_text(encoding="utf-8")
        page.get_by_role("button", name="Show the query").first.click()
        expect(page.get_by_text("-- endpoints: one row per endpoint").first).to_be_visible()
    assert text.startswith("service,kind,endpoint,")
    assert SAVE in text
    assert "\u202e" not in text


def test_hostile_names_are_text(address: str) -> None:
    with opened("about:blank") as page:
        dialogs: list[Any] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        for path in ("/", "/endpoint?endpoint=" + quote(f"GET {HOSTILE_ROUTE}"), "/compare", "/storms"):
            page.goto(address + path)
            page.locator(f"{TABLE} canvas, [data-testid=stCode], {CHART}").first.wait_for()
            is_quiet(page)
            assert page.locator("[data-testid=stMain] img[src=x]").count() == 0
            assert page.locator("[data-testid=stMain] h1", has_text="agent").count() == 0
            assert page.locator(".katex, [data-testid=stMain] em").count() == 0
            assert "🚀" not in page.locator("[data-testid=stMain]").inner_text()
            if path.startswith("/endpoint"):
                expect(page.get_by_role("combobox", name="Endpoint or job")).to_have_value(
                    re.compile("<img src=x onerror=")
                )
        assert not dialogs


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_labels_and_contrast_hold_in_both_schemes(address: str, scheme: Scheme) -> None:
    broken: list[str] = []
    with opened(address, scheme=scheme) as page:
        for path in ("", "/endpoint", "/storms", "/compare", "/jobs"):
            page.goto(address + path)
            page.locator(f"{TABLE} canvas, [data-testid=stCode]").first.wait_for()
            is_quiet(page)
            for violation in Axe().run(page, context=NOT_OURS).response["violations"]:
                broken += [f"{path} {violation['id']}: {each['html'][:200]}" for each in violation["nodes"]]
    assert not broken, "\n".join(broken)


def test_a_store_that_appears_later_needs_no_restart(tmp_path: Path) -> None:
    store = tmp_path / "later"
    store.mkdir()
    with dashboard(store) as address, opened(address) as page:
        expect(page.get_by_role("alert")).to_contain_text("no store")
        seal(store, [request("GET /first", seq=0)])
        page.get_by_role("button", name="Refresh").click()
        expect(page.get_by_text("GET /first takes 100.0% of the time")).to_be_visible()
