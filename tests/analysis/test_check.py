"""The gate: what each rule finds in rows worked out by hand, and what too few requests may not say."""

from collections.abc import Iterable
from typing import Any

import pytest

from hotspan_analysis import Traces, open_traces
from hotspan_analysis.check import Check, Outcome
from hotspan_analysis.rules import Rules
from hotspan_collector.errors import BadInputError
from traces import database, ns, request

SAVE = "PUT /save"
READ = "GET /read"


def calm(endpoint: str = READ, many: int = 40, ms: float = 10.0, **more: Any) -> list[dict[str, Any]]:
    """One request a second, each of another client."""
    return [request(endpoint, at=number, ms=ms, client=f"c{number}", **more) for number in range(many)]


def hammering(client: str = "ann", attempts: int = 12) -> list[dict[str, Any]]:
    """A client that saves every 10 s, then every second while it waits."""
    usual = [request(SAVE, at=10.0 * number, ms=100, client=client) for number in range(30)]
    return usual + [request(SAVE, at=300.0 + number, ms=20_000, client=client) for number in range(attempts)]


def traces(rows: Iterable[dict[str, Any]]) -> Traces:
    return open_traces(database(rows), now_ns=ns(1000))


def checked(rows: Iterable[dict[str, Any]], baseline: Iterable[dict[str, Any]] | None = None, **rules: Any) -> Check:
    old = None if baseline is None else traces(baseline)
    return traces(rows).check(Rules.of(**rules), baseline=old)


def only(found: Check) -> Outcome:
    (outcome,) = found
    return outcome


def test_a_storm_breaks_the_rule_and_the_client_is_named() -> None:
    found = checked(calm() + hammering(), no_storms=True)
    assert (found.status, only(found).endpoint) == ("broken", SAVE)
    (line,) = only(found).evidence
    assert "client 30b73700 (session), timer (high): 12 requests for 1 operation, one every 1.00 s, 12 at once" in line
    assert "1 client sent 12 requests to PUT /save for what needed 1 (timer)" in only(found).message


def test_a_room_full_of_clients_is_cut_and_said() -> None:
    rows = [row for number in range(7) for row in hammering(f"c{number}")]
    assert only(checked(rows, no_storms=True)).evidence[-1] == "and 2 storms more"


def test_without_a_storm_the_rule_is_held() -> None:
    outcome = only(checked(calm(), no_storms=True))
    assert (outcome.status, outcome.requests, outcome.value) == ("held", 40, 0)


def test_of_clients_that_nobody_knows_no_storm_can_be_judged() -> None:
    rows = [row | {"client": None, "client_tier": "unknown"} for row in calm()]
    found = checked(rows, no_storms=True)
    assert found.status == "unjudged"
    assert "no request comes from a client that something tells apart" in only(found).message


def test_amplification_is_that_of_the_storms() -> None:
    # 30 usual saves and 12 attempts for one more: 42 / 31.
    outcome = only(checked(hammering(), max_amplification=1.2))
    assert outcome.status == "broken"
    assert outcome.value == pytest.approx(42 / 31)
    assert "client 30b73700" in outcome.evidence[0]
    assert only(checked(hammering(), max_amplification=1.4)).status == "held"


def test_duplicates_as_a_count_and_as_a_share() -> None:
    assert only(checked(hammering(), max_duplicates=10)).value == 11
    assert only(checked(hammering(), max_duplicates=11)).status == "held"
    share = only(checked(hammering(), max_duplicates="20%"))
    assert (share.status, share.found) == ("broken", "26.2%")
    assert share.value == pytest.approx(11 / 42)


def test_one_duplicate_is_a_fact_however_few_requests_there_are() -> None:
    rows = [request(SAVE, at=at, ms=5000) for at in (0, 1)]
    assert only(checked(rows, max_duplicates=0)).status == "broken"
    assert only(checked(rows, max_amplification=1.2)).status == "unjudged"


def test_a_share_is_of_the_time_of_its_kind() -> None:
    rows = calm(SAVE, 20, 30.0) + calm(READ, 20, 10.0) + calm("GET /events", 1, 90_000.0, kind="held_open")
    outcome = only(checked(rows, max_share={SAVE: "70%"}))
    assert (outcome.status, outcome.value, outcome.requests) == ("broken", 0.75, 40)
    assert outcome.message == "PUT /save: 75.0% of the time, allowed 70.0%"
    assert [each.endpoint for each in checked(rows, max_share="70%")] == [SAVE]


def test_a_p95_is_exact_and_comes_with_its_interval() -> None:
    rows = [request(READ, at=number, ms=number + 1, client=f"c{number}") for number in range(100)]
    outcome = only(checked(rows, max_p95={READ: "95ms"}))
    assert outcome.status == "broken"
    assert outcome.value == pytest.approx(95.05)
    assert "100 requests; the true value lies within" in outcome.evidence[0]
    assert only(checked(rows, max_p95={READ: "96ms"})).status == "held"


