"""Families of the guilty who send again before they have their answer: the timer of the story in all its forms."""

import random
from typing import Any

from storms import clients, lookalikes
from storms.grounds import SAVE, base, everyday, log_uniform
from storms.retrying import MECHANISMS, retries
from storms.worlds import Recording, World, new_world


def timer(seed: int, rng: random.Random, *, name: str = "timer", **how: Any) -> World:
    """A class of browsers with the story's bug; a slow phase sets it off, or nothing but its own load does."""
    seen = how.pop("seen", True)
    world = base(name, seed, rng, leaving_is_seen=seen)
    count, seen_as = how.pop("count", rng.randint(4, 40)), how.pop("seen_as", None)
    shared = how.pop("shared_path", rng.random() < 0.2)
    period = log_uniform(rng, 4, 40)
    tick = max(log_uniform(rng, 0.3, min(6.0, period / 2.5)), count / 60)
    if seen_as:
        period = max(period, 5 * tick)  # in a crowd, one who resends half as often again is lost
    busy = rng.uniform(0.15, 0.5)
    work = min(2.0, max(0.02, busy * world.server.capacity * period / count))
    world.work(SAVE, work, rng.choice([0.1, 0.3, 1.0]))
    begins, lasts = rng.uniform(150, 300), rng.uniform(10, 60)
    world.trouble(begins, lasts, factor=max(4.0, tick / work * rng.uniform(1.5, 5)), endpoints=(SAVE,))
    jitter: dict[str, Any] = {
        "period_jitter": rng.choice([0.01, 0.1, 0.5]),
        "tick_jitter": rng.choice([0.002, 0.02, 0.1]),
    }
    cap: dict[str, Any] = {"connections": 6} if rng.random() < 0.3 else {}
    settings: dict[str, Any] = (
        {"period_s": period, "tick_s": tick, "any_answer": rng.random() < 0.5} | jitter | cap | how
    )
    for index in range(count):
        target = "/exams/1/sections/1" if shared else f"/exams/{index}/sections/1"
        world.add(clients.TimerResender, SAVE, target, seen_as=seen_as, **settings)
    everyday(world, rng)
    return world


def timer_unseen(seed: int, rng: random.Random) -> World:
    """The same where nobody would note that a client left: what a timeout must not be mistaken for there."""
    return timer(seed, rng, name="timer_unseen", seen=False, connections=rng.choice([6, 1_000_000]))


def timer_six_connections(seed: int, rng: random.Random) -> World:
    return timer(seed, rng, name="timer_six_connections", connections=6)


def timer_jittered(seed: int, rng: random.Random) -> World:
    return timer(seed, rng, name="timer_jittered", tick_jitter=0.3)


def timer_background_tab(seed: int, rng: random.Random) -> World:
    start = rng.uniform(320, 420)
    return timer(seed, rng, name="timer_background_tab", throttled=(start, start + 120))


def timer_fixed_mid_run(seed: int, rng: random.Random) -> World:
    return timer(seed, rng, name="timer_fixed_mid_run", fixed_at=rng.uniform(330, 450))


def timer_class_behind_one_address(seed: int, rng: random.Random) -> World:
    """Only the address is known; half of the worlds at least have the pupil's id in the path."""
    return timer(
        seed, rng, name="timer_class_behind_one_address", seen_as="school", count=15, shared_path=rng.random() < 0.5
    )


def timer_large_site_behind_one_address(seed: int, rng: random.Random) -> World:
    return timer(seed, rng, name="timer_large_site_behind_one_address", seen_as="campus", count=120, shared_path=True)


def timer_from_the_start(seed: int, rng: random.Random) -> World:
    """The recording begins in the middle of it: no calm pace to compare with until it is over."""
    world = timer(seed, rng, name="timer_from_the_start")
    world.server.troubles[0].start, world.server.troubles[0].end = 0.0, rng.uniform(20, 60)
    return world


def timer_blocked_loop(seed: int, rng: random.Random, *, arrival_known: bool = False) -> World:
    name = "timer_blocked_loop_arrival_known" if arrival_known else "timer_blocked_loop"
    world = new_world(name, seed, 720.0, "blocked", 1, Recording(arrival_known=arrival_known))
    count, period = rng.randint(5, 20), rng.uniform(6, 15)
    tick = max(rng.uniform(0.5, 2.0), count / 30)
    work = min(0.8, rng.uniform(0.2, 0.45) * period / count)
    world.work(SAVE, work)
    world.trouble(rng.uniform(150, 250), rng.uniform(15, 40), factor=max(6.0, 3 * tick / work), endpoints=(SAVE,))
    for index in range(count):
        world.add(clients.TimerResender, SAVE, f"/exams/{index}/sections/1", period_s=period, tick_s=tick)
    for index in range(rng.randint(3, 8)):
        more: dict[str, Any] = {"period_s": rng.uniform(3, 20), "spread": rng.choice([0.02, 1.0])}
        world.add(lookalikes.Poller, world.work("GET /messages", 0.003), f"/messages/{index}", **more)
    return world


def timer_blocked_loop_arrival_known(seed: int, rng: random.Random) -> World:
    return timer_blocked_loop(seed, rng, arrival_known=True)


def timer_amid_load_test(seed: int, rng: random.Random) -> World:
    world = timer(seed, rng, name="timer_amid_load_test")
    load: dict[str, Any] = {
        "rate": rng.uniform(2, 15),
        "regular": rng.random() < 0.5,
        "agent": rng.choice(["k6/1.0", "Mozilla/5.0"]),
    }
    world.add(
        lookalikes.OpenLoop, world.work("GET /report", 0.1 * world.server.capacity / load["rate"]), "/report", **load
    )
    return world


def two_storms_at_once(seed: int, rng: random.Random) -> World:
    world = timer(seed, rng, name="two_storms_at_once", count=rng.randint(4, 15))
    trouble = world.server.troubles[0]
    retries(world, rng, "POST /orders", rng.randint(3, 10), rng.choice(MECHANISMS))
    world.trouble(trouble.start + 10, rng.uniform(60, 120), fail_share=rng.uniform(0.7, 1), endpoints=("POST /orders",))
    return world
