"""`hotspan import`: trace files and access logs of other programs, into a store."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import tables
from hotspan_cli.progress_bar import progress_bar

if TYPE_CHECKING:
    from hotspan_collector.importers import FileSummary, ImportSummary

_SECOND_NS = 1_000_000_000


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--into", type=click.Path(path_type=Path), metavar="STORE", help="The store; else HOTSPAN_STORE, else .hotspan."
)
@click.option(
    "--as",
    "format_name",
    metavar="NAME",
    help="The files' format (otlp-json, jaeger, nginx, alb, …), if it is not recognised.",
)
@click.option(
    "--log-format",
    metavar="FORMAT",
    help="A log's format: nginx's log_format, Apache's LogFormat, or a regular expression with named groups.",
)
@click.option("--service", metavar="NAME", help="The service of access logs that name none.")
@click.option(
    "--format",
    "output",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="How to print the summary.",
)
def command(
    files: Sequence[Path],
    into: Path | None,
    format_name: str | None,
    log_format: str | None,
    service: str | None,
    output: str,
) -> None:
    """Import trace files and access logs into a store.

    OTLP JSON and protobuf, Jaeger, Zipkin, Parquet, and the access logs of nginx, Apache, Caddy, Traefik, Envoy,
    HAProxy, ALB, CloudFront, IIS, Heroku, LTSV; gzip and zstd too. The content tells the format. A file goes in whole
    or not at all, and once: importing it again adds nothing. Exits with 2 when one could not be imported.

    Example: hotspan import access.log.gz --into .hotspan
    """
    from hotspan_collector.importers.into_store import import_into
    from hotspan_collector.settings import Settings

    store = Settings.from_environment(store=into).store
    with progress_bar(len(files)) as progress:
        summary = import_into(
            store, files, progress=progress, format=format_name, log_format=log_format, service=service
        )
    if output == "json":
        tables.print_json(as_json(summary, store))
    else:
        _print(summary, store)
    if summary.failures:
        click.get_current_context().exit(2)


def as_json(summary: "ImportSummary", store: Path) -> dict[str, Any]:
    """The summary as documented: times in ISO 8601."""
    return {
        "store": str(store),
        "files": [
            {
                "path": str(file.path),
                "format": file.format,
                "rows": file.rows,
                "requests": file.requests,
                "spans": file.spans,
                "start": _iso(file.first_ns),
                "end": _iso(file.last_ns),
                "services": list(file.services),
                "missing": file.missing,
                "skipped": [
                    {"reason": each.reason, "rows": each.rows, "lines": list(each.lines)} for each in file.skipped
                ],
                "already_there": file.already_there,
            }
            for file in summary.files
        ],
        "failures": [{"path": str(each.path), "message": each.message} for each in summary.failures],
    }


def _print(summary: "ImportSummary", store: Path) -> None:
    for file in summary.files:
        tables.say(*_lines(file))
    for failure in summary.failures:
        click.echo(texts.printable(f"not imported: {failure.message}"), err=True)
    if summary.requests or summary.spans:
        tables.say(
            f"{texts.count(summary.requests)} requests and {texts.count(summary.spans)} spans are in {store} now.",
            f"Next: hotspan top {store}",
        )


def _lines(file: "FileSummary") -> Iterator[str]:
    if file.already_there:
        yield f"{file.path}: already in the store, nothing added"
        return
    yield (
        f"{file.path} ({file.format}): {texts.count(file.rows)} rows read, {texts.count(file.requests)} requests, "
        f"{texts.count(file.spans)} spans"
    )
    if file.first_ns is not None and file.last_ns is not None:
        length = texts.duration((file.last_ns - file.first_ns) / _SECOND_NS)
        yield f"  from {_iso(file.first_ns)} to {_iso(file.last_ns)} ({length}), {_services(file.services)}"
    for skipped in file.skipped:
        yield f"  {skipped}"
    if file.missing:
        told = ", ".join(f"{name} of {texts.count(rows)}" for name, rows in file.missing.items())
        yield f"  the file does not tell: {told} requests"
    if age := _beyond_retention(file):
        yield f"  {age}"


def _services(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"service {shown}" if len(names) == 1 else f"services {shown}"


def _beyond_retention(file: "FileSummary") -> str:
    from hotspan_collector.settings import Settings

    days = Settings.from_environment().retention_days
    age_days = (datetime.now(UTC).timestamp() - (file.first_ns or 0) / _SECOND_NS) / 86_400
    if file.first_ns is None or age_days <= days:
        return ""
    return (
        f"rows older than {days:g} days go when an app records into this store: "
        f"HOTSPAN_RETENTION_DAYS={age_days + 1:.0f} keeps them"
    )


def _iso(time_ns: int | None) -> str | None:
    return (
        None
        if time_ns is None
        else datetime.fromtimestamp(time_ns / _SECOND_NS, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
