"""What would fix it: the clients, the endpoint or workers? From the recorded requests alone; or why nobody can tell.

The server (server_fit.py) and the clients' law (client_law.py) are found from the requests, replayed as it was, and
held against what was observed. Only when all measures agree are changes replayed too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import sqrt
from typing import Final

from hotspan_analysis.advice import advice, summary
from hotspan_analysis.capacity import Stay
from hotspan_analysis.client_law import fit_clients
from hotspan_analysis.engine import Engine
from hotspan_analysis.measures import Measures
from hotspan_analysis.queue_model import NEVER, NO_TRIGGER
from hotspan_analysis.replay import AS_IT_WAS, Change, Model
from hotspan_analysis.results import Query, Rows
from hotspan_analysis.scenarios import ALIKE, RUNS, Replays, errors, most_at_once
from hotspan_analysis.server_fit import as_blocked, fit_server
from hotspan_analysis.storm_results import Incident, epoch_ns
from hotspan_analysis.what_if_results import Advice, Fit, Scenario, WhatIf
from hotspan_analysis.window import SECOND_NS, Window, iso

LEAD_S: Final = 300.0
"""So much before an incident, and after it, is replayed too: what is usual shows there."""
HELD_S: Final = 5.0
"""Requests that usually last longer wait for an event, not for the server (long polls)."""
FAILED_AT_MOST: Final = 0.05
"""What makes requests fail, or clients give up, is not in a recording of when they came and went."""
AT_A_GLANCE: Final = 3
FAR_OFF: Final = 0.6
"""A reading of which so few runs are so far off needs no more of them."""
COARSEST_NS: Final = 10_000_000
"""A clock of whole seconds, as in access logs, cannot tell who was there first."""
ENDED_AT_LEAST: Final = 5
"""Requests of a trigger that were done: fewer do not tell how heavy they were."""
MEASURE_NAMES: Final = {
    "requests": "requests",
    "in_flight_s": "in-flight time",
    "mean_s": "mean latency",
    "p95_s": "p95 latency",
    "operations": "operations",
    "recovery_s": "time to recover",
}


@dataclass(frozen=True, slots=True)
class Unanswerable:
    """Why there is no answer, in words; and the fit, as far as there is one."""

    reason: str
    fit: Fit | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model that does what was observed, ready to be asked."""

    fit: Fit
    replays: Replays
    observed: Measures
    as_it_was: Sequence[Measures]

    def scenarios(self, changes: Sequence[Change]) -> list[Scenario]:
        """What was observed, the replay of it, and each of the changes."""
        observed = self.replays.row("observed", AS_IT_WAS, [self.observed], 0)
        again = self.replays.row("as it was", AS_IT_WAS, self.as_it_was, self.replays.runs)
        return [observed, again, *(self.replays.scenario(change) for change in changes)]


def what_if(engine: Engine, window: Window, incident: Incident, changes: Sequence[Change], runs: int = RUNS) -> WhatIf:
    """What each of the changes would have made of this incident; of the window, up to 5 minutes around it are used."""
    stretch = _around(window, incident)
    stays, coarse, query = _stays(engine, stretch, incident)
    trouble_s = (epoch_ns(incident.start) - stretch.from_ns) / SECOND_NS
    fitted = (
        _fitted(stays, stretch, trouble_s, runs)
        if not coarse
        else Unanswerable("its times are too coarse to replay it")
    )
    if isinstance(fitted, Unanswerable):
        return refused(incident.service, incident.endpoint, stretch, fitted, [query])
    scenarios = fitted.scenarios(changes)
    return WhatIf(
        service=incident.service,
        endpoint=incident.endpoint,
        window=_replayed(stretch, fitted),
        refusal=None,
        fit=fitted.fit,
        scenarios=Rows(Scenario, scenarios, [query]),
        advice=Rows(Advice, advice(scenarios, fitted.fit), [query]),
        summary=summary(incident.endpoint, scenarios, fitted.fit),
        queries=[query],
    )


