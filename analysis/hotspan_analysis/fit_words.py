"""What was found about server, clients and trigger, in words."""

from hotspan_analysis import texts
from hotspan_analysis.client_trail import RESETS
from hotspan_analysis.what_if_results import Fit, Scenario


def sentences(fit: Fit) -> list[str]:
    """A sentence each on server, clients, the trigger if there was one, and how well a replay repeats what happened."""
    found = [_server(fit), _clients(fit)]
    if fit.trigger_start is not None:
        found.append(
            f"Trigger: requests were {fit.trigger_factor:.1f} times the work from {fit.trigger_start[11:19]} UTC on, "
            f"for {texts.duration(fit.trigger_s)}."
        )
    if not fit.period_seen:
        found.append(
            "Less sure: no client was seen to rest; the pause is what it took them from coming to the first of these."
        )
    if not fit.workers_seen:
        found.append(
            "Less sure: no request was ever alone; one at a time in each process is assumed, a worker is a process."
        )
    worst = max(fit.errors.values(), default=0.0)
    return [*found, f"Replayed as it was, the measure that is furthest off differs by {texts.percent(worst)}."]


def _server(fit: Fit) -> str:
    at_once = f"{fit.workers:.2g} at once, {fit.discipline.replace('_', ' ')}"
    return f"Server: {at_once}; a request is {texts.duration(fit.demand_s)} of work."


def _clients(fit: Fit) -> str:
    limit = "" if fit.connections is None else f", on {fit.connections} connections"
    return (
        f"Clients: {texts.count(fit.clients)}{limit}; again every {texts.duration(fit.resend_gap_s)}, anew "
        f"{texts.duration(fit.period_s)} after an answer; {RESETS[fit.reset]} stops it."
    )


def workers(before: Scenario) -> str:
    """How many workers the endpoint needs as it is."""
    needed = "no number of workers" if before.workers_needed is None else texts.counted(before.workers_needed, "worker")
    return (
        f"Workers: {needed} would do while all is well; {texts.count(before.workers_never_locking)} never lock up, "
        "whatever the clients ask for."
    )
