"""`hotspan clients`: who sends what."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import answers, options, tables
from hotspan_cli.tables import Shown

if TYPE_CHECKING:
    from hotspan_analysis.clients import Client, Clients

SHORT_ID = 8


@click.command("clients")
@options.source_argument
@options.window_options
@options.filter_options
@options.sort_option
@options.limit_option
@options.output_options
def command(source: Sequence[Path], sort: str, limit: int | None, **chosen: Any) -> None:
    """Which clients hammer the server, or one endpoint of it.

    A client is a keyed hash of the best identity known; its tier says what that rests on. What one client asks for:
    hotspan top --client ID.

    Example: hotspan clients --endpoint 'PUT /save' --sort duplicates
    """
    found = options.opened(source).clients(options.chosen(chosen), sort=sort, **options.filters(chosen))
    answers.print_answer(
        found,
        chosen,
        as_json=lambda: as_json(found, limit or 0),
        rows="clients",
        show=lambda: show(found, options.ROWS_OF_A_TABLE if limit is None else limit),
    )


def as_json(clients: "Clients", limit: int = 0) -> dict[str, Any]:
    """The clients as docs/commands.md describes it."""
    return {
        "window": clients.window.as_dict(),
        "sort": clients.sorted_by,
        "clients": clients.as_dicts()[: limit or None],
        "warnings": clients.warnings.as_dicts(),
    }


def show(clients: "Clients", limit: int) -> None:
    """Prints the clients for people."""
    tables.say(f"{texts.stretch(clients.window.from_ns, clients.window.to_ns)}, sorted by {clients.sorted_by}", "")
    if not clients:
        tables.say("No request started in this window. Without --window, --from and --to it is all of the data.")
        return
    tables.print_table(clients[: limit or None], _COLUMNS, title=f"Clients: {texts.count(len(clients))}")
    if rest := clients[limit or len(clients) :]:
        share = texts.percent(sum(row.time_share for row in rest))
        tables.say(f"and {texts.count(len(rest))} more with {share} of the time: --limit 0 shows all", style="dim")
    for warning in clients.warnings:
        tables.say(f"Note: {warning.message}.", style="yellow")


_COLUMNS: list[Shown["Client"]] = [
    Shown("Client", lambda row: row.client[:SHORT_ID]),
    Shown("Tier", lambda row: row.tier, gives_way=1),
    Shown("Total", lambda row: texts.duration(row.total_time_s)),
    Shown("Share", lambda row: texts.percent(row.time_share)),
    Shown("Requests", lambda row: texts.count(row.requests)),
    Shown("/min", lambda row: texts.rate(row.throughput_rpm), gives_way=5),
    Shown("Mean", lambda row: texts.duration(row.mean_ms / 1e3), gives_way=6),
    Shown("p95", lambda row: texts.duration(row.p95_ms / 1e3), gives_way=2),
    Shown("Peak", lambda row: texts.count(row.peak_in_flight)),
    Shown("Dupl.", lambda row: texts.some_percent(row.duplicate_share), gives_way=1),
    Shown("Errors", lambda row: texts.some_percent(row.error_rate), gives_way=3),
    Shown("Aborted", lambda row: texts.some(row.aborted), gives_way=4),
    Shown("First", lambda row: row.first_seen[11:19], gives_way=8),
    Shown("Last (UTC)", lambda row: row.last_seen[11:19], gives_way=7),
    Shown("User agent", lambda row: row.agent or "-", gives_way=9, is_name=True),
]
