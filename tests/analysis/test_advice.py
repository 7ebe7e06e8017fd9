"""What to do, in the order of what it saves: rows as replays would give them, and the words made of them."""

from dataclasses import replace
from typing import Any

import pytest

from hotspan_analysis.advice import PATTERNS, advice, summary
from hotspan_analysis.replay import AS_IT_WAS, Change
from hotspan_analysis.scenarios import Replays, name_of
from hotspan_analysis.what_if_results import Advice, Fit, Scenario
from what_if_models import model

REPLAYS = Replays(model(until_s=30.0), 0.0, runs=1)
SEEN = REPLAYS.run(AS_IT_WAS)
FIT = Fit(
    discipline="processor_sharing", workers=2.0, demand_s=0.35, variation=0.2, clients=10, period_s=10.0,
    resend_gap_s=1.0, reset="own", rest_ticks=None, connections=None, law_share=1.0, period_seen=True, workers_seen=True,
    trouble_start="2026-03-02T09:39:42Z", trigger_start=None, trigger_s=None, trigger_factor=None, beside=0.0,
    errors={"requests": 0.01},
)  # fmt: skip


def row(change: Change = AS_IT_WAS, **figures: Any) -> Scenario:
    """A scenario with its steady state as it is, and these figures."""
    usual = {"requests": 1000.0, "operations": 200.0, "in_flight_s": 5000.0, "mean_s": 20.0}
    return replace(REPLAYS.row(name_of(change), change, SEEN, 20), **(usual | figures))


def advised(*changed: Scenario, **as_it_was: Any) -> dict[str, Advice]:
    """The advice by its name, in its order."""
    return {each.remedy: each for each in advice([row(), row(**as_it_was), *changed], FIT)}


def test_what_leaves_least_comes_first_and_what_was_not_replayed_after_it() -> None:
    found = advised(
        row(Change(True), in_flight_s=70.0),
        row(Change(speedup=2.0), in_flight_s=40.0),
        row(Change(workers=2.0), in_flight_s=900.0),
    )
    assert list(found)[:3] == ["less work per request", "in-flight guard", "more workers"]
    assert [each.in_flight_s for each in found.values()][:4] == [40.0, 70.0, 900.0, None]
    assert set(found) == set(PATTERNS)
    assert all(each.pattern == PATTERNS[each.remedy] for each in found.values())


def test_a_change_that_makes_it_worse_comes_last() -> None:
    found = advised(row(Change(workers=2.0), in_flight_s=9000.0))
    assert list(found)[-1] == "more workers"


def test_the_guard_says_what_becomes_of_requests_and_latency() -> None:
    found = advised(row(Change(True), requests=210.0, mean_s=0.4, in_flight_s=84.0))
    assert "1,000 requests become 210, their mean 20 s becomes 0.4 s" in found["in-flight guard"].text
    assert "Send nothing more while an answer is due." in advised()["in-flight guard"].text


def test_the_server_can_spare_what_repeats() -> None:
    found = advised()
    assert "800 repeated requests, 280 s of work" in found["single-flight"].text  # 800 x 0.35 s
    assert "instead of 5.0" in found["jitter and retry budget"].text


def test_a_faster_endpoint_says_what_it_still_can_be_asked_for() -> None:
    change = Change(speedup=2.0)
    assert (
        "can be asked for 88%" in advised(row(change, worst=0.88, verdict="vulnerable"))["less work per request"].text
    )
    assert "cannot be asked for more than 44%" in advised(row(Change(speedup=4.0)))["less work per request"].text


def test_more_workers_say_how_many_never_lock_up() -> None:
    text = advised(row(Change(workers=1.0)))["more workers"].text
    assert "With 3 workers" in text
    assert "never to lock up takes 4 unless the clients are fixed" in text
    none = advised(row(Change(workers=1.0), workers_needed=None, verdict="overloaded"))["more workers"].text
    assert "even then it is overloaded" in none
    assert "no number answers in time" in none


def test_what_was_not_asked_for_is_not_advised() -> None:
    assert not {"less work per request", "more workers"} & set(advised(row(Change(True))))


def test_combinations_are_not_advised_for_themselves() -> None:
    both = row(Change(True, 2.0), in_flight_s=1.0)
    assert advised(both)["in-flight guard"].in_flight_s is None


def test_the_summary_names_the_best_change_alone() -> None:
    rows = [row(), row(), row(Change(True), in_flight_s=70.0), row(Change(True, 2.0), in_flight_s=30.0)]
    told = summary("PUT /save", rows, FIT)
    assert told.startswith("PUT /save is ")
    assert "its 10 clients can ask for 175%: vulnerable." in told  # 10 a second x 0.35 s on 2 workers
    assert "Best alone: clients fixed, which leaves 70 s in flight" in told


@pytest.mark.parametrize("changes", [[], [Change(True, 2.0)]])
def test_the_summary_without_a_change_alone(changes: list[Change]) -> None:
    told = summary("PUT /save", [row(), row(), *(row(each) for each in changes)], FIT)
    assert ("Best alone" in told) == bool(changes)
