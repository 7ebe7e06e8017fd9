"""A timeout and a timer where nobody records that clients leave: which answers they heed, by hand."""

from collections.abc import Sequence

import pytest

from hotspan_analysis import open_traces
from hotspan_analysis.storm_results import Storm
from storm_clients import SAVE, Rows, calm, failing, leaving
from traces import database, ns, request

BY_CHANCE = "a timeout with a resend looks like a timer"
BLIND = {"source": "span", "aborted": False}


def found(rows: Rows, until_s: float = 1000.0) -> list[Storm]:
    """The storms of rows of which none says whether its client left."""
    with database([row | BLIND for row in rows]) as connection:
        return list(open_traces(connection, now_ns=ns(until_s)).storms().storms)


def sent(moments: Sequence[float], took_s: float, start_s: float, who: str = "ann") -> Rows:
    return [request(SAVE, at=start_s + at, ms=1000 * took_s, client=who, target=who) for at in moments]


def giving_up(after: int, times: int, who: str = "ann", start_s: float = 300.0) -> Rows:
    """Every attempt is given 2 s of the 30 that it would take; after so many the client waits for 10 s and begins anew."""
    each_s = 2.0 * after + 10
    return [
        row
        for number in range(times)
        for row in sent([2.0 * n for n in range(after)], 30.7, start_s + number * each_s, who)
    ]


def heeding(start_s: float, who: str = "ann") -> Rows:
    """Every second again for 8 s, when the first is answered, and nothing more although eight are still open."""
    return sent([float(n) for n in range(9)], 8.5, start_s, who)


def test_who_goes_on_after_an_answer_has_given_up_what_was_answered() -> None:
    (storm,) = found(calm(30) + leaving([3.0] * 8))
    assert storm.mechanism == "timeout_resend"
    assert storm.because.endswith("heeds the answer to its last attempt only")
    (said,) = [each for each in storm.missing if "Clients that leave" in each]
    # Each takes 5 s: that of second 0 is answered at 5, and from second 9 to 24 every attempt has had half a gap to know.
    assert "6 attempts came on time after such an answer" in said
    assert "0 times it stopped at the answer to an earlier attempt" in said


def test_who_stops_at_the_first_answer_is_a_timer() -> None:
    rows = heeding(300) + heeding(360) + heeding(420) + sent([float(n) for n in range(11)], 10.5, 480)
    (storm,) = found(calm(30) + rows)
    assert storm.mechanism == "timer"
    assert any("3 times it stopped at the answer to an earlier attempt" in each for each in storm.missing)


def test_who_stops_without_an_answer_after_as_many_attempts_each_time_gives_up() -> None:
    (storm,) = found(calm(30) + giving_up(4, times=5))
    assert storm.mechanism == "timeout_resend"


def test_with_departures_recorded_nothing_is_concluded_from_answers() -> None:
    with database(calm(30) + [row | {"aborted": False} for row in leaving([3.0] * 8)]) as connection:
        (storm,) = open_traces(connection, now_ns=ns(1000)).storms().storms
    assert storm.mechanism == "timer"
    assert not [each for each in storm.missing if "Clients that leave" in each]


def test_clients_of_one_program_are_looked_at_together() -> None:
    alone = [row for at in (300, 330) for row in sent([0.0, 3.0, 6.0], 7.0, at) + sent([9.0], 0.5, at)]
    (unsure,) = found(calm(30) + alone)
    assert unsure.mechanism == "timer"
    others = [f"pupil{number}" for number in range(4)]
    rows = [
        row | {"client": one["client"], "target": one["target"]}
        for who in others
        for one in [request(SAVE, client=who, target=who)]
        for row in calm(30) + alone
    ]
    assert [storm.mechanism for storm in found(rows)] == ["timeout_resend"] * 4


def test_pages_that_stop_at_a_deploy_were_stopped_and_gave_nothing_up() -> None:
    rows: Rows = []
    for number in range(6):
        who = f"pupil{number}"
        # They begin one second apart, send every second until second 312 without an answer, and then save as due.
        rows += calm(20, client=who, target=who) + sent(range(number, 12), 30.0, 300, who)
        rows += sent([0.0, 10.0, 20.0, 30.0], 20.0, 322.0, who)
    assert {storm.mechanism for storm in found(rows)} == {"timer"}


@pytest.mark.parametrize("lasting_s", [6.3, 9.7])
def test_a_browser_out_of_connections_waits_for_one_and_gave_nothing_up(lasting_s: float) -> None:
    """Six at once, one a second; the others are sent as one comes back, those that were due before the answer, too."""
    rows = calm(30)
    for number in range(6):
        start_s = 300 + 40.0 * number
        rows += sent([float(n) for n in range(6)], lasting_s, start_s)
        rows += sent([lasting_s + 0.01 + n for n in range(3)], lasting_s, start_s)
    (storm,) = found(rows)
    assert storm.mechanism == "timer"


def test_with_too_few_signs_it_is_a_timer_and_the_doubt_is_said() -> None:
    (storm,) = found(calm(30) + sent([float(n) for n in range(9)], 20.0, 300))
    assert storm.mechanism == "timer"
    assert any(BY_CHANCE in each for each in storm.missing)


def test_a_clock_of_whole_seconds_is_no_clock_for_gaps_of_a_second() -> None:
    second = 10**9
    coarse = [
        row
        | {"time_precision_ns": second, "source": "log"}
        | {name: row[name] - row[name] % second for name in ("start_ns", "end_ns", "arrival_ns")}
        for row in calm(30) + leaving([3.0] * 8)
    ]
    for storm in found(coarse):
        assert storm.mechanism != "timeout_resend"


def in_whole_seconds(rows: Rows, offset_s: float = 0.0) -> Rows:
    """As an access log without durations has them."""
    second, later = 10**9, round(offset_s * 1e9)
    ended = [(row, (row["end_ns"] + later) - (row["end_ns"] + later) % second) for row in rows]
    return [
        row | {"start_ns": end, "arrival_ns": end, "end_ns": end, "start_known": False, "time_precision_ns": second}
        for row, end in ended
    ]


@pytest.mark.parametrize(
    ("pauses", "mechanism"),
    [
        ([0.02] * 13, "immediate_retry"),
        ([0.6] * 13, "fixed_interval"),
        ([0.1, 0.1, 0.2, 0.1, 0.3, 0.0, 0.9, 1.9, 1.2, 1.4, 0.1, 1.7, 1.3], "backoff_jitter"),
    ],
)
def test_pauses_below_a_tick_are_told_apart_by_what_they_add_up_to(pauses: list[float], mechanism: str) -> None:
    rows = calm(30, 60.0)
    for number in range(8):
        rows += failing(pauses[number:] or pauses[:5], start_s=2000 + 45.13 * number)[:-1]
    (storm,) = found(in_whole_seconds(rows), 2500)
    assert storm.mechanism == mechanism
