"""`hotspan compare`: what changed."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import answers, options, tables
from hotspan_cli.tables import Shown

if TYPE_CHECKING:
    from hotspan_analysis.compare import Change, Comparison

VERDICTS = {
    "regressed": "Regressed (median, p95 or errors surely up)",
    "improved": "Improved (median, p95 or errors surely down)",
    "new": "New",
    "gone": "Gone",
    "busier": "Busier, nothing else is sure",
    "quieter": "Quieter, nothing else is sure",
    "unclear": "No clear change",
}


@click.command("compare")
@options.source_argument
@options.window_options
@click.option(
    "--before", metavar="TIME/TIME", help="The window to compare with: 09:00/09:10. Default: the one just before."
)
@click.option("--versions", nargs=2, metavar="OLD NEW", help="Compare two versions of the service instead.")
@options.filter_options
@options.limit_option
@options.output_options
def command(
    source: Sequence[Path], before: str | None, versions: tuple[str, str] | None, limit: int | None, **chosen: Any
) -> None:
    """What changed: two windows, two sources (the first is before), or two versions.

    Each ratio and difference comes with an interval that holds the true value 95 times of 100; a change is called sure
    only when the interval leaves no change out. With few requests hardly anything is sure.

    Example: hotspan compare before.parquet after.parquet
    """
    if len(source) > 2:
        raise click.UsageError("Give one source, or two to compare the first with the second.")
    found = options.opened(source[-1:]).compare(
        before,
        options.chosen(chosen),
        baseline=options.opened(source[:1]) if len(source) == 2 else None,
        versions=versions or None,
        **options.filters(chosen),
    )
    answers.print_answer(
        found,
        chosen,
        as_json=lambda: as_json(found, limit or 0),
        rows="changes",
        show=lambda: show(found, options.ROWS_OF_A_TABLE if limit is None else limit),
    )


def as_json(comparison: "Comparison", limit: int = 0) -> dict[str, Any]:
    """The comparison as docs/commands.md describes it."""
    return {
        "before": comparison.before.as_dict(),
        "after": comparison.after.as_dict(),
        "changes": comparison.as_dicts()[: limit or None],
    }


def show(comparison: "Comparison", limit: int) -> None:
    """Prints the comparison for people, by verdict."""
    tables.say(
        f"before: {texts.stretch(comparison.before.from_ns, comparison.before.to_ns)}",
        f"after:  {texts.stretch(comparison.after.from_ns, comparison.after.to_ns)}",
    )
    found = {verdict: rows for verdict in VERDICTS if (rows := comparison.of_verdict(verdict))}
    for number, (verdict, rows) in enumerate(found.items()):
        title = f"{VERDICTS[verdict]}: {texts.count(len(rows))}"
        tables.say("")
        tables.print_table(rows[: limit or None], _COLUMNS, title=title, hint=number == 0)
        if rest := rows[limit or len(rows) :]:
            tables.say(f"and {texts.count(len(rest))} more: --limit 0 shows all", style="dim")
    if not found:
        tables.say("", "Nothing started in either window.")


def _from_to(before: str, after: str) -> str:
    return f"{before} > {after}" if before != after else after


def _between(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return "too few"
    return f"{_end(low)} to {_end(high)}"


def _end(ratio: float | None) -> str:
    return "?" if ratio is None else f"x{texts.rate(ratio)}"


def _ms(milliseconds: float | None) -> str:
    return texts.duration(None if milliseconds is None else milliseconds / 1e3)


_COLUMNS: list[Shown["Change"]] = [
    Shown("Endpoint", lambda row: row.endpoint, is_name=True),
    Shown("p50", lambda row: _from_to(_ms(row.p50_before_ms), _ms(row.p50_after_ms))),
    Shown("p95", lambda row: _from_to(_ms(row.p95_before_ms), _ms(row.p95_after_ms)), gives_way=1),
    Shown(
        "Errors",
        lambda row: _from_to(texts.percent(row.error_rate_before), texts.percent(row.error_rate_after)),
        gives_way=3,
    ),
    Shown(
        "Requests", lambda row: _from_to(texts.count(row.requests_before), texts.count(row.requests_after)), gives_way=2
    ),
    Shown("p50 by, 95%", lambda row: _between(row.p50_low, row.p50_high), gives_way=4),
    Shown("p95 by, 95%", lambda row: _between(row.p95_low, row.p95_high), gives_way=5),
    Shown("Rate by, 95%", lambda row: _between(row.throughput_low, row.throughput_high), gives_way=6),
    Shown("Share", lambda row: _from_to(texts.percent(row.share_before), texts.percent(row.share_after)), gives_way=8),
    Shown("Load added", lambda row: "-" if row.cost_erlangs is None else f"{row.cost_erlangs:+.2f}", gives_way=7),
]
