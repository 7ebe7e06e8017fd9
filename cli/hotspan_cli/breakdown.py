"""`hotspan breakdown`: where the time of one endpoint goes.

JSON: {"endpoint", "window": {"start", "end"}, "requests", "traced_requests", "traced_time_s", "mean_ms",
"parts": [{"part", "time_ns", "time_s", "time_share", "mean_ms", "calls", "calls_per_request", "requests_with"}],
"calls": [{"category", "what", "db_table", "db_operation", "calls", "calls_per_request", "most_calls", "requests_with",
"time_s", "time_share", "mean_ms", "max_ms", "db_rows", "n_plus_one"}]}. The parts are always the same six and add up to
the time of the requests that have spans; CSV is the calls.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import answers, options, tables
from hotspan_cli.tables import Shown

if TYPE_CHECKING:
    from hotspan_analysis.breakdown import Breakdown, Call, Part

MARKS = {None: "·", "yellow": "N+1?", "red": "N+1"}


@click.command("breakdown")
@click.argument("endpoint", metavar="ENDPOINT")
@options.source_argument
@options.window_options
@options.some_filter_options(*options.NARROWING)
@options.limit_option
@options.output_options
def command(endpoint: str, source: Sequence[Path], limit: int | None, **chosen: Any) -> None:
    """Where the time of one endpoint goes.

    ENDPOINT is 'METHOD ROUTE' or the name of a job, as `hotspan top` shows it. Each moment of a request is given to the
    first of these of which a span is open: database, cache, external, template, other; else it is the request's own.

    Example: hotspan breakdown 'PUT /save' --window 15m
    """
    found = options.opened(source).breakdown(
        endpoint, options.chosen(chosen), **{name: chosen[name] for name in options.NARROWING}
    )
    answers.print_answer(
        found,
        chosen,
        as_json=lambda: as_json(found, limit or 0),
        rows="calls",
        show=lambda: show(found, options.ROWS_OF_A_TABLE if limit is None else limit),
    )


def as_json(breakdown: "Breakdown", limit: int = 0) -> dict[str, Any]:
    """The breakdown as this module describes it."""
    found = breakdown.as_dict()
    return found | {"calls": found["calls"][: limit or None]}


def show(breakdown: "Breakdown", limit: int) -> None:
    """Prints the breakdown for people."""
    tables.say(f"{texts.stretch(breakdown.window.from_ns, breakdown.window.to_ns)}", "")
    if not breakdown.traced_requests:
        tables.say(*_why_nothing(breakdown))
        return
    mean = texts.duration(breakdown.traced_time_ns / breakdown.traced_requests / 1e9)
    title = f"{breakdown.endpoint}: {texts.count(breakdown.traced_requests)} requests with spans, {mean} each"
    tables.print_table(breakdown.parts, _PARTS, title=title)
    if without := breakdown.requests - breakdown.traced_requests:
        tables.say(f"{texts.count(without)} more requests have no spans and are left out.", style="dim")
    if breakdown.calls:
        tables.say("")
        tables.print_table(breakdown.calls[: limit or None], _CALLS, title="Calls, the costliest first")
    if rest := breakdown.calls[limit or len(breakdown.calls) :]:
        share = texts.percent(sum(row.time_share for row in rest))
        tables.say(f"and {texts.count(len(rest))} more with {share} of the time: --limit 0 shows all", style="dim")
    if any(row.n_plus_one for row in breakdown.calls):
        tables.say(
            "N+1: more than 20 calls a request (with ? more than 10): one call for all rows instead of one for each?"
        )


def _why_nothing(breakdown: "Breakdown") -> tuple[str, ...]:
    if breakdown.requests:
        many = texts.count(breakdown.requests)
        return (f"{many} requests of {breakdown.endpoint}, but none has spans: nothing is known of their inside.",)
    return (f"Nothing of {breakdown.endpoint} started in this window; `hotspan top` lists the endpoints that did.",)


_PARTS: list[Shown["Part"]] = [
    Shown("Part", lambda row: row.part, is_name=True),
    Shown("Per request", lambda row: texts.duration(row.mean_ms / 1e3) if row.time_ns else "·"),
    Shown("Share", lambda row: texts.some_percent(row.time_share)),
    Shown("Calls/request", lambda row: texts.rate(row.calls_per_request) if row.calls else "·"),
    Shown("Total", lambda row: texts.duration(row.time_s) if row.time_ns else "·", gives_way=1),
]
_CALLS: list[Shown["Call"]] = [
    Shown("Part", lambda row: row.category, gives_way=2, is_name=True),
    Shown("Call", lambda row: row.what, is_name=True),
    Shown("Share", lambda row: texts.percent(row.time_share)),
    Shown("Calls/request", lambda row: texts.rate(row.calls_per_request)),
    Shown("N+1", lambda row: MARKS[row.n_plus_one]),
    Shown("Mean", lambda row: texts.duration(row.mean_ms / 1e3)),
    Shown("Max", lambda row: texts.duration(row.max_ms / 1e3), gives_way=3),
    Shown("Table", lambda row: row.db_table or "·", gives_way=4, is_name=True),
    Shown("Rows", lambda row: texts.count(row.db_rows), gives_way=5),
    Shown("Most", lambda row: texts.count(row.most_calls), gives_way=6),
]
