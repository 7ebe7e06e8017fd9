"""`hotspan top`: the ranking of endpoints."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import answers, options, tables
from hotspan_cli.tables import Shown

if TYPE_CHECKING:
    from hotspan_analysis.endpoints import Endpoint, Ranking
    from hotspan_analysis.totals import Total

KINDS = {"web": "Web requests", "job": "Jobs", "held_open": "Held open (SSE, WebSocket, long poll)"}


@click.command("top")
@options.source_argument
@options.window_options
@options.filter_options
@options.sort_option
@options.limit_option
@click.option(
    "--apdex",
    multiple=True,
    metavar="[ENDPOINT=]SECONDS",
    help="Apdex threshold for all, or of one endpoint: 'PUT /save=2'. May be repeated.",
)
@click.option("--exact", is_flag=True, help="Percentiles out of every row, however many there are.")
@options.output_options
def command(
    source: Sequence[Path], sort: str, limit: int | None, apdex: tuple[str, ...], exact: bool, **chosen: Any
) -> None:
    """Which endpoints eat the server's time.

    Ranks every endpoint, job and held-open endpoint by total time, with throughput, percentiles, errors, Apdex, and
    the requests that clients sent while they were still waiting for the same answer.

    Example: hotspan top --sort throughput --window 15m
    """
    from hotspan_analysis.apdex import Apdex

    ranking = options.opened(source).endpoints(
        options.chosen(chosen),
        sort=sort,
        apdex=Apdex.parse(apdex) if apdex else None,
        exact=exact,
        **options.filters(chosen),
    )
    answers.print_answer(
        ranking,
        chosen,
        as_json=lambda: as_json(ranking, limit or 0),
        rows="endpoints",
        show=lambda: show(ranking, options.ROWS_OF_A_TABLE if limit is None else limit),
    )


def as_json(ranking: "Ranking", limit: int = 0) -> dict[str, Any]:
    """The ranking as docs/commands.md describes it; with a limit, that many rows of each kind."""
    from hotspan_analysis.results import as_dict

    return {
        "window": ranking.window.as_dict(),
        "sort": ranking.sorted_by,
        "totals": ranking.totals.as_dict(),
        "endpoints": [as_dict(row) for row in _first_of_each_kind(ranking, limit)],
        "warnings": ranking.warnings.as_dicts(),
        "losses": {"dropped": sum(loss.dropped for loss in ranking.losses), "reasons": ranking.losses.as_dicts()},
    }


def show(ranking: "Ranking", limit: int = options.ROWS_OF_A_TABLE) -> None:
    """Prints the ranking for people: a table for each kind, what was left out, and what was dropped on the way in."""
    tables.say(f"{texts.stretch(ranking.window.from_ns, ranking.window.to_ns)}, sorted by {ranking.sorted_by}")
    if not ranking:
        tables.say("", "Nothing started in this window. Without --window, --from and --to it is all of the data.")
    for kind, title in KINDS.items():
        if total := ranking.totals.kinds.get(kind):
            rows = [row for row in ranking if row.kind == kind]
            tables.say("")
            tables.print_table(
                rows[: limit or None], _columns(ranking, kind), title=f"{title}: {_summary(total)}", hint=kind == "web"
            )
            _say_what_is_left_out(rows[limit or len(rows) :])
    for warning in ranking.warnings:
        tables.say(f"Note: {warning.message}.", style="yellow")
    for loss in ranking.losses:
        tables.say(f"Dropped on the way in: {texts.count(loss.dropped)} {loss.what} ({loss.reason}).", style="yellow")


def _first_of_each_kind(ranking: "Ranking", limit: int) -> list["Endpoint"]:
    seen: Counter[str] = Counter()
    kept = []
    for row in ranking:
        seen[row.kind] += 1
        if not limit or seen[row.kind] <= limit:
            kept.append(row)
    return kept


def _summary(total: "Total") -> str:
    parts = [f"{texts.count(total.requests)} in {texts.duration(total.total_time_s)} of work"]
    if total.errors:
        parts.append(f"{texts.counted(total.errors, 'error')} ({texts.percent(total.error_rate)})")
    if total.duplicates:
        parts.append(f"{texts.counted(total.duplicates, 'duplicate')} ({texts.duration(total.avoidable_s)} avoidable)")
    if total.still_open:
        parts.append(f"{texts.count(total.still_open)} still open")
    return ", ".join(parts)


def _say_what_is_left_out(rest: Sequence["Endpoint"]) -> None:
    if rest:
        share = texts.percent(sum(row.time_share for row in rest))
        tables.say(f"and {texts.count(len(rest))} more with {share} of the time: --limit 0 shows all", style="dim")


def _columns(ranking: "Ranking", kind: str) -> list[Shown["Endpoint"]]:
    several = len({row.service for row in ranking}) > 1
    columns: list[Shown[Endpoint]] = [
        Shown("Service", lambda row: row.service, is_name=True),
        Shown("Endpoint" if kind != "job" else "Job", lambda row: row.endpoint, is_name=True),
        Shown("Total", lambda row: texts.duration(row.total_time_s)),
        Shown("Share", lambda row: texts.percent(row.time_share)),
        Shown("Requests" if kind != "job" else "Runs", lambda row: texts.count(row.requests)),
        Shown("/min", lambda row: texts.rate(row.throughput_rpm), gives_way=4),
        Shown("Load", lambda row: texts.rate(row.load_erlangs), gives_way=9),
        Shown("Mean", lambda row: texts.duration(row.mean_ms / 1e3), gives_way=5),
        Shown("p50", lambda row: texts.duration(row.p50_ms / 1e3), gives_way=10),
        Shown("p95", lambda row: texts.duration(row.p95_ms / 1e3), gives_way=1),
        Shown("p99", lambda row: texts.duration(row.p99_ms / 1e3), gives_way=11),
        Shown("Max", lambda row: texts.duration(row.max_ms / 1e3), gives_way=8),
        Shown("Errors", lambda row: texts.some_percent(row.error_rate), gives_way=3),
    ]
    if kind == "web":
        columns += [
            Shown("Dupl.", lambda row: texts.some_percent(row.duplicate_share), gives_way=2),
            Shown("Avoidable", lambda row: texts.duration(row.avoidable_s) if row.duplicates else "·", gives_way=12),
            Shown("Apdex", _apdex, gives_way=6),
            Shown("Aborted", lambda row: texts.some(row.aborted), gives_way=13),
            Shown(
                "Queue", lambda row: texts.duration(row.mean_queue_ms / 1e3) if row.queue_time_s else "·", gives_way=14
            ),
        ]
    columns.append(Shown("Change", lambda row: texts.change(row.time_change), gives_way=7))
    return columns if several else columns[1:]


def _apdex(row: "Endpoint") -> str:
    return "-" if row.apdex is None else f"{'~' if row.few_samples else ''}{row.apdex:.2f}"
