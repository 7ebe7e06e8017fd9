"""What was dropped on the way in: nothing is lost silently."""

from dataclasses import dataclass

from hotspan_analysis.engine import Engine
from hotspan_analysis.results import Rows, column
from hotspan_analysis.selection import Selection
from hotspan_analysis.window import Window


@dataclass(frozen=True, slots=True)
class Loss:
    """How many rows of one sort were dropped for one reason."""

    what: str = column("What", "requests, spans or segments")
    reason: str = column("Reason", "why they were dropped")
    dropped: int = column("Dropped", "rows dropped while the window lasted")


def losses(engine: Engine, window: Window, selection: Selection) -> Rows[Loss]:
    """What was dropped while the window lasted; a loss that only touches the window counts whole."""
    answer = engine.ask("losses", from_ns=window.from_ns, to_ns=window.to_ns, service=selection.service)
    return Rows(Loss, answer.build(Loss), [answer.query])
