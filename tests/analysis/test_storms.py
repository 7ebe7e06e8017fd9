"""Storms found, named and spared: small cases worked out by hand."""

from collections.abc import Iterable
from typing import Any

import pytest

from hotspan_analysis import StormSettings, Window, open_traces
from hotspan_analysis.storm_results import StormReport
from hotspan_collector.errors import BadInputError
from storm_clients import SAVE, Rows, calm, failing, story
from traces import EPOCH_NS, database, ns, request


def found_in(rows: Iterable[dict[str, Any]], until_s: float = 1000.0, **settings: Any) -> StormReport:
    with database(list(rows)) as connection:
        return open_traces(connection, now_ns=ns(until_s)).storms(settings=StormSettings(**settings))


def test_the_story_is_a_timer_with_every_figure_as_counted() -> None:
    (storm,) = found_in(calm() + story()).storms
    assert (storm.mechanism, storm.endpoint, storm.confidence) == ("timer", SAVE, "high")
    assert (storm.attempts, storm.operations, storm.duplicates, storm.amplification) == (9, 1, 8, 9.0)
    assert storm.peak_in_flight == 9
    assert storm.resend_gap_s == pytest.approx(1.0)
    assert storm.start == "2026-09-21T14:18:21Z"  # second 301: the first duplicate
    assert storm.end == "2026-09-21T14:18:28Z"
    assert storm.statuses == {"200": 9}
    # in flight 20 + 19.9 + ... + 19.2 s = 176.4 s; the union lasts from 300 to 308 + 19.2 = 327.2 s
    assert storm.in_flight_s == pytest.approx(176.4)
    assert storm.duplicate_in_flight_s == pytest.approx(176.4 - 27.2)
    assert storm.acceleration is not None
    assert storm.acceleration > 2.5


def test_a_storm_says_what_speaks_for_it_and_by_how_much_it_passed() -> None:
    (storm,) = found_in(calm() + story()).storms
    assert any("every 1.00 s" in sentence for sentence in storm.evidence)
    assert any("none is an error" in sentence for sentence in storm.evidence)
    margins = {margin["test"]: margin for margin in storm.margins}
    assert margins["acceleration"]["passed"]
    assert margins["acceleration"]["threshold"] == StormSettings().acceleration
    assert [step["sent_s"] for step in storm.timeline][:3] == [0.0, 1.0, 2.0]


def test_a_steady_poller_that_waits_is_polling_and_no_storm() -> None:
    report = found_in([request("GET /health", at=60.0 * index, ms=5) for index in range(40)], until_s=3000)
    assert report.storms == []
    (finding,) = report.findings
    assert (finding.kind, finding.requests, finding.clients) == ("polling", 40, 1)
    assert finding.period_s == pytest.approx(60.0)


def test_an_interval_that_looks_at_no_answer_piles_up_and_does_not_accelerate() -> None:
    slow = [request(SAVE, at=200 + 2 * index, ms=30_000) for index in range(20)]
    report = found_in(calm(100, 2.0) + slow)
    assert report.storms == []
    assert [finding.kind for finding in report.findings if finding.kind != "polling"] == ["pile_up"]


def test_workers_that_take_the_next_job_are_no_storm() -> None:
    rows: Rows = []
    for worker in range(8):
        for job in range(20):
            rows.append(request("POST /jobs", at=300 + job * 1.02 + worker * 0.001, ms=1000))
    assert found_in(calm() + rows).storms == []


def test_a_double_click_on_a_slow_day_is_no_storm() -> None:
    clicks = [request(SAVE, at=300 + 20 * index + late, ms=5000) for index in range(8) for late in (0.0, 0.15)]
    assert found_in(calm() + clicks).storms == []


def test_what_the_preflight_and_the_prefetch_repeat_does_not_count() -> None:
    doubled = [request(SAVE, at=300 + index, ms=20_000, speculative=index > 0) for index in range(10)]
    options = [request("OPTIONS /exams/{exam}", at=300 + index, ms=20_000) for index in range(10)]
    assert found_in(calm() + doubled + options).storms == []


def test_ranges_of_one_film_are_no_storm() -> None:
    parts = [request("GET /film", at=300 + index, ms=30_000, status=206) for index in range(20)]
    assert found_in(calm() + parts).storms == []


