"""Which rules do the traces break, and who broke them? The gate of a pipeline.

A rule is held, broken, or unjudged: that few requests say nothing either way. What few requests say for certain
counts all the same: three requests that all took longer than the limit have broken a p95, ten good ones keep none.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from hotspan_analysis import texts
from hotspan_analysis.check_facts import Facts, Figure
from hotspan_analysis.losses import Loss
from hotspan_analysis.results import Rows, column
from hotspan_analysis.rules import EVERY, Rule, Rules
from hotspan_analysis.window import Window
from hotspan_collector.errors import BadInputError

FEWEST_REQUESTS: Final = 20
"""Below it a single request is more than the twentieth that a p95 is about, and more than 5 % of errors."""

_EXACT: Final = frozenset({"max_duplicates"})
"""Counts of what happened, which are no estimates of anything: one request is enough."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rule and what was found; a broken rule has one for each endpoint that breaks it."""

    rule: str = column("Rule", "as in the rules file")
    status: str = column("Status", "held, broken, or unjudged: too few requests to say")
    service: str = column("Service", "service.name; empty where it is about every service")
    endpoint: str = column("Endpoint", "the endpoint or job it was found at; * when none has anything to show")
    found: str = column("Found", "the figure as people read it; of a rule that is held the highest of all endpoints")
    allowed: str = column("Allowed", "the limit as people read it")
    value: float | None = column("Value", "what was found, in the unit of the limit")
    limit: float = column("Limit", "the limit")
    unit: str = column("Unit", "of both: storms, ratio, requests, share (0-1) or ms")
    requests: int = column("Requests", "how many requests it rests on")
    message: str = column("Message", "the outcome in one sentence")
    evidence: tuple[str, ...] = column("Evidence", "clients and mechanisms, and how sure it is")


class Check(Rows[Outcome]):
    """The outcomes: what is broken first, then what nobody can judge, then what holds."""

    def __init__(self, outcomes: Iterable[Outcome], window: Window, dropped: Rows[Loss]) -> None:
        super().__init__(Outcome, sorted(outcomes, key=lambda each: _ORDER[each.status]))
        self.window = window
        self.losses = dropped

    @property
    def broken(self) -> list[Outcome]:
        """What breaks a rule."""
        return [each for each in self if each.status == "broken"]

    @property
    def unjudged(self) -> list[Outcome]:
        """What too few requests say nothing about."""
        return [each for each in self if each.status == "unjudged"]

    @property
    def status(self) -> str:
        """broken if anything is; else unjudged if anything is; else held."""
        return self[0].status if self else "held"

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "window": self.window.as_dict(),
            "status": self.status,
            "outcomes": self.as_dicts(),
            "losses": {"dropped": sum(loss.dropped for loss in self.losses), "reasons": self.losses.as_dicts()},
        }

    def __repr__(self) -> str:
        return "\n".join(
            f"{each.status} {each.rule}: {each.message}" + "".join(f"\n    {line}" for line in each.evidence)
            for each in self
        )


_ORDER: Final = {"broken": 0, "unjudged": 1, "held": 2}


def check(facts: Facts, rules: Rules) -> Check:
    """Holds the rules against the facts of a window.

    Raises BadInputError when there are no rules, no requests at all, or none of an endpoint that a rule names.
    """
    if not rules.rules:
        raise BadInputError("there are no rules: give some as options, or write them with hotspan check --init")
    if not facts.endpoints:
        raise BadInputError("nothing started in this window, so there is nothing to judge; is it the right source?")
    for rule in rules.rules:
        _require(rule.endpoint, facts.endpoints)
    outcomes = [outcome for rule in rules.rules for outcome in _outcomes(rule, rules.rules, facts)]
    return Check(outcomes, facts.window, facts.losses)


def _require(endpoint: str, known: set[str]) -> None:
    if endpoint == EVERY or endpoint in known:
        return
    near = get_close_matches(endpoint, known, 1, 0.4) or sorted(known)[:1]
    raise BadInputError(f"no request of {endpoint!r} is in these traces; there is {near[0]!r}, see hotspan top")


def _outcomes(rule: Rule, rules: Sequence[Rule], facts: Facts) -> list[Outcome]:
    if rule.name == "no_storms":
        return list(_storms(rule, facts))
    own = {each.endpoint for each in rules if each.name == rule.name}
    meant = [figure for figure in facts.of(rule.name, rule.unit) if _is_meant(rule, figure, own)]
    judged = [(figure, _status(rule, figure)) for figure in meant]
    broken = [figure for figure, status in judged if status == "broken"]
    if broken:
        return [_broken(rule, figure, facts) for figure in sorted(broken, key=lambda each: -each.value)]
    held = [figure for figure, status in judged if status == "held"]
    if held:
        return [_held(rule, max(held, key=lambda each: each.value), len(meant) - len(held))]
    return [_unjudged(rule, sum(figure.requests for figure in meant))]


