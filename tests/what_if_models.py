"""Small models of an endpoint under a storm, as what_if fits them, and what a replay of one looks like when recorded."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hotspan_analysis.capacity import Stay
from hotspan_analysis.client_law import ClientLaw
from hotspan_analysis.client_trail import OWN, Visit
from hotspan_analysis.fitted_server import ServerFit
from hotspan_analysis.queue_model import SHARING, Trigger
from hotspan_analysis.replay import AS_IT_WAS, Change, Model, replay
from traces import request

LONG_S = 600.0
TRIGGER = Trigger(200.0, 220.0, 8.0)


def law(**more: Any) -> ClientLaw:
    """Ten clients that come one after the other, save every 10 s and resend every second."""
    usual = ClientLaw(
        reset=OWN,
        resend_gap_s=1.0,
        period_s=10.0,
        resend_gaps_s=(0.99, 1.0, 1.01),
        periods_s=(9.8, 10.0, 10.2),
        connections=None,
        turnaround_s=0.01,
        visits=tuple(Visit(float(number), LONG_S) for number in range(10)),
        share=1.0,
        answered_s=(),
    )
    return replace(usual, **more)


def server(**more: Any) -> ServerFit:
    """Two processors that are shared, 0.35 s of work a request, and a slow phase of 20 s."""
    usual = ServerFit(
        discipline=SHARING,
        workers=2.0,
        demand_s=0.35,
        demands_s=(0.25, 0.3, 0.35, 0.4, 0.45),
        usual_s=0.35,
        beside=(),
        trigger=TRIGGER,
        calm=100,
        crowded=100,
    )
    return replace(usual, **more)


def model(clients: ClientLaw | None = None, behind: ServerFit | None = None, until_s: float = LONG_S) -> Model:
    """The class of the story, unless told otherwise."""
    return Model(behind or server(), clients or law(), until_s)


def recorded(replayed: Model, change: Change = AS_IT_WAS, seed: int = 1) -> list[Stay]:
    """What a recording of one run holds."""
    outcome = replay(replayed, change, seed)
    return [
        Stay(sent_s, done_s, sender)
        for sent_s, done_s, sender in zip(outcome.sent_s, outcome.done_s, outcome.clients, strict=True)
    ]


def rows_of(stays: Iterable[Stay], **more: Any) -> list[dict[str, Any]]:
    """The rows of such requests to PUT /save; what ends after ten minutes is open."""
    return [
        request(
            "PUT /save",
            at=stay.sent_s,
            ms=(stay.done_s - stay.sent_s) * 1e3 if stay.done_s < LONG_S else None,
            client=f"c{stay.sender}",
            target=f"t{stay.sender}",
            seq=number,
            **more,
        )
        for number, stay in enumerate(stays)
    ]


CLASS = model(law(connections=6), server(demand_s=0.25, demands_s=(0.15, 0.2, 0.25, 0.3, 0.35)))
"""The class on a server that can be asked for 125 %. With six connections each, runs of its storm are all alike."""
