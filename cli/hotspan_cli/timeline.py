"""`hotspan timeline`: how it went over time."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import answers, options, tables
from hotspan_cli.tables import Shown

if TYPE_CHECKING:
    from hotspan_analysis.timeline import Bucket, Timeline

BAR_CELLS = 12
_EIGHTHS = " ▏▎▍▌▋▊▉"


@click.command("timeline")
@options.source_argument
@options.window_options
@options.filter_options
@click.option("--buckets", type=click.IntRange(1, 1000), default=30, show_default=True, help="At most so many lines.")
@options.output_options
def command(source: Sequence[Path], buckets: int, **chosen: Any) -> None:
    """How it went over time: what started, how long it took, how much was in flight.

    The width of a bucket is a round one, and buckets start at multiples of it.

    Example: hotspan timeline --endpoint 'PUT /save' --buckets 20
    """
    found = options.opened(source).timeline(options.chosen(chosen), buckets=buckets, **options.filters(chosen))
    answers.print_answer(found, chosen, as_json=lambda: as_json(found), rows="buckets", show=lambda: show(found))


def as_json(timeline: "Timeline") -> dict[str, Any]:
    """The timeline as docs/commands.md describes it."""
    from hotspan_analysis.window import SECOND_NS, iso

    return {
        "window": timeline.window.as_dict(),
        "bucket_s": timeline.width_ns / SECOND_NS,
        "buckets": [{"start": iso(row["start_ns"]), "end": iso(row["end_ns"]), **row} for row in timeline.as_dicts()],
    }


def show(timeline: "Timeline") -> None:
    """Prints the timeline for people."""
    width = texts.duration(timeline.width_ns / 1e9)
    tables.say(f"{texts.stretch(timeline.window.from_ns, timeline.window.to_ns)}, {width} a line", "")
    tables.print_table(timeline, _columns(timeline))


def _columns(timeline: "Timeline") -> list[Shown["Bucket"]]:
    busiest = max((row.mean_in_flight for row in timeline), default=0.0)
    several_days = timeline.window.length_ns > 86400 * 10**9
    return [
        Shown("Start", lambda row: texts.moment(row.start_ns, date=several_days)),
        Shown("Requests", lambda row: texts.some(row.requests)),
        Shown("/min", lambda row: texts.rate(row.throughput_rpm), gives_way=7),
        Shown("Errors", lambda row: texts.some(row.errors), gives_way=1),
        Shown("Aborted", lambda row: texts.some(row.aborted), gives_way=8),
        Shown("Mean", lambda row: _ms(row.mean_ms), gives_way=5),
        Shown("p50", lambda row: _ms(row.p50_ms), gives_way=6),
        Shown("p95", lambda row: _ms(row.p95_ms)),
        Shown("p99", lambda row: _ms(row.p99_ms), gives_way=7),
        Shown("Max", lambda row: _ms(row.max_ms), gives_way=4),
        Shown("Peak", lambda row: texts.some(row.peak_in_flight), gives_way=3),
        Shown("In flight", lambda row: texts.rate(row.mean_in_flight)),
        Shown("", lambda row: bar(row.mean_in_flight / busiest if busiest else 0.0), gives_way=2, is_name=True),
    ]


def bar(share: float) -> str:
    """A bar as long as the share of one, in eighths of a character; anything but nothing is seen."""
    eighths = max(round(share * BAR_CELLS * 8), 1 if share > 0 else 0)
    return ("█" * (eighths // 8) + _EIGHTHS[eighths % 8]).rstrip()


def _ms(milliseconds: float | None) -> str:
    return texts.duration(None if milliseconds is None else milliseconds / 1e3)
