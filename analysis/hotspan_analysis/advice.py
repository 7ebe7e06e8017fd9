"""What to do, in the order of what it saves: each remedy with its figure and the code it takes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from hotspan_analysis.steady_state import OVERLOADED, STABLE
from hotspan_analysis.what_if_results import Advice, Fit, Scenario

PATTERNS: Final = {
    "in-flight guard": "if (saving) return; saving = true; try { await save(); } finally { saving = false; }",
    "AbortController": "previous?.abort(); previous = new AbortController(); fetch(url, { signal: previous.signal });",
    "jitter and retry budget": "wait = random() * min(cap, base * 2 ** attempt); stop when retries > 10 % of requests",
    "single-flight": "if key in running: return await asyncio.shield(running[key])  # key: client, route, operation",
    "idempotency key": "fetch(url, { headers: { 'Idempotency-Key': operationId } });  // the server answers it once",
    "429 with Retry-After": "if open_requests[client, route] >= 1: return Response(429, headers={'Retry-After': '2'})",
    "less work per request": "measure with `hotspan breakdown`, then cache, index, or move the work out of the request",
    "more workers": "uvicorn app:app --workers N",
}


def advice(scenarios: Sequence[Scenario], fit: Fit) -> list[Advice]:
    """Remedies, what leaves least in-flight time first; those in the clients' place that were not replayed after it."""
    as_it_was = scenarios[1]
    found = [*_clients(scenarios, as_it_was, fit), *_server(scenarios, as_it_was)]
    return sorted(found, key=lambda each: as_it_was.in_flight_s if each.in_flight_s is None else each.in_flight_s)


def summary(endpoint: str, scenarios: Sequence[Scenario], fit: Fit) -> str:
    """The state of the endpoint in two sentences, and the change alone that helps most."""
    as_it_was = scenarios[1]
    hidden = (
        f"{endpoint} is {as_it_was.busy:.0%} busy when all is well, but its {fit.clients} clients can ask for "
        f"{as_it_was.worst:.0%}: {as_it_was.verdict}."
    )
    best = min(scenarios[2:], key=lambda row: row.in_flight_s, default=None)
    alone = [row for row in scenarios[2:] if row.scenario.count(",") == 0]
    best = min(alone, key=lambda row: row.in_flight_s, default=best)
    if best is None:
        return hidden
    return (
        f"{hidden} Best alone: {best.scenario}, which leaves {best.in_flight_s:,.0f} s in flight "
        f"({best.in_flight_low_s:,.0f} to {best.in_flight_high_s:,.0f}) of {as_it_was.in_flight_s:,.0f} s."
    )


def _clients(scenarios: Sequence[Scenario], as_it_was: Scenario, fit: Fit) -> Iterable[Advice]:
    fixed = _alone(scenarios, lambda row: row.fix_clients)
    left_s = None if fixed is None else fixed.in_flight_s
    saved = (
        ""
        if fixed is None
        else (
            f": {as_it_was.requests:,.0f} requests become {fixed.requests:,.0f}, their mean "
            f"{_seconds(as_it_was.mean_s)} becomes {_seconds(fixed.mean_s)}"
        )
    )
    repeats = as_it_was.requests - as_it_was.operations
    wasted = f"{max(repeats, 0):,.0f} repeated requests, {max(repeats, 0) * fit.demand_s:,.0f} s of work"
    yield _advice("in-flight guard", "client", f"Send nothing more while an answer is due{saved}.", left_s)
    yield _advice(
        "single-flight", "server", f"Let repeats wait for the answer that is being made: spares {wasted}.", None
    )
    yield _advice("429 with Retry-After", "server", f"Refuse repeats of one client at once: spares {wasted}.", None)
    yield _advice("idempotency key", "client", f"Names the operation, so that the server can spare {wasted}.", None)
    yield _advice(
        "AbortController", "client", "Give up the old request with the new one; the server must notice to gain.", None
    )
    yield _advice(
        "jitter and retry budget",
        "client",
        f"At most 1.1 requests an operation instead of {as_it_was.requests / max(as_it_was.operations, 1):.1f}.",
        None,
    )


def _server(scenarios: Sequence[Scenario], as_it_was: Scenario) -> Iterable[Advice]:
    faster = _alone(scenarios, lambda row: row.speedup > 1)
    if faster is not None:
        text = f"{faster.speedup:g} times faster it still can be asked for {faster.worst:.0%} of what it can do"
        if faster.verdict == STABLE:
            text = f"{faster.speedup:g} times faster it cannot be asked for more than {faster.worst:.0%}"
        yield _advice("less work per request", "server", f"{text}; mean {_seconds(faster.mean_s)}.", faster.in_flight_s)
    more = _alone(scenarios, lambda row: row.workers > as_it_was.workers)
    if more is not None:
        needed = "no number answers in time" if more.workers_needed is None else f"{more.workers_needed} would do"
        state = "" if more.verdict != OVERLOADED else " even then it is overloaded;"
        text = (
            f"With {more.workers:.2g} workers the mean is {_seconds(more.mean_s)};{state} while all is well {needed}, "
        )
        yield _advice(
            "more workers",
            "operations",
            f"{text}never to lock up takes {as_it_was.workers_never_locking} unless the clients are fixed.",
            more.in_flight_s,
        )


def _alone(scenarios: Sequence[Scenario], is_it: Callable[[Scenario], bool]) -> Scenario | None:
    return next((row for row in scenarios[2:] if is_it(row) and "," not in row.scenario), None)


def _advice(remedy: str, where: str, text: str, in_flight_s: float | None) -> Advice:
    return Advice(remedy, where, text, in_flight_s, PATTERNS[remedy])


def _seconds(seconds: float) -> str:
    return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:,.0f} s"
