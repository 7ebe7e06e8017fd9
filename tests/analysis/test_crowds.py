"""Many people behind one address at one URL: the crowd that waits, the crowd that resends, and the rush, by hand."""

import random
from typing import Any

import pytest

from hotspan_analysis import StormSettings, open_traces
from hotspan_analysis.episodes import Episode
from hotspan_analysis.storm_results import StormReport
from storm_clients import SAVE, Rows
from traces import database, ns, request

PEOPLE = 60
STUCK_S, FREED_S = 200.0, 290.0


def report(rows: Rows) -> StormReport:
    known = [row | {"client_tier": "address"} for row in rows]
    with database(known) as connection:
        return open_traces(connection, now_ns=ns(400)).storms(settings=StormSettings())


def one(at: float, until: float) -> Rows:
    return [request(SAVE, at=at, ms=1000 * (until - at), client="school", target="section")]


def calm(chance: random.Random) -> Rows:
    """Everybody asks every twenty seconds or so, and is answered at once."""
    rows: Rows = []
    for _ in range(PEOPLE):
        at = 20 * chance.random()
        while at < STUCK_S:
            rows += one(at, at + 0.1)
            at += 20 * chance.uniform(0.7, 1.3)
    return rows


def stuck(chance: random.Random, attempts: int, every_s: float) -> Rows:
    """From one moment on nobody is answered; each sends so many attempts of the operation that comes next."""
    rows: Rows = []
    for _ in range(PEOPLE):
        at = STUCK_S + 20 * chance.random()
        for number in range(attempts):
            rows += one(at + number * every_s, FREED_S + 5 * chance.random())
    return rows


def freed(chance: random.Random) -> Rows:
    """Many more after that, each sent when an answer frees a connection: no clock is left to be seen there."""
    return [
        row for _ in range(600) for row in one(FREED_S + 5 + 55 * chance.random(), FREED_S + 62 + 6 * chance.random())
    ]


def test_the_clock_of_a_crowd_out_of_connections_shows_while_requests_pile_up() -> None:
    chance = random.Random(3)
    found = report(calm(chance) + stuck(chance, attempts=6, every_s=2.0) + freed(chance))
    (storm,) = found.storms
    assert storm.rule == "comes again at one distance, and faster while waiting"
    assert storm.resend_gap_s == pytest.approx(2.0, rel=0.03), "not twice or four times the distance"
    assert storm.acceleration is not None and 3 < storm.acceleration < 8
    assert storm.amplification > 3
    (incident,) = found.incidents
    assert incident.only_addresses


def test_a_crowd_that_waits_is_no_storm() -> None:
    chance = random.Random(3)
    found = report(calm(chance) + stuck(chance, attempts=1, every_s=2.0))
    assert not found.storms


def test_a_rush_has_no_clock() -> None:
    chance = random.Random(3)
    rush: Rows = []
    for _ in range(6 * PEOPLE):
        rush += one(STUCK_S + 20 * chance.random(), FREED_S + 5 * chance.random())
    found = report(calm(chance) + rush)
    assert not found.storms


def test_a_few_gaps_of_strangers_that_agree_are_no_clock() -> None:
    chance = random.Random(3)
    four = [STUCK_S + 1.0, STUCK_S + 1.42, STUCK_S + 1.85, STUCK_S + 2.28, STUCK_S + 2.70, STUCK_S + 3.13]
    found = report(calm(chance) + [row for at in four for row in one(at, STUCK_S + 8)])
    assert not found.storms


@pytest.mark.parametrize(
    ("gaps", "irregularity", "most"), [(2, 0.0, 1.0), (7, 0.143, 0.02), (30, 0.225, 1e-4), (5, 3.0, 1.0)]
)
def test_how_likely_strangers_agree_so_well(gaps: int, irregularity: float, most: float) -> None:
    """Seven gaps: of 100,000 draws of exponential ones 0.017 varied by 0.143 or less; thirty by 0.225: 0.00003."""
    episode = _episode(gaps, irregularity)
    assert episode.chance_of_regularity <= most
    assert episode.chance_of_regularity >= most / 10


def _episode(gaps: int, irregularity: float) -> Episode:
    values: dict[str, Any] = dict.fromkeys(Episode.__dataclass_fields__, 0)
    measured = {"clock_steps": gaps, "resend_ns": 1e9, "resend_spread_ns": 1e9 * irregularity, "precision_ns": 1}
    return Episode(**values | measured)


def test_what_fails_for_several_targets_at_once_is_one_pause() -> None:
    """A person looks at a page of eight parts now and then; in an outage that does not become a fixed interval."""
    rows: Rows = []
    for at, status in [
        (0, 200),
        (31, 200),
        (75, 200),
        (102, 200),
        (150, 503),
        (150.6, 503),
        (164, 503),
        (190, 503),
        (192.5, 503),
        (195, 200),
    ]:
        for part in range(8):
            row = request("GET /home", at=at + part / 1000, ms=10, client="reader", target=f"part{part}", status=status)
            rows.append(row)
    with database(rows) as connection:
        found = open_traces(connection, now_ns=ns(400)).storms(settings=StormSettings())
    assert not found.storms
