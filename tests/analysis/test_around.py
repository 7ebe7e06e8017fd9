"""What ran at 09:40: by hand, against a slow oracle, and on a day with an incident."""

import random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspan_analysis import open_traces
from hotspan_analysis.activity import Activity
from hotspan_analysis.around import Around
from hotspan_analysis.window import Window, iso
from hotspan_collector.errors import BadInputError
from school_day import AT_0940, JOB, UPDATE, clock, school_day
from traces import below, database, ns, request, served, span, statement

Row = dict[str, Any]
UTC = ZoneInfo("UTC")
DAY = Window(ns(clock(0)), ns(clock(24)))
MOMENT = ns(AT_0940)


def around_of(
    requests: list[Row], spans: list[Row], moment: str | int = MOMENT, window: Window | str | None = DAY, **more: Any
) -> Around:
    with database(requests, spans) as connection:
        return open_traces(connection, now_ns=DAY.to_ns).around(moment, window, **({"zone": UTC} | more))


def named(rows: list[Activity], name: str) -> Activity:
    (row,) = (each for each in rows if each.name == name)
    return row


@pytest.fixture(scope="module")
def incident() -> Around:
    return around_of(*school_day(), moment="09:40", window=None)


def test_the_incident_is_found_statement_table_rows_and_who_did_it(incident: Around) -> None:
    assert incident.stretch.window == Window(MOMENT, MOMENT + 60_000_000_000)
    update = named(incident.writes, UPDATE)
    assert (update.db_table, update.db_operation, update.made_by, update.db_rows) == ("student", "UPDATE", JOB, 15)
    assert (update.started, update.recurs, update.hours_seen, update.nearby) == (1, True, 11, 0)
    assert (update.record_rows, update.most_rows, update.usual_rows) == (True, 1, 5 / 11)


def test_the_incident_recurs_at_that_minute_of_the_hour(incident: Around) -> None:
    job = named(incident.jobs, JOB)
    assert (job.started, job.hours_seen, job.recurs, job.unusual, job.only_now) == (1, 11, True, False, False)
    assert [(each.job, each.minute, each.period_s) for each in incident.scheduled] == [(JOB, 40, 3601)]


def test_what_runs_all_the_time_does_not_recur_at_that_minute(incident: Around) -> None:
    mail = named(incident.jobs, "send mail")
    assert (mail.started, mail.hours_seen, mail.recurs, mail.unusual) == (1, 11, False, False)
    assert not any(each.recurs or each.unusual for each in incident.requests)
    assert named(incident.writes, "INSERT INTO answer VALUES (?)").made_by == "PUT /answers"


def test_a_quiet_minute_has_nothing_unusual(incident: Around) -> None:
    other = around_of(*school_day(), moment="11:23", window=None)
    assert (incident.stretch.hours, other.stretch.hours) == (11, 11)
    assert not any(each.unusual or each.recurs for each in other.everything)


def test_requests_by_endpoint_by_hand() -> None:
    rows = [
        request("GET /a", AT_0940 - 10, 20_000), request("GET /a", AT_0940, 100), request("GET /a", AT_0940 + 59, 2000, status=500),
        request("GET /a", AT_0940 + 60, 50), request("GET /b", AT_0940 - 10, 10_000), request("GET /b", AT_0940 - 9, 9_500),
    ]  # fmt: skip
    a, b = around_of(rows, []).requests
    assert (a.name, a.started, a.running, a.errors, a.time_s, a.max_ms) == ("GET /a", 2, 3, 1, 22.1, 20_000)
    assert (b.name, b.started, b.running, b.time_s) == ("GET /b", 0, 1, 9.5)
    assert (a.nearby, b.nearby, a.usual, a.most) == (2 / 60, 2 / 60, 0, 0)


def test_an_open_request_is_still_running() -> None:
    (row,) = around_of([request("GET /a", AT_0940 - 1800, None)], []).requests
    assert (row.started, row.running) == (0, 1)


def test_a_burst_is_unusual_and_one_more_is_not() -> None:
    steady = [request("GET /a", clock(hour, minute), 10) for hour in range(24) for minute in range(60)]
    one_more = [request("GET /a", AT_0940 + 30, 10)]
    burst = [request("GET /a", AT_0940 + second, 10, status=500) for second in range(20)]
    assert not named(around_of(steady + one_more, []).requests, "GET /a").unusual
    row = named(around_of(steady + burst, []).requests, "GET /a")
    assert (row.unusual, row.unusual_errors, row.usual, row.most, row.nearby) == (True, True, 1, 1, 1)
    assert row.chance is not None
    assert row.chance < 1e-9


