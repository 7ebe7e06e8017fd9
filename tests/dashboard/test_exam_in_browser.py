"""The real exam app under its storm, held as `hotspan demo` holds it, and the dashboard that looks on meanwhile."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chromium import opened
from dashboard_browser import CHART, TABLE, asked, dashboard, drag, is_quiet
from stores import python

SAVE = "PUT /tests/{test_id}/sections/{section_id}"
LONG_S = 400
"""On a machine that does other things too: an exam takes a minute, and there may be three."""


EXAM = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from hotspan_analysis import open_traces
from hotspan_sample_traces.exam import open_exam
from hotspan_sample_traces.scenario import INCIDENT
store = Path(sys.argv[1])
for turn in range(3):
    with open_exam(replace(INCIDENT, early=4).compressed(3), store) as exam:
        asyncio.run(exam.hold())
    if open_traces(store).storms().incidents:
        break
"""
"""Four students take the test one by one, then the class comes in, on the page with the bug; thrice as fast as in life.

On a machine that is busy with other things the storm may not come about: then the exam is held again, as for the samples.
"""


def reads_the_story(page: Page) -> None:
    """Who, since when, how and what would fix it, with the charts of it."""
    expect(page.get_by_text(re.compile(rf"\d+ clients? sent \d+ requests to {re.escape(SAVE)}")).first).to_be_visible()
    expect(page.get_by_text(re.compile("^Since 20")).first).to_be_visible()
    expect(page.get_by_text("timer that does not wait for the answer").first).to_be_visible()
    expect(page.get_by_text(re.compile("^Fix: ")).first).to_be_visible()
    for chart in ("storm-lanes-in_flight", "storm-lanes-lanes", "demand"):
        expect(page.locator(f".st-key-{chart} {CHART}").first).to_be_visible()


@pytest.mark.slow
def test_the_storm_is_seen_while_it_happens_and_looked_into_afterwards(tmp_path: Path) -> None:
    store = tmp_path / "exam"
    store.mkdir()
    with python(EXAM, store) as exam, dashboard(store) as address:
        with opened(f"{address}/?live=true", height=1400) as page:
            expect(page.get_by_text(re.compile("^Retry storm: ")).first).to_be_visible(timeout=LONG_S * 1000)
            assert exam.wait(LONG_S) == 0
            page.get_by_text("Live", exact=True).click()
            expect(page.get_by_text(re.compile(", as of ")).first).to_be_visible()
            page.get_by_role("link", name="See who, since when and how").click()
            reads_the_story(page)
            assert asked(page, "endpoint") == SAVE
            storm = page.url
            page.go_back()
            expect(page.locator(f".st-key-ranked {TABLE} canvas").first).to_be_visible()
            page.goto(f"{address}/endpoint?endpoint={SAVE}")
            page.locator(".st-key-heatmap .nsewdrag").first.wait_for()
            is_quiet(page)
            drag(page, "heatmap", (0.02, 0.02), (0.98, 0.5))
            inside = page.get_by_text(re.compile(r"\d+ requests inside, \d+ outside\.")).first
            expect(inside).to_be_visible()
            found = inside.inner_text()
            page.reload()
            expect(page.get_by_text(found).first).to_be_visible()
        with opened(storm, scheme="dark") as page:
            reads_the_story(page)
            page.reload()
            reads_the_story(page)
