"""The answer as data: for programs, for notebooks, and when there is none."""

import json
from dataclasses import replace

from hotspan_analysis.replay import AS_IT_WAS, Change
from hotspan_analysis.results import Rows, columns_of
from hotspan_analysis.scenarios import Replays
from hotspan_analysis.what_if import Unanswerable, refused
from hotspan_analysis.what_if_results import Advice, Fit, Scenario, WhatIf
from hotspan_analysis.window import Window
from what_if_models import model

REPLAYS = Replays(model(until_s=20.0), 0.0, runs=2)
WINDOW = Window(0, 20 * 10**9)


def answer(endpoint: str = "PUT /save") -> WhatIf:
    """One scenario and one piece of advice."""
    scenarios = [REPLAYS.scenario(AS_IT_WAS), REPLAYS.scenario(Change(True))]
    remedy = Advice("in-flight guard", "client", "Send nothing more.", 3.0, "if (saving) return;")
    return WhatIf("app", endpoint, WINDOW, None, None, Rows(Scenario, scenarios), Rows(Advice, [remedy]), "It helps.")


def test_json_can_be_written_and_has_every_field_of_a_scenario() -> None:
    told = json.loads(json.dumps(answer().as_dict()))
    assert [each["scenario"] for each in told["scenarios"]] == ["as it was", "clients fixed"]
    assert set(told["scenarios"][0]) == {each.name for each in columns_of(Scenario)}
    assert told["advice"] == [
        {
            "remedy": "in-flight guard", "where": "client", "text": "Send nothing more.", "in_flight_s": 3.0,
            "pattern": "if (saving) return;",
        }
    ]  # fmt: skip
    assert (told["refusal"], told["fit"], told["summary"]) == (None, None, "It helps.")


def test_a_frame_has_a_scenario_a_row_and_columns_explain_themselves() -> None:
    assert list(answer().df()["fix_clients"]) == [False, True]
    assert next(each for each in answer().columns if each.name == "worst").formula.startswith(
        "what the clients can ask"
    )


def test_hostile_names_are_text_in_a_notebook() -> None:
    html = refused("app", "GET /", WINDOW, Unanswerable("<script>alert(1)</script>"))._repr_html_()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<script>" not in replace(answer(), summary="<script>")._repr_html_()


def test_a_refusal_has_a_reason_and_the_fit_as_far_as_there_is_one() -> None:
    fit = Fit(
        "blocked_loop", 1.0, 0.3, 0.1, 3, 10.0, 1.0, "own", None, None, 1.0, True, True, "2026-03-02T09:39:42Z", None, None, None,
        0.0, {"requests": 0.5},
    )  # fmt: skip
    found = refused("app", "PUT /save", WINDOW, Unanswerable("off by 50%", fit))
    told = found.as_dict()
    assert (told["refusal"], told["scenarios"], told["advice"]) == ("off by 50%", [], [])
    assert told["fit"]["errors"] == {"requests": 0.5}
    assert "off by 50%" in found._repr_html_()