def test_what_bursts_at_every_40_recurs_and_is_not_unusual() -> None:
    rows = [request("POST /cron", clock(hour, 40, i), 10) for hour in range(24) for i in range(20)]
    row = named(around_of(rows, []).requests, "POST /cron")
    assert (row.recurs, row.unusual, row.only_now, row.usual, row.most) == (True, False, False, 20, 20)


def test_a_rush_hour_is_not_unusual() -> None:
    """Ten times as many as at other hours, but all through the hour."""
    rng = random.Random(3)
    rows = [request("GET /a", clock(hour, 0, rng.random() * 3600), 10) for hour in range(24) for _ in range(60)]
    rows += [request("GET /a", clock(9, 10, rng.random() * 3600), 10) for _ in range(600)]
    assert not named(around_of(rows, []).requests, "GET /a").unusual


def test_with_little_to_compare_with_nothing_is_unusual() -> None:
    spans = [span("once", AT_0940 + 1, 10)]
    (alone,) = around_of([], spans, window=Window(MOMENT, MOMENT + 60_000_000_000)).jobs
    assert (alone.chance, alone.unusual, alone.usual, alone.nearby, alone.only_now) == (None, False, None, None, True)
    (job,) = around_of([], spans).jobs
    assert job.chance == pytest.approx(1 / 24)
    assert (job.unusual, job.only_now, job.usual, job.recurs) == (True, True, 0, False)
    (few,) = around_of([], spans, window=Window(ns(clock(7)), ns(clock(12)))).jobs
    assert few.chance == pytest.approx(1 / 5)
    assert (few.unusual, few.only_now) == (False, True)


def test_two_other_hours_are_enough_to_recur_and_one_is_not() -> None:
    spans = [span("sync", clock(hour, 40), 10) for hour in (8, 9, 10)]
    three, two = Window(ns(clock(8)), ns(clock(11))), Window(ns(clock(8)), ns(clock(10)))
    assert around_of([], spans, window=three).jobs[0].recurs
    assert not around_of([], spans, window=two).jobs[0].recurs


def test_other_days_at_the_same_time_are_counted() -> None:
    spans = [span("daily", clock(9 + 24 * day, 40), 10) for day in (-3, -2, -1, 0)]
    window = Window(ns(clock(0 - 24 * 4)), DAY.to_ns)
    found = around_of([], spans, window=window)
    assert (found.stretch.days, found.stretch.hours) == (4, 119)
    assert (found.jobs[0].days_seen, found.jobs[0].hours_seen) == (3, 3)


@pytest.mark.parametrize("edge", [0, 60, -1800, 1860, 3600, 3660])
def test_edges_belong_to_what_they_begin(edge: int) -> None:
    """A nanosecond before an edge something else counts than on it."""
    last, first = (
        around_of([request("GET /a", AT_0940 + 1), _at(MOMENT + edge * 10**9 + step)], []) for step in (-1, 0)
    )
    (before,), (after,) = last.requests, first.requests
    assert {
        0: (before.started, before.nearby, after.started, after.nearby) == (1, 1 / 60, 2, 0),
        60: (before.started, before.nearby, after.started, after.nearby) == (2, 0, 1, 1 / 60),
        -1800: (before.nearby, after.nearby) == (0, 1 / 60),
        1860: (before.nearby, after.nearby) == (1 / 60, 0),
        3600: (before.most, after.most) == (0, 1),
        3660: (before.most, after.most) == (1, 0),
    }[edge]


def _at(start_ns: int) -> Row:
    return request("GET /a") | {"start_ns": start_ns, "arrival_ns": start_ns, "end_ns": start_ns}


def test_writes_are_told_from_reads_in_every_dialect() -> None:
    row, server = served("PUT /a", AT_0940, 1000)
    spans = [
        server, statement(server, "SELECT a FROM t", AT_0940), statement(server, "update t set a = ?", AT_0940),
        statement(server, "insertMany t", AT_0940, db_operation="INSERTMANY"),
        statement(server, "DELETE t", AT_0940, db_operation=None),
        statement(server, "SET key", AT_0940, category="cache"),
    ]  # fmt: skip
    found = around_of(
        [row], [each | {"db_operation": each["db_operation"] and each["db_operation"].upper()} for each in spans]
    )
    assert sorted((each.name, each.db_operation, each.made_by) for each in found.writes) == [
        ("DELETE t", "DELETE", "PUT /a"), ("insertMany t", "INSERTMANY", "PUT /a"), ("update t set a = ?", "UPDATE", "PUT /a"),
    ]  # fmt: skip


