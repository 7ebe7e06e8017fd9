"""The report as a person opens it: a file, without any server, in light and in dark, on paper too."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Page, expect

import incidents
from chromium import opened
from contrast import contrast
from hotspan_analysis import open_traces
from hotspan_dashboard.report import write_report
from traces import database, ns

CHARTS = 8


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    target = tmp_path_factory.mktemp("report") / "incident.html"
    with database(*incidents.incident()) as connection:
        write_report(open_traces(connection, now_ns=ns(600)), target, source="a test")
    yield target


def drawn(page: Page) -> None:
    """Waits until every chart is there."""
    page.wait_for_function("n => document.querySelectorAll('.chart .main-svg').length >= n", arg=CHARTS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_person_reads_it_in_both_schemes(report: Path, scheme: Literal["light", "dark"]) -> None:
    with opened(report.as_uri(), scheme=scheme, zone="Asia/Kolkata") as page:
        drawn(page)
        expect(page.locator("#lanes .xtick text").first).to_have_text(re.compile("^14:18"))  # UTC wherever it is read
        expect(page.get_by_role("heading", level=1)).to_have_text("Incident report")
        expect(page.locator(".headline")).to_have_text(
            "Retry storm: 3 clients sent 27 requests to PUT /exams/{exam} for what needed 3 (timer)."
        )
        lanes = page.locator("#lanes")
        assert "9 requests of 1 client" in str(lanes.get_attribute("aria-label"))
        assert lanes.locator(".bars .point").count() == 9
        background, ink = colour(page, "body", "background-color"), colour(page, "#lanes .xtick text", "fill")
        assert contrast(ink, background) >= 4.5, "the text of charts follows the scheme"
        assert contrast(colour(page, "figcaption", "color"), background) >= 4.5
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out"
        violations = Axe().run(page).response["violations"]
        assert not [f"{each['id']}: {node['html'][:200]}" for each in violations for node in each["nodes"]]


def test_hostile_names_are_read_letter_by_letter(report: Path) -> None:
    with opened(report.as_uri()) as page:
        drawn(page)
        expect(page.get_by_text("GET /<img src=x onerror=alert(1)><b>$x^2$</b>:rocket:**md**")).to_be_visible()
        expect(page.locator("#waterfall")).to_contain_text("SELECT <b>a</b> FROM t")
        assert page.locator("img, h1:has-text('agent')").count() == 0


def test_the_hover_text_says_what_a_bar_is(report: Path) -> None:
    with opened(report.as_uri()) as page:
        drawn(page)
        page.locator("#lanes").scroll_into_view_if_needed()
        page.locator("#lanes .bars .point path").nth(4).hover(force=True)
        expect(page.locator("#lanes .hoverlayer")).to_contain_text("answered, duplicate, status 200")


def test_on_paper_the_charts_fit(report: Path) -> None:
    with opened(report.as_uri(), width=1400) as page:
        drawn(page)
        page.set_viewport_size({"width": 720, "height": 1000})
        page.emulate_media(media="print")
        page.wait_for_function("() => document.querySelector('#lanes .main-svg').clientWidth <= 700")
        assert len(page.pdf(format="A4")) > 10_000


def colour(page: Page, selector: str, name: str) -> str:
    """A computed colour as #RRGGBB."""
    written = page.locator(selector).first.evaluate("(element, name) => getComputedStyle(element)[name]", name)
    red, green, blue = (int(each) for each in written.removeprefix("rgb(").removesuffix(")").split(","))
    return f"#{red:02x}{green:02x}{blue:02x}"
