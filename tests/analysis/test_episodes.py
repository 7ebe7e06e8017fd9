"""The core pass against a slow plain-Python oracle, and the statistics against known values."""

import math
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotspan_analysis import StormSettings, chance, queries
from hotspan_analysis.engine import DuckEngine
from hotspan_analysis.episode_search import episodes
from traces import EPOCH_NS, database, ns, request

UNTIL_S = 2000.0


@dataclass(frozen=True)
class Expected:
    """What the oracle says of one request: sent while another was open, after how many others still open, idle for how long."""

    waiting: bool
    beside: int


def oracle(rows: list[dict[str, Any]]) -> dict[int, Expected]:
    """By comparing every request with every earlier one of its client and target: quadratic, and plain to see."""
    found = {}
    ordered = sorted(rows, key=lambda row: (row["arrival_ns"], row["end_ns"] or ns(UNTIL_S), row["worker"], row["seq"]))
    for place, row in enumerate(ordered):
        earlier = [
            other
            for other in ordered[:place]
            if (other["client"], other["method"], other["route"], other["target"])
            == (row["client"], row["method"], row["route"], row["target"])
        ]
        open_then = [o for o in earlier if (o["end_ns"] or ns(UNTIL_S)) > row["arrival_ns"]]
        surely = [o for o in earlier if (o["end_ns"] or ns(UNTIL_S)) > row["arrival_ns"] + 1]
        found[row["seq"]] = Expected(bool(surely), len(open_then))
    return found


def engine_over(rows: list[dict[str, Any]]) -> DuckEngine:
    return DuckEngine(database(rows), ns(UNTIL_S))


def values(**more: Any) -> dict[str, Any]:
    return StormSettings(**more).bind() | {"since_ns": EPOCH_NS - 10**12, "to_ns": ns(UNTIL_S), "service": None}


requests = st.lists(
    st.tuples(
        st.integers(0, 40_000),  # tenths of a second
        st.one_of(st.none(), st.integers(1, 200)),  # duration in tenths of a second; None: open
        st.sampled_from(["ann", "bob"]),
        st.sampled_from(["one", "two"]),
        st.sampled_from([200, 200, 503, 404]),
    ),
    min_size=1,
    max_size=25,
)


@given(drawn=requests)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_was_open_when_each_request_was_sent(drawn: list[tuple[int, int | None, str, str, int]]) -> None:
    rows = [
        request(
            "PUT /x",
            at=at % 300 / 10,
            ms=None if took is None else took * 100.0,
            client=client,
            target=target,
            status=None if took is None else status,
            seq=index,
        )
        for index, (at, took, client, target, status) in enumerate(drawn)
    ]
    engine = engine_over(rows)
    bound = values(fewest_duplicates=1, late_s=0.000000001)
    episodes(engine, bound)
    expected = oracle(rows)
    seen = engine._connection.execute("select seq, while_waiting from storm_attempts").fetchall()
    for seq, waiting in seen:
        assert waiting == expected[seq].waiting, seq
    beside = engine._connection.execute("select seq, beside from storm_couplings").fetchall()
    for seq, count in beside:
        assert count == expected[seq].beside, seq


@given(drawn=requests)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_repeated_request_is_lost_by_looking_closely_only_where_there_is_reason(
    drawn: list[tuple[int, int | None, str, str, int]],
) -> None:
    rows = [
        request(
            "PUT /x", at=at / 10, ms=10_000 if took is None else took * 100.0, client=client, target=target, seq=index
        )
        for index, (at, took, client, target, _) in enumerate(drawn)
    ]
    engine = engine_over(rows)
    episodes(engine, values())
    waiting: dict[str, int] = {}
    for row in rows:
        if oracle(rows)[row["seq"]].waiting and row["end_ns"] - row["arrival_ns"] >= 300_000_000:
            waiting[row["client"]] = waiting.get(row["client"], 0) + 1
    kept = {client for (client,) in engine._connection.execute("select client from storm_lanes").fetchall()}
    assert {client for client, count in waiting.items() if count >= 5} <= kept


def test_ends_at_one_moment_all_count() -> None:
    rows = [
        request("PUT /x", at=0.1, ms=300, seq=1),
        request("PUT /x", at=0.2, ms=200, seq=2),
        request("PUT /x", at=0.2, ms=None, seq=3),
        request("PUT /x", at=0.4, ms=200, seq=4),
    ]
    engine = engine_over(rows)
    episodes(engine, values(fewest_duplicates=1, late_s=0.000000001))
    (beside,) = engine._connection.execute("select beside from storm_couplings where seq = 4").fetchall()
    assert beside == (1,)  # two have ended at 0.4 s sharp, one is open


