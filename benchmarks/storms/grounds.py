"""The ground of every world: a server of random size, and the everyday visitors that every recording has."""

import math
import random
from collections.abc import Callable
from typing import Any

from storms import lookalikes
from storms.worlds import Recording, World, new_world

Family = Callable[[int, random.Random], World]
SAVE = "PUT /exams/{exam}/sections/{section}"


def log_uniform(rng: random.Random, low: float, high: float) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def base(name: str, seed: int, rng: random.Random, seconds: float = 720.0, **recording: Any) -> World:
    """An idle server of random size and queue, and the everyday visitors that every recording has."""
    world = new_world(
        name,
        seed,
        seconds,
        rng.choice(["ps", "fcfs"]),
        rng.choice([1, 2, 2, 4, 8]),
        Recording(**recording),
    )
    if rng.random() < 0.3:
        world.recording.workers = rng.choice([2, 4])
    world.server.background_errors = rng.choice([0.0, 0.0, 0.002])
    return world


def everyday(world: World, rng: random.Random, scale: float = 1.0) -> None:
    """Look-alikes on endpoints of their own, light enough not to matter to the server."""
    light = 0.004 * world.server.capacity
    for index in range(round(rng.randint(2, 6) * scale)):
        world.add(lookalikes.Visitor, world.work("GET /home", light), f"/home/{index}", period_s=rng.uniform(5, 40))
    for index in range(round(rng.randint(1, 4) * scale)):
        period = log_uniform(rng, 2, 60)
        world.add(lookalikes.Poller, world.work("GET /messages", light), f"/messages/{index}", period_s=period)
        world.add(
            lookalikes.Interval, world.work("GET /clock", light), f"/clock/{index}", period_s=log_uniform(rng, 1, 20)
        )
        spread: dict[str, Any] = {"spread": 1.0, "period_s": log_uniform(rng, 4, 60)}
        world.add(lookalikes.Poller, world.work("GET /board", light), f"/board/{index}", **spread)
    probe: dict[str, Any] = {"period_s": rng.choice([5.0, 10.0, 60.0]), "spread": 0.0, "agent": "kube-probe/1.31"}
    world.add(lookalikes.Poller, world.work("GET /health", 0.001), "/health", start_to_start=True, **probe)
    world.add(lookalikes.Crawler, world.work("GET /catalogue", light), "/catalogue", pause_s=rng.uniform(0.5, 3))
    world.add(lookalikes.LongPoll, world.work("GET /updates", 20.0, 0.4), "/updates", tabs=rng.randint(1, 3))
    world.add(lookalikes.LongPoll, world.work("GET /events", 90.0, 0.5, 101), "/events")
    office = f"office-{rng.randint(0, 9)}"
    for index in range(rng.randint(4, 10)):
        more: dict[str, Any] = {"spread": 1.0, "period_s": rng.uniform(5, 20), "seen_as": office}
        world.add(
            lookalikes.Poller,
            world.work("GET /news", light),
            "/news" if rng.random() < 0.5 else f"/news/{index}",
            **more,
        )
