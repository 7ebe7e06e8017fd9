"""A person's own SQL over the same data: one statement that reads."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotspan_analysis.results import data_frame
from hotspan_analysis.running import Run
from hotspan_collector.errors import BadInputError

if TYPE_CHECKING:
    import duckdb
    import pandas


@dataclass(frozen=True, slots=True)
class Table:
    """Whatever was asked for: column names, and a tuple for each row."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def as_dicts(self) -> list[dict[str, Any]]:
        """Each row by column name; of two columns with one name the later gets a number."""
        names = _distinct(self.columns)
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def df(self) -> "pandas.DataFrame":
        """A pandas DataFrame with one row each."""
        return data_frame(_distinct(self.columns), self.as_dicts())

    def _repr_html_(self) -> str:
        from hotspan_analysis import html_tables

        return html_tables.plain(_distinct(self.columns), self.rows)


def run_own_sql(connection: "duckdb.DuckDBPyConnection", sql: str) -> Table:
    """Runs one statement that reads; raises BadInputError, in one line, for anything else or when DuckDB refuses it."""
    import duckdb

    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise BadInputError(
                "only one statement that reads is run here: begin it with select, with, from or describe"
            )
        return Table(*Run(connection, statements[0]).result())
    except duckdb.Error as error:
        raise BadInputError(_one_line(error)) from error


def _distinct(names: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for name in names:
        candidate, number = name, 1
        while candidate in found:
            number += 1
            candidate = f"{name}_{number}"
        found.append(candidate)
    return found


def _one_line(error: Exception) -> str:
    """DuckDB's message without its drawing of the place; tables and columns it suggests stay."""
    lines = [line.strip() for line in str(error).split("\n\nLINE ")[0].splitlines()]
    return " ".join(line for line in lines if line)
