"""Jobs: their rhythm, what is due, missed, late, colliding or getting slower."""

import random
from itertools import combinations, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotspan_analysis import open_traces
from hotspan_analysis.jobs import Job, Jobs
from hotspan_analysis.window import Window, iso
from traces import EPOCH_NS, below, database, ns, request, span

HOUR = 3600
FULL_HOUR = -(EPOCH_NS // 1_000_000_000 % HOUR)
"""Second zero is 14:13:20; this many seconds from it is 14:00."""

DAY = Window(ns(FULL_HOUR), ns(FULL_HOUR + 24 * HOUR))
Row = dict[str, Any]


def jobs_of(spans: list[Row], window: Window = DAY, **more: Any) -> Jobs:
    with database([], spans) as connection:
        return open_traces(connection, now_ns=window.to_ns).jobs(window, **({"zone": ZoneInfo("UTC")} | more))


def at(hours: float, minutes: float = 0, seconds: float = 0) -> float:
    """So long after the full hour, in seconds after second zero."""
    return FULL_HOUR + hours * HOUR + minutes * 60 + seconds


def only(found: Jobs) -> Job:
    (job,) = found
    return job


def test_an_hourly_job_by_hand() -> None:
    job = only(jobs_of([span("sync", at(hour, 40, hour % 3), 1000 + hour) for hour in range(24)]))
    assert job.recurring
    assert (job.runs, job.rounds, job.runs_per_round, job.minute, job.minute_share) == (24, 24, 1, 40, 1)
    assert (job.period_s, job.regularity, job.missed, job.overdue) == (3601, 1, 0, 0)
    assert (job.total_time_s, job.mean_ms, job.max_ms, job.last_duration_ms) == (24.276, 1011.5, 1023, 1023)
    assert (job.first_run, job.last_run) == (iso(ns(at(0, 40))), iso(ns(at(23, 40, 2))))
    assert job.next_due == iso(ns(at(24, 40, 3)))


def test_missed_runs_are_counted_inside_and_at_the_end() -> None:
    hours = [hour for hour in range(20) if hour not in (5, 6, 11)]
    job = only(jobs_of([span("sync", at(hour, 40), 1000) for hour in hours]))
    assert (job.period_s, job.missed, job.overdue) == (3600, 3 + 4, 4)
    assert job.next_due == iso(ns(at(24, 40)))


def test_a_run_is_overdue_only_after_a_tenth_of_the_period() -> None:
    spans = [span("sync", at(hour), 1000) for hour in range(10)]
    for minutes, overdue in ((59, 0), (65, 0), (67, 1), (125, 1), (127, 2)):
        window = Window(ns(at(0)), ns(at(9, minutes)))
        assert only(jobs_of(spans, window)).overdue == overdue


def test_workers_that_run_a_job_together_are_one_round() -> None:
    spans = [span("mail", at(hour, 10, worker * 0.3), 500) for hour in range(12) for worker in range(4)]
    job = only(jobs_of(spans, Window(ns(at(0)), ns(at(12)))))
    assert (job.runs, job.rounds, job.runs_per_round, job.period_s, job.recurring) == (48, 12, 4, 3600, True)
    assert job.overlapping_runs == 36


def test_a_job_every_few_minutes_has_a_period_and_no_minute() -> None:
    job = only(jobs_of([span("tick", at(0, 5 * i), 10) for i in range(288)]))
    assert (job.recurring, job.period_s, job.minute) == (True, 300, None)


def test_three_runs_in_one_minute_of_the_hour_are_a_rhythm_and_two_are_not() -> None:
    three = only(jobs_of([span("sync", at(hour, 40), 10) for hour in (3, 4, 9)]))
    two = only(jobs_of([span("sync", at(hour, 40), 10) for hour in (3, 4)]))
    assert (three.recurring, two.recurring) == (True, False)
    assert (two.next_due, two.missed, two.period_s, two.minute) == (None, 0, 3600, None)


def test_runs_at_random_moments_are_rarely_taken_for_a_rhythm() -> None:
    rng, taken = random.Random(5), 0
    spans = [span(f"job{i}", at(24 * rng.random()), 10) for i in range(300) for _ in range(2 + i % 20)]
    found = jobs_of(spans)
    taken = sum(job.recurring for job in found)
    assert len(found) == 300
    assert taken <= 9


def test_minutes_are_those_of_the_zone() -> None:
    spans = [span("sync", at(hour, 40), 10) for hour in range(10)]
    assert only(jobs_of(spans, zone=ZoneInfo("Asia/Kolkata"))).minute == 10
    assert only(jobs_of(spans, zone=ZoneInfo("Europe/Berlin"))).minute == 40


def test_one_run_says_nothing_about_a_rhythm() -> None:
    job = only(jobs_of([span("once", at(3), 10)]))
    assert (job.recurring, job.runs, job.rounds, job.period_s, job.regularity, job.next_due) == (
        False, 1, 1, None, None, None,
    )  # fmt: skip
    assert (job.trend, job.trend_ms_per_day, job.missed) == ("unclear", None, 0)


def test_runs_that_all_start_at_one_moment_have_no_period() -> None:
    job = only(jobs_of([span("once", at(3), 10) for _ in range(5)]))
    assert (job.recurring, job.rounds, job.period_s, job.runs_per_round) == (False, 1, None, 5)


def test_requests_and_their_parts_are_no_jobs_and_errors_count() -> None:
    failed = span("nightly", at(1), 10, status="ERROR", kind="CONSUMER")
    spans = [
        failed, below(failed, "part", at(1), 5), span("call", at(2), 10, kind="CLIENT"),
        span("GET /", at(2), 10, kind="SERVER"), span("GET /", at(3), 10, kind="UNSPECIFIED", is_request=True),
    ]  # fmt: skip
    job = only(jobs_of(spans))
    assert (job.job, job.runs, job.errors) == ("nightly", 1, 1)


def test_the_window_is_half_open_and_services_are_apart() -> None:
    spans = [span("sync", at(hour), 10, service=name) for hour in range(4) for name in ("a", "b")]
    window = Window(ns(at(1)), ns(at(3)))
    assert [(job.service, job.runs) for job in jobs_of(spans, window)] == [("a", 2), ("b", 2)]
    assert [job.service for job in jobs_of(spans, window, service="b")] == ["b"]


def test_no_jobs() -> None:
    with database([request()]) as connection:
        found = open_traces(connection).jobs()
    assert (list(found), list(found.overlaps)) == ([], [])


def test_jobs_that_take_longer_and_longer_are_named() -> None:
    grow = [span("grow", at(hour, 40), 1000 + 100 * hour) for hour in range(24)]
    shrink = [span("shrink", at(hour, 40), 9000 - 100 * hour) for hour in range(24)]
    steady = [span("steady", at(hour, 40), 1000 + 100 * (hour % 2)) for hour in range(24)]
    found = {job.job: job for job in jobs_of(grow + shrink + steady)}
    assert (found["grow"].trend, found["shrink"].trend, found["steady"].trend) == ("longer", "shorter", "unclear")
    assert found["grow"].trend_ms_per_day == pytest.approx(2400)
    assert found["grow"].trend_chance == pytest.approx(2 / 2**12)
    assert found["steady"].trend_ms_per_day == pytest.approx(0)


def test_one_wild_run_does_not_bend_the_trend() -> None:
    spans = [span("sync", at(hour, 40), 1_000_000 if hour == 23 else 1000 + hour) for hour in range(24)]
    assert only(jobs_of(spans)).trend_ms_per_day == pytest.approx(24)


def test_overlaps_by_hand() -> None:
    spans = [
        *(span("report", at(hour, 0), 600_000) for hour in range(3)),
        *(span("backup", at(hour, 5), 600_000) for hour in range(3)),
        *(span("touching", at(hour, 10), 1000) for hour in range(3)),
        *(span("busy", at(0, 0, second), 500) for second in range(600)),
    ]
    found = jobs_of(spans).overlaps
    assert [(each.job, each.other_job, each.times, each.together_s) for each in found] == [
        ("backup", "report", 3, 900), ("backup", "touching", 3, 3),
    ]  # fmt: skip


@settings(deadline=None, max_examples=25)  # each example is a database; the machine may be busy
@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5000), st.integers(0, 400), st.booleans()), max_size=25),
    st.randoms(use_true_random=False),
)
def test_figures_are_those_of_the_slow_oracle(runs: list[tuple[str, int, int, bool]], order: random.Random) -> None:
    spans = [
        span(name, at(0, 0, start), length * 1000, status="ERROR" if failed else "OK")
        for name, start, length, failed in runs
    ]
    order.shuffle(spans)
    found = {job.job: job for job in jobs_of(spans)}
    assert set(found) == {name for name, *_ in runs}
    for name, job in found.items():
        expected = oracle(sorted((start, length, failed) for each, start, length, failed in runs if each == name))
        measured = {key: getattr(job, key) for key in expected}
        assert measured == pytest.approx(expected)


