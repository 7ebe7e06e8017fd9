"""Families of the innocent: everything that looks like a storm and is none, while things go wrong on the server."""

import random
from typing import Any

from storms import lookalikes
from storms.grounds import SAVE, base, everyday, log_uniform
from storms.retrying import hedging
from storms.worlds import World


def benign_slow_phase(seed: int, rng: random.Random) -> World:
    """Every look-alike, more of each, while the whole server is many times slower for a while."""
    world = base("benign_slow_phase", seed, rng)
    everyday(world, rng, 3.0)
    rate = log_uniform(rng, 0.5, 8)
    telemetry = world.work("POST /telemetry", min(0.2, 0.05 * world.server.capacity / rate))
    for _ in range(rng.randint(1, 4)):
        world.add(lookalikes.OpenLoop, telemetry, "/telemetry", rate=rate, regular=rng.random() < 0.3)
    for tab in range(rng.randint(2, 4)):
        world.add(
            lookalikes.Poller,
            world.work("GET /inbox", 0.02),
            "/inbox",
            seen_as="one user",
            period_s=rng.uniform(4, 12),
            spread=0.02 * tab,
        )
    world.trouble(rng.uniform(150, 300), rng.uniform(20, 120), factor=log_uniform(rng, 5, 200))
    return world


def polite_class_behind_one_address(seed: int, rng: random.Random) -> World:
    """The class without the bug, in a slow phase, with nothing but its address."""
    world = base("polite_class_behind_one_address", seed, rng)
    count, period = rng.choice([15, 15, 60]), log_uniform(rng, 5, 30)
    world.work(SAVE, min(1.0, 0.2 * world.server.capacity * period / count))
    shared = rng.random() < 0.6
    for index in range(count):
        target = "/exams/1/sections/1" if shared else f"/exams/{index}/sections/1"
        more: dict[str, Any] = {"period_s": period, "spread": rng.choice([0.02, 0.3, 1.0]), "seen_as": "school"}
        world.add(lookalikes.Poller, SAVE, target, **more)
    world.trouble(rng.uniform(150, 300), rng.uniform(20, 90), factor=rng.uniform(4, 20))
    everyday(world, rng)
    return world


def outage_with_pollers(seed: int, rng: random.Random) -> World:
    """Everything fails for minutes, and nobody asks more often than before."""
    world = base("outage_with_pollers", seed, rng)
    for index in range(rng.randint(15, 40)):
        more: dict[str, Any] = {"period_s": log_uniform(rng, 1.5, 30), "spread": rng.choice([0.0, 0.02, 0.3, 1.0])}
        world.add(lookalikes.Poller, world.work("GET /status", 0.005), f"/status/{index % 7}", **more)
    everyday(world, rng, 2.0)
    world.trouble(
        rng.uniform(100, 300), rng.uniform(60, 240), fail_share=rng.uniform(0.8, 1), status=rng.choice([500, 503])
    )
    return world


def dead_from_the_start(seed: int, rng: random.Random) -> World:
    """An endpoint that never once works in the recording, and things that keep asking it at their own pace."""
    world = base("dead_from_the_start", seed, rng)
    world.trouble(
        0, world.duration_s, fail_share=1.0, status=rng.choice([401, 404, 500, 503]), endpoints=("GET /legacy",)
    )
    for index in range(rng.randint(3, 12)):
        more: dict[str, Any] = {"period_s": log_uniform(rng, 1.5, 30), "spread": rng.choice([0.0, 0.02, 0.1])}
        world.add(lookalikes.Poller, world.work("GET /legacy", 0.004), f"/legacy/{index}", **more)
    everyday(world, rng)
    return world


def batches(seed: int, rng: random.Random) -> World:
    """Workers that take job after job, all on one target, in bursts; the server slows down under them."""
    world = base("batches", seed, rng)
    for index in range(rng.randint(1, 3)):
        how: dict[str, Any] = {
            "workers": rng.choice([4, 8, 16]),
            "jobs": rng.randint(60, 300),
            "every_s": rng.uniform(100, 300),
        }
        job = world.work("POST /jobs", log_uniform(rng, 0.05, 1.0), 0.5)
        world.add(lookalikes.Batch, job, f"/jobs/{index}", think_s=log_uniform(rng, 0.001, 0.02), **how)
    everyday(world, rng)
    return world


