"""The report: what it says, that it is one file, and that hostile names stay text in it."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import incidents
from hotspan_analysis import open_traces
from hotspan_collector.errors import BadInputError
from hotspan_dashboard.report import page, write_report
from hotspan_dashboard.report_elements import Shown, plain, table
from hotspan_dashboard.report_story import Story, story
from traces import database, ns, request
from what_if_models import CLASS, recorded, rows_of


def told(rows: list[dict[str, Any]], spans: list[dict[str, Any]] | None = None, when: str | None = None) -> Story:
    with database(rows, spans or []) as connection:
        return story(open_traces(connection, now_ns=ns(600)), when)


@pytest.fixture(scope="module")
def storm() -> Story:
    return told(*incidents.incident())


class Reader(HTMLParser):
    """The words of a page in their order, scripts and styles left out, and the names of its elements."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)

    def handle_data(self, data: str) -> None:
        if self.elements[-1:] not in (["script"], ["style"]):
            self.words += data.split()


def read(html: str) -> str:
    reader = Reader()
    reader.feed(html)
    return " ".join(reader.words)


def without_plotly(story: Story) -> str:
    html = page(story, "the store")
    before, _, after = html.partition("<script>/**")
    return before + after.partition("</script>")[2]


def test_the_headline_and_the_figures_of_the_storm(storm: Story) -> None:
    text = read(without_plotly(storm))
    assert text.startswith("Incident report, 2026-09-21 14:13:20")
    assert "Retry storm: 3 clients sent 27 requests to PUT /exams/{exam} for what needed 3 (timer)." in text
    assert "first duplicate 14:18:21" in text
    assert "requests 27" in text
    assert "amplification x9.00" in text
    assert "one every 1.00 s" in text
    assert "What would fix it Guard the call" in text
    assert "All times are UTC." in text


def test_what_would_have_fixed_it_or_why_nobody_can_tell(storm: Story) -> None:
    assert "What would have fixed it No answer: " in read(without_plotly(storm))
    rows = rows_of(recorded(CLASS))
    text = read(without_plotly(told(rows)))
    assert "its 10 clients can ask for" in text
    assert "clients fixed, 2x faster, +2 workers" in text
    assert "in-flight guard (client)" in text
    assert "again every 1.00 s" in text


def test_the_charts_of_the_story_are_there_with_their_alt_texts(storm: Story) -> None:
    html = without_plotly(storm)
    charts = re.findall(r'<script type="application/json" data-chart="([\w-]+)">(.*?)</script>', html)
    assert [name for name, _ in charts] == [
        "in-flight", "lanes", "all-lanes", "demand", "heatmap", "percentiles", "breakdown", "waterfall",
    ]  # fmt: skip
    for name, data in charts:
        assert json.loads(data)["figure"]["data"], name
    assert len(re.findall(r'role="img" aria-label="[^"]{20,}"', html)) == len(charts)


def test_hostile_names_are_text(storm: Story) -> None:
    html = without_plotly(storm)
    assert "<img" not in html
    assert "<script>alert" not in html
    assert "\u202e" not in html
    assert "GET /&lt;img src=x onerror=alert(1)&gt;" in html.replace("<wbr>", "")
    assert "&lt;/script&gt;&lt;script&gt;alert(2)&lt;/script&gt;" in html.replace("<wbr>", "")
    assert "long" * 100 not in re.sub(r"<pre.*?</pre>", "", html.replace("<wbr>", ""), flags=re.DOTALL), "cut"


def test_it_asks_no_other_host_for_anything(storm: Story) -> None:
    html = without_plotly(storm)
    assert not re.search(r'(src|href)="', html)
    assert "default-src 'none'" in html


def test_a_calm_day_has_no_storm_in_it() -> None:
    calm = told([request("GET /slow", at=at, ms=900, client=str(at)) for at in range(20)])
    text = read(without_plotly(calm))
    assert text.startswith("Performance report")
    assert "GET /slow takes 100.0% of the time: 20 requests, 900 ms on average. No client repeats" in text
    assert "The storm" not in text


def test_failures_are_the_news_where_there_is_no_storm() -> None:
    failing = told(
        [request("GET /a", at=at, ms=5, client=str(at), status=503 if at % 4 == 0 else 200) for at in range(20)]
    )
    assert failing.finding.sentence.startswith("25.0% of 20 requests to GET /a failed.")


def test_one_request_and_none() -> None:
    assert "GET / takes 100.0% of the time: 1 request" in read(without_plotly(told([request(at=1)])))
    assert "Nothing started in this window." in read(without_plotly(told([])))


def test_a_window_limits_it(storm: Story) -> None:
    rows, spans = incidents.incident()
    early = told(rows, spans, "/2026-09-21T14:17:00Z")
    assert early.incident is None
    assert early.ranking.totals.everything.requests < storm.ranking.totals.everything.requests


def test_losses_are_told(storm: Story) -> None:
    assert "Dropped on the way in Nothing." in read(without_plotly(storm))


def test_5000_endpoints_are_counted_and_20_shown() -> None:
    many = told([request(f"GET /{number}", at=number / 100, ms=5, client=str(number % 7)) for number in range(5000)])
    html = without_plotly(many)
    assert "And 4,980 more, not shown here." in read(html)
    assert len(html) < 1_000_000


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    target = tmp_path / "nowhere" / "report.html"
    with database([request(at=1)]) as connection, pytest.raises(BadInputError, match=r"report.html: cannot be written"):
        write_report(open_traces(connection, now_ns=ns(60)), target, source="x")


def test_a_table_cuts_names_and_escapes_them() -> None:
    html = table(["<b>", "x" * 1000], [Shown("A & B", str, is_name=True)], "two")
    assert "A &amp; B" in html and "&lt;b&gt;" in html
    assert len(plain("x" * 1000)) == 200