def test_who_made_a_write_is_found_through_what_lies_between() -> None:
    job = span("nightly", AT_0940 - 3600, 7_200_000)
    deep = job
    for i in range(5):
        deep = below(deep, f"step {i}", AT_0940 - 1, 5000)
    row, server = served("PUT /a", AT_0940, 1000, service="other")
    message = below(server, "receive", AT_0940, 500, kind="CONSUMER", category="messaging", service="other")
    text = "DELETE FROM t"
    spans = [job, deep, server, message, statement(deep, text, AT_0940, 10), statement(message, text, AT_0940, 10)]
    found = around_of([row], [*spans, statement(server, text, AT_0940, 10, parent_span_id="e" * 16)])
    assert [(each.service, each.made_by, each.started) for each in found.writes] == [
        ("other", "unknown, receive", 2), ("app", "step 4", 1),
    ]  # fmt: skip


def test_rows_are_unknown_where_no_span_says_them() -> None:
    spans = [statement(span("job", AT_0940 - 1, 5000), "DELETE FROM t", AT_0940, 10)]
    (row,) = around_of([], spans).writes
    assert (row.db_rows, row.usual_rows, row.most_rows, row.record_rows) == (None, None, 0, False)


def test_a_scheduled_job_that_did_not_run_is_missed_here() -> None:
    spans = [span("sync", clock(hour, 40), 10) for hour in range(24) if hour != 9]
    found = around_of([], spans)
    assert (list(found.jobs), [(job.job, job.missed) for job in found.scheduled]) == ([], [("sync", 1)])


def test_only_one_service_may_be_asked_for() -> None:
    spans = [span("sync", AT_0940, 10, service=name) for name in ("a", "b")]
    assert [job.service for job in around_of([], spans, service="b").jobs] == ["b"]


def test_clocks_mean_the_last_such_time_in_the_zone() -> None:
    rows = [request("GET /", clock(0), 10), request("GET /", clock(23, 59), 10)]
    for text, zone, expected in (
        ("09:40", "UTC", clock(9, 40)), ("11:40", "Europe/Berlin", clock(9, 40)), ("09:40:30", "UTC", clock(9, 40, 30)),
        ("2026-09-22T09:40:00+02:00", "UTC", clock(7, 40)), ("2026-09-22T09:40", "Europe/Berlin", clock(7, 40)),
    ):  # fmt: skip
        found = around_of(rows, [], moment=text, window=None, zone=ZoneInfo(zone))
        assert found.stretch.window.from_ns == ns(expected), text


def test_longer_stretches_can_be_asked_for_up_to_half_an_hour() -> None:
    spans = [span("sync", clock(hour, 42), 10) for hour in range(24)]
    found = around_of([], spans, length="5m")
    assert (found.jobs[0].started, found.jobs[0].recurs, found.stretch.near) == (1, True, 12)
    assert around_of([], spans, length="30m").stretch.near == 2
    with pytest.raises(BadInputError, match="more than 30m"):
        around_of([], spans, length="31m")


def test_a_moment_outside_of_the_data_says_how_far_they_reach() -> None:
    rows = [request("GET /", clock(10), 10), request("GET /", clock(11), 10)]
    with pytest.raises(BadInputError, match="is outside of the data, which reach from 2026-09-22T10:00:00Z"):
        around_of(rows, [], moment="09:40", window=None)


def test_a_minute_that_the_data_cover_in_part_is_compared_by_what_they_cover() -> None:
    rows = [request("GET /", AT_0940 - 60 * i, 10) for i in range(30)]
    window = Window(ns(clock(9)), MOMENT + 6_000_000_000)
    (row,) = around_of(rows, [], window=window).requests
    assert row.chance == pytest.approx(1 - (1800 / 1806) ** 30)


def test_nothing_at_all_happened() -> None:
    found = around_of([], [])
    assert (found.everything, list(found.scheduled), found.figures) == ([], [], 0)
    assert found.as_dict()["compared_with"] == {"hours": 23, "days": 0, "nearby": 60, "figures": 0}


def test_the_minutes_of_an_hour_add_up_to_its_ranking() -> None:
    rng = random.Random(6)
    rows = [request(rng.choice(["GET /a", "GET /b"]), clock(9, 0, rng.random() * 3600), 30) for _ in range(300)]
    spans = [span("job", clock(9, 0, rng.random() * 3600), 30) for _ in range(50)]
    hour, started = Window(ns(clock(9)), ns(clock(10))), dict[str, int]()
    with database(rows, spans) as connection:
        traces = open_traces(connection, now_ns=DAY.to_ns)
        for half in (0, 30):
            found = traces.around(ns(clock(9, half)), hour, length="30m")
            for row in found.everything:
                started[row.name] = started.get(row.name, 0) + row.started
        assert started == {row.endpoint: row.requests for row in traces.endpoints(hour)}


