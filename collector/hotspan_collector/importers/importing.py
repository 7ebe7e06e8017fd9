"""The import of files: each file whole or not at all, and each content once."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from hotspan_collector import database, rollups, schema
from hotspan_collector.database import transaction
from hotspan_collector.errors import BadInputError, HotspanError
from hotspan_collector.importers import access_log, trace_file
from hotspan_collector.importers.detection import Format, detect, named
from hotspan_collector.importers.log_notation import log_format_of
from hotspan_collector.importers.source import Source
from hotspan_collector.importers.summary import Failure, FileSummary, ImportSummary, Skipped
from hotspan_collector.importers.trace_file import Sealed
from hotspan_collector.interrupts import interruptible
from hotspan_collector.settings import Settings

if TYPE_CHECKING:
    from hotspan_collector.secret import Secret

STEPS = ("reading", "normalising", "storing")
Progress = Callable[[Path, str, Callable[[], float]], None]
"""Told of each step of each file: which file, which of STEPS, and whom to ask (from any thread) what share is done."""


@dataclass(frozen=True)
class _Wanted:
    """What is the same for all files of one import."""

    secret: "Secret"
    format: Format | None
    service: str | None
    progress: Progress | None

    def tell(self, source: Source, step: str, connection: duckdb.DuckDBPyConnection) -> None:
        if self.progress is not None:
            self.progress(source.path, step, lambda: _share_done(connection))


def _share_done(connection: duckdb.DuckDBPyConnection) -> float:
    try:
        return max(connection.query_progress(), 0) / 100
    except duckdb.ConnectionException:  # closed: the file is done, and whoever asks has not heard of the next one yet
        return 1.0


def import_files(
    paths: Iterable[Path | str],
    connection: duckdb.DuckDBPyConnection,
    *,
    secret: "Secret",
    format: str | None = None,
    log_format: str | None = None,
    service: str | None = None,
    progress: Progress | None = None,
) -> ImportSummary:
    """Fills the tables of `schema/tables.sql` in a database with the requests and spans of files.

    A file is imported whole or not at all, and once: the table `segments` knows its content. `format` names the format
    of all files (else their content tells it), `log_format` describes that of a log, `service` is the service of logs
    that name none. Raises BadInputError when nothing could be read, with the first file's reason.
    """
    schema.create(connection)
    wanted = _Wanted(secret, _format(format, log_format), service, progress)
    files: list[FileSummary] = []
    failures: list[Failure] = []
    for path in map(Path, paths):
        try:
            files.append(_import_file(connection, path, wanted))
        except HotspanError as error:
            failures.append(Failure(path, str(error)))
    if failures and not files:
        more = f" (and {len(failures) - 1} more like it)" if len(failures) > 1 else ""
        raise BadInputError(f"{failures[0].message}{more}")
    return ImportSummary(files, failures)


def segment_name(source: Source) -> str:
    """What the table `segments` calls a file with this content."""
    return f"file-{source.digest}"


def _format(name: str | None, log_format: str | None) -> Format | None:
    if log_format is not None:
        return Format("log", (log_format_of(log_format),))
    return None if name is None else named(name)


def _import_file(connection: duckdb.DuckDBPyConnection, path: Path, wanted: _Wanted) -> FileSummary:
    source = Source.of(path)
    name = {"name": segment_name(source)}
    if connection.execute("select 1 from segments where name = $name", name).fetchall():
        return FileSummary(path, "", already_there=True)
    # Temporary tables are a cursor's own: they go with it, and nothing of the file stays if it fails.
    with connection.cursor() as cursor:
        return interruptible(cursor, lambda: _import_fresh(cursor, source, wanted))


def _import_fresh(cursor: duckdb.DuckDBPyConnection, source: Source, wanted: _Wanted) -> FileSummary:
    try:
        cursor.execute(schema.read("macros_reading"))
        with database.without_bar():
            cursor.execute(schema.read("watch_progress"))
        found = wanted.format or detect(source, cursor)
        return (_import_log if found.logs else _import_spans)(cursor, source, found, wanted)
    except duckdb.Error as error:
        raise explained(error, source.path) from error


def _import_log(connection: duckdb.DuckDBPyConnection, source: Source, found: Format, wanted: _Wanted) -> FileSummary:
    wanted.tell(source, "reading", connection)
    skipped = access_log.read(connection, source, found.logs, wanted.service)
    wanted.tell(source, "storing", connection)
    with transaction(connection):
        requests = access_log.insert(connection, source.worker, wanted.secret, Settings.from_environment().max_routes)
        _note(connection, source, requests, skipped)
        rollups.forget(connection, "file", workers=[source.worker])
    name = ", ".join(each.name for each in found.logs)
    return _summary(connection, source, name, Sealed(requests, requests, [source.worker]), skipped)


def _import_spans(connection: duckdb.DuckDBPyConnection, source: Source, found: Format, wanted: _Wanted) -> FileSummary:
    wanted.tell(source, "reading", connection)
    skipped = trace_file.read(connection, source, found.name)
    wanted.tell(source, "normalising", connection)
    sealed = trace_file.seal(connection, source, wanted.secret)
    wanted.tell(source, "storing", connection)
    with transaction(connection):
        trace_file.insert(connection, sealed)
        _note(connection, source, sealed.rows, skipped)
        rollups.forget(connection, "file", workers=sealed.workers)
    return _summary(connection, source, found.name, sealed, skipped)


def _note(connection: duckdb.DuckDBPyConnection, source: Source, rows: int, skipped: tuple[Skipped, ...]) -> None:
    """Writes down that the file is in; raises BadInputError when nothing of it is."""
    if not rows:
        reasons = "; ".join(map(str, skipped)) or "it holds no request and no span"
        raise BadInputError(f"{source.path}: nothing in it could be read: {reasons}")
    connection.execute(
        "insert into segments values ($name, $rows, $now_ns)",
        {"name": segment_name(source), "rows": rows, "now_ns": time.time_ns()},
    )


def _summary(
    connection: duckdb.DuckDBPyConnection, source: Source, name: str, sealed: Sealed, skipped: tuple[Skipped, ...]
) -> FileSummary:
    found = connection.execute(schema.read("import_totals"), {"workers": sealed.workers}).fetchall()
    requests, spans, first_ns, last_ns, services, no_client, no_duration = found[0]
    missing = {"client": no_client, "duration": no_duration, "route": sealed.no_route}
    return FileSummary(
        path=source.path,
        format=name,
        rows=sealed.rows + sum(each.rows for each in skipped),
        requests=requests,
        spans=spans,
        first_ns=first_ns,
        last_ns=last_ns,
        services=tuple(services),
        missing={name: count for name, count in missing.items() if count},
        skipped=skipped,
    )


def explained(error: duckdb.Error, path: Path) -> BadInputError:
    """What DuckDB says about a file, as one line: what, where, what to do."""
    text = str(error)
    for sign, words in _EXPLANATIONS:
        if sign in text:
            return BadInputError(f"{path}: {words}; nothing was imported")
    lines = [line.strip() for line in text.partition(": ")[2].splitlines() if line.strip()]
    place = _PLACE.search(text)
    if place:
        return BadInputError(
            f"{path}: not JSON at byte {place['byte']} of {place['what']}: {place['why']}; nothing was imported"
        )
    return BadInputError(f"{path}: cannot be read ({lines[0] if lines else 'unknown'}); nothing was imported")


_PLACE = re.compile(r"at byte (?P<byte>\d+) in (?P<what>(?:line|record/value) \d+): (?P<why>[^.\n]*)")
_EXPLANATIONS = (
    ("Unexpected end of GZIP stream", "the gzip file ends in the middle: fetch it again"),
    ("maximum_object_size", "a single JSON document of more than 4 GB: write it as JSON lines"),
    ("Out of Memory", "does not fit into memory: write it as JSON lines, a document a line"),
)
