"""What is different about the requests in a box of the heatmap: their clients, statuses, agents, calls against the rest."""

from dataclasses import dataclass
from typing import Any, Final

from hotspan_analysis.clients import client_id
from hotspan_analysis.engine import Answer, Engine
from hotspan_analysis.results import Rows, column
from hotspan_analysis.selection import Selection
from hotspan_analysis.window import Window

OF_EACH: Final = 20
"""Values listed of each property; `different` says how many there are."""
NOTHING_SAID: Final = "none"


@dataclass(frozen=True, slots=True)
class Box:
    """A stretch of starts and a range of durations, both without their ends."""

    window: Window
    shortest_ms: float
    longest_ms: float

    def bind(self) -> dict[str, Any]:
        """The values that difference.sql binds."""
        return {
            "box_from_ns": self.window.from_ns,
            "box_to_ns": self.window.to_ns,
            "shortest_ns": round(self.shortest_ms * 1e6),
            "longest_ns": round(self.longest_ms * 1e6),
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """One value of one property, in the box and outside of it."""

    property: str = column(
        "Property", "client, status, endpoint, left early, user agent, version, or call: something the request made"
    )
    value: str = column("Value", "its value; `none` where nothing was recorded")
    inside: int = column("Inside", "requests in the box that have it")
    outside: int = column("Outside", "requests of the rest that have it")
    share_inside: float = column("Share inside", "inside / requests in the box", "0-1")
    share_outside: float = column("Share outside", "outside / requests of the rest", "0-1")
    difference: float = column("Difference", "share inside - share outside", "-1 to 1")
    different: int = column("Values", "how many values the property has; the most different are listed")


class Differences(Rows[Difference]):
    """What sets the box apart, the most different first."""

    def __init__(self, answer: Answer, counted: Answer, box: Box) -> None:
        super().__init__(Difference, [_difference(**each) for each in answer.dicts()], [answer.query])
        self.box = box
        counts = counted.one()
        self.inside: int = counts["inside"]
        self.outside: int = counts["outside"]


def difference(
    engine: Engine, window: Window, selection: Selection, box: Box, *, of_each: int = OF_EACH
) -> Differences:
    """Compares the requests in the box with the others of the window, value by value.

    Properties that have one value only, the same inside and outside, are left out: they tell nothing.
    """
    bound = selection.bind(window) | box.bind()
    answer = engine.ask("difference", **bound, at_most=of_each)
    return Differences(answer, engine.ask("box", **bound), box)


def _difference(property: str, client: int | None, said: str, **rest: Any) -> Difference:
    value = client_id(client) if property == "client" else said if said not in ("", "0") else NOTHING_SAID
    return Difference(property=property, value=value, **rest)
