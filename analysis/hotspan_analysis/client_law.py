"""How clients of an endpoint behave, found from what they sent: period, resend gap, and which answer stops the timer.

A client of this kind sends a request, and again after each resend gap, until an answer stops it; then it rests for a
period and begins the next operation. Which answers stop it is tried out: under the right rule the gaps and the rests
that follow are all alike, under a wrong one they are not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from statistics import median
from typing import Final

from hotspan_analysis.capacity import Stay
from hotspan_analysis.client_pace import LIKE, Pace, overlapping_gaps, pace_of
from hotspan_analysis.client_trail import COUNTING, FIRST, LATEST, RESETS, Trail, Visit, trail_of
from hotspan_analysis.queue_model import NEVER

DOUBT: Final = 4.0
"""By so much, in units of log-likelihood, a rule must be better than one that is likelier from the start."""
LEAST_LIKE: Final = 0.8
"""Share of the requests that must follow the law: what the others do is not known, and so not predicted."""
FEWEST: Final = 8
"""Resends that make a law."""
FEWEST_RESTS: Final = 5
"""So do rests, of which a calm time has few."""
FEWEST_STEPS: Final = 5
"""So many whole numbers of ticks are none by chance."""
ONE_TICK: Final = 0.005
"""Two figures for one tick, from resends and from longer steps, differ by no more."""
ON_BEAT: Final = 0.05
"""Of a tick: requests of a timer that never stops are no further off their beat, in the median."""
ANOTHER_PERIOD: Final = 0.1
BROWSER_CONNECTIONS: Final = 6
"""What browsers open to one host over HTTP/1.1."""


@dataclass(frozen=True, slots=True)
class ClientLaw:
    """What all clients of the endpoint do, each in its own time."""

    reset: str
    resend_gap_s: float
    period_s: float
    resend_gaps_s: tuple[float, ...]
    periods_s: tuple[float, ...]
    connections: int | None
    """So many requests of one client are open at once; the next ones wait in the client. None: no limit seen."""
    turnaround_s: float
    """From an answer that frees a connection to the request that waited for one."""
    visits: tuple[Visit, ...]
    share: float
    """Of the requests, those that come when this law says."""
    answered_s: tuple[float, ...]
    """When an operation was answered."""
    rest_ticks: int | None = None
    """Of a timer that never stops (setInterval): the tick after an answer, counted from 1, that begins an operation.
    All that such a client sends falls on the beat of its timer. None: each answer starts the timer anew."""
    period_seen: bool = True
    """Whether clients were seen to rest; else the period is from when a client came to its first request here."""

    def operations(self, until_s: float) -> int:
        """Operations that were answered by then."""
        return sum(at_s <= until_s for at_s in self.answered_s)


def fit_clients(stays: Iterable[Stay], until_s: float) -> list[ClientLaw] | str:
    """Laws behind these requests of one endpoint, seen until `until_s`, likeliest first; or, in words, why there is none.

    Where little was seen of a difference, as of a limit on connections that nobody reached, more than one law is left.
    """
    senders = _by_sender(stays)
    ticks_s = [gap_s for sent in senders for gap_s in overlapping_gaps(sent)]
    if len(ticks_s) < FEWEST:
        return "no client sends again while it waits for an answer: there is no timer to fix"
    pace, leads_s = pace_of(senders, ticks_s), _leads(senders)
    if pace.rest_s == NEVER and leads_s:
        pace = replace(pace, rest_s=median(leads_s))
    rules = [reset for reset in RESETS if pace.connections is None or reset not in (LATEST, FIRST)]
    trails = {reset: trail_of(senders, pace, reset, until_s) for reset in rules}
    doubt = DOUBT / sum(len(sent) for sent in senders)
    laws = {reset: _law(reset, trails[reset], pace, leads_s) for reset in rules}
    counting = any(isinstance(law, ClientLaw) and (law.rest_ticks or not law.period_seen) for law in laws.values())
    likely = COUNTING if counting else tuple(RESETS)
    rules.sort(key=lambda each: trails[each].length() + doubt * likely.index(each))
    likeliest = laws[rules[0]]
    if isinstance(likeliest, str):
        return likeliest
    found = [law for reset in rules if not isinstance(law := laws[reset], str) and _keeps_time(law, likeliest)]
    if pace.connections is None and pace.most_open <= BROWSER_CONNECTIONS:
        found.insert(1, replace(found[0], connections=BROWSER_CONNECTIONS))
    return found


def _keeps_time(law: ClientLaw, likeliest: ClientLaw) -> bool:
    """Whether it says that clients rest as long: one that does not is no other reading of the same, but a worse one."""
    return abs(law.period_s / likeliest.period_s - 1) <= ANOTHER_PERIOD


def _by_sender(stays: Iterable[Stay]) -> list[list[Stay]]:
    found: dict[int, list[Stay]] = {}
    for stay in stays:
        found.setdefault(stay.sender, []).append(stay)
    return [sorted(sent, key=lambda stay: stay.sent_s) for sent in found.values()]


def _leads(senders: Sequence[Sequence[Stay]]) -> list[float]:
    """From when a client came to its first request here, where all took about as long: else it says nothing."""
    leads_s = [sent[0].sent_s - sent[0].came_s for sent in senders if sent[0].came_s is not None]
    usual_s = median(leads_s) if leads_s else 0.0
    alike = sum(abs(lead_s - usual_s) <= LIKE * usual_s for lead_s in leads_s)
    return leads_s if usual_s > 0 and alike >= LEAST_LIKE * len(leads_s) else []


def _law(reset: str, trail: Trail, pace: Pace, leads_s: Sequence[float]) -> ClientLaw | str:
    period_seen = len(trail.rests_s) >= FEWEST_RESTS
    all_rests_s = trail.rests_s if period_seen else [*trail.rests_s, *leads_s]
    if len(trail.gaps_s) < FEWEST or len(all_rests_s) < FEWEST_RESTS:
        return (
            f"the clients were seen to resend {len(trail.gaps_s)} times and to rest {len(trail.rests_s)} times: "
            f"{FEWEST} and {FEWEST_RESTS} are needed to know when they do, a calm time before it for example"
        )
    gap_s, period_s = median(trail.gaps_s), median(all_rests_s)
    gaps_s = sorted(each for each in trail.gaps_s if abs(each - gap_s) <= LIKE * gap_s)
    rests_s = sorted(each for each in all_rests_s if 0.4 * period_s <= each <= 2 * period_s)
    share = (len(gaps_s) + len(rests_s)) / (len(trail.gaps_s) + len(all_rests_s))
    if share < LEAST_LIKE:
        return (
            f"only {share:.0%} of the requests come when a timer would send them (again every {gap_s:.2g} s, anew "
            f"{period_s:.3g} s after an answer): what these clients do depends on something that is not recorded"
        )
    return ClientLaw(
        reset, gap_s, period_s, tuple(gaps_s), tuple(rests_s), pace.connections, pace.turnaround_s, tuple(trail.visits),
        share, tuple(trail.answered_s), _rest_ticks(rests_s, trail.steps_s, gap_s), period_seen,
    )  # fmt: skip


def _rest_ticks(rests_s: Sequence[float], steps_s: Sequence[float], tick_s: float) -> int | None:
    """How many ticks a timer that never stops rests: None when the distances between requests are no whole ticks.

    Nor is it one where the rests themselves vary as little: then the whole ticks are by chance. Steps of many ticks say
    best how long one is.
    """
    ticks = [max(1, round(step_s / tick_s)) for step_s in steps_s]
    exact_s = median(step_s / count for step_s, count in zip(steps_s, ticks, strict=True)) if ticks else tick_s
    tick_s = exact_s if abs(exact_s / tick_s - 1) <= ONE_TICK else tick_s
    off_beat = [abs(step_s / tick_s - count) for step_s, count in zip(steps_s, ticks, strict=True)]
    usual_s = median(rests_s)
    spread = median(abs(rest_s - usual_s) for rest_s in rests_s) / tick_s
    if len(off_beat) < FEWEST_STEPS or median(off_beat) >= min(ON_BEAT, spread / 3):
        return None
    return round(median(ceil(rest_s / tick_s - ON_BEAT) for rest_s in rests_s))
