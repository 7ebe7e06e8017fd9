"""The families of worlds: every mechanism and every look-alike of the notes, with parameters drawn from wide ranges."""

import math
import random
from collections.abc import Callable
from typing import Any

from storms import clients, lookalikes
from storms.worlds import Recording, World, new_world

Family = Callable[[int, random.Random], World]
SAVE = "PUT /exams/{exam}/sections/{section}"
MECHANISMS = ("immediate_retry", "fixed_interval", "backoff", "backoff_jitter")


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


# ---- guilty: resending before the answer is there


def timer(seed: int, rng: random.Random, *, name: str = "timer", **how: Any) -> World:
    """A class of browsers with the story's bug; a slow phase sets it off, or nothing but its own load does."""
    recording: dict[str, Any] = {
        key: how.pop(key) for key in ("arrival_known", "workers", "precision_ns", "durations_known") if key in how
    }
    world = base(name, seed, rng, **recording)
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


# ---- guilty: resending after an error, a timeout, a hedge; gateways


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


# ---- innocent


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


GUILTY: dict[str, Family] = {
    "timer": timer,
    "timer_six_connections": timer_six_connections,
    "timer_jittered": timer_jittered,
    "timer_background_tab": timer_background_tab,
    "timer_fixed_mid_run": timer_fixed_mid_run,
    "timer_class_behind_one_address": timer_class_behind_one_address,
    "timer_large_site_behind_one_address": timer_large_site_behind_one_address,
    "timer_from_the_start": timer_from_the_start,
    "timer_blocked_loop": timer_blocked_loop,
    "timer_blocked_loop_arrival_known": timer_blocked_loop_arrival_known,
    "timer_amid_load_test": timer_amid_load_test,
    "two_storms_at_once": two_storms_at_once,
    **{f"outage_{kind}": outage(kind) for kind in MECHANISMS},
    "timeout_seen": timeouts,
    "timeout_unseen": timeout_unseen,
    "impatient_people": impatient_people,
    "hedging_saturated": hedging,
    "gateway": gateway,
    "export_not_ready": export_not_ready,
}
INNOCENT: dict[str, Family] = {
    "benign_slow_phase": benign_slow_phase,
    "polite_class_behind_one_address": polite_class_behind_one_address,
    "outage_with_pollers": outage_with_pollers,
    "dead_from_the_start": dead_from_the_start,
    "batches": batches,
    "bells": bells,
    "load_test": load_test,
    "rush": rush,
    "loops_and_ranges": loops_and_ranges,
    "hedging_calm": hedging_calm,
}
FAMILIES = GUILTY | INNOCENT


def world(family: str, seed: int) -> World:
    """One world, run to its end."""
    return FAMILIES[family](seed, random.Random(f"{family}/{seed}")).run()