def oracle(runs: list[tuple[int, int, bool]]) -> dict[str, Any]:
    starts = [start for start, *_ in runs]
    mean_gap = (starts[-1] - starts[0]) / max(len(runs) - 1, 1)
    rounds = [
        start
        for i, start in enumerate(starts)
        if i == 0 or (start > starts[i - 1] and (start - starts[i - 1]) * 10 >= mean_gap)
    ]
    gaps = sorted(later - earlier for earlier, later in pairwise(rounds))
    half = len(gaps) // 2
    period = None if not gaps else gaps[half] if len(gaps) % 2 else (gaps[half - 1] + gaps[half]) / 2
    lengths = [length for _, length, _ in runs]
    apart = (len(runs) + 1) // 2
    pairs = [(runs[i], runs[i + apart]) for i in range(len(runs) - apart) if runs[i + apart][0] > runs[i][0]]
    slopes = sorted((later[1] - earlier[1]) / (later[0] - earlier[0]) for earlier, later in pairs)
    middle = len(slopes) // 2
    slope = None if not slopes else slopes[middle] if len(slopes) % 2 else (slopes[middle - 1] + slopes[middle]) / 2
    return {
        "runs": len(runs),
        "rounds": len(rounds),
        "errors": sum(failed for *_, failed in runs),
        "period_s": period,
        "regularity": sum(abs(gap - period) * 10 <= period for gap in gaps) / len(gaps) if gaps and period else None,
        "total_time_s": sum(lengths),
        "max_ms": max(lengths) * 1000,
        "minute_share": max(
            sum(start // 60 % 60 == minute for start in rounds) for minute in range(60)
        ) / len(rounds),
        "overlapping_runs": sum(
            any(before[0] + before[1] > run[0] for before in runs[:i]) for i, run in enumerate(runs)
        ),
        "trend_ms_per_day": None if slope is None else slope * 86_400_000,
    }  # fmt: skip


@settings(deadline=None, max_examples=25)  # as above
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 500), st.integers(0, 90)), max_size=20))
def test_overlaps_are_those_of_every_pair(runs: list[tuple[str, int, int]]) -> None:
    runs = [*runs, *((name, 0, 0) for name in "abc"), *((name, 5000, 1) for name in "abc")]
    runs = [run for run in runs if sum(each[0] == run[0] for each in runs) * 10 <= 5000]
    expected: dict[tuple[str, str], list[float]] = {}
    for one, other in combinations(sorted(runs), 2):
        together = min(one[1] + one[2], other[1] + other[2]) - max(one[1], other[1])
        meets = one[1] < other[1] + other[2] and other[1] < one[1] + one[2]
        if one[0] != other[0] and meets:
            times, seconds = expected.get((one[0], other[0]), [0, 0])
            expected[one[0], other[0]] = [times + 1, seconds + together]
    found = jobs_of([span(name, at(0, 0, start), length * 1000) for name, start, length in runs]).overlaps
    assert {(each.job, each.other_job): [each.times, each.together_s] for each in found} == expected
