"""Which scenarios there are, what they are called, and what their rows say."""

from hotspan_analysis.client_trail import Visit
from hotspan_analysis.measures import Measures
from hotspan_analysis.replay import AS_IT_WAS, Change
from hotspan_analysis.scenarios import STANDARD, Replays, combined, errors, most_at_once, name_of
from what_if_models import model

REPLAYS = Replays(model(), 200.0, runs=5)


def test_each_change_comes_alone_and_then_with_the_others() -> None:
    assert combined(True, 2.0, 3.0) == [
        Change(True), Change(speedup=2.0), Change(workers=3.0), Change(True, 2.0), Change(True, workers=3.0),
        Change(speedup=2.0, workers=3.0), Change(True, 2.0, 3.0),
    ]  # fmt: skip
    assert combined(False, 1.0, 2.0) == [Change(workers=2.0)]
    assert combined(False, 1.0, 0.0) == []
    assert len(STANDARD) == 7


def test_names_say_what_is_different() -> None:
    assert name_of(AS_IT_WAS) == "as it was"
    assert name_of(Change(True, 2.0, 1.0)) == "clients fixed, 2x faster, +1 worker"
    assert name_of(Change(speedup=0.5)) == "2x slower"
    assert name_of(Change(workers=2.0)) == "+2 workers"


def test_most_at_once_counts_who_is_there_together() -> None:
    assert most_at_once([Visit(0, 10), Visit(5, 20), Visit(10, 30)]) == 2


def test_a_row_has_the_median_and_a_band_around_it() -> None:
    row = REPLAYS.scenario(Change(True))
    assert row.runs == 5
    assert row.requests_low <= row.requests <= row.requests_high
    assert row.in_flight_low_s <= row.in_flight_s <= row.in_flight_high_s
    assert row.p95_low_s <= row.p95_s <= row.p95_high_s
    assert row.verdict == "stable"
    assert row.recovers == 1.0


def test_the_fix_is_better_than_what_was_and_says_so_at_worst() -> None:
    as_it_was, fixed = REPLAYS.scenario(AS_IT_WAS), REPLAYS.scenario(Change(True))
    assert fixed.in_flight_s < as_it_was.in_flight_s / 5
    assert as_it_was.verdict == "vulnerable"
    assert as_it_was.worst > 1 > fixed.worst
    assert as_it_was.workers_never_locking == 4  # 10 clients, one a second each, 0.35 s


def test_a_row_is_the_same_each_time() -> None:
    assert REPLAYS.scenario(Change(True)) == REPLAYS.scenario(Change(True))


def test_errors_are_those_of_the_median() -> None:
    seen = Measures(100, 10, 1, 2, 50, 0)
    runs = [Measures(requests, 12, 1, 2, 50, 0) for requests in (80, 110, 300)]
    off = errors(seen, runs)
    assert round(off["requests"], 6) == 0.1
    assert round(off["in_flight_s"], 6) == 0.2
    assert off["recovery_s"] == 0
