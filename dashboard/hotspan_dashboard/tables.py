"""Rows of the analysis as tables: headings that explain themselves, names as text, and a click that means one row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import pandas as pd
import streamlit as st

from hotspan_analysis.results import Column, Row, columns_of
from hotspan_dashboard.names import shown

ROW_PX: Final = 32
TALLEST: Final = 15
"""Rows that are seen without scrolling inside the table."""
AT_FIRST: Final = 100
"""Rows that are sent before somebody asks for all of them: 5,000 would be a megabyte, and that every five seconds."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of a table: the field it shows, its heading, and how."""

    field: str
    heading: str
    how: str = "number"
    """name (wide), text, number, ms, s, percent, bar (a share of 1), trend (a list of numbers) or yes."""
    value: Callable[[Any], Any] | None = None
    """What to show of a row when it is not the field itself."""
    help: str = ""
    width: int | None = None


def show(
    rows: Sequence[Row],
    columns: Sequence[Shown],
    *,
    key: str,
    alt: str,
    picked: Callable[[Any], None] | None = None,
    height: int | None = None,
    at_first: int = AT_FIRST,
    left_out: Callable[[Sequence[Any]], str] | None = None,
) -> None:
    """A table of these rows; `picked` is called with the row that was clicked, before the page runs again.

    Of many rows the first are shown, and a switch for the rest, of which `left_out` says how much they matter.
    """
    place, rows = st.container(), _first(rows, key, at_first, left_out)
    with place:
        _draw(rows, columns, key, alt, picked, height)


def _first(
    rows: Sequence[Row], key: str, at_first: int, left_out: Callable[[Sequence[Any]], str] | None
) -> Sequence[Row]:
    if len(rows) <= at_first:
        return rows
    rest = rows[at_first:]
    label = f"Show all {len(rows):,}: {len(rest):,} more{left_out(rest) if left_out else ''}"
    return rows if st.toggle(label, key=f"{key}-all", bind="query-params") else rows[:at_first]


def _draw(
    rows: Sequence[Row],
    columns: Sequence[Shown],
    key: str,
    alt: str,
    picked: Callable[[Any], None] | None,
    height: int | None,
) -> None:
    known = {each.name: each for each in columns_of(type(rows[0]))} if rows else {}
    frame = pd.DataFrame({each.heading: [_cell(each, row) for row in rows] for each in columns})
    more: dict[str, Any] = {}
    if picked is not None:
        st.session_state[f"{key}:rows"] = list(rows)
        more = {"on_select": lambda: _resolve(key, picked), "selection_mode": "single-cell"}
    st.dataframe(
        frame,
        key=key,
        hide_index=True,
        lazy=False,
        alt=alt,
        row_height=ROW_PX,
        height=height or ("content" if len(rows) <= TALLEST else ROW_PX * (TALLEST + 1)),
        placeholder="",
        column_config={each.heading: _configured(each, known.get(each.field)) for each in columns},
        **more,
    )


def _resolve(key: str, picked: Callable[[Any], None]) -> None:
    """The clicked row by what it was when it was drawn: live data may have moved another one to its place since."""
    selection = st.session_state[key]["selection"]
    places: Iterable[int] = [row for row, _ in selection.get("cells", [])] or selection.get("rows", [])
    rows = st.session_state[f"{key}:rows"]
    for place in places:
        if place < len(rows):
            picked(rows[place])


def _cell(column: Shown, row: Any) -> Any:
    value = column.value(row) if column.value else getattr(row, column.field)
    if column.how in ("name", "text"):
        return None if value is None else shown(str(value))
    if column.how in ("ms", "s", "number") and isinstance(value, float):
        return _three_digits(value)
    if column.how in ("percent", "bar") and value is not None:
        return round(value * 100, 1)
    return value


def _three_digits(value: float) -> float:
    """What a person compares; the CSV has all digits."""
    return float(f"{value:.3g}") if abs(value) < 1000 else round(value)


def _configured(column: Shown, known: Column | None) -> Any:
    unit = f" ({known.unit})" if known and known.unit and column.how not in ("percent", "bar") else ""
    said = column.help or (f"{known.formula}{unit}" if known else None)
    make = _KINDS[column.how]
    width = {"width": column.width} if column.width else {}
    return make(column.heading, help=said and _plain(said), **width)


def _plain(text: str) -> str:
    """Help texts are Markdown; these are ours, but formulas have stars and brackets in them."""
    return "".join(f"\\{each}" if each in "*_[]`~$:" else each for each in text)


_KINDS: Final[Mapping[str, Callable[..., Any]]] = {
    "name": partial(st.column_config.TextColumn, width=320),
    "text": st.column_config.TextColumn,
    "number": lambda label, **more: st.column_config.NumberColumn(label, format="localized", **more),
    "ms": lambda label, **more: st.column_config.NumberColumn(label, format="localized", **more),
    "s": lambda label, **more: st.column_config.NumberColumn(label, format="localized", **more),
    "percent": lambda label, **more: st.column_config.NumberColumn(label, format="%.1f%%", **more),
    "bar": lambda label, **more: st.column_config.ProgressColumn(
        label, format="%.1f%%", min_value=0, max_value=100, color="blue", **more
    ),
    "trend": lambda label, **more: st.column_config.AreaChartColumn(label, y_min=0, **more),
    "yes": st.column_config.CheckboxColumn,
}
