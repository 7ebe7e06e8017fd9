"""`hotspan export`: a source as one file."""

from collections.abc import Sequence
from pathlib import Path

import click

from hotspan_analysis import texts
from hotspan_cli import options, tables


@click.command("export")
@options.source_argument
@click.option(
    "--to",
    "target",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to; the ending decides: .parquet, .jsonl or .jsonl.gz (OTLP JSON).",
)
def command(source: Sequence[Path], target: Path) -> None:
    """Write everything a source holds into one file.

    Parquet for other programs that ask questions, OTLP JSON lines for other tracing tools; hotspan imports both again
    with equal rows.
    """
    from hotspan_analysis.sources import source_of
    from hotspan_collector.export import export

    with source_of(list(source) or None).reading() as connection:
        exported = export(connection, target)
    losses = f" and {texts.count(exported.losses)} losses" if exported.losses else ""
    tables.say(
        f"{target}: {texts.count(exported.requests)} requests, {texts.count(exported.spans)} spans{losses}, "
        f"{texts.size(target.stat().st_size)}"
    )
