"""Each mechanism once by hand: its name, what speaks for and against it, its margins, and what was not recorded."""

from typing import Any

import pytest

from hotspan_analysis import StormSettings, open_traces
from hotspan_analysis.evidence import ADVICE
from hotspan_analysis.storm_results import Storm
from storm_clients import SAVE, Rows, calm, failing, hedged, leaving, proxied, story
from traces import database, ns, request

RAGGED = [0.4, 2.1, 0.9, 1.7, 0.3, 2.6, 1.1, 0.6]
CLIENTS: dict[str, Rows] = {
    "timer": story(),
    "immediate_retry": failing([0.02] * 8),
    "fixed_interval": failing([2.0] * 8),
    "backoff": failing([0.1, 0.2, 0.4, 0.8, 1.6, 3.2]),
    "backoff_jitter": failing(RAGGED),
    "timeout_resend": leaving([3.0] * 8),
    "impatient_user": leaving([3.0, 2.1, 4.4, 2.6, 5.3, 1.9, 3.8, 2.4]),
    "hedging": hedged(),
    "gateway": proxied(),
}


def found(rows: Rows, until_s: float = 1000.0, **settings: Any) -> list[Storm]:
    with database(rows) as connection:
        return list(open_traces(connection, now_ns=ns(until_s)).storms(settings=StormSettings(**settings)).storms)


@pytest.mark.parametrize("mechanism", sorted(CLIENTS))
def test_each_mechanism_is_named_and_explained(mechanism: str) -> None:
    (storm,) = found(calm(30) + CLIENTS[mechanism])
    assert storm.mechanism == mechanism
    assert storm.because
    assert storm.rule
    assert storm.advice == ADVICE[mechanism]
    assert storm.evidence[-1].startswith("Answers: ")
    assert any("followed a failure" in each or "were sent while" in each for each in storm.evidence)
    assert all(set(margin) == {"test", "value", "threshold", "passed"} for margin in storm.margins)
    assert {"occasions", "amplification"} <= {margin["test"] for margin in storm.margins if margin["passed"]}


@pytest.mark.parametrize("mechanism", sorted(CLIENTS))
def test_the_same_client_on_the_page_next_door_does_not_matter(mechanism: str) -> None:
    elsewhere = [row | {"client": 7, "route": "/other"} for row in calm(40, 3.0)]
    assert [storm.mechanism for storm in found(calm(30) + CLIENTS[mechanism] + elsewhere)] == [mechanism]


@pytest.mark.parametrize("mechanism", sorted(set(CLIENTS) - {"gateway", "hedging"}))
def test_four_duplicates_are_too_few(mechanism: str) -> None:
    first = sorted(CLIENTS[mechanism], key=lambda row: int(row["start_ns"]))[:5]
    assert found(calm(30) + first) == []


def test_a_margin_says_how_near_it_was() -> None:
    (storm,) = found(calm(30) + story())
    assert storm.acceleration is not None
    margins = {margin["test"]: margin for margin in storm.margins}
    assert margins["acceleration"]["value"] == pytest.approx(storm.acceleration, rel=1e-3)
    (stricter,) = found(calm(30) + story(), acceleration=storm.acceleration + 0.1)
    assert stricter.rule == "a clock of its own while waiting"
    assert [margin["passed"] for margin in stricter.margins if margin["test"] == "acceleration"] == [False]


def test_without_a_calm_time_a_clock_is_only_suspected_and_says_what_was_missing() -> None:
    (storm,) = found(story(), until_s=330)
    assert storm.confidence == "suspected"
    assert any("No calm time of this endpoint" in each for each in storm.missing)


def test_a_log_without_durations_says_that_overlaps_cannot_be_seen() -> None:
    coarse = {"start_known": False, "time_precision_ns": 10**9, "source": "log"}
    rows = [_whole_second(row) | coarse for row in calm(30) + failing([4.0] * 9)]
    (storm,) = found(rows)
    assert storm.mechanism == "fixed_interval"
    assert any("The log has no durations" in each for each in storm.missing)


def test_a_client_whose_answers_came_right_before_says_so_against_itself() -> None:
    rows = calm(30)
    for index in range(10):  # six in flight all the time: what is sent after them is sent as one comes back
        rows += [request(SAVE, at=300 + 8.0 * index + 1.0 * lane, ms=8000) for lane in range(6)]
    (storm,) = found(rows)
    assert any("right after an answer" in each for each in storm.counter_evidence)


def test_a_class_that_closes_its_tabs_is_a_timer_and_no_timeout() -> None:
    # Nobody's server notes when a client left, only when the handler ended: everything open at 320 s counts as left.
    rows: Rows = []
    for number in range(6):
        who = f"pupil{number}"
        rows += calm(20, client=who, target=who)
        saves = [
            request(SAVE, at=300 + number / 7 + index, ms=2500 * index + 12_000, client=who, target=who)
            for index in range(15)
        ]
        rows += [row | {"aborted": row["end_ns"] > ns(320)} for row in saves]
    storms = found(rows)
    assert [storm.mechanism for storm in storms] == ["timer"] * 6


def test_who_leaves_while_it_goes_on_asking_is_a_timeout_even_with_most_attempts_still_open() -> None:
    rows = [
        request(SAVE, at=300 + 3.0 * index, ms=None if index > 5 else 5000, aborted=index <= 5) for index in range(30)
    ]
    (storm,) = found(calm(25) + rows, until_s=392)
    assert storm.mechanism == "timeout_resend"


def _whole_second(row: dict[str, Any]) -> dict[str, Any]:
    """As a log has it: written at its end, in whole seconds."""
    end = row["end_ns"] - row["end_ns"] % 10**9
    return row | {"arrival_ns": end, "start_ns": end, "end_ns": end}


def in_a_log(rows: Rows) -> Rows:
    """The same as whole seconds without durations, as a log has them: the moment of the end."""
    second = 1_000_000_000
    return [
        row
        | {
            "start_ns": row["end_ns"] - row["end_ns"] % second,
            "arrival_ns": row["end_ns"] - row["end_ns"] % second,
            "end_ns": row["end_ns"] - row["end_ns"] % second,
            "start_known": False,
            "time_precision_ns": second,
        }
        for row in rows
    ]


def test_a_log_of_whole_seconds_shows_pauses_that_grow_and_pauses_that_stay() -> None:
    (backoff,) = found(in_a_log(calm(30, 40.0) + failing([1.0, 2.0, 4.0, 8.0, 16.0, 16.0], start_s=1300)[:-1]), 2000)
    assert backoff.mechanism == "backoff"
    (constant,) = found(in_a_log(calm(30, 40.0) + failing([3.0] * 8, start_s=1300)[:-1]), 2000)
    assert constant.mechanism == "fixed_interval"
    ragged = [1.2, 7.5, 2.2, 9.9, 0.4, 6.1, 1.3, 8.8]
    (jitter,) = found(in_a_log(calm(30, 40.0) + failing(ragged, start_s=1300)), 2000)
    assert jitter.mechanism == "backoff_jitter"


def test_where_answers_take_long_and_failures_do_not_a_log_without_durations_makes_no_storm() -> None:
    """A poller that pauses 10 s: a step is 18 s while it works and 10 s while it fails, which nobody can tell apart."""
    works = [request(SAVE, at=18.0 * number, ms=8000) for number in range(40)]
    fails = [request(SAVE, at=720 + 10.0 * number, ms=5, status=503) for number in range(15)]
    assert found(in_a_log(works + fails), 1000) == []
