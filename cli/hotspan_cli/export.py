"""`hotspan export`: a source as one file, for other programs or for people."""

from collections.abc import Sequence
from pathlib import Path

import click

from hotspan_analysis import texts
from hotspan_cli import options, tables
from hotspan_cli.progress_bar import progress_bar
from hotspan_collector.errors import BadInputError

REPORT = ".html"
NEEDS = 'an HTML report needs more packages: pip install "hotspan[dashboard]"'


@click.command("export")
@options.source_argument
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to; the ending decides: .parquet, .jsonl or .jsonl.gz (OTLP JSON), .html (a report).",
)
@click.option(
    "--html",
    "report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A report, whatever the file is called.",
)
@click.option(
    "--window", metavar="LENGTH", help="What a report is about: the last 15m of the data, or 09:40/10:00. Default: all."
)
def command(source: Sequence[Path], target: Path | None, report: Path | None, window: str | None) -> None:
    """Write everything a source holds into one file, or a report on it.

    Parquet for other programs that ask questions, OTLP JSON lines for other tracing tools; hotspan imports both again
    with equal rows. HTML for an incident review: one file with the charts, which opens without a network.

    Example: hotspan export --to incident.html
    """
    if (target is None) == (report is None):
        raise click.UsageError("Give one file: --to incident.html, --to data.parquet or --to spans.jsonl.gz.")
    if target is not None and not target.name.endswith(REPORT):
        _export(source, target, window)
    else:
        _report(source, report or target or Path(), window)


def _export(source: Sequence[Path], target: Path, window: str | None) -> None:
    from hotspan_analysis.sources import source_of
    from hotspan_collector.export import export

    if window:
        raise click.UsageError("--window is for reports (.html); other exports hold everything.")
    with source_of(list(source) or None, progress_bar).reading() as connection:
        exported = export(connection, target)
    losses = f" and {texts.count(exported.losses)} losses" if exported.losses else ""
    tables.say(
        f"{target}: {texts.count(exported.requests)} requests, {texts.count(exported.spans)} spans{losses}, "
        f"{texts.size(target.stat().st_size)}"
    )


def _report(source: Sequence[Path], target: Path, window: str | None) -> None:
    traces = options.opened(source)
    try:
        from hotspan_dashboard.report import write_report
    except ModuleNotFoundError as error:
        raise BadInputError(NEEDS) from error
    told = write_report(traces, target, source=_named(source), when=window)
    tables.say(
        told.finding.sentence,
        f"{target}: {texts.size(target.stat().st_size)}, most of it plotly.js, so that it opens without a network.",
    )


def _named(source: Sequence[Path]) -> str:
    from hotspan_collector.settings import Settings

    paths = list(source) or [Settings.from_environment().store]
    return ", ".join(str(path) for path in paths)
