"""`hotspan prune`: makes a store smaller."""

from collections.abc import Sequence
from pathlib import Path

import click

from hotspan_analysis import texts
from hotspan_cli import options, tables


@click.command("prune")
@options.source_argument
@click.option("--keep", metavar="LENGTH", help="Delete what is older: 7d, 12h. Default: HOTSPAN_RETENTION_DAYS, 14d.")
@click.option(
    "--max-size", metavar="SIZE", help="Delete the oldest beyond it: 500MB, 10GB. Default: HOTSPAN_RETENTION_BYTES."
)
@click.option(
    "--compact/--no-compact", default=True, help="Give the room back to the disk. Needs as much room for a while."
)
def command(source: Sequence[Path], keep: str | None, max_size: str | None, compact: bool) -> None:
    """Delete what is old, or more than a store should hold, and give the room back.

    Apps do this by themselves while they run; this does it now, and also makes the file smaller.

    Example: hotspan prune --keep 7d --max-size 2GB
    """
    from hotspan_analysis.window import SECOND_NS, parse_duration
    from hotspan_collector.retention import Retention
    from hotspan_collector.settings import Settings
    from hotspan_collector.store import Store

    if len(source) > 1:
        raise click.UsageError("Give one store.")
    settings = Settings.from_environment(store=source[0] if source else None)
    days = parse_duration(keep) / (86400 * SECOND_NS) if keep else settings.retention_days
    kept = Retention(days, parse_size(max_size) if max_size else settings.retention_bytes)
    gone = Store(settings.store).prune(kept, compact=compact)
    tables.say(
        f"{texts.count(gone.requests)} requests and {texts.count(gone.spans)} spans are gone; the file has "
        f"{texts.size(gone.file_bytes)}, of which {texts.size(gone.free_bytes)} are free for new rows."
    )


def parse_size(text: str) -> int:
    """`500MB`, `1.5 GiB` or plain bytes, in bytes."""
    number = text.strip().rstrip("BbiKMGTkmgt ")
    unit = text.strip()[len(number) :].strip().lower().removesuffix("b")
    factor = _FACTORS.get(unit)
    try:
        size = float(number) * (factor or 0)
    except ValueError:
        size = 0
    if not 0 < size < float("inf"):
        raise click.UsageError(f"{text!r} is no size; write for example 500MB or 10GB.")
    return int(size)


_FACTORS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12, "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}
