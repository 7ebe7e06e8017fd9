"""The server behind an endpoint, found from its requests: discipline, workers, work per request, and what set it off.

Nothing is given. In a line nobody overtakes more than there are workers to do it; where processors are shared, the
capacity is what makes the work done in a crowd the work that requests take while all is calm.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean, pstdev, quantiles
from typing import Final

from hotspan_analysis.capacity import (
    CROWDED,
    SEEN_CROWDED,
    STRAY,
    Change,
    Stay,
    changes,
    line_starts,
    overtaken,
    shared_demands,
)
from hotspan_analysis.queue_model import BLOCKED, LINE, NEVER, NO_TRIGGER, SHARING, Trigger
from hotspan_analysis.trigger_fit import find_trigger
from hotspan_analysis.works import Work, drawn_alike, heavier

FEWEST_CALM: Final = 8
"""Requests while all is calm: fewer say nothing of the usual work."""
ENOUGH_CALM: Final = 40
"""With so many, those that came while more was in flight are not needed."""
BUCKET_S: Final = 5.0
ROUNDS: Final = 3
"""Capacity, work and trigger depend on one another; after so many rounds they hardly change."""


@dataclass(frozen=True, slots=True)
class ServerFit:
    """A server as the requests show it."""

    discipline: str
    workers: float
    demand_s: float
    """Mean work of one request of the endpoint while nothing is wrong."""
    demands_s: tuple[float, ...]
    """The works of requests while nothing is wrong: what a replay draws from."""
    usual_s: float
    """Mean work of those requests that came when little else was in flight; the same, unless this is no such server."""
    beside: tuple[tuple[float, float], ...]
    """Arrival and work of the other endpoints' requests."""
    trigger: Trigger
    calm: int
    crowded: int

    @property
    def variation(self) -> float:
        """Coefficient of variation of the work."""
        return pstdev(self.demands_s) / self.demand_s


def fit_server(stays: Sequence[Stay], until_s: float) -> ServerFit | str:
    """The server of these requests, the last of which are seen at `until_s`; or, in words, why it cannot be told."""
    flow = changes(stays)
    places = sorted(overtaken(flow))
    if len(places) < SEEN_CROWDED:
        return "the server never had more to do than it can: what it can do at most is not known"
    calm = _calm(flow, stays, NO_TRIGGER)
    if len(calm) < FEWEST_CALM:
        return f"only {len(calm)} requests came while little else was in flight: the usual work is not known"
    short_s = quantiles((stays[number].done_s - stays[number].sent_s for number in calm), n=4)[0]
    capacity = max(1.0, _saturated(flow, stays, short_s))  # rather too low: too high a one makes a crowd a trigger
    in_line = places[int(0.995 * (len(places) - 1))] + 1
    starts, strays = line_starts(flow, len(stays), in_line)
    if strays <= STRAY:
        line = _of_line(flow, stays, starts, in_line, len(places))
        if in_line <= max(1.5 * capacity, capacity + 1) or _same_in_a_crowd(flow, stays, starts, line):
            return line
    return _of_sharing(flow, stays, capacity, len(places), until_s)


def _same_in_a_crowd(
    flow: Sequence[Change], stays: Sequence[Stay], starts: Sequence[float | None], line: ServerFit
) -> bool:
    """Whether requests that had to wait took, once begun, as long as they usually do, as they must in a line."""
    took_s = [
        stays[change.number].done_s - start
        for change in flow
        if change.arrives and change.in_flight >= CROWDED and stays[change.number].sender >= 0
        if (start := starts[change.number]) is not None and start > change.at_s and line.trigger.factor_at(start) == 1.0
        if stays[change.number].done_s < NEVER
    ]
    return len(took_s) >= SEEN_CROWDED and 0.7 <= fmean(took_s) / line.usual_s <= 1.4


def _calm(flow: Sequence[Change], stays: Sequence[Stay], trigger: Trigger) -> list[int]:
    """The endpoint's requests that came, outside a trigger, when least was in flight; some ENOUGH_CALM of them.

    By how they came, not by how long they stayed: those that stayed alone to their end are the short ones.
    """
    levels: dict[int, list[int]] = {}
    for change in flow:
        stay = stays[change.number]
        if change.arrives and stay.sender >= 0 and stay.done_s < NEVER and trigger.factor_at(stay.sent_s) == 1.0:
            levels.setdefault(change.in_flight, []).append(change.number)
    found: list[int] = []
    for level in range(1, CROWDED):
        if len(found) < ENOUGH_CALM:
            found += levels.get(level, [])
    return found


