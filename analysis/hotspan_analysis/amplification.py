"""How many requests an endpoint gets for each thing its clients want, and what the further ones cost."""

from dataclasses import dataclass

from hotspan_analysis.engine import Engine
from hotspan_analysis.results import Rows, column
from hotspan_analysis.selection import Selection
from hotspan_analysis.storm_settings import StormSettings
from hotspan_analysis.window import SECOND_NS, Window


@dataclass(frozen=True, slots=True)
class Amplification:
    """One endpoint in one window, all of its clients together, guilty or not."""

    service: str = column("Service", "service.name of the process that answered")
    endpoint: str = column("Endpoint", "METHOD route")
    attempts: int = column("Attempts", "requests of known clients and targets")
    operations: int = column("Operations", "attempts that are no duplicates")
    duplicates: int = column(
        "Duplicates", "sent while an earlier one for the same target was open, soon after its failure, or announced"
    )
    amplification: float | None = column("Amplification", "attempts / operations; retry budgets allow 1.1 to 1.2")
    duplicate_in_flight_s: float = column(
        "Duplicate time", "time in flight beyond the first open request of each client and target", "s"
    )
    avoidable_s: float = column("Avoidable", "sum of the durations of the duplicates: an upper bound", "s")


def amplification(
    engine: Engine,
    window: Window,
    selection: Selection = Selection(),  # noqa: B008  # frozen: the same for everybody
    settings: StormSettings = StormSettings(),  # noqa: B008  # frozen: the same for everybody
) -> Rows[Amplification]:
    """Every endpoint that known clients asked, the one with most duplicates first.

    Chance overlaps of many people behind one address count, too: it is what an endpoint gets, not who is to blame.
    """
    answer = engine.ask(
        "amplification",
        since_ns=window.from_ns - round(settings.after_failure_s * SECOND_NS),
        from_ns=window.from_ns,
        to_ns=window.to_ns,
        service=selection.service,
        after_failure_ns=round(settings.after_failure_s * SECOND_NS),
    )
    rows = [
        Amplification(amplification=row["attempts"] / row["operations"] if row["operations"] else None, **row)
        for row in answer.dicts()
    ]
    return Rows(Amplification, rows, [answer.query])
