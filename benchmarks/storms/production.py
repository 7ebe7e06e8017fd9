"""Families of the innocent as production logs have them: what a service sees that nobody planned as a test."""

import random
from typing import Any

from storms import lookalikes, passers_by
from storms.grounds import base, everyday, log_uniform
from storms.innocent import in_trouble
from storms.worlds import World


def one_url_for_everything(seed: int, rng: random.Random) -> World:
    """GraphQL: whatever a page asks for, it asks at one URL, and slow answers stand beside quick ones."""
    world = base("one_url_for_everything", seed, rng)
    count = rng.randint(3, 25)
    endpoint = world.work(
        "POST /graphql", min(0.4, 0.15 * world.server.capacity / count * 3), rng.choice([0.5, 2.0, 4.0])
    )
    how: dict[str, Any] = {"visit_every_s": log_uniform(rng, 20, 120), "click_every_s": log_uniform(rng, 1, 6)}
    for _ in range(count):
        world.add(passers_by.Clicker, endpoint, "/graphql", **how)
    everyday(world, rng)
    return in_trouble(world, rng)


def typists(seed: int, rng: random.Random) -> World:
    """A search box at one URL, with letters that overtake the answers."""
    world = base("typists", seed, rng)
    count = rng.randint(2, 12)
    endpoint = world.work("POST /search", min(1.0, 0.3 * world.server.capacity / count), 0.5)
    how: dict[str, Any] = {"search_every_s": log_uniform(rng, 8, 60), "drops": rng.random() < 0.6}
    for _ in range(count):
        world.add(passers_by.Typist, endpoint, "/search", letter_s=rng.uniform(0.15, 0.5), **how)
    everyday(world, rng)
    return in_trouble(world, rng)


def bursts_of_events(seed: int, rng: random.Random) -> World:
    """Beacons, telemetry of readers, and services with visitors of their own: bursts that look at no answer."""
    world = base("bursts_of_events", seed, rng)
    endpoint = world.work("POST /collect", 0.01 * world.server.capacity)
    for _ in range(rng.randint(3, 15)):
        how: dict[str, Any] = {"event_every_s": log_uniform(rng, 0.5, 5), "away_s": log_uniform(rng, 20, 200)}
        world.add(passers_by.Reader, endpoint, "/collect", spread=rng.choice([0.3, 0.6, 1.0]), **how)
    calls = world.work("POST /rpc", 0.01 * world.server.capacity)
    for _ in range(rng.randint(1, 4)):
        how = {"visitors_per_s": log_uniform(rng, 0.05, 1), "within_s": log_uniform(rng, 0.2, 5)}
        world.add(passers_by.Upstream, calls, "/rpc", calls=rng.randint(2, 12), **how)
    everyday(world, rng)
    return in_trouble(world, rng)


def probes_in_trouble(seed: int, rng: random.Random) -> World:
    """Monitors, several behind one address, whose target is slow, fails, or never works at all."""
    world = base("probes_in_trouble", seed, rng)
    slow = rng.choice([0.02, 0.02, 8.0])
    for index in range(rng.randint(3, 8)):
        endpoint = world.work(f"GET /health/{index % 3}", slow if index % 3 == 2 else 0.005, 0.1)
        period = rng.choice([5.0, 10.0, 15.0, 30.0, 60.0])
        patience = rng.choice([1.0, 2.0, 5.0, period])
        how: dict[str, Any] = {
            "period_s": period,
            "patience_s": patience,
            "agent": rng.choice(["kube-probe/1.31", "-"]),
        }
        together = {"seen_as": "monitor"} if rng.random() < 0.6 else {}
        world.add(passers_by.Probe, endpoint, f"/health/{index % 3}", **how, **together)
    world.server.stops_when_client_leaves = rng.random() < 0.5
    if rng.random() < 0.3:
        world.trouble(
            0, world.duration_s, fail_share=1.0, status=rng.choice([404, 500, 503]), endpoints=("GET /health/1",)
        )
    everyday(world, rng)
    return in_trouble(world, rng)


def handshakes(seed: int, rng: random.Random) -> World:
    """Logins that are refused first as a matter of form, and queues that are sent one by one, failed or not."""
    world = base("handshakes", seed, rng)
    for index in range(rng.randint(3, 12)):
        endpoint = world.work("GET /intranet", 0.01)
        how: dict[str, Any] = {"period_s": log_uniform(rng, 1.5, 30), "refusals": rng.choice([1, 2])}
        world.add(passers_by.Handshaker, endpoint, f"/intranet/{index % 4}", **how)
    for _ in range(rng.randint(3, 10)):
        more: dict[str, Any] = {"every_s": log_uniform(rng, 20, 120), "think_s": log_uniform(rng, 0.002, 0.3)}
        world.add(passers_by.Uploader, world.work("POST /sync", 0.02, 0.6), "/sync", **more)
    everyday(world, rng)
    return in_trouble(world, rng)


def paced_batches(seed: int, rng: random.Random) -> World:
    """Batches at a fixed rate, whatever the answers."""
    world = base("paced_batches", seed, rng)
    for index in range(rng.randint(1, 4)):
        step = log_uniform(rng, 0.05, 1.0)
        how: dict[str, Any] = {"jobs": rng.randint(20, 80), "step_s": step, "every_s": log_uniform(rng, 20, 200)}
        job = world.work("POST /items", min(0.3 * step * world.server.capacity, 1.0), 0.5)
        world.add(passers_by.Paced, job, f"/items/{index}", **how)
    everyday(world, rng)
    return in_trouble(world, rng)


def everybody_behind_a_balancer(seed: int, rng: random.Random) -> World:
    """Proxy headers are off: one address for all, whose requests come and go with the hour and fail with the server."""
    world = base("everybody_behind_a_balancer", seed, rng)
    pages = rng.randint(3, 12)
    rate = log_uniform(rng, 0.5, 12)
    for index in range(pages):
        endpoint = world.work(f"GET /page/{index % 4}", min(0.3, 0.3 * world.server.capacity / rate))
        share = rate / 2 ** (index + 1)
        begins = rng.choice([0.0, rng.uniform(0, 300)])
        how: dict[str, Any] = {"rate": share, "begins_at": begins, "seen_as": "balancer"}
        world.add(lookalikes.OpenLoop, endpoint, f"/page/{index}", **how)
    for index in range(rng.randint(2, 20)):
        more: dict[str, Any] = {"period_s": log_uniform(rng, 2, 30), "spread": rng.choice([0.0, 0.02, 1.0])}
        poll = world.work("GET /poll", 0.004 * world.server.capacity)
        world.add(
            lookalikes.Poller, poll, "/poll" if rng.random() < 0.5 else f"/poll/{index}", seen_as="balancer", **more
        )
    everyday(world, rng)
    return in_trouble(world, rng)
