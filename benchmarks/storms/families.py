"""The families of worlds: every mechanism and every look-alike of the notes, with parameters drawn from wide ranges."""

import random

from storms import innocent, production, resending, retrying, unforeseen
from storms.grounds import Family
from storms.worlds import World


def as_log(family: Family, durations_known: bool) -> Family:
    """The same world as an access log has it: whole seconds, with durations in milliseconds or without any."""

    def build(seed: int, rng: random.Random) -> World:
        world = family(seed, rng)
        world.recording.precision_ns, world.recording.durations_known = 1_000_000_000, durations_known
        world.recording.workers, world.recording.clock_skew_s = 1, 0.0
        return world

    return build


GUILTY: dict[str, Family] = {
    "timer": resending.timer,
    "timer_unseen": resending.timer_unseen,
    "timer_six_connections": resending.timer_six_connections,
    "timer_jittered": resending.timer_jittered,
    "timer_background_tab": resending.timer_background_tab,
    "timer_fixed_mid_run": resending.timer_fixed_mid_run,
    "timer_class_behind_one_address": resending.timer_class_behind_one_address,
    "timer_large_site_behind_one_address": resending.timer_large_site_behind_one_address,
    "timer_from_the_start": resending.timer_from_the_start,
    "timer_blocked_loop": resending.timer_blocked_loop,
    "timer_blocked_loop_arrival_known": resending.timer_blocked_loop_arrival_known,
    "timer_amid_load_test": resending.timer_amid_load_test,
    "two_storms_at_once": resending.two_storms_at_once,
    **{f"outage_{kind}": retrying.outage(kind) for kind in retrying.MECHANISMS},
    **{f"outage_{kind}_in_a_log": as_log(retrying.outage(kind), False) for kind in retrying.MECHANISMS},
    "timeout_seen": retrying.timeouts,
    "timeout_unseen": retrying.timeout_unseen,
    "impatient_people": retrying.impatient_people,
    "hedging_saturated": retrying.hedging,
    "gateway": retrying.gateway,
    "export_not_ready": retrying.export_not_ready,
    "timer_among_steady_ones": unforeseen.timer_among_steady_ones,
    "outboxes": unforeseen.outboxes,
    "kit_with_timeouts": unforeseen.kit_with_timeouts,
}
_LOOKALIKES: dict[str, Family] = {
    "benign_slow_phase": innocent.benign_slow_phase,
    "polite_class_behind_one_address": innocent.polite_class_behind_one_address,
    "outage_with_pollers": innocent.outage_with_pollers,
    "dead_from_the_start": innocent.dead_from_the_start,
    "batches": innocent.batches,
    "bells": innocent.bells,
    "load_test": innocent.load_test,
    "rush": innocent.rush,
    "loops_and_ranges": innocent.loops_and_ranges,
    "hedging_calm": innocent.hedging_calm,
    "one_url_for_everything": production.one_url_for_everything,
    "typists": production.typists,
    "bursts_of_events": production.bursts_of_events,
    "probes_in_trouble": production.probes_in_trouble,
    "handshakes": production.handshakes,
    "paced_batches": production.paced_batches,
    "everybody_behind_a_balancer": production.everybody_behind_a_balancer,
    "signs_of_life": unforeseen.signs_of_life,
    "autosaves": unforeseen.autosaves,
    "walls_of_charts": unforeseen.walls_of_charts,
    "services_in_bursts": unforeseen.services_in_bursts,
    "jobs_that_outlast": unforeseen.jobs_that_outlast,
}
_IN_LOGS = (
    "benign_slow_phase",
    "outage_with_pollers",
    "dead_from_the_start",
    "one_url_for_everything",
    "probes_in_trouble",
    "handshakes",
    "everybody_behind_a_balancer",
)
INNOCENT: dict[str, Family] = _LOOKALIKES | {
    f"{name}_in_a_log": as_log(_LOOKALIKES[name], durations)
    for name, durations in zip(_IN_LOGS, (True, False) * len(_IN_LOGS), strict=False)
}
FAMILIES = GUILTY | INNOCENT


def world(family: str, seed: int) -> World:
    """One world, run to its end."""
    return FAMILIES[family](seed, random.Random(f"{family}/{seed}")).run()
