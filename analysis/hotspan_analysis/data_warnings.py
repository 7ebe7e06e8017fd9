"""What a reader of the numbers must know about the data behind them."""

from dataclasses import dataclass
from typing import Final

from hotspan_analysis.engine import Answer, Engine
from hotspan_analysis.results import Rows, column
from hotspan_analysis.selection import Selection
from hotspan_analysis.stretch import HOUR_NS
from hotspan_analysis.window import Window

ONE_ADDRESS_SHARE: Final = 0.9
"""From this share on, one address is more likely a proxy than a person."""

ENOUGH_REQUESTS: Final = 100
"""Below it, one person alone with the app is the likelier reason."""


@dataclass(frozen=True, slots=True)
class DataWarning:
    """One thing to know, and what to do about it."""

    code: str = column("Code", "one_address or no_durations")
    message: str = column("Message", "what it is and what to do")


def warnings(engine: Engine, window: Window, selection: Selection, seen: Answer | None = None) -> Rows[DataWarning]:
    """Are clients really people, and do durations mean what they say, in what is selected?

    `seen` is the answer of `identity` where it is known already: of more than one wants to read again, so that addresses
    are counted in the last hour alone.
    """
    looked_at = window if seen is None else Window(max(window.from_ns, window.to_ns - HOUR_NS), window.to_ns)
    seen = seen or engine.ask("identity", **selection.bind(window))
    counts = seen.one()
    found = []
    if counts["by_address"] >= max(ENOUGH_REQUESTS, ONE_ADDRESS_SHARE * counts["requests"]):
        of_these = counts if looked_at == window else engine.ask("identity", **selection.bind(looked_at)).one()
        if of_these["requests"] >= ENOUGH_REQUESTS:
            found += _one_address(engine, looked_at, selection, of_these["requests"])
    if counts["without_start"]:
        found.append(
            DataWarning(
                "no_durations",
                f"{counts['without_start']:,} of {counts['requests']:,} requests come from a log without durations: "
                "they count as 0 s; add the request time to the log's format",
            )
        )
    return Rows(DataWarning, found, [seen.query])


def _one_address(engine: Engine, window: Window, selection: Selection, requests: int) -> list[DataWarning]:
    busiest: int = engine.ask("busiest_address", **selection.bind(window)).one()["requests"]
    if busiest < ONE_ADDRESS_SHARE * requests:
        return []
    message = (
        f"{busiest:,} of {requests:,} requests come from one address, and nothing else tells clients apart: if that is "
        "a proxy, set HOTSPAN_TRUSTED_PROXIES to how many there are, or every user counts as one client"
    )
    return [DataWarning("one_address", message)]
