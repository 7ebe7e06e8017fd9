"""The part of the report on what would have fixed it."""

from dataclasses import replace

from hotspan_analysis import open_traces
from hotspan_analysis.replay import Change
from hotspan_analysis.what_if import Unanswerable, refused
from hotspan_analysis.window import Window
from hotspan_dashboard.report_what_if import what_if
from traces import database, ns
from what_if_models import CLASS, recorded, rows_of


def test_each_scenario_has_a_row_and_each_remedy_its_code() -> None:
    with database(rows_of(recorded(CLASS))) as connection:
        answer = open_traces(connection, now_ns=ns(600)).what_if(changes=[Change(True)])
    html = what_if(answer)
    assert html.count("<tr>") == 1 + 3  # the heading, observed, as it was, clients fixed
    assert "if (saving) return;" in html
    assert "20 times for each line" in html
    assert "3 never lock up" in html
    hostile = replace(answer, summary='<img src=x onerror="alert(1)">')
    assert "<img" not in what_if(hostile)


def test_a_refusal_says_why_and_shows_no_table() -> None:
    html = what_if(refused("app", "PUT /save", Window(0, 10**9), Unanswerable("clients click <b>at random</b>")))
    assert "No answer: clients click &lt;b&gt;at random" in html
    assert "<table" not in html
