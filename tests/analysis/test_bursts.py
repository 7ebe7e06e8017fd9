"""Clients whose short steps are not for waiting: bursts by a clock, bursts at one instant, jobs that outlast their period."""

import random
from dataclasses import replace

from hotspan_analysis import StormSettings, open_traces
from hotspan_analysis.engine import DuckEngine
from hotspan_analysis.episode_search import episodes
from hotspan_analysis.habits import has_a_clock_of_its_own
from hotspan_analysis.storm_results import StormReport
from storm_clients import SAVE, Rows, calm, story
from traces import database, ns, request


def found(rows: Rows, until_s: float = 1000.0) -> StormReport:
    with database(rows) as connection:
        return open_traces(connection, now_ns=ns(until_s)).storms(settings=StormSettings())


def typing(slow_at: int, times: int = 7, blur_s: float = 0.0) -> Rows:
    """Signs of life while somebody types: some in a row, once a minute; answers take 40 s in one of the minutes."""
    chance = random.Random(7)
    return [
        request(
            SAVE,
            at=60.0 * minute + 3.0 * index + chance.uniform(0, blur_s),
            ms=40_000 if minute == slow_at else 20,
        )
        for minute in range(12)
        for index in range(times)
    ]


def test_a_clock_that_runs_when_nothing_waits_is_no_storm_while_something_does() -> None:
    assert found(typing(slow_at=6)).storms == []


def test_nor_are_short_bursts_of_it_when_one_is_long() -> None:
    rows = [row for row in typing(slow_at=99, times=3, blur_s=0.4) if not ns(360) <= row["start_ns"] < ns(420)]
    slow = [request(SAVE, at=360 + 2.6 * index, ms=40_000) for index in range(18)]
    assert found(rows + slow).storms == []


def test_the_same_minute_is_a_storm_of_somebody_who_never_sent_as_quickly() -> None:
    minute = [row for row in typing(slow_at=6) if ns(360) <= row["start_ns"] < ns(420)]
    (storm,) = found(calm(20, 15.0) + minute).storms
    assert (storm.mechanism, storm.attempts) == ("timer", 7)


def test_who_keeps_a_pace_of_its_own_is_not_convicted_by_others_with_that_clock() -> None:
    storms: Rows = []
    for name in ("ann", "bob", "cleo", "dan"):
        storms += calm(client=name, target=name) + story(client=name, target=name)
    heartbeat = [
        request(SAVE, at=float(second), ms=20_000 if 300 <= second < 312 else 20, client="eve", target="eve")
        for second in range(400)
    ]
    assert len(found(storms + heartbeat).storms) == 4


def crowd(of_each: int, slow_from_s: float = 400.0, slow_s: float = 60.0) -> Rows:
    """A service behind one address: `of_each` requests for one thing at each of its visitors, who come by chance."""
    chance, at, rows = random.Random(3), 0.0, []
    while (at := at + chance.expovariate(0.7)) < 800:
        took_ms = 5_000.0 if slow_from_s <= at < slow_from_s + slow_s else 30.0
        rows += [
            request(SAVE, at=at + 0.001 * index, ms=took_ms, client="web", client_tier="address")
            for index in range(of_each)
        ]
    return rows


def test_bursts_of_a_service_are_as_many_when_it_waits_and_when_it_does_not() -> None:
    assert found(crowd(3)).storms == []


def test_a_burst_is_counted_as_such_and_chance_meetings_are_not() -> None:
    for of_each, least, most in ((1, 1.0, 1.05), (3, 2.7, 3.05)):
        with database(crowd(of_each)) as connection:
            values = StormSettings().bind() | {"since_ns": ns(0), "to_ns": ns(1000), "service": None}
            measured, _ = episodes(DuckEngine(connection, ns(1000)), values)
        (longest,) = sorted(measured, key=lambda each: each.attempts)[-1:]
        assert least <= longest.together <= most


def test_jobs_that_outlast_their_period_pile_up_and_are_no_storm() -> None:
    jobs = [request("POST /report", at=30.0 * index, ms=None, client="cron") for index in range(20)]
    report = found(jobs, until_s=600.0)
    assert report.storms == []
    assert [finding.kind for finding in report.findings] == ["pile_up"]