def test_false_alarms_are_rare() -> None:
    """Two hundred endpoints with traffic of their own at random moments, looked at in ten minutes."""
    rng = random.Random(7)
    rows = [
        request(f"GET /{i}", clock(0, 0, rng.random() * 86_400), 10)
        for i in range(200)
        for _ in range(rng.randint(1, 40))
    ]
    alarms = 0
    with database(rows) as connection:
        traces = open_traces(connection, now_ns=DAY.to_ns)
        for _ in range(10):
            found = traces.around(ns(clock(rng.randrange(24), rng.randrange(60))), DAY, zone=UTC)
            alarms += any(each.unusual for each in found.everything)
            assert not any(each.recurs for each in found.everything if each.hours_seen < 12)
    assert alarms <= 1


@settings(deadline=None, max_examples=25)  # each example is a database; the machine may be busy
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["request", "job", "write"]), st.sampled_from("ab"),
            st.sampled_from([7, 8, 9, 9, 9, 10, 33]), st.sampled_from([9, 10, 39, 40, 40, 41, 59]),
            st.sampled_from([0, 30, 59]), st.integers(0, 200), st.booleans(), st.none() | st.integers(0, 9),
        ),
        max_size=30,
    ),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_counts_are_those_of_the_slow_oracle(things: list[tuple[Any, ...]], order: random.Random) -> None:
    order.shuffle(things)
    window = Window(ns(clock(7, 40)), ns(clock(34, 40)))
    requests = [
        request(f"GET {n}", clock(h, m, s), d * 1000, status=500 if f else 200)
        for k, n, h, m, s, d, f, _ in things
        if k == "request"
    ]
    spans = [
        span(n, clock(h, m, s), d * 1000, status="ERROR" if f else "OK") if k == "job"
        else span(n, clock(h, m, s), d * 1000, status="ERROR" if f else "OK", parent_span_id="e" * 16, category="database",
                  statement=n, db_operation="UPDATE", db_rows=rows)
        for k, n, h, m, s, d, f, rows in things if k != "request"
    ]  # fmt: skip
    found = around_of(requests, spans, window=window)
    rows = {"request": found.requests, "job": found.jobs, "write": found.writes}
    got = {(kind, row.name): row for kind, each in rows.items() for row in each}
    expected = oracle(things, window)
    assert {key: {name: getattr(row, name) for name in expected[key]} for key, row in got.items()} == expected


def oracle(things: list[tuple[Any, ...]], window: Window) -> dict[tuple[str, str], dict[str, Any]]:
    found = {}
    for kind, name in {each[:2] for each in things}:
        mine = [each for each in things if each[:2] == (kind, name) and window.contains(ns(clock(*each[2:5])))]
        seconds = {id(each): clock(*each[2:5]) - AT_0940 for each in mine}
        now = [each for each in mine if 0 <= seconds[id(each)] < 60]
        running = now + [each for each in mine if seconds[id(each)] < 0 < seconds[id(each)] + each[5]]
        near = [each for each in mine if -1800 <= seconds[id(each)] < 1860 and each not in now]
        hours = {hour: [e for e in mine if 0 <= seconds[id(e)] - hour * 3600 < 60] for hour in range(-2, 25) if hour}
        if running:
            with_rows = [each[7] for each in now if each[7] is not None]
            found[kind, f"GET {name}" if kind == "request" else name] = {
                "started": len(now),
                "running": len(running),
                "errors": sum(each[6] for each in now),
                "db_rows": sum(with_rows) if with_rows and kind == "write" else None,
                "time_s": sum(each[5] for each in running),
                "nearby": len(near) / 60,
                "usual": sum(map(len, hours.values())) / 26,
                "most": max(map(len, hours.values())),
                "hours_seen": sum(map(bool, hours.values())),
                "days_seen": bool(hours[24]),
                "most_rows": max(sum(e[7] or 0 for e in each) for each in hours.values()) if kind == "write" else 0,
            }
    return found


def test_the_moment_may_be_given_in_nanoseconds_and_the_window_as_text() -> None:
    found = around_of([request("GET /", AT_0940, 10)], [], window=f"{iso(ns(clock(9)))}/{iso(ns(clock(10)))}")
    assert (found.stretch.hours, found.requests[0].started) == (0, 1)
    assert "GET /" in found._repr_html_()
