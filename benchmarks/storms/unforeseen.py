"""Families made last, by somebody who had not made the detection, to find out what it had been made too well for."""

import random
from typing import Any

from storms import clients, lookalikes, strangers
from storms.grounds import base, everyday, log_uniform
from storms.innocent import in_trouble
from storms.worlds import World


def signs_of_life(seed: int, rng: random.Random) -> World:
    """Presence: a steady clock while somebody types, and pauses of a minute."""
    return _writers("signs_of_life", seed, rng, strangers.Presence, every_s=rng.choice([1.0, 3.0, 5.0]))


def autosaves(seed: int, rng: random.Random) -> World:
    """Editors that save at every pause of their author."""
    return _writers("autosaves", seed, rng, strangers.Autosave, every_s=rng.choice([0.5, 1.0, 2.0]))


def _writers(name: str, seed: int, rng: random.Random, kind: type[strangers.Presence], every_s: float) -> World:
    world = base(name, seed, rng)
    count = rng.randint(3, 25)
    endpoint = world.work("PUT /documents/{id}", min(0.4, 0.6 * world.server.capacity / count), 0.5)
    for index in range(count):
        how: dict[str, Any] = {
            "types_s": log_uniform(rng, 8, 60),
            "rests_s": log_uniform(rng, 20, 200),
            "every_s": every_s,
        }
        world.add(kind, endpoint, f"/documents/{index}", **how)
    everyday(world, rng)
    return in_trouble(world, rng)


def walls_of_charts(seed: int, rng: random.Random) -> World:
    """Dashboards of other tools, a dozen requests at once by the clock."""
    world = base("walls_of_charts", seed, rng)
    for index in range(rng.randint(2, 6)):
        panels, period = rng.randint(3, 12), rng.choice([5.0, 10.0, 30.0])
        endpoint = world.work("POST /series", min(0.3, 0.05 * world.server.capacity * period / panels), 0.8)
        how: dict[str, Any] = {"panels": panels, "period_s": period, "waits": rng.random() < 0.5}
        how |= {"one_url": rng.random() < 0.5, "connections": rng.choice([6, 100])}
        world.add(strangers.Panels, endpoint, f"/series/{index}", **how)
    everyday(world, rng)
    return in_trouble(world, rng)


def services_in_bursts(seed: int, rng: random.Random) -> World:
    """A rendering service that asks for its settings at every page, and events that are delivered several at once."""
    world = base("services_in_bursts", seed, rng)
    for index in range(rng.randint(1, 4)):
        rate, sizes = log_uniform(rng, 0.05, 5), rng.choice([(1,), (2,), (3,), (1, 1, 2, 3, 5)])
        endpoint = world.work(f"POST /hooks/{index}", min(0.2, 0.1 * world.server.capacity / rate), 0.5)
        world.add(strangers.Bursts, endpoint, f"/hooks/{index}", rate=rate, sizes=sizes, seen_as=f"service-{index}")
    everyday(world, rng)
    return in_trouble(world, rng)


def jobs_that_outlast(seed: int, rng: random.Random) -> World:
    """Scheduled jobs whose requests take longer than their period."""
    world = base("jobs_that_outlast", seed, rng)
    for index in range(rng.randint(1, 3)):
        endpoint = world.work(f"POST /report/{index}", rng.uniform(20, 150), 0.2)
        how: dict[str, Any] = {"period_s": rng.choice([30.0, 60.0]), "spread": 0.0005}
        world.add(lookalikes.Interval, endpoint, f"/report/{index}", **how)
    everyday(world, rng)
    return in_trouble(world, rng)


def timer_among_steady_ones(seed: int, rng: random.Random) -> World:
    """A part of the class has the bug; others ask as often as its clock all day, or do not look at answers at all."""
    world = base("timer_among_steady_ones", seed, rng)
    period, tick = log_uniform(rng, 8, 30), rng.choice([1.0, 1.0, 2.0])
    endpoint = world.work("PUT /exams/{id}", min(0.5, 0.3 * world.server.capacity * period / 30), 0.3)
    for index in range(rng.choice([1, 4, 10])):
        world.add(clients.TimerResender, endpoint, f"/exams/{index}", period_s=period, tick_s=tick)
    for index in range(10):
        pace = rng.choice([tick, 2.0, period])
        world.add(lookalikes.Poller, endpoint, f"/exams/polite{index}", period_s=pace)
    for index in range(4):
        world.add(lookalikes.Interval, endpoint, f"/exams/deaf{index}", period_s=rng.choice([1.0, 2.0, 5.0]))
    world.trouble(rng.uniform(200, 300), rng.uniform(20, 60), factor=rng.uniform(5, 20))
    everyday(world, rng)
    return world


def outboxes(seed: int, rng: random.Random) -> World:
    """Phones that send everything again that could not be saved."""
    world = base("outboxes", seed, rng)
    endpoint = world.work("POST /notes/{id}", 0.02)
    for index in range(rng.choice([3, 10, 20])):
        how: dict[str, Any] = {"period_s": log_uniform(rng, 4, 20), "flush_s": rng.choice([2.0, 5.0, 10.0])}
        world.add(strangers.Outbox, endpoint, f"/notes/{index}", **how)
    share, status = rng.uniform(0.8, 1), rng.choice([500, 502, 503, 504])
    world.trouble(rng.uniform(200, 300), rng.uniform(60, 180), fail_share=share, status=status)
    everyday(world, rng)
    return world


def kit_with_timeouts(seed: int, rng: random.Random) -> World:
    """A service whose software kit gives each try so long; each request is for another thing."""
    world = base("kit_with_timeouts", seed, rng)
    rate = log_uniform(rng, 0.3, 3)
    endpoint = world.work("GET /items/{id}", min(0.3, 0.3 * world.server.capacity / rate), 0.5)
    how: dict[str, Any] = {"rate": rate, "try_s": rng.choice([0.5, 1.0, 2.0]), "tries": rng.choice([3, 5])}
    world.add(strangers.Kit, endpoint, "/items", **how)
    world.trouble(rng.uniform(200, 300), rng.uniform(20, 60), factor=rng.uniform(5, 20))
    everyday(world, rng)
    return world
