"""What spans say, apart from their ids and times: learnt once for each content, however many spans say the same.

Reading statements, paths and attributes in SQL has its price, above all for small batches: planning the query and
compiling its regular expressions takes some 50 ms. Spans of one app repeat themselves, so a process keeps a table of
the contents it has sealed before, in the memory of its DuckDB, and sends only new ones through span_contents.sql.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hotspan_collector import schema
from hotspan_collector.arrow_columns import Table

if TYPE_CHECKING:
    import duckdb

MAX_CONTENTS = 10_000
"""Contents known at the beginning of a batch; with more, all are forgotten: apps whose spans all differ gain nothing."""

SEPARATOR = "\x1f"
"""Between packed attribute names, and values: ASCII's unit separator, which no sane attribute holds."""

MAX_VALUE_LENGTH = 2_000
"""Characters of one attribute value that are carried on; statements are the longest that anybody reads."""

MAX_NAME_LENGTH = 500
"""Characters of a span's or an attribute's name that are carried on."""

MAX_PACKED_LENGTH = 32_000
"""Characters of all values of one span that are carried on."""

_LONG = 4_000
"""Characters of values above which a content is not kept in mind."""

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

    @classmethod
    def of(
        cls,
        name: str,
        scope: str,
        kind: str,
        status: str,
        exception_type: str,
        names: Sequence[str],
        values: Sequence[Any],
    ) -> "Content":
        """A content of bounded length out of a span's fields, whatever the types of the attribute values."""
        return cls(
            name[:MAX_NAME_LENGTH],
            scope[:MAX_NAME_LENGTH],
            kind,
            status,
            exception_type[:MAX_NAME_LENGTH],
            SEPARATOR.join([_plain(each, MAX_NAME_LENGTH) for each in names]),
            SEPARATOR.join([_plain(_text(value), MAX_VALUE_LENGTH) for value in values])[:MAX_PACKED_LENGTH],
        )


def query_of_all() -> str:
    """The query that seals raw_spans each of which has its own content in raw_contents, as those of files have."""
    return f"with contents as ({schema.read('span_contents')}) {schema.read('seal_spans')}"


class Contents:
    """The contents of a process's spans and the numbers they go by. For one thread at a time."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._contents: list[Content] = []  # by number
        self._told: tuple[object, ...] = ()  # whose table holds what is taught, and whether of a process that captures
        self._taught = 0

    def numbers(self, fields: Sequence[Sequence[Any]]) -> list[int]:
        """A number for each span, given a list of all spans for each argument of Content.of; equal ones share one.

        What Python calls equal is equal: an attribute of 1 and one of True are not told apart.
        """
        if len(self._contents) > MAX_CONTENTS:
            self._forget()
        try:
            # zip fills one tuple again and again: a tuple for each span would be work for the garbage collection.
            found = list(map(self._numbers.get, zip(*fields, strict=True)))
        except TypeError:  # a value that cannot be hashed
            return [self._add(key) for key in zip(*fields, strict=True)]
        return [
            self._number(tuple([field[place] for field in fields])) if number is None else number
            for place, number in enumerate(found)
        ]

    def by_number(self, number: int) -> Content:
        """The content that goes by a number given out last."""
        return self._contents[number]

    def teach(self, connection: "duckdb.DuckDBPyConnection", constants: Mapping[str, Any]) -> None:
        """Makes the table `contents` of a connection hold every number given out so far.

        `constants` are `captured` and the store's secret, as span_contents.sql binds them.
        """
        if self._told != (connection, constants["captured"]):
            self._told, self._taught = (connection, constants["captured"]), 0
        if len(self._contents) == self._taught:
            return
        try:
            _learn(connection, self._taught, self._contents[self._taught :], constants)
        except BaseException:
            self._forget()
            raise
        self._taught = len(self._contents)

    def _number(self, key: tuple[Any, ...]) -> int:
        """The number of a key that was new at the beginning of its batch."""
        if (number := self._numbers.get(key)) is None:
            number = self._add(key)
            if len(self.by_number(number).attribute_values) <= _LONG:
                self._numbers[key] = number
        return number

    def _add(self, key: tuple[Any, ...]) -> int:
        self._contents.append(Content.of(*key))
        return len(self._contents) - 1

    def _forget(self) -> None:
        self._numbers.clear()
        self._contents.clear()
        self._told = ()


def _learn(
    connection: "duckdb.DuckDBPyConnection", first: int, new: list[Content], constants: Mapping[str, Any]
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


def _plain(text: str, limit: int) -> str:
    return text[:limit].replace(SEPARATOR, " ")


def _text(value: Any) -> str:
    """A value as the text other sources give it: true, 0.5, ["a", "b"]; bytes are never text and only counted."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if isinstance(value, Sequence | Mapping):
        return json.dumps(value, default=_text, ensure_ascii=False, skipkeys=True)
    return str(value)
