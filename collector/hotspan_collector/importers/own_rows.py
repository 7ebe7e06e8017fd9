"""Rows that hotspan exported: restored as they were, not derived anew."""

from dataclasses import dataclass

import duckdb

from hotspan_collector import schema


@dataclass(frozen=True, slots=True)
class OwnRows:
    """How many rows were restored, and the processes they are of."""

    rows: int
    workers: list[int]


def open_parquet(connection: duckdb.DuckDBPyConnection) -> None:
    """Takes the rows of our Parquet export (view parquet_rows); file_spans stays empty."""
    connection.execute(schema.read("file_spans_tables"))
    connection.execute(schema.read("own_rows_parquet"))


def restore(connection: duckdb.DuckDBPyConnection) -> OwnRows:
    """Makes the temporary tables own_requests, own_spans and own_losses, if the file holds rows of ours; says of whom.

    Raises duckdb.Error when somebody made up rows that are none.
    """
    in_spans, taken_out = connection.execute(schema.read("own_rows_found")).fetchall()[0]
    if not in_spans and not taken_out:
        return OwnRows(0, [])
    if in_spans:
        connection.execute(schema.read("own_texts"))
        for table, columns in connection.execute(schema.read("own_rows_columns")).fetchall():
            connection.execute(schema.read(f"own_{table}"), {"columns": columns})
    rows, workers = connection.execute(schema.read("own_rows_counts")).fetchall()[0]
    return OwnRows(int(rows), list(workers))