def test_a_few_requests_keep_no_p95_but_can_break_one() -> None:
    assert only(checked(calm(many=19, ms=10), max_p95="300ms")).status == "unjudged"
    assert only(checked(calm(many=19, ms=400), max_p95="300ms")).status == "broken"
    mixed = [*calm(many=18, ms=10), request(READ, at=99, ms=4000)]
    assert only(checked(mixed, max_p95="300ms")).status == "unjudged"


def test_errors_of_few_requests_count_where_chance_cannot_explain_them() -> None:
    failing = calm(many=38) + calm(many=2, status=500)
    assert only(checked(failing, max_error_rate="4%")).value == 0.05
    assert only(checked(failing, max_error_rate="5%")).status == "held"
    assert only(checked(calm(many=3, status=500), max_error_rate="1%")).status == "broken"
    assert only(checked(calm(many=9) + calm(many=1, status=500), max_error_rate="5%")).status == "unjudged"


def test_of_a_rule_for_all_each_endpoint_that_breaks_it_is_told_the_worst_first() -> None:
    rows = calm("GET /a", ms=500) + calm("GET /b", ms=900) + calm("GET /c", ms=1)
    found = checked(rows, max_p95="300ms")
    assert [each.endpoint for each in found.broken] == ["GET /b", "GET /a"]


def test_of_a_rule_that_all_keep_the_nearest_is_told_and_who_was_not_judged() -> None:
    outcome = only(checked(calm("GET /a", ms=5) + calm("GET /b", ms=9) + calm("GET /c", many=3), max_p95="300ms"))
    assert (outcome.status, outcome.endpoint, outcome.found) == ("held", "GET /b", "9.00 ms")
    assert outcome.evidence[-1] == "not judged for fewer than 20 requests: 1 more"


def test_an_endpoint_with_a_limit_of_its_own_is_not_under_the_one_for_all() -> None:
    rows = calm("GET /slow", ms=900) + calm("GET /quick", ms=1)
    assert checked(rows, max_p95={"GET /slow": "1s", "*": "300ms"}).status == "held"
    assert checked(rows, max_p95={"GET /slow": "100ms", "*": "300ms"}).status == "broken"


def test_streams_are_measured_only_when_somebody_names_them() -> None:
    rows = calm("GET /events", ms=90_000, kind="held_open") + calm()
    assert checked(rows, max_p95="1s").status == "held"
    assert checked(rows, max_p95={"GET /events": "1s"}).status == "broken"


def test_a_regression_has_to_be_sure() -> None:
    before = [request(READ, at=number, ms=100 + number % 10, client=f"c{number}") for number in range(200)]
    slower = [row | {"end_ns": row["start_ns"] + 2 * (row["end_ns"] - row["start_ns"])} for row in before]
    outcome = only(checked(slower, before, max_regression="20%"))
    assert outcome.status == "broken"
    assert outcome.value == pytest.approx(1.0)
    assert "200 requests before, 200 now" in outcome.evidence[-1]
    assert only(checked(before, before, max_regression="20%")).status == "held"
    few = only(checked(slower[:8], before[:8], max_regression="95%"))
    assert few.status == "held"
    assert "more than allowed, but the samples are too few to be sure of it" in few.evidence
    assert only(checked(slower[:3], before[:3], max_regression="20%")).status == "unjudged"


def test_a_regression_needs_a_baseline() -> None:
    with pytest.raises(BadInputError, match="name a baseline"):
        checked(calm(), max_regression="20%")


def test_an_endpoint_that_is_not_there_is_an_error_that_names_the_nearest() -> None:
    with pytest.raises(BadInputError, match="no request of 'GET /reed' is in these traces; there is 'GET /read'"):
        checked(calm(), max_p95={"GET /reed": "1s"})


def test_nothing_at_all_is_an_error_and_no_pass() -> None:
    with pytest.raises(BadInputError, match="nothing started in this window"):
        checked([], no_storms=True)
    with pytest.raises(BadInputError, match="there are no rules"):
        checked(calm())


def test_windows_and_services_narrow_what_is_judged() -> None:
    rows = hammering() + calm("GET /other", service="other")
    rules = Rules.of(no_storms=True)
    assert traces(rows).check(rules, service="other").status == "held"
    assert traces(rows).check(rules, service="app").status == "broken"
    assert traces(rows).check(rules, "1m").status == "broken"
    with pytest.raises(BadInputError, match="nothing started"):
        traces(rows).check(rules, service="nobody")


def test_broken_comes_first_then_what_nobody_can_judge() -> None:
    rows = calm("GET /slow", ms=900) + calm("GET /rare", many=2)
    found = checked(rows, no_storms=True, max_p95={"GET /rare": "1s", "GET /slow": "300ms"})
    assert [each.status for each in found] == ["broken", "unjudged", "held"]
    assert (len(found.broken), len(found.unjudged)) == (1, 1)
    assert repr(found).startswith("broken max_p95: GET /slow: a p95 of 900 ms, allowed 300 ms\n    40 requests")
