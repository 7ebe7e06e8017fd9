"""An answer in the form that was asked for: a table, JSON, CSV, or the query behind it."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import click

from hotspan_analysis import texts
from hotspan_analysis.results import percentile_error
from hotspan_cli import tables

if TYPE_CHECKING:
    from hotspan_analysis.results import Column, Query


class Explained(Protocol):
    """An answer that knows the queries it came from and what its columns mean."""

    @property
    def queries(self) -> "Sequence[Query]": ...
    @property
    def columns(self) -> "Sequence[Column]": ...


def print_answer(
    answer: Explained,
    options: Mapping[str, Any],
    *,
    as_json: Callable[[], dict[str, Any]],
    rows: str,
    show: Callable[[], None],
) -> None:
    """Prints an answer; `rows` is the key of its rows in the JSON, of which the CSV is made."""
    error = percentile_error(answer.queries)
    if options["sql"]:
        click.echo("\n".join(query.script() for query in answer.queries), nl=False)
    elif options["output"] == "json":
        tables.print_json(as_json() | ({"percentile_error": error} if error else {}))
    elif options["output"] == "csv":
        lines = as_json()[rows]
        tables.print_csv(list(lines[0]) if lines else [each.name for each in answer.columns], lines)
    else:
        show()
        if error:
            tables.say(texts.percentiles_within(error))
        if options["explain"]:
            tables.explain(answer.columns)
