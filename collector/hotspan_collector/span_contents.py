"""What spans say, apart from their ids and times: learnt once for each content, however many spans say the same.

Reading statements, paths and attributes in SQL has its price, above all for small batches: planning the query and
compiling its regular expressions takes some 50 ms. Spans of one app repeat themselves, so a process keeps a table of
the contents it has sealed before, in the memory of its DuckDB, and sends only new ones through span_contents.sql.
"""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from hotspan_collector import schema
from hotspan_collector.arrow_columns import Table

if TYPE_CHECKING:
    import duckdb

MAX_CONTENTS = 20_000
"""Contents known at the beginning of a batch; with more, all are forgotten: apps whose spans all differ gain nothing."""

TYPES = {
    "content": "bigint",
    "name": "varchar",
    "scope": "varchar",
    "kind": "varchar",
    "status": "varchar",
    "exception_type": "varchar",
    "attribute_keys": "varchar",
    "attribute_values": "varchar",
    "is_root": "boolean",
    "captured": "boolean",
}
"""The relation raw_contents."""


class Content(NamedTuple):
    """What a live span says, each as text; see span_contents.sql."""

    name: str
    scope: str
    kind: str
    status: str
    exception_type: str
    attribute_keys: str
    attribute_values: str


def query_of_all() -> str:
    """The query that seals raw_spans each of which has its own content in raw_contents, as those of files have."""
    return f"with contents as ({schema.read('span_contents')}) {schema.read('seal_spans')}"


class Contents:
    """The contents of a process's spans and the numbers they go by. For one thread at a time."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}
        self._told: tuple[object, ...] = ()
        """Whose table `contents` holds what is taught, and whether of a process that captures."""
        self._taught = 0

    def numbers(self, contents: Iterable[tuple[str, ...]]) -> list[int]:
        """A number for each Content, equal for equal ones."""
        if len(self._numbers) > MAX_CONTENTS:
            self._forget()
        known = self._numbers
        return [known.setdefault(content, len(known)) for content in contents]

    def teach(self, connection: "duckdb.DuckDBPyConnection", constants: Mapping[str, Any]) -> None:
        """Makes the table `contents` of a connection hold every number given out so far.

        `constants` are `captured` and the store's secret, as span_contents.sql binds them.
        """
        if self._told != (connection, constants["captured"]):
            self._told, self._taught = (connection, constants["captured"]), 0
        new = list(islice(self._numbers, self._taught, None))
        if not new and self._taught:
            return
        try:
            _learn(connection, self._taught, new, constants)
        except BaseException:
            self._forget()
            raise
        self._taught += len(new)

    def _forget(self) -> None:
        self._numbers.clear()
        self._told = ()


def _learn(
    connection: "duckdb.DuckDBPyConnection", first: int, new: list[tuple[str, ...]], constants: Mapping[str, Any]
) -> None:
    columns: dict[str, list[Any]] = dict(zip(Content._fields, map(list, zip(*new, strict=True)), strict=True))
    columns["content"] = list(range(first, first + len(new)))
    columns["is_root"] = [False] * len(new)  # asked only of spans without a kind; live ones have one
    columns["captured"] = [constants["captured"]] * len(new)
    verb = "insert into contents by name" if first else "create or replace temp table contents as"
    connection.register("raw_contents", Table(columns, TYPES))
    try:
        connection.execute(
            f"{verb} {schema.read('span_contents')}",
            {name: constants[name] for name in ("inner_block", "outer_block", "salt")},
        )
    finally:
        connection.unregister("raw_contents")
