"""An answer in the form that was asked for: a table, JSON, CSV, or the query behind it."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from hotspan_cli import tables

if TYPE_CHECKING:
    from hotspan_analysis.results import Rows


def print_answer(
    answer: "Rows[Any]",
    options: Mapping[str, Any],
    *,
    as_json: Callable[[], dict[str, Any]],
    rows: str,
    show: Callable[[], None],
) -> None:
    """Prints an answer; `rows` is the key of its rows in the JSON, of which the CSV is made."""
    if options["sql"]:
        click.echo("\n".join(query.script() for query in answer.queries), nl=False)
    elif options["output"] == "json":
        tables.print_json(as_json())
    elif options["output"] == "csv":
        lines = as_json()[rows]
        tables.print_csv(list(lines[0]) if lines else [each.name for each in answer.columns], lines)
    else:
        show()
        if options["explain"]:
            tables.explain(answer.columns)
