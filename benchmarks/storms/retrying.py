"""Families of the guilty who send again after an error or a timeout, who hedge, or whose gateway does it for them."""

import random
from typing import Any

from storms import clients
from storms.grounds import Family, base, everyday, log_uniform
from storms.worlds import World

MECHANISMS = ("immediate_retry", "fixed_interval", "backoff", "backoff_jitter")


def retries(world: World, rng: random.Random, endpoint: str, count: int, kind: str, **more: Any) -> None:
    period = log_uniform(rng, 6, 60)
    world.work(endpoint, min(0.3, 0.2 * world.server.capacity * period / count))
    pause = {
        "fixed_interval": rng.uniform(0.5, min(5, period / 4)),
        "backoff": rng.uniform(0.2, 1.0),
    }.get(kind, rng.uniform(0.3, 1.5))
    settings: dict[str, Any] = {
        "kind": kind, "period_s": period, "delay_s": pause, "factor": rng.choice([1.5, 2.0, 2.0]),
        "cap_s": rng.choice([8.0, 30.0]), "attempts": rng.choice([4, 6, 10, 1000]),
    } | more  # fmt: skip
    for index in range(count):
        world.add(clients.ErrorRetrier, endpoint, f"{endpoint.partition(' ')[2]}/{index}", **settings)


def outage(kind: str) -> Family:
    """An endpoint that fails for minutes, and clients that retry in one way."""

    def build(seed: int, rng: random.Random) -> World:
        world = base(f"outage_{kind}", seed, rng)
        retries(world, rng, "POST /orders", rng.randint(2, 20), kind, header=kind == "backoff" and rng.random() < 0.2)
        share, status = rng.choice([1.0, 1.0, rng.uniform(0.6, 1)]), rng.choice([500, 502, 503, 503, 504, 429])
        world.trouble(
            rng.uniform(150, 350), rng.uniform(40, 200), fail_share=share, status=status, endpoints=("POST /orders",)
        )
        everyday(world, rng)
        return world

    return build


def timeouts(seed: int, rng: random.Random, *, name: str = "timeout_seen", seen: bool = True, **how: Any) -> World:
    world = base(name, seed, rng, leaving_is_seen=seen)
    world.server.stops_when_client_leaves = seen and rng.random() < 0.2
    count, period = rng.randint(2, 20), log_uniform(rng, 4, 40)
    patience = log_uniform(rng, 1.5, 10)
    work = min(1.0, rng.uniform(0.1, 0.4) * world.server.capacity * period / count)
    endpoint = world.work("POST /search", work)
    world.trouble(
        rng.uniform(150, 300), rng.uniform(40, 120), factor=max(4.0, patience / work * 2), endpoints=(endpoint,)
    )
    settings: dict[str, Any] = {"period_s": period, "patience_s": patience, "attempts": rng.choice([3, 4, 6, 10])} | how
    for index in range(count):
        world.add(clients.Impatient, endpoint, f"/search?q={index}", **settings)
    everyday(world, rng)
    return world


def timeout_unseen(seed: int, rng: random.Random) -> World:
    return timeouts(seed, rng, name="timeout_unseen", seen=False)


def impatient_people(seed: int, rng: random.Random) -> World:
    how: dict[str, Any] = {
        "spread": rng.uniform(0.35, 0.6),
        "patience_s": rng.uniform(2, 5),
        "attempts": 12,
        "reason": "impatient_user",
    }
    return timeouts(seed, rng, name="impatient_people", **how)


def hedging(seed: int, rng: random.Random, *, name: str = "hedging_saturated", saturated: bool = True) -> World:
    """Second copies after about the 95th percentile: rare while calm, one for every operation once the server is slow."""
    world = base(name, seed, rng)
    count, rate = rng.randint(1, 8), log_uniform(rng, 0.1, 1.0)
    work = min(0.5, 0.25 * world.server.capacity / (count * rate))
    endpoint = world.work("GET /prices", work, 0.5)
    how: dict[str, Any] = {
        "rate": rate,
        "delay_s": max(0.3, work * rng.uniform(2, 3)),
        "distinct_targets": rng.random() < 0.5,
    }
    if saturated:
        world.trouble(rng.uniform(150, 300), rng.uniform(60, 180), factor=rng.uniform(3, 6), endpoints=(endpoint,))
    for index in range(count):
        world.add(clients.Hedger, endpoint, f"/prices/{index}", **how)
    everyday(world, rng)
    return world


def gateway(seed: int, rng: random.Random) -> World:
    world = base("gateway", seed, rng)
    count, period = rng.randint(4, 30), rng.uniform(2, 15)
    work = min(0.5, 0.25 * world.server.capacity * period / count)
    endpoint = world.work("GET /account", work)
    try_s = max(0.3, work * rng.uniform(3, 8))
    if rng.random() < 0.5:
        world.trouble(
            rng.uniform(150, 300),
            rng.uniform(40, 120),
            factor=try_s / work * rng.uniform(1.5, 4),
            endpoints=(endpoint,),
        )
    else:
        world.trouble(
            rng.uniform(150, 300),
            rng.uniform(40, 120),
            fail_share=rng.uniform(0.7, 1),
            status=503,
            endpoints=(endpoint,),
        )
    for index in range(count):
        how: dict[str, Any] = {"period_s": period, "try_s": try_s, "attempts": rng.choice([3, 4])}
        world.add(clients.Proxied, endpoint, f"/account/{index}", **how)
    everyday(world, rng)
    return world


def export_not_ready(seed: int, rng: random.Random) -> World:
    """Each export is asked for every few seconds and answered 404 until it is there; then the client goes on."""
    world = base("export_not_ready", seed, rng)
    endpoint = world.work("GET /exports/{id}", 0.02, 0.3)
    for index in range(rng.randint(2, 6)):
        how: dict[str, Any] = {
            "honours": frozenset({404}),
            "period_s": rng.uniform(30, 90),
            "attempts": rng.choice([10, 20, 40]),
        }
        kind: dict[str, Any] = {"kind": "fixed_interval", "delay_s": rng.uniform(2, 5)}
        world.add(clients.ErrorRetrier, endpoint, f"/exports/{index}", **how, **kind)
    world.trouble(200, 300, fail_share=0.93, status=404, endpoints=(endpoint,))
    everyday(world, rng)
    return world
