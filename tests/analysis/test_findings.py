"""What looks like a storm and is none: told by its own name, once."""

from typing import Any

from hotspan_analysis import open_traces
from hotspan_analysis.storm_results import Finding
from traces import database, ns, request

Rows = list[dict[str, Any]]


def findings(rows: Rows, until_s: float = 4000.0) -> list[Finding]:
    with database(rows) as connection:
        report = open_traces(connection, now_ns=ns(until_s)).storms()
    assert report.storms == []
    return list(report.findings)


def kinds(rows: Rows) -> set[str]:
    return {finding.kind for finding in findings(rows)}


def test_a_redirect_that_leads_back_is_a_loop() -> None:
    rows = [request("GET /login", at=100 + 0.1 * index, ms=50, status=302) for index in range(20)]
    (finding,) = findings(rows)
    assert (finding.kind, finding.requests, finding.clients) == ("hot_loop", 20, 1)
    assert "20 times in a row" in finding.evidence[0]


def test_two_pages_that_redirect_to_each_other_are_loops() -> None:
    rows = [
        request(f"GET /{'a' if index % 2 else 'b'}", at=100 + 0.1 * index, ms=50, status=302) for index in range(20)
    ]
    assert {finding.endpoint for finding in findings(rows)} == {"GET /a", "GET /b"}


def test_nineteen_good_answers_in_a_row_are_no_loop() -> None:
    assert findings([request("GET /x", at=100 + 0.1 * index, ms=50) for index in range(19)]) == []


def test_unchanged_answers_are_no_loop() -> None:
    rows = [request("GET /logo", at=100 + 0.1 * index, ms=50, status=304) for index in range(40)]
    assert "hot_loop" not in kinds(rows)


def test_who_tries_passwords_stands_out_against_the_others() -> None:
    others = [request("POST /login", at=300 * index, ms=50, client=f"c{index}") for index in range(8)]
    steps = [1.3, 3.1, 2.2, 4.4, 1.9]
    at, tries = 500.0, []
    for index in range(150):
        at += steps[index % 5]
        tries.append(request("POST /login", at=at, ms=50, client="eve"))
    (finding,) = [each for each in findings(others + tries) if each.kind == "hot_loop"]
    assert finding.requests == 150
    assert "other clients" in finding.evidence[0]


def test_a_herd_is_many_clients_in_one_second() -> None:
    rows = [request("GET /bell", at=600 + 0.01 * index, ms=20, client=f"p{index}") for index in range(40)]
    rows += [request("GET /bell", at=30.0 * index, ms=20, client=f"p{index}") for index in range(40)]
    (finding,) = [each for each in findings(rows) if each.kind == "herd"]
    assert finding.clients == 40
    assert finding.client is None


def test_ten_pollers_are_one_finding_with_every_request() -> None:
    rows = [
        request("GET /inbox", at=30.0 * index + who, ms=5, client=f"u{who}") for index in range(60) for who in range(10)
    ]
    (finding,) = findings(rows)
    assert (finding.kind, finding.clients, finding.client, finding.requests) == ("polling", 10, None, 600)
    assert finding.period_s == 30.0


def test_what_never_once_works_is_a_failing_poller_and_no_storm() -> None:
    for status in (401, 404, 503):
        rows = [request("GET /old", at=5.0 * index, ms=5, status=status) for index in range(80)]
        assert kinds(rows) == {"failing_poller"}, status


def test_a_probe_is_never_a_storm_even_while_it_fails() -> None:
    good = [request("GET /health", at=10.0 * index, ms=5, agent="kube-probe/1.31") for index in range(60)]
    bad = [request("GET /health", at=600 + 10.0 * index, ms=5, status=503) for index in range(30)]
    assert "failing_poller" in kinds(good + bad)


def test_a_log_in_whole_seconds_without_durations_raises_no_alarm_for_people() -> None:
    coarse = {"start_known": False, "time_precision_ns": 10**9, "source": "log", "client_tier": "address"}
    rows = [request("GET /page", at=float(index * 7 % 600), ms=0, **coarse) for index in range(80)]
    assert {finding.kind for finding in findings(rows)} <= {"polling"}