def refused(service: str, endpoint: str, window: Window, why: Unanswerable, queries: Sequence[Query] = ()) -> WhatIf:
    """No answer, and why."""
    return WhatIf(service, endpoint, window, why.reason, why.fit, Rows(Scenario), Rows(Advice), "", queries)


def nothing_to_fix(window: Window, endpoint: str | None, service: str | None) -> WhatIf:
    """The answer where nobody repeats requests."""
    where = f"to {endpoint} " if endpoint else ""
    why = f"no client repeats its requests {where}in a storm: there is nothing to fix; see `hotspan storms`"
    return refused(service or "", endpoint or "", window, Unanswerable(why))


def _around(window: Window, incident: Incident) -> Window:
    lead_ns = round(LEAD_S * SECOND_NS)
    return Window(
        max(window.from_ns, epoch_ns(incident.start) - lead_ns),
        min(window.to_ns, epoch_ns(incident.drained) + lead_ns),
    )


def _replayed(stretch: Window, fitted: Fitted) -> Window:
    """The stretch up to the moment when the last client had left."""
    return Window(stretch.from_ns, stretch.from_ns + round(fitted.replays.model.until_s * SECOND_NS))


def _stays(engine: Engine, stretch: Window, incident: Incident) -> tuple[list[Stay], bool, Query]:
    """The service's requests in seconds since the start of the stretch; and whether their clock is too coarse."""
    method, _, route = incident.endpoint.partition(" ")
    answer = engine.ask(
        "what_if_requests",
        service=incident.service,
        method=method,
        route=route,
        from_ns=stretch.from_ns,
        to_ns=stretch.to_ns,
        trouble_from_ns=epoch_ns(incident.start),
        trouble_to_ns=epoch_ns(incident.drained),
        held_s=HELD_S,
    )
    stays = [
        Stay(sent_s, NEVER if done_s is None else done_s, sender, started_s, aborted, error, process, came_s)
        for sent_s, started_s, done_s, _, error, aborted, process, came_s, sender in answer.tuples
    ]
    return stays, any(row[3] > COARSEST_NS for row in answer.tuples), answer.query


def _fitted(stays: Sequence[Stay], stretch: Window, trouble_s: float, runs: int) -> Fitted | Unanswerable:
    if reason := _failures(stays):
        return Unanswerable(reason)
    laws = fit_clients((stay for stay in stays if stay.sender >= 0), stretch.length_s)
    if isinstance(laws, str):
        return Unanswerable(laws)
    until_s = min(stretch.length_s, max(visit.until_s for visit in laws[0].visits))
    everything, stays = stays, _until(stays, until_s)
    server = fit_server(stays, until_s)
    if isinstance(
        server, str
    ):  # what was done after the last client had left, while nobody came any more, tells it too
        server = fit_server(
            everything, max((each.done_s for each in everything if each.done_s < NEVER), default=until_s)
        )
    if isinstance(server, str):
        return Unanswerable(server)
    trouble_s = trouble_s if server.trigger == NO_TRIGGER else server.trigger.from_s
    answers: list[Unanswerable] = []
    for law, behind in product(laws, as_blocked(server, stays).readings()):
        replays = Replays(Model(behind, law, until_s), trouble_s, runs)
        observed = _observed(replays, stays)
        if answers and max(errors(observed, replace(replays, runs=AT_A_GLANCE).run(AS_IT_WAS)).values()) > FAR_OFF:
            continue
        answer = _held_against(replays, observed, stays, stretch)
        if isinstance(answer, Fitted):
            return answer
        answers.append(answer)
    return answers[0]


def _observed(replays: Replays, stays: Sequence[Stay]) -> Measures:
    of_endpoint = [stay for stay in stays if stay.sender >= 0]
    return replays.measured(
        [stay.sent_s for stay in of_endpoint],
        [stay.done_s for stay in of_endpoint],
        replays.model.clients.operations(replays.model.until_s),
    )


