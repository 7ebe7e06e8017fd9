"""What production sends and is no storm: each case by hand, in trouble, and spared."""

from itertools import accumulate, cycle
from typing import Any

import pytest

from hotspan_analysis import open_traces
from hotspan_analysis.storm_results import StormReport
from storm_clients import SAVE, Rows, calm
from traces import database, ns, request

LETTERS_S = (0.22, 0.17, 0.56, 0.26, 0.31, 0.19, 0.43, 0.24, 0.38, 0.15)
CLICKS_S = (2.1, 5.3, 1.2, 3.4, 8.1, 1.6, 2.7, 4.2)


def report(rows: Rows, until_s: float = 4000.0) -> StormReport:
    with database(rows) as connection:
        return open_traces(connection, now_ns=ns(until_s)).storms()


def spared(rows: Rows, until_s: float = 4000.0) -> set[str]:
    """The kinds of the other findings, once it is clear that there is no storm."""
    answer = report(rows, until_s)
    assert answer.storms == []
    return {finding.kind for finding in answer.findings}


def moments(steps: tuple[float, ...], count: int, start_s: float) -> list[float]:
    return [
        start_s,
        *(start_s + each for each in accumulate(step for step, _ in zip(cycle(steps), range(count - 1), strict=False))),
    ]


@pytest.mark.parametrize("drops", [True, False])
def test_somebody_who_types_while_answers_are_slow(drops: bool) -> None:
    rows: Rows = []
    for search in range(12):
        for at in moments(LETTERS_S, 10, 40.0 * search):
            slow = search >= 6
            rows.append(request("POST /search", at=at, ms=5000 if slow else 90, aborted=drops and slow))
    spared(rows)


def test_clicks_in_an_app_with_one_url_for_everything() -> None:
    rows: Rows = []
    for visit in range(12):
        for at in moments(CLICKS_S, 8, 60.0 * visit):
            rows += [request("POST /graphql", at=at + 0.02 * call, ms=9000 if visit > 6 else 80) for call in range(3)]
    spared(rows)


def test_events_that_a_page_reports_in_bursts() -> None:
    rows = [
        request("POST /collect", at=at, ms=20_000 if burst > 6 else 5)
        for burst in range(12)
        for at in moments((1.1, 2.4, 0.7, 3.2, 1.6), 15, 90.0 * burst)
    ]
    spared(rows)


@pytest.mark.parametrize("period_s", [5.0, 10.0, 30.0, 60.0])
@pytest.mark.parametrize("trouble", ["slow", "gives up", "fails", "never worked", "always given up"])
def test_a_probe_is_never_a_storm(period_s: float, trouble: str) -> None:
    how: dict[str, dict[str, Any]] = {
        "slow": {"ms": 90_000},
        "gives up": {"ms": 25_000, "aborted": True},
        "fails": {"ms": 5, "status": 503},
        "never worked": {"ms": 5, "status": 503},
        "always given up": {"ms": 25_000, "aborted": True},
    }
    always = trouble in ("never worked", "always given up")
    good = [] if always else [request("GET /health", at=period_s * index, ms=5) for index in range(30)]
    bad = [request("GET /health", at=period_s * index, **how[trouble]) for index in range(len(good), len(good) + 40)]
    assert spared(good + bad, 90 * period_s)


def test_two_probes_behind_one_address() -> None:
    rows = [
        request("GET /health", at=10.0 * index + offset, ms=5, status=503 if index > 40 else 200, client_tier="address")
        for index in range(80)
        for offset in (0.0, 2.8)
    ]
    spared(rows, 900)


@pytest.mark.parametrize("refusals", [1, 2])
def test_a_handshake_is_the_first_half_of_an_answer(refusals: int) -> None:
    rows: Rows = []
    for index in range(40):
        for step in range(refusals + 1):
            status = 200 if step == refusals else 401
            rows.append(request("GET /intranet", at=7.0 * index + 0.03 * step, ms=20, status=status))
    assert spared(rows, 400) <= {"polling"}


def test_a_token_that_is_refreshed_for_ever_is_a_loop() -> None:
    rows = [request("GET /me", at=100 + 0.08 * index, ms=30, status=401) for index in range(60)]
    assert "hot_loop" in spared(rows)


def test_a_queue_that_is_sent_one_by_one_whether_it_works_or_not() -> None:
    rows = [
        request("POST /sync", at=50.0 * burst + 0.1 * item, ms=60, status=503 if burst > 8 else 200)
        for burst in range(12)
        for item in range(15)
    ]
    assert spared(rows) <= {"hot_loop", "failing_poller", "polling"}


