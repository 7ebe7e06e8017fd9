"""Tables for notebooks, read as a browser reads them."""

from datetime import date
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from hotspan_analysis import html_tables, open_traces
from hotspan_analysis.results import Column
from traces import database, request


class Page(HTMLParser):
    """The text of every cell and heading, the titles on them, and every tag there is."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.heads: list[str] = []
        self.cells: list[str] = []
        self.titles: list[str] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.titles += [value or "" for name, value in attrs if name == "title"]
        for kind, texts in (("th", self.heads), ("td", self.cells)):
            if tag == kind:
                texts.append("")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] in ("th", "td"):
            (self.heads if self.tags[-1] == "th" else self.cells)[-1] += data


def cell(value: Any, unit: str = "") -> str:
    """How one value of that unit is written."""
    page = Page(html_tables.table([Column("what", "What", "as told", unit)], [{"what": value}]))
    return page.cells[0]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (1234567, "", "1,234,567"),
        (0.25, "s", "250 ms"),
        (2500.0, "ms", "2.50 s"),
        (90_000_000_000, "ns", "90.0 s"),
        (0.984, "0-1", "98.4%"),
        (3.14159, "erlangs", "3.14"),
        (True, "", "yes"),
        ("2026-03-02T09:40:00.123456789Z", "ISO 8601, UTC", "2026-03-02 09:40:00"),
        (1_772_444_400_000_000_000, "ns since the epoch", "2026-03-02 09:40:00"),
        (1_772_444_400_000_000_000, "ns", "2026-03-02 09:40:00"),
        ({"200": 2, "none": 5}, "", "200: 2, none: 5"),
    ],
)
def test_values_are_written_as_people_read_them(value: Any, unit: str, text: str) -> None:
    assert cell(value, unit) == text


def test_columns_that_say_nothing_or_nothing_new_are_left_out_and_counted() -> None:
    columns = [Column(name, name, "", "") for name in ("endpoint", "route", "time_ns", "time_s", "errors", "evidence")]
    rows = [{"endpoint": "GET /", "route": "/", "time_ns": 1, "time_s": 1e-9, "errors": 0, "evidence": ("a", "b")}]
    page = html_tables.table(columns, rows)
    assert Page(page).heads == ["endpoint", "time_s"]
    assert "In <code>.df()</code>: 4 columns that say nothing new here." in page


def test_a_figure_of_nothing_is_empty_where_others_have_some() -> None:
    page = html_tables.table([Column("change", "Change", "", "ratio")], [{"change": None}, {"change": 2.0}])
    assert Page(page).cells == ["", "2.00"]


def test_a_unit_that_no_cell_says_stands_in_the_heading() -> None:
    columns = [Column("rate", "Rate", "requests / minute", "/min"), Column("p95_ms", "p95", "", "ms")]
    page = Page(html_tables.table(columns, [{"rate": 2.0, "p95_ms": 1.0}]))
    assert page.heads == ["Rate (/min)", "p95"]
    assert page.titles[0] == "requests / minute"


def test_no_rows_are_said_in_a_word() -> None:
    assert html_tables.table([Column("rate", "Rate", "", "")], []) == "<p>none</p>"


def test_long_and_hostile_names_are_cut_and_never_rendered() -> None:
    route = '"><img src=x onerror=alert(1)>\x1b[31m\u202e' + "x" * 500
    page = Page(open_traces(database([request(f"GET {route}")])).endpoints()._repr_html_())
    assert set(page.tags) <= {"div", "table", "thead", "tbody", "tr", "th", "td", "p", "small", "code"}
    (name,) = (cell for cell in page.cells if cell.startswith("GET"))
    assert name.startswith('GET "><img src=x onerror=alert(1)>\\x1b[31m\\u202e')
    assert len(name) < 120
    assert any(len(title) > 500 for title in page.titles)


def test_sections_and_bullets_escape_what_they_hold() -> None:
    assert html_tables.section("<b>", "<p>x</p>") == "<h4>&lt;b&gt;</h4><p>x</p>"
    assert html_tables.bullets(["<b>", "c"]) == "<ul><li>&lt;b&gt;</li><li>c</li></ul>"


def test_a_storm_report_tells_in_words_what_its_tables_leave_out() -> None:
    saves = [request("PUT /save", at=second / 2, ms=20_000, client="ann") for second in range(60)]
    calm = [request("PUT /save", at=-3600 + 10 * number, ms=100, client="ann") for number in range(100)]
    report = open_traces(database([*calm, *saves])).storms()
    assert report.storms
    page = report._repr_html_()
    assert [title for title in ("Incidents", "Storms", "Findings that are no storms", "In words") if title in page]
    assert f"Fix: {report.storms[0].advice}" in unescape(page)
    assert "Advice" not in Page(page).heads


def test_what_somebody_asked_for_is_shown_as_it_is() -> None:
    page = Page(html_tables.plain(["<b>", "n", "when"], [("<i>", 1234, date(2026, 3, 2)), (None, 0, None)]))
    assert (page.heads, page.cells) == (["<b>", "n", "when"], ["<i>", "1,234", "2026-03-02", "", "0", ""])
    assert set(page.tags) == {"div", "table", "thead", "tbody", "tr", "th", "td"}
    assert "and" not in html_tables.plain(["n"], [(1,)] * 50)
    assert "5 more rows" in html_tables.plain(["n"], [(1,)] * 55)
