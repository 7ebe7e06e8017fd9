"""What a client usually does: on the same target, else on the whole endpoint, else what the endpoint's other clients do."""

from typing import Any

import pytest

from hotspan_analysis import StormSettings, open_traces
from hotspan_analysis.storm_results import StormReport
from storm_clients import SAVE, Rows, calm, story
from traces import database, ns, request


def report(rows: Rows, until_s: float = 1000.0, **settings: Any) -> StormReport:
    with database(list(rows)) as connection:
        return open_traces(connection, now_ns=ns(until_s)).storms(settings=StormSettings(**settings))


def sections(client: str, times: int = 8, every_s: float = 10.0, start_s: float = 0.0) -> Rows:
    """A test of many sections: each is saved once, so that no target of the client shows a pace."""
    return [
        request(SAVE, at=start_s + every_s * number, ms=100, client=client, target=f"{client}/{number}")
        for number in range(times)
    ]


def test_a_client_that_saved_other_targets_calmly_has_shown_its_pace() -> None:
    (storm,) = report(sections("ann") + story("ann", target="ann/9")).storms
    assert (storm.mechanism, storm.confidence, storm.missing) == ("timer", "high", ())
    # seven pauses of 9.9 s lie between its eight saves, and one of 229.9 s before the ninth, which counts as a minute:
    # (8 + 0.5) / (7 * 9.9 + 60) s = 0.0657 a second; the clock makes 1 a second
    assert storm.acceleration == pytest.approx(1 / 0.0657, rel=0.01)
    assert any("8 pauses of this client here" in sentence for sentence in storm.evidence)
    assert storm.counter_evidence == ()


def test_where_a_client_was_never_calm_the_others_of_the_endpoint_say_what_is_usual() -> None:
    peers = [row for number in range(4) for row in sections(f"early {number}", 4)]
    (storm,) = report(peers + story("late", target="late/1")).storms
    assert (storm.confidence, storm.missing) == ("high", ())
    # four peers with three pauses of 9.9 s each: (12 + 0.5) / 118.8 s
    assert storm.acceleration == pytest.approx(118.8 / 12.5, rel=0.01)
    assert any("12 pauses of all clients here" in sentence for sentence in storm.evidence)
    assert storm.counter_evidence == ("How often it usually asks is taken from the other clients of the endpoint.",)


def test_peers_that_fail_or_overlap_show_no_calm() -> None:
    failing = [request(SAVE, at=5.0 * number, ms=10, status=503, client="early") for number in range(4)]
    aborted = [request(SAVE, at=5.0 * number, ms=10, aborted=True, client="other") for number in range(4)]
    (storm,) = report(failing + aborted + story("late"), until_s=330).storms
    assert storm.confidence == "suspected"
    assert storm.acceleration is None


def test_without_anybody_in_calm_it_stays_a_suspicion_that_says_so() -> None:
    (storm,) = report(story(), until_s=330).storms
    assert storm.confidence == "suspected"
    assert any("usual pace is unknown" in sentence for sentence in storm.missing)


def test_peers_ask_another_endpoint_and_say_nothing() -> None:
    peers = [request("GET /other", at=10.0 * number, ms=100, client="early") for number in range(20)]
    (storm,) = report(peers + story("late"), until_s=330).storms
    assert storm.confidence == "suspected"


def test_a_part_of_the_peers_is_enough() -> None:
    peers = [row for number in range(60) for row in sections(f"early {number}", 4)]
    (storm,) = report(peers + story("late"), peer_requests=60).storms
    (pauses,) = [sentence for sentence in storm.evidence if "pauses of all clients here" in sentence]
    counted = int(pauses.split("from ")[1].split(" ")[0])
    assert 0 < counted < 120  # 180 pauses are recorded; about a quarter of the clients is read
    assert storm.confidence == "high"


def clock(client: str, gap_s: float, attempts: int, start_s: float = 300.0) -> Rows:
    """One save that takes long and is sent again by a clock."""
    return [
        request(SAVE, at=start_s + gap_s * number, ms=60_000, client=client, target=client)
        for number in range(attempts)
    ]


def test_clients_with_one_clock_are_judged_together() -> None:
    guilty = [row for name in ("ann", "bea", "cid") for row in calm(client=name, target=name) + clock(name, 2.0, 12)]
    # of dora nothing else is known, and those who are not slowed down ask every 2 s
    others = [row for name in "efghijklmno" for row in calm(100, 2.0, client=name, target=name)]
    alike = others + clock("dora", 2.0, 12)
    report_of_all = report([*guilty, *alike])
    assert len({storm.client for storm in report_of_all.storms}) == 4
    (joined,) = [storm for storm in report_of_all.storms if storm.rule == "the same clock as others here"]
    assert joined.confidence == "high"
    assert report(alike).storms == []


def test_who_always_sends_by_that_clock_does_not_join_them() -> None:
    guilty = [row for name in ("ann", "bea", "cid") for row in calm(client=name, target=name) + clock(name, 2.0, 12)]
    always = calm(100, 2.0, client="dora", target="dora") + clock("dora", 2.0, 12)
    assert len({storm.client for storm in report([*guilty, *always]).storms}) == 3


def test_another_clock_does_not_join_them() -> None:
    guilty = [row for name in ("ann", "bea", "cid") for row in calm(client=name, target=name) + clock(name, 2.0, 12)]
    other = calm(60, 4.0, client="dora", target="dora") + clock("dora", 4.0, 12)
    assert len({storm.client for storm in report([*guilty, *other]).storms}) == 3


def test_a_browser_out_of_connections_is_known_by_its_clock() -> None:
    """Six attempts by the clock, then each as an answer frees a connection: no faster than usual, all in all."""
    rows = calm(30, 6.0)
    rows += [request(SAVE, at=300 + 2.0 * number, ms=40_000 + 4000 * number) for number in range(6)]
    rows += [request(SAVE, at=340.01 + 6.0 * number, ms=36_000) for number in range(20)]
    (storm,) = report(rows).storms
    assert storm.mechanism == "timer"
    assert storm.resend_gap_s == pytest.approx(2.0)
    assert storm.acceleration is not None
    assert storm.acceleration > 2.5
    assert any("sends by a clock, one every 2.00 s" in sentence for sentence in storm.evidence)


def test_a_class_that_was_there_and_did_not_ask_has_shown_its_pace() -> None:
    """The story on its first day: nobody was ever calm, but each was there for ten seconds before the first save."""
    rows: Rows = []
    for name in ("ann", "bea", "cid", "dora"):
        rows.append(request("GET /exams/{exam}", at=290, ms=20, client=name, target="page"))
        rows += clock(name, 1.0, 6)
    storms = report(rows, until_s=330).storms
    assert len(storms) == 4
    assert {storm.confidence for storm in storms} == {"high"}
    # four pauses of ten seconds: (4 + 0.5) / 40 s, against one a second
    assert storms[0].acceleration == pytest.approx(40 / 4.5, rel=0.01)


def test_one_client_that_was_there_is_too_few_to_know_a_pace() -> None:
    (storm,) = report([request("GET /exams/{exam}", at=290, ms=20, target="page"), *clock("ann", 1.0, 6)], 330).storms
    assert storm.confidence == "suspected"
