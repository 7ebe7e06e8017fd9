"""Answers as plain data: frozen rows in a typed list that knows what each column means and which query it came from."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import Field, asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from hotspan_collector.errors import BadInputError

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
    appended: bool = False
    """Whether they join those that it holds already."""
    percentile_error: float = 0.0
    """How far, relative to their value, percentiles may be off; 0 where they are exact."""

    def keeping(self) -> str:
        """What stands before the statement where its rows are kept."""
        if self.appended:
            return f"insert into temp.{self.kept_as} by name"
        return f"create or replace temp table {self.kept_as} as"

    def script(self) -> str:
        """The same for the DuckDB shell, opened on the store's hotspan.duckdb."""
        from hotspan_analysis import queries

        if self.kept_as:
            return f"{queries.read('macros').body}\n\n{self.keeping()}\n{_with_values(self)};\n"
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
        return data_frame([each.name for each in self.columns], self.as_dicts())

    def _repr_html_(self) -> str:
        from hotspan_analysis import html_tables

        return html_tables.table(self.columns, self.as_dicts())


def percentile_error(queries: Iterable[Query]) -> float:
    """How far percentiles out of these queries may be off, relative to their value; 0 where all are exact."""
    return max((query.percentile_error for query in queries), default=0.0)


def data_frame(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> "pandas.DataFrame":
    """Rows as a pandas DataFrame whose columns are there even when there are no rows.

    Raises BadInputError where pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise BadInputError('.df() needs pandas: pip install "hotspan[notebook]"') from error
    return pandas.DataFrame(list(rows), columns=list(columns))


def as_dict(row: Row) -> dict[str, Any]:
    """A row as a dictionary that JSON can hold: numbers that are not finite become None."""
    return {name: _plain(value) for name, value in asdict(row).items()}


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


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