def test_a_page_that_asks_each_second_from_the_start_is_suspected_all_the_same() -> None:
    rows = [request(SAVE, at=float(index), ms=None) for index in range(20)]
    (storm,) = found(rows, until_s=20.0).storms
    assert storm.confidence == "suspected"


def test_people_who_come_by_chance_go_on_without_a_clock() -> None:
    chance, rows = random.Random(11), []
    for number in range(15):
        name, at = f"reader{number}", 10.0 + chance.random()
        rows.append(request("GET /", at=at - 3, ms=20, client=name, target="home"))
        while at < 16:
            rows.append(request(SAVE, at=at, ms=1000 * (20.0 - at), client=name, target=name))
            at += chance.expovariate(2.0)
    assert found(rows, until_s=100.0).storms == []


def test_an_interval_that_heeds_no_answer_is_none_beside_slower_ones() -> None:
    others = [row for name in "efg" for row in calm(40, 6.0, client=name, target=name)]
    interval = [request(SAVE, at=3.0 * index, ms=20_000, client="ann", target="ann") for index in range(60)]
    assert found(others + interval).storms == []


def test_nor_is_one_that_never_saw_a_quick_answer_beside_a_class_with_that_very_clock() -> None:
    storms: Rows = []
    for name in ("ann", "bob", "cleo", "dan"):
        storms += calm(client=name, target=name) + story(client=name, target=name)
    deaf = [request(SAVE, at=float(second), ms=20_400, client="eve", target="eve") for second in range(400)]
    report = found(storms + deaf)
    assert len(report.storms) == 4
    assert [(finding.kind, finding.requests) for finding in report.findings if finding.kind == "pile_up"] == [
        ("pile_up", 400)
    ]


def test_a_few_steps_that_agree_are_a_clock_of_one_person_and_not_of_a_crowd() -> None:
    """Two people whose pages send every 3 s are always as far apart, behind one address."""
    with database(calm() + story(attempts=6)) as connection:
        values = StormSettings().bind() | {"since_ns": ns(0), "to_ns": ns(1000), "service": None}
        (alone,), _ = episodes(DuckEngine(connection, ns(1000)), values)
    crowd_of_two = replace(alone, client_tier="address")
    assert has_a_clock_of_its_own(alone, StormSettings())
    assert not has_a_clock_of_its_own(crowd_of_two, StormSettings())
    assert has_a_clock_of_its_own(replace(crowd_of_two, clock_steps=10), StormSettings())


def graphql(failing: bool, of_each: int = 4) -> Rows:
    """A page that asks for some things at one URL within 60 ms, now and then; from second 600 on all may fail at once."""
    chance, at, rows = random.Random(4), 0.0, []
    while (at := at + chance.expovariate(0.3)) < 630:
        down = failing and at >= 600
        rows += [
            request(
                "POST /graphql",
                at=at + 0.02 * index,
                ms=2 if down else 150,
                status=503 if down else 200,
            )
            for index in range(of_each)
        ]
    return rows


def test_what_a_page_asks_for_at_once_is_not_asked_again_because_the_first_of_it_failed() -> None:
    assert found(graphql(failing=False)).storms == []
    assert found(graphql(failing=True)).storms == []


def test_a_page_that_asks_for_one_thing_and_again_at_once_is_found_there() -> None:
    calm_page = [row for row in graphql(failing=False, of_each=1) if row["start_ns"] < ns(600)]
    again = [row for row in graphql(failing=True) if row["start_ns"] >= ns(600)]
    (storm,) = found(calm_page + again).storms
    assert storm.mechanism == "immediate_retry"


def test_the_distance_between_two_people_is_no_pace_of_a_crowd() -> None:
    with database(calm() + story(attempts=12)) as connection:
        values = StormSettings().bind() | {"since_ns": ns(0), "to_ns": ns(1000), "service": None}
        (alone,), _ = episodes(DuckEngine(connection, ns(1000)), values)
    crowd_that_asks_less = replace(alone, client_tier="address", expected=3.0 * alone.late)
    assert crowd_that_asks_less.acceleration > 1
    assert not has_a_clock_of_its_own(crowd_that_asks_less, StormSettings())