def test_retries_after_errors_are_named_by_their_pauses() -> None:
    usual = calm(30)
    assert [s.mechanism for s in found_in(usual + failing([2.0] * 8)).storms] == ["fixed_interval"]
    assert [s.mechanism for s in found_in(usual + failing([0.02] * 8)).storms] == ["immediate_retry"]
    assert [s.mechanism for s in found_in(usual + failing([0.1, 0.2, 0.4, 0.8, 1.6, 3.2])).storms] == ["backoff"]
    ragged = [0.4, 2.1, 0.9, 1.7, 0.3, 2.6, 1.1, 0.6]
    assert [s.mechanism for s in found_in(usual + failing(ragged)).storms] == ["backoff_jitter"]


def test_a_poller_keeps_its_pace_through_an_outage_and_is_only_failing() -> None:
    outage = [request(SAVE, at=200 + 10 * index, ms=10, status=503) for index in range(12)]
    report = found_in(calm() + outage)
    assert report.storms == []
    assert "failing_poller" in {finding.kind for finding in report.findings}


def test_a_header_that_counts_attempts_is_proof() -> None:
    rows: Rows = []
    for operation in range(4):
        for attempt in (1, 2, 3):
            rows.append(request(SAVE, at=300 + 20 * operation + attempt, ms=10, status=503, attempt=attempt))
    (storm,) = found_in(calm() + rows).storms
    assert (storm.mechanism, storm.confidence) == ("gateway", "certain")


def test_requests_still_open_count_up_to_now() -> None:
    rows = calm() + [request(SAVE, at=300 + index, ms=None) for index in range(9)]
    (storm,) = found_in(rows, until_s=310.0).storms
    assert storm.lasting
    assert storm.statuses == {"open": 9}
    assert storm.in_flight_s == pytest.approx(sum(10 - index for index in range(9)))


def test_one_client_through_several_workers_is_one_client() -> None:
    rows = [row | {"worker": 1 + index % 4} for index, row in enumerate(calm() + story())]
    (storm,) = found_in(rows).storms
    assert storm.attempts == 9


def test_two_clients_are_one_incident() -> None:
    rows = [*calm(), *story(), *calm(client="bob"), *story("bob", 305.0)]
    report = found_in(rows)
    (incident,) = report.incidents
    assert (incident.clients, incident.attempts, incident.operations) == (2, 18, 2)
    assert "2 clients sent 18 requests" in incident.summary


def test_an_incident_knows_its_storms_to_the_fraction_of_a_second() -> None:
    second = [*calm(client="bob"), *story("bob", 300.25), *story("bob", 800.0)]
    report = found_in([*calm(), *story(), *second])
    first, last = sorted(report.incidents, key=lambda each: each.start)
    assert (first.start, report.storms_of(last)[0].client) == (
        "2026-09-21T14:18:21Z",
        report.storms_of(first)[-1].client,
    )
    assert [len(report.storms_of(each)) for each in (first, last)] == [2, 1]


def test_a_client_known_by_its_address_only_says_so() -> None:
    rows = [row | {"client_tier": "address"} for row in calm() + story()]
    report = found_in(rows)
    (storm,) = report.storms
    assert any("address only" in sentence for sentence in storm.counter_evidence)
    (incident,) = report.incidents
    assert incident.only_addresses
    assert "nothing tells the people behind it apart" in incident.summary


def test_the_order_of_the_rows_changes_nothing() -> None:
    rows = calm() + story() + calm(client="bob")
    assert found_in(rows).as_dict() == found_in(rows[::-1]).as_dict()


def test_a_storm_belongs_to_the_windows_that_it_touches() -> None:
    with database(calm() + story()) as connection:
        traces = open_traces(connection, now_ns=ns(1000))
        during = Window(EPOCH_NS + 304 * 10**9, EPOCH_NS + 306 * 10**9)
        before = Window(EPOCH_NS, EPOCH_NS + 300 * 10**9)
        after = Window(EPOCH_NS + 400 * 10**9, EPOCH_NS + 500 * 10**9)
        assert len(traces.storms(before).storms) == 0
        assert len(traces.storms(after).storms) == 0
        cut = traces.storms(during).storms
        assert [storm.start for storm in cut] == ["2026-09-21T14:18:21Z"]


def test_nothing_at_all_is_no_storm() -> None:
    assert found_in([]).as_dict()["storms"] == []
    assert found_in([request(SAVE)]).storms == []


def test_a_threshold_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(BadInputError, match="no storm setting is called 'speed'"):
        StormSettings.of(speed=3)


def test_a_stricter_threshold_finds_less() -> None:
    rows = calm() + story()
    assert found_in(rows, fewest_duplicates=20).storms == []