def _held_against(
    replays: Replays, observed: Measures, stays: Sequence[Stay], stretch: Window
) -> Fitted | Unanswerable:
    """The replays as an answer, unless they do something else than what was observed."""
    model = replays.model
    again = replays.run(AS_IT_WAS)
    fit = _fit(replays, errors(observed, again), stretch)
    by_chance = 1 / sqrt(observed.operations) if observed.operations else 0.0  # a handful is known to its root only
    within = {name: max(ALIKE, by_chance if name == "operations" else 0.0) for name in fit.errors}
    if off := [f"{MEASURE_NAMES[name]} by {error:.0%}" for name, error in fit.errors.items() if error > within[name]]:
        reason = (
            f"a replay of what happened is off in {', '.join(off)}; beyond {ALIKE:.0%} nothing is predicted from it"
        )
        return Unanswerable(reason, fit)
    if reason := _unknown_trigger(model, [stay for stay in stays if stay.sender >= 0]):
        return Unanswerable(reason, fit)
    return Fitted(fit, replays, observed, again)


def _failures(stays: Sequence[Stay]) -> str:
    """Why failing or given up requests make a replay impossible; empty when they do not."""
    asked_for = [stay for stay in stays if stay.sender >= 0]
    last_s: dict[int, float] = {}
    for stay in asked_for:
        last_s[stay.sender] = max(last_s.get(stay.sender, 0.0), stay.sent_s)
    failed = sum(stay.error for stay in asked_for)
    given_up = sum(stay.aborted and stay.done_s < last_s[stay.sender] for stay in asked_for)
    if failed > FAILED_AT_MOST * len(asked_for):
        return f"{failed:,} of {len(asked_for):,} requests failed, and what makes them fail is not in the recording"
    if given_up > FAILED_AT_MOST * len(asked_for):
        return (
            f"clients gave up {given_up:,} of {len(asked_for):,} requests and went on; when they do is not replayed yet"
        )
    return ""


def _until(stays: Sequence[Stay], until_s: float) -> list[Stay]:
    """What was to be seen at that moment: what ended later was open."""
    return [stay if stay.done_s < until_s else replace(stay, done_s=NEVER) for stay in stays if stay.sent_s < until_s]


def _unknown_trigger(model: Model, stays: Sequence[Stay]) -> str:
    trigger = model.server.trigger
    hit = [stay for stay in stays if trigger.from_s <= stay.sent_s < trigger.to_s]
    done = sum(stay.done_s < NEVER for stay in hit)
    if trigger == NO_TRIGGER or done >= min(ENDED_AT_LEAST, len(hit)):
        return ""
    return (
        f"of the {len(hit):,} requests that were more work than usual only {done} ended in this window: "
        "how much work the others were is not known"
    )


def _fit(replays: Replays, off: dict[str, float], stretch: Window) -> Fit:
    server, clients = replays.model.server, replays.model.clients
    trigger = None if server.trigger == NO_TRIGGER else server.trigger
    return Fit(
        discipline=server.discipline,
        workers=server.workers,
        demand_s=server.demand_s,
        variation=server.variation,
        clients=most_at_once(clients.visits),
        period_s=clients.period_s,
        resend_gap_s=clients.resend_gap_s,
        reset=clients.reset,
        rest_ticks=clients.rest_ticks,
        connections=clients.connections,
        law_share=clients.share,
        period_seen=clients.period_seen,
        workers_seen=server.workers_seen,
        trouble_start=iso(stretch.from_ns + round(replays.from_s * SECOND_NS)),
        trigger_start=None if trigger is None else iso(stretch.from_ns + round(trigger.from_s * SECOND_NS)),
        trigger_s=None if trigger is None else trigger.to_s - trigger.from_s,
        trigger_factor=None if trigger is None else trigger.factor,
        beside=replays.load(AS_IT_WAS).beside,
        errors=off,
    )