def test_a_long_poll_in_two_tabs() -> None:
    rows = [request("GET /updates", at=25.02 * index + tab, ms=25_000) for index in range(40) for tab in (0.0, 11.0)]
    spared(rows, 1100)


def test_an_uptime_check_of_sixty_seconds_sharp_in_a_log() -> None:
    coarse = {"start_known": False, "time_precision_ns": 10**9, "source": "log", "client_tier": "address"}
    rows = [
        request("GET /", at=60.0 * index, ms=0, status=200 if index % 50 else 502, **coarse) for index in range(300)
    ]
    assert spared(rows, 18_100) == {"polling"}


def test_a_guessing_machine_alone_on_its_endpoint_is_told() -> None:
    steps = (0.9, 0.4, 1.3, 0.7, 1.6)
    rows = [request("POST /wp-login", at=at, ms=40, client="eve") for at in moments(steps, 1200, 100.0)]
    answer = report(rows)
    assert [finding.kind for finding in answer.findings] == ["hot_loop"]
    assert "as programs that try one thing after another do" in answer.findings[0].evidence[0]


def test_exports_that_are_asked_for_until_they_are_there_are_found() -> None:
    rows: Rows = []
    for number in range(4):
        target = f"export{number}"
        rows += [
            request("GET /exports", at=200.0 * number + 4.0 * n, ms=9, status=404, target=target) for n in range(9)
        ]
        rows.append(request("GET /exports", at=200.0 * number + 36, ms=9, target=target))
    storms = report(rows, 900).storms
    assert {storm.mechanism for storm in storms} == {"fixed_interval"}
    assert [storm.resend_gap_s for storm in storms] == pytest.approx([4.0] * len(storms))


def school(buggy: bool) -> Rows:
    """Fifteen pupils behind one address, ten seconds apart each; for half a minute answers take 12 s."""
    rows: Rows = []
    for pupil in range(15):
        at, behind = 0.63 * pupil, {"client": "school", "client_tier": "address", "target": "exam"}
        while at < 600:
            slow = 300 <= at < 330
            took = 12.0 if slow else 0.1
            rows.append(request(SAVE, at=at, ms=1000 * took, **behind))
            if buggy and slow:
                rows += [request(SAVE, at=at + tick, ms=1000 * (took - tick), **behind) for tick in range(1, 12)]
            at += took + 10.0 + 0.17 * (pupil % 5)
    return rows


def test_a_polite_class_behind_one_address_is_no_storm() -> None:
    assert "storm" not in spared(school(buggy=False), 700)


def test_the_same_class_with_the_bug_is_an_incident_on_the_address_that_says_so() -> None:
    answer = report(school(buggy=True), 700)
    (storm,) = answer.storms
    (incident,) = answer.incidents
    assert (storm.client_tier, storm.mechanism) == ("address", "timer")
    assert storm.resend_gap_s == pytest.approx(1.0, abs=0.1)
    assert incident.only_addresses
    assert incident.summary.startswith("1 address (nothing tells the people behind it apart)")
    assert any("known by its address only" in each for each in storm.counter_evidence)
    assert any("who of those behind the address does it cannot be told" in each for each in storm.missing)


def test_attempts_that_went_to_four_workers_on_two_hosts_are_one_storm() -> None:
    attempts = [request(SAVE, at=300 + index, ms=20_000 - 100 * index) for index in range(12)]
    rows = [
        row | {"worker": 1 + index % 4, "instance": f"host{index % 2}:1"} for index, row in enumerate(calm() + attempts)
    ]
    (storm,) = report(rows, 700).storms
    assert (storm.attempts, storm.operations) == (12, 1)


def test_a_class_seen_while_its_requests_are_in_flight() -> None:
    rows: Rows = []
    for pupil in range(5):
        who = f"p{pupil}"
        rows += calm(25, client=who, target=who)
        rows += [request(SAVE, at=290 + pupil / 9 + index, ms=None, client=who, target=who) for index in range(7)]
    answer = report(rows, 297.0)
    assert {storm.statuses["open"] for storm in answer.storms} == {7}
    assert all(storm.lasting for storm in answer.storms)
    assert (answer.incidents[0].clients, answer.incidents[0].lasting) == (5, True)


def test_a_single_gap_is_no_clock() -> None:
    """Letters that overlap: of all gaps but one nothing is counted, and one gap agrees with itself."""
    rows: Rows = []
    for search in range(12):
        slow = search == 8
        moments_s = (0.0, 0.1, 0.35, 0.45, 0.55, 0.65, 0.75) if slow else (0.0, 0.4, 0.9, 1.3)
        for letter in moments_s:
            rows.append(request("POST /search", at=40.0 * search + letter, ms=1500 if slow else 60, aborted=slow))
    spared(rows)
