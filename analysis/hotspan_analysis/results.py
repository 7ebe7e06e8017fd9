"""Answers as plain data: frozen rows in a typed list that knows what each column means and which query it came from."""

import html
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

if TYPE_CHECKING:
    import pandas


class Row(Protocol):
    """A frozen dataclass whose fields are made with `column`."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class Column:
    """What a column says: its heading, the formula behind it, and the unit it is in."""

    name: str
    title: str
    formula: str
    unit: str


@dataclass(frozen=True, slots=True)
class Query:
    """A statement as it ran, with the values bound to its names."""

    sql: str
    parameters: Mapping[str, Any]
    kept_as: str = ""
    """The temporary table that holds its rows for the questions after it; empty when they were the answer."""

    def script(self) -> str:
        """The same for the DuckDB shell, opened on the store's hotspan.duckdb."""
        from hotspan_analysis import queries

        if self.kept_as:
            return f"create or replace temp table {self.kept_as} as\n{_with_values(self)};\n"
        values = ", ".join(f"{name} := {_literal(value)}" for name, value in self.parameters.items())
        call = f"execute question({values});" if values else "execute question;"
        return f"{queries.read('macros').body}\n\nprepare question as\n{self.sql};\n\n{call}\n"


def column(title: str, formula: str, unit: str = "") -> Any:
    """A dataclass field that carries its own explanation."""
    return field(metadata={"title": title, "formula": formula, "unit": unit})


def columns_of(row_type: type[Row]) -> list[Column]:
    """The columns of a row type, in order."""
    return [
        Column(each.name, each.metadata["title"], each.metadata["formula"], each.metadata["unit"])
        for each in fields(row_type)
        if "title" in each.metadata
    ]


class Rows(list[R]):
    """Rows of one type, the queries they came from, and ways to look at them."""

    def __init__(self, row_type: type[R], rows: Iterable[R] = (), queries: Iterable[Query] = ()) -> None:
        super().__init__(rows)
        self.row_type = row_type
        self.queries = tuple(queries)

    @property
    def columns(self) -> list[Column]:
        """What each column means."""
        return columns_of(self.row_type)

    def as_dicts(self) -> list[dict[str, Any]]:
        """Each row as a dictionary that JSON can hold: numbers that are not finite become None."""
        return [as_dict(row) for row in self]

    def df(self) -> "pandas.DataFrame":
        """A pandas DataFrame with one row each; the columns are there even when there are no rows."""
        import pandas

        return pandas.DataFrame(self.as_dicts(), columns=[each.name for each in self.columns])

    def _repr_html_(self) -> str:
        heads = "".join(
            f'<th title="{html.escape(each.formula, quote=True)}">{html.escape(_heading(each))}</th>'
            for each in self.columns
        )
        body = "".join(f"<tr>{''.join(_cells(row))}</tr>" for row in self[:_HTML_ROWS])
        rest = len(self) - _HTML_ROWS
        more = f"<p>and {rest:,} more: see <code>.df()</code></p>" if rest > 0 else ""
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>{more}"


_HTML_ROWS = 50


def as_dict(row: Row) -> dict[str, Any]:
    """A row as a dictionary that JSON can hold: numbers that are not finite become None."""
    return {name: _plain(value) for name, value in asdict(row).items()}


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cells(row: Row) -> Iterator[str]:
    for value in as_dict(row).values():
        text = "" if value is None else f"{value:,.4g}" if isinstance(value, float) else str(value)
        yield f"<td>{html.escape(text)}</td>"


def _heading(each: Column) -> str:
    return f"{each.title} ({each.unit})" if each.unit else each.title


def _with_values(query: Query) -> str:
    """The statement with its values written out: DuckDB prepares no `create table`."""
    values = {f"${name}": _literal(value) for name, value in query.parameters.items()}
    return re.sub(r"\$\w+", lambda found: values.get(found[0], found[0]), query.sql)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(_literal(each) for each in value)}]"
    return "'" + str(value).replace("'", "''") + "'"
