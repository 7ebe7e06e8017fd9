"""Whatever the data are: names that would like to be obeyed, none at all, very many; on every page and in the report."""

from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

import incidents
from dashboards import Page
from hotspan_analysis import open_traces
from hotspan_analysis.results import column
from hotspan_dashboard import navigation
from hotspan_dashboard.panels import csv_of
from hotspan_dashboard.report import write_report
from traces import EPOCH_NS, database, ns, request

PAGES = list(navigation.PAGES)
OURS = {"p", "h1", "h2", "dl", "dt", "dd", "br", "span", "style"}
TURNS_TEXT = "\u202e".encode()
LONGEST_RUN = b"long" * 200


class Tags(HTMLParser):
    """The elements of some HTML and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def sent(page: Page) -> bytes:
    """What goes to the browser, tables and charts too; links are left out, which must hold whole names."""
    protos = [each.proto for each in page.test.main if getattr(each, "proto", None)]
    return b"".join(proto.SerializeToString() for proto in protos if not hasattr(proto, "query_string"))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hostile") / "hostile.duckdb"
    database(*incidents.hostile(), path=str(path)).close()
    return path


@pytest.mark.parametrize("name", PAGES)
def test_hostile_names_are_text_on_every_page(monkeypatch: pytest.MonkeyPatch, hostile: Path, name: str) -> None:
    page = Page(monkeypatch, hostile, name, at="14:18")
    tags = Tags(page.markup)
    assert tags.names <= OURS
    assert tags.attributes <= {"style", "role"}
    everything = sent(page)
    assert TURNS_TEXT not in everything
    assert LONGEST_RUN not in everything
    assert b"<b>$x^2$</b>" in everything or b"&lt;b&gt;$x^2$" in everything, "it is there, as text"


def test_hostile_names_are_text_in_the_report(hostile: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    write_report(open_traces(hostile, now_ns=ns(600)), target, source="<b>a test</b>")
    body = target.read_text(encoding="utf-8")
    before, _, after = body.partition("<script>/**")
    text = before + after.partition("</script>")[2]
    tags = Tags(text)
    assert not tags.names & {"img", "b", "iframe", "a"}
    assert not [name for name in tags.attributes if name.startswith("on")]
    assert TURNS_TEXT not in text.encode()
    assert "GET /&lt;img src=x" in text.replace("<wbr>", "")


@pytest.mark.parametrize("rows", [0, 1])
def test_one_request_and_none_are_enough_for_every_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, rows: int
) -> None:
    path = tmp_path / "few.duckdb"
    database([request("GET /", ms=12)][:rows], path=str(path)).close()
    for name in PAGES:
        page = Page(monkeypatch, path, name, at="14:13")
        assert page.text.strip(), name


def test_of_5000_endpoints_every_page_sends_what_somebody_reads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "many.duckdb"
    database(
        [request(f"GET /e{number}", at=number / 100, ms=1 + number / 10) for number in range(5000)], path=str(path)
    )
    for name in PAGES:
        assert len(sent(Page(monkeypatch, path, name))) < 150_000, name
    chosen = Page(monkeypatch, path, "endpoint", endpoint="GET /e7")
    assert "GET /e7" in chosen.test.selectbox(key="endpoint:chosen").options
    assert len(chosen.test.selectbox(key="endpoint:chosen").options) == 101


def test_200_000_requests_side_by_side(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "lanes.duckdb"
    with database([request("GET /", client=1)], path=str(path)) as connection:
        connection.execute(_MANY, {"first": EPOCH_NS})
    page = Page(monkeypatch, path, "compare", at="14:13:20", length="1m")
    assert "Lanes of 200,001 requests of 50 clients" in page.text


_MANY = """
insert into requests by name
select * exclude (duration_ns, range) replace (
    range + 10 as seq, $first + range * 200000 as arrival_ns, $first + range * 200000 as start_ns,
    $first + range * 200000 + 5000000 as end_ns, range % 50 as client
) from requests, range(200000)
"""


@dataclass(frozen=True)
class Thing:
    """A row of a table."""

    name: str = column("Name", "what it is called")
    number: float = column("Number", "how many")


def test_no_cell_of_a_csv_is_a_formula_and_numbers_stay_numbers() -> None:
    assert _csv("=1+1", -2.5) == "'=1+1,-2.5"
    assert _csv("@sum", 3) == "'@sum,3"
    assert _csv("\t=1", 3) == "\\t=1,3"
    assert _csv("-5", -5) == "-5,-5"
    assert _csv("+cmd|' /C calc'!A0", 0) == "'+cmd|' /C calc'!A0,0"
    assert _csv("GET /a=b", 1) == "GET /a=b,1"


def _csv(name: str, number: float) -> str:
    return csv_of([Thing(name, number)]).splitlines()[1]
