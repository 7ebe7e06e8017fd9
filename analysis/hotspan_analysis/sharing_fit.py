"""A server whose requests all go on at once, found from them: they share processors, or take turns in one line.

The capacity is what makes the work done in a crowd the work that requests take while all is calm. Whether they take
turns, and how many each, is what makes their works most alike: where a crowd grows or shrinks, the two differ.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from statistics import fmean, median, quantiles
from typing import Final

from hotspan_analysis.calm_time import usual_requests
from hotspan_analysis.capacity import CROWDED, SEEN_CROWDED, Change, Stay, shared_demands
from hotspan_analysis.fitted_server import ServerFit
from hotspan_analysis.queue_model import NEVER, NO_TRIGGER, SHARING, TURNS, Trigger
from hotspan_analysis.round_robin import Crowd
from hotspan_analysis.trigger_fit import find_trigger
from hotspan_analysis.works import Work, drawn_alike, heavier, unevenness

SHARED: Final = 1
"""Not a number of turns: one turn each would be a line."""
FEWEST_ROUNDS, MOST_ROUNDS = 3, 12
"""Capacity, work and trigger depend on one another; after so many rounds they hardly change."""
SETTLED: Final = 0.01
"""A capacity that changes by less in a round has been found. From a guess that is far off it takes some more."""
TURNS_TRIED: Final = (2, 4, 8, 12, 16)
"""Of more turns than that, it is sharing."""
MORE_ALIKE: Final = 0.85
"""Works differ by so much less, or the first guess of the capacity is kept."""
HARDLY_DIFFER: Final = 0.1
"""How uneven works are that hardly differ. Of other works, turns explain some, whatever the server does."""
TAKES_TURNS: Final = (0.95, 0.7)
"""Works differ by so much less, or the server is taken for the simpler one: sharing; where they hardly differ if it is
so, and where they do. Of simulated servers that share, turns made works of the first kind 1 % less uneven at most, and
works of the second kind up to 24 %."""
AS_ALIKE: Final = 1.05
"""The same where it would be no whole number of processors that is shared: then turns may be as good."""
NEARLY_WHOLE: Final = 0.15
WHOLE: Final = 0.25
"""Turns are for a whole number of workers: a capacity that is further off, as a share of it, is none of turns."""
MOST_WEIGHED: Final = 200
"""Of more requests than that, every second, third, … says the same."""


Uneven = tuple[ServerFit, float]
"""A server, and how much the works of requests differ if it is so."""


def fit_sharing(flow: Sequence[Change], stays: Sequence[Stay], capacity: float, until_s: float) -> ServerFit:
    """The server of these requests, from a first guess of its capacity that is rather too low."""
    seen = _Seen(flow, stays, until_s)
    return _chosen(_best(seen, capacity, [SHARED]), _best(seen, capacity, TURNS_TRIED))


def _best(seen: "_Seen", capacity: float, turns: Sequence[int]) -> Uneven:
    """From that capacity on; from one worker on where that makes works clearly more alike."""
    guessed = min((seen.fit(capacity, each) for each in turns), key=itemgetter(1))
    lowest = min((seen.fit(1.0, each) for each in turns), key=itemgetter(1))
    return lowest if lowest[1] < MORE_ALIKE * guessed[1] else guessed


def sharing_of(flow: Sequence[Change], stays: Sequence[Stay], capacity: float, until_s: float) -> ServerFit:
    """The same with a capacity that is known, or assumed."""
    seen = _Seen(flow, stays, until_s)
    found = (seen.fit(capacity, turns, known=True) for turns in TURNS_TRIED)
    return _chosen(seen.fit(capacity, SHARED, known=True), min(found, key=itemgetter(1)))


def _chosen(sharing: Uneven, taking_turns: Uneven) -> ServerFit:
    """Sharing, unless turns explain better how long requests stayed."""
    (shared, uneven_shared), (in_turns, uneven) = sharing, taking_turns
    whole = TAKES_TURNS[uneven_shared > HARDLY_DIFFER]
    enough = whole if _off_whole(shared) <= NEARLY_WHOLE else AS_ALIKE
    if uneven >= enough * uneven_shared or _off_whole(in_turns) > WHOLE:
        return shared
    whole = _whole(in_turns)
    slower = whole / in_turns.workers
    return replace(
        in_turns,
        workers=float(whole),
        demand_s=slower * in_turns.demand_s,
        ended_s=None if in_turns.ended_s is None else slower * in_turns.ended_s,
        demands_s=tuple(slower * each for each in in_turns.demands_s),
    )


def _whole(fit: ServerFit) -> int:
    return max(1, round(fit.workers))


def _off_whole(fit: ServerFit) -> float:
    return abs(fit.workers / _whole(fit) - 1)


class _Seen:
    """What was seen of such a server: what its requests needed follows from its capacity, and from their turns."""

    def __init__(self, flow: Sequence[Change], stays: Sequence[Stay], until_s: float) -> None:
        self._flow, self._stays, self._until_s = flow, stays, until_s
        self._crowded = {change.number for change in flow if change.arrives and change.in_flight >= CROWDED}
        self._calm = usual_requests(flow, stays, NO_TRIGGER)
        numbers = [number for number, stay in enumerate(stays) if stay.sender >= 0]
        self._weighed = numbers[:: 1 + len(numbers) // MOST_WEIGHED]
        done = [number for number in numbers if stays[number].done_s < NEVER]
        self._done = done[:: 1 + len(done) // MOST_WEIGHED]
        beside = [stay.done_s - stay.sent_s for stay in stays if stay.sender < 0 and stay.done_s < NEVER]
        self._light_s = quantiles(beside, n=4)[0] if len(beside) > 1 else NEVER

    def fit(self, capacity: float, turns: int, known: bool = False) -> Uneven:
        """What fits best if a request comes in so many turns, or SHARED; and how much works differ then.

        Capacity and trigger follow from the usual work. A known capacity stays, and there is no trigger then.
        """
        trigger, calm, corrected = NO_TRIGGER, self._calm, capacity
        usual = [quantiles((self._stays[number].done_s - self._stays[number].sent_s for number in calm), n=4)[0]]
        works: dict[int, Work] = {}
        for rounds in range(1, MOST_ROUNDS + 1):
            works = self._works(capacity, turns, fmean(usual), {*self._weighed, *self._calm})
            calm = [number for number in usual_requests(self._flow, self._stays, trigger) if number in works]
            usual = sorted(works[number].attained_s for number in calm)
            before = capacity
            if not known:
                trigger = find_trigger(list(works.values()), usual)
                corrected = capacity * self._correction(works, usual, trigger)
                capacity = max(1.0, corrected)
            if rounds >= FEWEST_ROUNDS and abs(capacity / before - 1) <= SETTLED:
                break
        done = [work for work in works.values() if work.done]
        heavier_in_a_crowd = capacity / corrected if len(done) > len(works) / 2 else 1.0
        demands_s = drawn_alike(usual, heavier_in_a_crowd, list(works.values()), trigger)
        found = ServerFit(
            discipline=SHARING if turns == SHARED else TURNS,
            workers=capacity,
            demand_s=fmean(demands_s),
            demands_s=demands_s,
            usual_s=fmean(usual),
            beside=tuple(self._beside(capacity, turns)),
            trigger=trigger,
            calm=len(calm),
            crowded=len(self._crowded),
            turns=turns,
        )
        compared = self._works(capacity, turns, fmean(usual), self._done)
        outside_s = [
            compared[number].attained_s for number in self._done if trigger.factor_at(self._stays[number].sent_s) == 1.0
        ]
        return replace(found, ended_s=median(outside_s) if outside_s else None), (
            unevenness(outside_s) if len(outside_s) >= SEEN_CROWDED else NEVER
        )

    def _works(self, capacity: float, turns: int, usual_s: float, numbers: Iterable[int]) -> dict[int, Work]:
        """Of the endpoint's requests, by number: those at least. Where processors are shared, all cost no more."""
        if turns == SHARED:
            return {
                number: work for number, work in enumerate(self._shared(capacity)) if self._stays[number].sender >= 0
            }
        crowd = Crowd.of(self._stays, min(1.0, self._light_s * turns / usual_s))
        found = {}
        for number in numbers:
            stay = self._stays[number]
            demand_s = crowd.demand_s(stay, turns, capacity, self._until_s)
            found[number] = Work(stay.sent_s, demand_s, stay.done_s < NEVER)
        return found

    def _shared(self, capacity: float) -> list[Work]:
        demands, still_s = shared_demands(self._flow, len(self._stays), capacity, self._until_s)
        return [
            Work(stay.sent_s, still_s[number] if demand is None else demand, demand is not None)
            for number, (stay, demand) in enumerate(zip(self._stays, demands, strict=True))
        ]

    def _beside(self, capacity: float, turns: int) -> Iterator[tuple[float, float]]:
        """Arrival and work of the other endpoints' requests. In turns they wait for others', which is no work of theirs."""
        most_s = NEVER if turns == SHARED else self._light_s
        for stay, work in zip(self._stays, self._shared(capacity), strict=True):
            if stay.sender < 0:
                yield stay.sent_s, min(work.attained_s, most_s)

    def _correction(self, works: Mapping[int, Work], usual: Sequence[float], trigger: Trigger) -> float:
        """By how much the capacity is off: the factor on the work done in a crowd that makes it end as the calm work does."""
        sample = [
            work for number, work in works.items() if number in self._crowded and trigger.factor_at(work.at_s) == 1.0
        ]
        if sum(work.done for work in sample) < SEEN_CROWDED:
            return 1.0
        return 1 / heavier(sample, usual, [1.01**step for step in range(-120, 121)])
