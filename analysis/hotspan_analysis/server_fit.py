"""The server behind an endpoint, found from its requests: discipline, workers, work per request, and what set it off.

Nothing is given. In a line nobody overtakes more than there are workers to do it; where processors are shared, the
capacity is what makes the work done in a crowd the work that requests take while all is calm.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import fmean, quantiles
from typing import Final

from hotspan_analysis.calm_time import calm_requests, is_calm, usual_requests
from hotspan_analysis.capacity import (
    CROWDED,
    SEEN_CROWDED,
    STRAY,
    Change,
    Stay,
    changes,
    line_starts,
    overtaken,
)
from hotspan_analysis.fitted_server import ServerFit
from hotspan_analysis.queue_model import BLOCKED, LINE, NEVER, NO_TRIGGER
from hotspan_analysis.sharing_fit import fit_sharing, sharing_of
from hotspan_analysis.trigger_fit import find_trigger
from hotspan_analysis.works import Work, unevenness

MORE_UNEVEN: Final = 2.0
UNEVEN: Final = 0.1
"""Works differ in a crowd as they do while all is calm, within these bounds, or it is no line that makes them wait.
Requests that take turns alike do not overtake either; but counted as a line, they would be nothing or very much."""
FEWEST_DONE: Final = 8
"""Requests of the endpoint that ended: fewer say nothing of their work."""
ROUNDS: Final = 3
"""Capacity, work and trigger depend on one another; after so many rounds they hardly change."""


def fit_server(stays: Sequence[Stay], until_s: float) -> ServerFit | str:
    """The server of these requests, the last of which are seen at `until_s`; or, in words, why it cannot be told.

    Where requests were never alone, only the ratio of work and capacity shows: then each process works on one at a time.
    """
    flow = changes(stays)
    places = sorted(overtaken(flow))
    if len(places) < SEEN_CROWDED:
        return "the server never had more to do than it can: what it can do at most is not known"
    ended = [stay.done_s < NEVER for stay in stays if stay.sender >= 0]
    if sum(ended) < FEWEST_DONE:
        return f"{sum(ended)} of its {len(ended):,} requests were ever answered: how much work one of them is, is not known"
    calm = calm_requests(flow, stays, NO_TRIGGER)
    alone = is_calm(flow, calm)
    if alone:
        short_s = quantiles((stays[number].done_s - stays[number].sent_s for number in calm), n=4)[0]
        capacity = max(1.0, _saturated(flow, stays, short_s))  # rather too low: too high a one makes a crowd a trigger
    else:
        capacity = float(_processes(stays))
    in_line = places[int(0.995 * (len(places) - 1))] + 1
    starts, strays = line_starts(flow, len(stays), in_line)
    if strays <= STRAY:
        line, usual = _of_line(flow, stays, starts, in_line, len(places))
        varies = unevenness(line.demands_s) <= MORE_UNEVEN * unevenness(usual) + UNEVEN  # unlike turns in one order
        if varies and (
            in_line <= max(1.5 * capacity, capacity + 1) or (alone and _same_in_a_crowd(flow, stays, starts, line))
        ):
            return line
    shared = fit_sharing(flow, stays, capacity, until_s) if alone else sharing_of(flow, stays, capacity, until_s)
    return replace(shared, crowded=len(places), workers_seen=alone, processes=_processes(stays))


def _processes(stays: Sequence[Stay]) -> int:
    """How many processes worked at a time, each from its first to its last request: one that follows another is no second."""
    spans: dict[int, tuple[float, float]] = {}
    for stay in stays:
        first_s, last_s = spans.get(stay.process, (stay.sent_s, stay.sent_s))
        spans[stay.process] = min(first_s, stay.sent_s), max(last_s, stay.sent_s)
    return max(sum(from_s <= moment_s <= to_s for from_s, to_s in spans.values()) for moment_s, _ in spans.values())


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


def _saturated(flow: Sequence[Change], stays: Sequence[Stay], demand_s: float) -> float:
    """Capacity by the utilisation law: work done per second of a crowd.

    A trigger, and a queue that grows, make it less. The mean and no quantile of shorter times: in a crowd that came
    together requests are done together, many in one second and none in the next ten.
    """
    done, crowded_s = 0, 0.0
    for change, following in pairwise(flow):
        if change.in_flight >= CROWDED:
            crowded_s += following.at_s - change.at_s
            done += not following.arrives and stays[following.number].sender >= 0
    return done * demand_s / crowded_s if crowded_s else 1.0


def _of_line(
    flow: Sequence[Change], stays: Sequence[Stay], starts: Sequence[float | None], workers: int, crowded: int
) -> tuple[ServerFit, Sequence[float]]:
    """The line, and the works of calm requests."""
    works = {
        number: Work(start, stay.done_s - start, True)
        for number, (stay, start) in enumerate(zip(stays, starts, strict=True))
        if start is not None and stay.done_s < NEVER
    }
    of_endpoint = [work for number, work in works.items() if stays[number].sender >= 0]
    trigger, calm, usual = NO_TRIGGER, usual_requests(flow, stays, NO_TRIGGER), [0.0]
    for _ in range(ROUNDS):
        usual = [works[number].attained_s for number in calm]
        trigger = find_trigger(of_endpoint, usual)
        calm = usual_requests(flow, stays, trigger) or calm
    demands_s = [work.attained_s for work in of_endpoint if trigger.factor_at(work.at_s) == 1.0]
    beside = [(stay.sent_s, works[n].attained_s) for n, stay in enumerate(stays) if stay.sender < 0 and n in works]
    found = ServerFit(
        discipline=LINE,
        workers=float(workers),
        demand_s=fmean(demands_s),
        demands_s=tuple(demands_s),
        usual_s=fmean(usual),
        beside=tuple(beside),
        trigger=trigger,
        calm=len(calm),
        crowded=crowded,
    )
    return found, usual


def as_blocked(fit: ServerFit, stays: Sequence[Stay]) -> ServerFit:
    """The same, called what it is, when one request at a time runs and the others are not even begun."""
    begun = sorted((stay.started_s, stay.done_s) for stay in stays if stay.done_s < NEVER)
    apart = all(done <= start + 1e-6 for (_, done), (start, _) in pairwise(begun))
    waited = any(stay.started_s > stay.sent_s for stay in stays)
    blocked = replace(fit, discipline=BLOCKED, processes=_processes(stays))
    return blocked if fit.discipline == LINE and fit.workers == 1 and apart and waited else fit
