"""Printing answers: tables for people, JSON and CSV for programs. Only a table imports rich."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

from hotspan_analysis.texts import printable

if TYPE_CHECKING:
    from rich.table import Table

    from hotspan_analysis.results import Column
    from hotspan_cli.terminal import Terminal

R = TypeVar("R")
_GAP = 2
_PIECE = 1024
"""Characters; in UTF-8 no more than the 4096 bytes (PIPE_BUF on Linux) that a pipe takes at once."""


@dataclass(frozen=True, slots=True)
class Shown(Generic[R]):
    """A column of a table: its heading, how to write a row's cell, and how soon it gives way on a narrow terminal."""

    heading: str
    text: Callable[[R], str]
    gives_way: int = 0
    """The highest goes first, and of those alike the rightmost; the first column of a table stays always."""
    is_name: bool = False
    """A name stands left and is cut where the terminal ends; a number stands right and is never cut."""


def print_table(rows: Sequence[R], shown: Sequence[Shown[R]], *, title: str = "", hint: bool = True) -> None:
    """Prints rows as a table that fits the terminal: columns that do not fit are left out, and with `hint` said."""
    from rich.text import Text

    console = terminal()
    table, missing = fitted(rows, shown, console.width)
    if title:
        console.print(Text(printable(title), style="bold"))
    console.print(table)
    if hint and missing:
        console.print(Text(f"A wider terminal also shows: {', '.join(missing)}.", style="dim"))


def fitted(rows: Sequence[R], shown: Sequence[Shown[R]], width: int) -> tuple["Table", list[str]]:
    """Rows as a table that is no wider than that, and the headings of the columns that had to be left out."""
    from rich.table import Table
    from rich.text import Text

    cells = [[printable(each.text(row)) for each in shown] for row in rows]
    kept = _fitting(shown, cells, width)
    table = Table(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, collapse_padding=True, header_style="bold")
    for index, column_width in kept.items():
        table.add_column(
            shown[index].heading,
            justify="left" if shown[index].is_name else "right",
            no_wrap=True,
            overflow="ellipsis",
            width=column_width,
        )
    for row in cells:
        table.add_row(*(Text(row[index]) for index in kept))
    return table, [each.heading for index, each in enumerate(shown) if index not in kept and each.heading]


def say(*lines: str, style: str = "") -> None:
    """Prints lines of text, wrapped where the terminal ends."""
    from rich.text import Text

    console = terminal()
    for line in lines:
        console.print(Text(printable(line), style=style))


def terminal() -> "Terminal":
    """Where tables and texts go."""
    from hotspan_cli.terminal import Terminal

    return Terminal()


def print_json(value: Any) -> None:
    """Prints JSON; every character beyond ASCII is an escape, so that no name can steer a terminal."""
    _write(json.dumps(value, indent=2) + "\n")


def print_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Prints a heading and one line a row."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_csv_cell(row[name]) for name in names] for row in rows)
    _write(text.getvalue())


def _write(text: str) -> None:
    """Writes in pieces that a pipe takes whole or not at all. Of one long write without a buffer (PYTHONUNBUFFERED, as in
    many containers) Python does not notice that its reader left in the middle."""
    for start in range(0, len(text), _PIECE):
        click.echo(text[start : start + _PIECE], nl=False)


def explain(columns: Iterable["Column"]) -> None:
    """Prints what each column means: its formula and its unit."""
    for each in columns:
        unit = f" ({each.unit})" if each.unit else ""
        say(f"{each.name}{unit}: {each.formula}", style="dim")


def _csv_cell(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    return json.dumps(value) if isinstance(value, list | dict) else value


def _fitting(shown: Sequence[Shown[R]], cells: list[list[str]], room: int) -> dict[int, int]:
    """The columns that fit side by side, and how wide each is; names share what the numbers leave."""
    from rich.cells import cell_len

    wide = [
        max(cell_len(text) for text in (each.heading, *column))
        for each, column in zip(shown, _turned(cells, shown), strict=True)
    ]
    least = [min(size, room // 3) if each.is_name else size for each, size in zip(shown, wide, strict=True)]
    kept = list(range(len(shown)))
    while len(kept) > 1 and sum(least[index] + _GAP for index in kept) - _GAP > room:
        kept.remove(max(kept[1:], key=lambda index: (shown[index].gives_way, index)))
    spare = room + _GAP - sum(least[index] + _GAP for index in kept)
    widths = {}
    for index in kept:
        more = max(0, min(wide[index] - least[index], spare))
        widths[index], spare = least[index] + more, spare - more
    return widths


def _turned(cells: list[list[str]], shown: Sequence[Shown[R]]) -> list[tuple[str, ...]]:
    return list(zip(*cells, strict=True)) if cells else [() for _ in shown]
