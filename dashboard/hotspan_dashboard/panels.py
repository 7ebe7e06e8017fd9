"""Below every panel: the query behind it, and its rows as CSV."""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import streamlit as st

from hotspan_analysis.results import Query, Row, as_dict, columns_of, percentile_error
from hotspan_analysis.texts import percentiles_within, printable
from hotspan_dashboard import answers, markup


def footer(name: str, queries: Iterable[Query], rows: Sequence[Row] | None = None) -> None:
    """ "Show the query", which runs in the DuckDB shell, and the CSV with every column and every digit.

    Where percentiles are not exact, it says how far off they may be.
    """
    queries = list(queries)
    if error := percentile_error(queries):
        markup.say(percentiles_within(error), "note", small=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        opened = st.popover("Show the query", type="tertiary", key=f"{name}:query", on_change="rerun")
        if opened.open:  # thousands of characters for each panel, which hardly anybody reads
            script = "\n".join(query.script() for query in queries)
            opened.code(f"-- {_where()}\n{script}", language=None, height=400)
        if rows:
            st.download_button(
                "CSV",
                lambda: csv_of(rows),
                file_name=f"hotspan-{name}.csv",
                mime="text/csv",
                key=f"{name}:csv",
                type="tertiary",
                on_click="ignore",
            )


def csv_of(rows: Sequence[Row]) -> str:
    """A heading and one line a row; names as the command line prints them, and none that a spreadsheet would work out."""
    text = io.StringIO()
    names = [each.name for each in columns_of(type(rows[0]))]
    writer = csv.DictWriter(text, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in as_dict(row).items()})
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return _as_text(printable(value))
    return json.dumps(value) if isinstance(value, list | dict | tuple) else value


def _as_text(name: str) -> str:
    """A spreadsheet takes what begins like a formula for one, whoever wrote it; an apostrophe before it says it is text."""
    return f"'{name}" if name.startswith(_FORMULA) and not _NUMBER.fullmatch(name) else name


_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001  # spreadsheets obey these, too
_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?")


def _where() -> str:
    """How to open the data in the DuckDB shell, or with the command line for a file."""
    if answers.is_live():
        return "duckdb -readonly .hotspan/hotspan.duckdb"
    return f'hotspan query "…" {answers.named()}'
