"""`hotspan query`: a person's own SQL over the same data."""

import base64
import math
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from hotspan_cli import options, tables
from hotspan_cli.tables import Shown


@click.command("query")
@click.argument("sql")
@options.source_argument
@options.format_option
def command(sql: str, source: Sequence[Path], output: str) -> None:
    """Run your own SQL over `requests`, `spans`, `losses` and `segments`, read-only.

    The statement is DuckDB's dialect. It can read nothing but these tables: no files, no network, no writes. Times are
    nanoseconds since the epoch, UTC.

    Example: hotspan query 'select method, route, count(*) from requests group by all'
    """
    table = options.opened(source).query(sql)
    rows = [{name: plain(value) for name, value in row.items()} for row in table.as_dicts()]
    if output == "json":
        tables.print_json(rows)
    elif output == "csv":
        tables.print_csv(list(rows[0]) if rows else list(table.columns), rows)
    else:
        tables.print_table(table.rows, [_column(table.rows, index, name) for index, name in enumerate(table.columns)])
        tables.say(f"{len(table.rows):,} {'row' if len(table.rows) == 1 else 'rows'}", style="dim")


def plain(value: Any) -> Any:
    """The value as JSON can hold it: times in ISO 8601, lengths of time in seconds, bytes in base64."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return float(value)
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case list() | tuple():
            return [plain(each) for each in value]
        case dict():
            return {str(key): plain(each) for key, each in value.items()}
        case None | bool() | int() | str():
            return value
    return str(value)


def _column(rows: list[tuple[Any, ...]], index: int, name: str) -> Shown[tuple[Any, ...]]:
    numeric = all(isinstance(row[index], int | float | Decimal | None) for row in rows)
    return Shown(name, lambda row: "" if row[index] is None else str(row[index]), is_name=not numeric)
