"""`hotspan slowest`: the slowest requests of one endpoint.

JSON: {"endpoint", "window": {"start", "end"}, "requests": [{"service", "kind", "endpoint", "start", "start_ns",
"duration_ms", "queue_ms", "status", "error", "aborted", "still_open", "unfinished", "client", "client_tier",
"trace_id", "spans"}]}; `trace_id` is null for a request without a trace, `spans` 0 when none of it was recorded.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import answers, options, tables
from hotspan_cli.tables import Shown

if TYPE_CHECKING:
    from hotspan_analysis.slowest import Slowest, SlowRequest

ENOUGH_DIGITS = 12


@click.command("slowest")
@click.argument("endpoint", metavar="ENDPOINT")
@options.source_argument
@options.window_options
@options.some_filter_options(*options.NARROWING)
@options.limit_option
@options.output_options
def command(endpoint: str, source: Sequence[Path], limit: int | None, **chosen: Any) -> None:
    """The slowest requests of one endpoint, and their traces.

    ENDPOINT is 'METHOD ROUTE' or the name of a job, as `hotspan top` shows it. The first digits of a trace are enough
    for `hotspan trace`.

    Example: hotspan slowest 'PUT /save' --status 5xx
    """
    rows = options.ROWS_OF_A_TABLE if limit is None else limit or None
    found = options.opened(source).slowest(
        endpoint, options.chosen(chosen), limit=rows, **{name: chosen[name] for name in options.NARROWING}
    )
    answers.print_answer(
        found, chosen, as_json=lambda: as_json(found, endpoint), rows="requests", show=lambda: show(found, endpoint)
    )


def as_json(slowest: "Slowest", endpoint: str) -> dict[str, Any]:
    """The requests as this module describes them."""
    return {"endpoint": endpoint, "window": slowest.window.as_dict(), "requests": slowest.as_dicts()}


def show(slowest: "Slowest", endpoint: str) -> None:
    """Prints the requests for people."""
    tables.say(texts.stretch(slowest.window.from_ns, slowest.window.to_ns), "")
    if slowest:
        tables.print_table(slowest, _COLUMNS, title=f"{endpoint}, the slowest first")
    else:
        tables.say(f"Nothing of {endpoint} started in this window; `hotspan top` lists the endpoints that did.")


def _state(row: "SlowRequest") -> str:
    named = {"open": row.still_open, "unfinished": row.unfinished, "aborted": row.aborted, "error": row.error}
    words = [word for word, holds in named.items() if holds]
    return " ".join([str(row.status)] * (row.status is not None) + words) or "-"


_COLUMNS: list[Shown["SlowRequest"]] = [
    Shown("Start", lambda row: texts.moment(row.start_ns)),
    Shown("Took", lambda row: texts.duration(row.duration_ms / 1e3)),
    Shown("Queued", lambda row: texts.duration(row.queue_ms / 1e3) if row.queue_ms else "·", gives_way=3),
    Shown("Status", _state, is_name=True),
    Shown("Client", lambda row: (row.client or "-")[:8], gives_way=1),
    Shown("Trace", lambda row: (row.trace_id or "-")[:ENOUGH_DIGITS], is_name=True),
    Shown("Spans", lambda row: texts.some(row.spans), gives_way=2),
]
