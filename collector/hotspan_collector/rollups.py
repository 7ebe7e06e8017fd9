"""Roll-ups in the database: put there for whole stretches of time, and forgotten when rows change that they add up.

What changes rows forgets, in the same transaction, so that roll-ups and rows never disagree. Adding up is for who asks
(hotspan_analysis.rolling_up) and never for the app's workers.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from hotspan_collector import schema

if TYPE_CHECKING:
    import duckdb

MINUTE_NS: Final = 60 * 1_000_000_000
TEN_MINUTES_NS: Final = 10 * MINUTE_NS
HOUR_NS: Final = 60 * MINUTE_NS
DAY_NS: Final = 24 * HOUR_NS
LENGTHS_NS: Final = (MINUTE_NS, TEN_MINUTES_NS, HOUR_NS, DAY_NS)
"""What is rolled up: each is so many of the one before."""


def forget(connection: "duckdb.DuckDBPyConnection", changed: str, **values: Any) -> None:
    """Deletes the roll-ups that a change matters to; `schema/changed_<changed>.sql` says which rows come or go.

    Call it in the transaction of the change, with the store's tables under their plain names.
    """
    if not connection.execute(schema.read("has_rollups")).fetchall()[0][0]:
        return
    connection.execute(schema.read(f"changed_{changed}"), values)
    connection.execute(schema.read("forget_rollups"))


def forget_before(connection: "duckdb.DuckDBPyConnection", before_ns: int) -> None:
    """Deletes the roll-ups that no longer hold when what started before is gone."""
    _run(connection, "prune_rollups", before_ns=before_ns)


def put(connection: "duckdb.DuckDBPyConnection", from_ns: int, to_ns: int, length_ns: int) -> None:
    """Keeps what the temporary tables stretch_sums, stretch_durations and stretch_bounds hold; and what is whole by it.

    They are about each stretch of `length_ns` between two multiples of it, and such longer ones as have all their parts
    now are made of these. Call it in a transaction, with the store's tables under their plain names.
    """
    _run(connection, "roll_up", from_ns=from_ns, to_ns=to_ns, length_ns=length_ns)
    for part_ns, whole_ns in pairwise(LENGTHS_NS):
        first_ns, after_ns = from_ns - from_ns % whole_ns, to_ns + -to_ns % whole_ns
        _run(connection, "roll_up_whole", from_ns=first_ns, to_ns=after_ns, part_ns=part_ns, length_ns=whole_ns)


def _run(connection: "duckdb.DuckDBPyConnection", name: str, **values: int) -> None:
    """The statements of a file one by one: DuckDB binds values to one at a time."""
    for statement in connection.extract_statements(schema.read(name)):
        connection.execute(statement, {each: values[each] for each in statement.named_parameters})
