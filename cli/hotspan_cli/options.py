"""Options that several sub-commands share, each defined once."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from datetime import tzinfo

    from hotspan_analysis import Traces
    from hotspan_analysis.selection import Filters

ROWS_OF_A_TABLE = 20
F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("table", "json", "csv")
SORTS = ("time", "throughput", "slowest", "errors", "duplicates")

source_argument = click.argument("source", nargs=-1, type=click.Path(path_type=Path))
limit_option = click.option(
    "--limit", type=click.IntRange(min=0), metavar="N", help="Rows to print; 0 for all. Tables default to 20."
)
format_option = click.option(
    "--format", "output", type=click.Choice(FORMATS), default="table", show_default=True, help="How to print it."
)


def output_options(command: F) -> F:
    """--format, and --explain and --sql for those who want to know where the numbers come from."""
    command = click.option("--sql", is_flag=True, help="Show the query behind the numbers instead, as it ran.")(command)
    command = click.option("--explain", is_flag=True, help="Say what each column means.")(command)
    return format_option(command)


def window_options(command: F) -> F:
    """--window, --from and --to."""
    command = click.option("--to", "to", metavar="TIME", help="End of the window, not included.")(command)
    command = click.option(
        "--from",
        "from_",
        metavar="TIME",
        help="Start of the window: 09:40 or 2026-03-01T09:40:00Z. Local time without a zone.",
    )(command)
    return click.option(
        "--window", metavar="LENGTH", help="The last 15m (90s, 2h, 1h30m, 7d) of the data. Default: all of it."
    )(command)


def filter_options(command: F) -> F:
    """--service, --endpoint, --status and the like: which requests it is about."""
    return some_filter_options(*FILTERS)(command)


def some_filter_options(*names: str) -> Callable[[F], F]:
    """Only these of the filter options."""

    def with_options(command: F) -> F:
        for name in reversed(names):
            command = _FILTERS[name](command)
        return command

    return with_options


_FILTERS = {
    "service": click.option("--service", metavar="NAME", help="Only this service."),
    "version": click.option("--service-version", "version", metavar="VERSION", help="Only this version of it."),
    "endpoint": click.option(
        "--endpoint", metavar="'METHOD ROUTE'", help="Only this endpoint, or the job of this name."
    ),
    "kind": click.option("--kind", type=click.Choice(("web", "job", "held_open")), help="Only this kind."),
    "method": click.option("--method", metavar="METHOD", help="Only this HTTP method."),
    "route": click.option(
        "--route", metavar="ROUTE", help="Only this route; with a * at the end, everything below it."
    ),
    "status": click.option("--status", metavar="STATUS", help="Only this status, or a class: 5xx."),
    "client": click.option("--client", metavar="ID", help="Only this client; the first digits of its id are enough."),
}
FILTERS = tuple(_FILTERS)
NARROWING = ("service", "version", "status", "client")
"""The filters that make sense when the endpoint is named already."""


def sort_option(command: F) -> F:
    """--sort: what comes first."""
    return click.option(
        "--sort",
        type=click.Choice(SORTS),
        default="time",
        show_default=True,
        help="What comes first; slowest is by mean.",
    )(command)


def _zone(_context: click.Context, _parameter: click.Parameter, name: str | None) -> "tzinfo | None":
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise click.BadParameter(f"{name!r} is no time zone; write it like Europe/Berlin or UTC.") from None


timezone_option = click.option(
    "--timezone",
    "zone",
    metavar="NAME",
    callback=_zone,
    help="Zone of the times given and shown, like Europe/Berlin. Default: this machine's.",
)


def opened(source: Sequence[Path]) -> "Traces":
    """The traces that the SOURCE arguments mean."""
    from hotspan_analysis import open_traces
    from hotspan_cli.progress_bar import progress_bar, rolling_bar

    return open_traces(list(source) or None, bar=progress_bar, rolling_bar=rolling_bar)


def chosen(options: dict[str, Any]) -> str | None:
    """--window, --from and --to as one window, in the notation of hotspan_analysis.window.parse_window."""
    window, start, end = options.get("window"), options.get("from_"), options.get("to")
    if window and (start or end):
        raise click.UsageError("--window is the last stretch of the data; give --from and --to instead, or it alone.")
    return f"{start or ''}/{end or ''}" if start or end else window


def filters(options: dict[str, Any]) -> "Filters":
    """Those of the filter options that were given."""
    return {name: options[name] for name in FILTERS if options.get(name) is not None}  # type: ignore[return-value]  # the names are those of Filters
