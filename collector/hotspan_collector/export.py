"""Export: what a source holds, as one file that hotspan imports again with equal rows, and that others can read."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from hotspan_collector import schema
from hotspan_collector.errors import BadInputError


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    requests: int
    spans: int
    losses: int


def export(connection: duckdb.DuckDBPyConnection, target: Path) -> Exported:
    """Writes the relations requests, spans and losses of a connection to a file; its ending decides the format.

    `.parquet`: one row for each of them, as the structs `request`, `span`, `loss`. `.jsonl`, `.jsonl.gz`: OTLP JSON, a
    span a line (losses have no place in OTLP). The file appears whole or not at all. Raises BadInputError for another
    ending and where it cannot be written.
    """
    write = _writer(target)
    counted = connection.execute(schema.read("export_counts")).fetchall()[0]
    with appearing(target) as draft:
        write(connection, draft)
    return Exported(*counted)


def _writer(target: Path) -> Callable[[duckdb.DuckDBPyConnection, Path], None]:
    for ending, write in _WRITERS.items():
        if target.name.endswith(ending):
            return write
    raise BadInputError(f"{target}: the ending says no format to export to; use {', '.join(_WRITERS)}")


def _parquet(connection: duckdb.DuckDBPyConnection, draft: Path) -> None:
    connection.execute(schema.read("export_parquet"), {"target": str(draft)})


def _otlp(connection: duckdb.DuckDBPyConnection, draft: Path, compression: str = "none") -> None:
    connection.execute(schema.read("export_macros"))
    connection.execute(schema.read("export_otlp"), {"target": str(draft), "compression": compression})


def _otlp_gzip(connection: duckdb.DuckDBPyConnection, draft: Path) -> None:
    _otlp(connection, draft, "gzip")


_WRITERS = {".parquet": _parquet, ".jsonl": _otlp, ".jsonl.gz": _otlp_gzip}


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A name beside the target to write under; what was written takes the target's name at the end.

    Raises BadInputError where it cannot be written.
    """
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield draft
        draft.replace(target)
    except (OSError, duckdb.Error) as error:
        reason = str(error).partition("\n")[0]
        raise BadInputError(f"{target}: cannot be written ({reason}); name a place that can") from error
    finally:
        draft.unlink(missing_ok=True)