def _saturated(flow: Sequence[Change], stays: Sequence[Stay], demand_s: float) -> float:
    """Capacity by the utilisation law: work done per second while there is a crowd; upper quartile of 5 s each.

    A trigger and a growing queue only make it less.
    """
    done: dict[int, int] = {}
    thin: set[int] = set()
    for change in flow:
        bucket = int(change.at_s / BUCKET_S)
        if change.in_flight < CROWDED:
            thin.add(bucket)
        if not change.arrives and stays[change.number].sender >= 0:
            done[bucket] = done.get(bucket, 0) + 1
    rates = [count * demand_s / BUCKET_S for bucket, count in done.items() if bucket not in thin]
    return quantiles(rates, n=4)[2] if len(rates) > 1 else max(rates, default=1.0)


def _of_line(
    flow: Sequence[Change], stays: Sequence[Stay], starts: Sequence[float | None], workers: int, crowded: int
) -> ServerFit:
    works = {
        number: Work(start, stay.done_s - start, True)
        for number, (stay, start) in enumerate(zip(stays, starts, strict=True))
        if start is not None and stay.done_s < NEVER
    }
    of_endpoint = [work for number, work in works.items() if stays[number].sender >= 0]
    trigger, calm, usual = NO_TRIGGER, _calm(flow, stays, NO_TRIGGER), [0.0]
    for _ in range(ROUNDS):
        usual = [works[number].attained_s for number in calm]
        trigger = find_trigger(of_endpoint, usual)
        calm = _calm(flow, stays, trigger) or calm
    demands_s = [work.attained_s for work in of_endpoint if trigger.factor_at(work.at_s) == 1.0]
    beside = [(stay.sent_s, works[n].attained_s) for n, stay in enumerate(stays) if stay.sender < 0 and n in works]
    return ServerFit(
        LINE,
        float(workers),
        fmean(demands_s),
        tuple(demands_s),
        fmean(usual),
        tuple(beside),
        trigger,
        len(calm),
        crowded,
    )


def _of_sharing(
    flow: Sequence[Change], stays: Sequence[Stay], capacity: float, crowded: int, until_s: float
) -> ServerFit:
    trigger, usual = NO_TRIGGER, [0.0]
    calm: list[int] = []
    attained: list[Work] = []
    of_endpoint: list[Work] = []
    corrected = capacity
    for _ in range(ROUNDS):
        attained = _attained(flow, stays, capacity, until_s)
        calm = _calm(flow, stays, trigger)
        usual = sorted(attained[number].attained_s for number in calm)
        of_endpoint = [work for work, stay in zip(attained, stays, strict=True) if stay.sender >= 0]
        trigger = find_trigger(of_endpoint, usual)
        corrected = capacity * _correction(flow, stays, attained, usual, trigger)
        capacity = max(1.0, corrected)
    beside = [(stay.sent_s, attained[n].attained_s) for n, stay in enumerate(stays) if stay.sender < 0]
    usual_s = fmean(usual)
    done = sum(work.done for work in of_endpoint)
    heavier_in_a_crowd = capacity / corrected if done > len(of_endpoint) / 2 else 1.0
    demands_s = drawn_alike(usual, heavier_in_a_crowd, of_endpoint, trigger)
    return ServerFit(
        SHARING, capacity, fmean(demands_s), demands_s, usual_s, tuple(beside), trigger, len(calm), crowded
    )


def _attained(flow: Sequence[Change], stays: Sequence[Stay], capacity: float, until_s: float) -> list[Work]:
    demands, still_s = shared_demands(flow, len(stays), capacity, until_s)
    return [
        Work(stay.sent_s, still_s[number] if demand is None else demand, demand is not None)
        for number, (stay, demand) in enumerate(zip(stays, demands, strict=True))
    ]


def _correction(
    flow: Sequence[Change], stays: Sequence[Stay], attained: Sequence[Work], usual: Sequence[float], trigger: Trigger
) -> float:
    """By how much the capacity is off: the factor on the work done in a crowd that makes it end as the calm work does."""
    sample = [
        attained[change.number]
        for change in flow
        if change.arrives
        and change.in_flight >= CROWDED
        and stays[change.number].sender >= 0
        and trigger.factor_at(change.at_s) == 1.0
    ]
    if sum(work.done for work in sample) < SEEN_CROWDED:
        return 1.0
    return 1 / heavier(sample, usual, [1.01**step for step in range(-120, 121)])


def as_blocked(fit: ServerFit, stays: Sequence[Stay]) -> ServerFit:
    """The same, called what it is, when one request at a time runs and the others are not even begun."""
    begun = sorted((stay.started_s, stay.done_s) for stay in stays if stay.done_s < NEVER)
    apart = all(done <= start + 1e-6 for (_, done), (start, _) in pairwise(begun))
    waited = any(stay.started_s > stay.sent_s for stay in stays)
    return replace(fit, discipline=BLOCKED) if fit.discipline == LINE and fit.workers == 1 and apart and waited else fit