def bells(seed: int, rng: random.Random) -> World:
    """Many clients that ask once, all within a second, and again at the next bell."""
    world = base("bells", seed, rng)
    endpoint = world.work("GET /timetable", log_uniform(rng, 0.02, 0.3))
    moments = tuple(rng.uniform(50, 600) for _ in range(rng.randint(1, 3)))
    for index in range(rng.randint(30, 150)):
        world.add(lookalikes.Herd, endpoint, f"/timetable/{index}", moments=moments)
    everyday(world, rng)
    return world


def load_test(seed: int, rng: random.Random) -> World:
    """A generator that knows nothing of answers, through a slow phase, before and after calm."""
    world = base("load_test", seed, rng)
    rate = log_uniform(rng, 1, 30)
    endpoint = world.work("GET /quote", min(0.3, 0.3 * world.server.capacity / rate))
    how: dict[str, Any] = {
        "rate": rate,
        "regular": rng.random() < 0.5,
        "agent": rng.choice(["k6/1.0", "python-requests/2.32"]),
    }
    world.add(lookalikes.OpenLoop, endpoint, "/quote", begins_at=60, ends_at=rng.uniform(500, 720), **how)
    world.trouble(rng.uniform(200, 300), rng.uniform(20, 60), factor=rng.uniform(3, 15), endpoints=(endpoint,))
    everyday(world, rng)
    return world


def rush(seed: int, rng: random.Random) -> World:
    """Everybody comes at once, more than the server can take: a start of school, a ramp of a load test, a campaign."""
    world = base("rush", seed, rng)
    rate, peak = log_uniform(rng, 0.2, 2), rng.uniform(5, 12)
    endpoint = world.work("GET /results", min(1.0, 0.9 * world.server.capacity / (rate * peak)))
    begins, lasts, steps = rng.uniform(150, 250), rng.uniform(60, 200), rng.choice([1, 8])
    how: dict[str, Any] = {"seen_as": "school"}
    world.add(lookalikes.OpenLoop, endpoint, "/results", rate=rate, **how)
    for step in range(steps):
        more: dict[str, Any] = {"begins_at": begins + step * lasts / steps / 2, "ends_at": begins + lasts}
        world.add(lookalikes.OpenLoop, endpoint, "/results", rate=rate * peak / steps, **more, **how)
    world.trouble(begins + rng.uniform(10, 40), rng.uniform(10, 60), factor=rng.uniform(1.5, 6), endpoints=(endpoint,))
    everyday(world, rng)
    return world


def loops_and_ranges(seed: int, rng: random.Random) -> World:
    """Redirect loops, token refresh loops, downloads in ranges."""
    world = base("loops_and_ranges", seed, rng)
    for index in range(rng.randint(1, 4)):
        world.add(
            lookalikes.Looper, world.work("GET /login", 0.01, 0.3, 302), f"/login/{index}", rounds=rng.choice([20, 60])
        )
        world.add(lookalikes.Downloader, world.work("GET /film", 1.5, 0.5, 206), f"/film/{index}")
    everyday(world, rng)
    return world


def hedging_calm(seed: int, rng: random.Random) -> World:
    return hedging(seed, rng, name="hedging_calm", saturated=False)


def in_trouble(world: World, rng: random.Random) -> World:
    """A slow phase, and in every second world minutes in which everything fails."""
    world.trouble(rng.uniform(120, 300), rng.uniform(20, 120), factor=log_uniform(rng, 4, 100))
    if rng.random() < 0.5:
        status = rng.choice([500, 502, 503, 429])
        world.trouble(rng.uniform(450, 500), rng.uniform(30, 150), fail_share=rng.uniform(0.5, 1), status=status)
    return world