def test_parts_cover_all_the_time_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [request("GET /x", at=7.0 * index, ms=5) for index in range(200)]
    whole = _cells(rows)
    monkeypatch.setattr("hotspan_analysis.episode_search.ROWS_OF_A_PART", 20)
    assert _cells(rows) == whole


def _cells(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    engine = engine_over(rows)
    episodes(engine, values())
    return engine._connection.execute("select * from storm_cells order by all").fetchall()


@given(drawn=requests)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_who_never_asks_twice_has_no_cell_anyhow(drawn: list[tuple[int, int | None, str, str, int]]) -> None:
    """Counting the requests of those alone who asked for one thing twice finds what counting everybody's finds."""
    rows = [
        request(
            "PUT /x", at=at / 10, ms=None if took is None else took * 100.0, client=client, target=target, seq=index
        )
        for index, (at, took, client, target, _) in enumerate(drawn)
    ]
    rows += [request("GET /once", at=40.0 * index, client=f"once{index}", target="three") for index in range(20)]
    engine = engine_over(rows)
    bound = values()
    engine.keep("storm_cells", **queries.needed("storm_cells", bound))
    of_everybody = queries.read("storm_cells").body.replace("repeating", "requests")
    named = {name: value for name, value in (bound | {"now_ns": engine.now_ns}).items() if f"${name}" in of_everybody}
    expected = engine._connection.execute(f"{of_everybody}\norder by all", named).fetchall()
    assert engine._connection.execute("select * from storm_cells order by all").fetchall() == expected


def test_seconds_are_counted_of_endpoints_that_few_clients_use() -> None:
    # The busiest second has 40 requests: an endpoint of 133 clients could be asked by three tenths of them in it
    rows = [request("GET /bell", at=600 + 0.01 * index, ms=20, client=f"p{index}") for index in range(40)]
    rows += [request("GET /home", at=3.0 * index, ms=20, client=f"v{index}") for index in range(400)]
    rows += [request("GET /home", at=900 + 0.05 * index, ms=20, client=f"v{index}") for index in range(20)]
    engine = engine_over(rows)
    episodes(engine, values())
    assert engine._connection.execute("select method, route from storm_endpoints").fetchall() == [("GET", "/bell")]
    crowds = engine._connection.execute("select route, second_ns, requests from storm_crowds").fetchall()
    assert crowds == [("/bell", ns(600), 40)]


def test_every_attempt_of_an_episode_is_a_member_once() -> None:
    rows = [request("PUT /x", at=20.0 * index, ms=100, seq=index) for index in range(10)]
    rows += [request("PUT /x", at=300.0 + index, ms=30_000, seq=100 + index) for index in range(10)]
    engine = engine_over(rows)
    found, _ = episodes(engine, values())
    members = engine._connection.execute("select seq, episode from storm_members order by seq").fetchall()
    assert members == [(100 + index, found[0].episode) for index in range(10)]
    assert found[0].attempts == 10


def test_others_are_asked_where_a_suspect_was_never_calm() -> None:
    hasty = [request("PUT /x", at=300.0 + index, ms=30_000, client="ann", seq=index) for index in range(10)]
    calm = [request("PUT /y", at=20.0 * index, ms=100, client="bob", seq=100 + index) for index in range(10)]
    calm += [request("PUT /y", at=300.0 + index, ms=30_000, client="bob", seq=200 + index) for index in range(10)]
    engine = engine_over(hasty + calm)
    episodes(engine, values())
    assert engine._connection.execute("select method, route from storm_unknown").fetchall() == [("PUT", "/x")]


def test_two_rates_compared() -> None:
    assert chance.two_rates(10, 10.0, 1000) == pytest.approx(0.0, abs=0.2)
    # 20 seen where 5 were expected of a pace that is known well: 2 (sqrt(20.375) - sqrt(5)) = 4.6
    assert chance.two_rates(20, 5.0, 100_000) == pytest.approx(2 * (math.sqrt(20.375) - math.sqrt(5)), rel=0.01)
    assert chance.two_rates(20, 5.0, 3) < chance.two_rates(20, 5.0, 300)


def test_every_step_binds_what_it_names() -> None:
    bound = values()
    for step in ("storm_cells", "storm_chains", "storm_echoes"):
        assert set(queries.needed(step, bound)) <= set(bound)