def _is_meant(rule: Rule, figure: Figure, own: set[str]) -> bool:
    if rule.endpoint != EVERY:
        return figure.endpoint == rule.endpoint
    # A stream lasts as long as somebody listens: its duration says nothing, unless somebody asks for it by name.
    return figure.endpoint not in own and not (figure.kind == "held_open" and rule.unit in ("ms", "share"))


def _status(rule: Rule, figure: Figure) -> str:
    if figure.sure.is_above(rule.limit):
        return "broken"
    if figure.only_if_sure:
        return "held"
    if figure.requests < FEWEST_REQUESTS and rule.name not in _EXACT:
        return "unjudged"
    return "broken" if figure.value > rule.limit else "held"


def _broken(rule: Rule, figure: Figure, facts: Facts) -> Outcome:
    return _outcome(rule, "broken", figure, _said(rule, figure), (*_sureness(rule, figure), *_culprits(figure, facts)))


def _said(rule: Rule, figure: Figure) -> str:
    found, allowed = rule.written(figure.value), rule.written(rule.limit)
    told = _FOUND[rule.name].replace("{}", found)
    return f"{figure.endpoint}: {told}, allowed {allowed}"


_FOUND: Final = {
    "max_amplification": "{} requests for each thing its clients want",
    "max_duplicates": "{} of its requests are duplicates",
    "max_share": "{} of the time",
    "max_p95": "a p95 of {}",
    "max_error_rate": "{} of its requests fail",
    "max_regression": "{} more time than in the baseline",
}


def _culprits(figure: Figure, facts: Facts) -> tuple[str, ...]:
    return facts.clients_of(figure.service, figure.endpoint) if figure.kind == "web" else ()


def _held(rule: Rule, figure: Figure, left_out: int) -> Outcome:
    few = [f"not judged for fewer than {FEWEST_REQUESTS} requests: {left_out:,} more"] if left_out else []
    unsure = figure.only_if_sure and figure.value > rule.limit
    note = ["more than allowed, but the samples are too few to be sure of it"] if unsure else []
    return _outcome(rule, "held", figure, _said(rule, figure), (*_sureness(rule, figure), *note, *few))


def _unjudged(rule: Rule, requests: int) -> Outcome:
    of = "no endpoint has" if rule.endpoint == EVERY else f"{rule.endpoint} has not"
    message = f"{of} enough requests to judge ({requests:,} in all; {_NEEDED.get(rule.name, _ENOUGH)})"
    return _outcome(rule, "unjudged", None, message, ())


_ENOUGH: Final = f"it takes {FEWEST_REQUESTS} of one endpoint"
_KNOWN: Final = "of clients that something tells apart"
_NEEDED: Final = {
    "max_amplification": f"it takes {FEWEST_REQUESTS} of one endpoint {_KNOWN}",
    "max_duplicates": f"it takes one {_KNOWN}",
    "max_share": f"it takes {FEWEST_REQUESTS} of one kind",
    "max_regression": "it takes 6 of one endpoint on either side",
}


def _sureness(rule: Rule, figure: Figure) -> Iterator[str]:
    low, high = (None if end is None else rule.written(end) for end in (figure.sure.low, figure.sure.high))
    if low is not None or high is not None:
        reach = f"{low or '?'} to {high or '?'}"
        yield f"{texts.counted(figure.requests, 'request')}; the true value lies within {reach}, 95 times of 100"
    if figure.note:
        yield figure.note


def _outcome(rule: Rule, status: str, figure: Figure | None, message: str, evidence: tuple[str, ...]) -> Outcome:
    return Outcome(
        rule=rule.name,
        status=status,
        service=figure.service if figure else "",
        endpoint=figure.endpoint if figure else rule.endpoint,
        found=rule.written(figure.value) if figure else "-",
        allowed=rule.written(rule.limit),
        value=figure.value if figure else None,
        limit=rule.limit,
        unit=rule.unit,
        requests=figure.requests if figure else 0,
        message=message,
        evidence=evidence,
    )


def _storms(rule: Rule, facts: Facts) -> Iterator[Outcome]:
    attempts = sum(row.attempts for row in facts.repeated)
    report = facts.storms
    for incident in report.incidents:
        storms = sum((each.service, each.endpoint) == (incident.service, incident.endpoint) for each in report.storms)
        figure = Figure(incident.service, "web", incident.endpoint, storms, incident.attempts)
        evidence = facts.clients_of(incident.service, incident.endpoint)
        yield _outcome(rule, "broken", figure, incident.summary, evidence)
    if not report.incidents and attempts:
        quiet = Figure("", "web", EVERY, 0, attempts)
        yield _outcome(rule, "held", quiet, "no client repeats its requests in a storm", ())
    elif not report.incidents:
        yield _outcome(rule, "unjudged", None, "no request comes from a client that something tells apart", ())
