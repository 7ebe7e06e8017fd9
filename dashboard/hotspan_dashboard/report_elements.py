"""The pieces of the report as HTML. Whatever comes from outside is escaped here and nowhere else."""

import html
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from hotspan_analysis import texts
from hotspan_dashboard.charts.chart import CONFIG, Chart
from hotspan_dashboard.names import shown

R = TypeVar("R")
LONGEST: Final = 200
"""Characters of a name that the report shows; a name of 10,000 would hide everything else."""


@dataclass(frozen=True, slots=True)
class Shown(Generic[R]):
    """A column of a table: its heading, how to write a row's cell, and what the heading means."""

    heading: str
    text: Callable[[R], str]
    is_name: bool = False
    meaning: str = ""


def plain(text: str) -> str:
    """Text for HTML: escaped, invisible characters visible, cut where it gets too long."""
    return html.escape(shown(text, LONGEST), quote=True)


def paragraph(text: str, of_class: str = "") -> str:
    """A paragraph of text."""
    return f'<p class="{of_class}">{_sentence(text)}</p>' if of_class else f"<p>{_sentence(text)}</p>"


def section(heading: str, *parts: str, under: str = "") -> str:
    """A heading and what stands below it."""
    return f"<section><h2>{plain(heading)}</h2>{paragraph(under, 'under') if under else ''}{''.join(parts)}</section>"


def points(heading: str, sentences: Iterable[str], of_class: str) -> str:
    """A list with a heading; nothing for no sentence."""
    items = "".join(f"<li>{_sentence(each)}</li>" for each in sentences)
    return f'<div class="points {of_class}"><h3>{plain(heading)}</h3><ul>{items}</ul></div>' if items else ""


def figures(named: Mapping[str, str]) -> str:
    """A few large figures with what they are below them."""
    items = "".join(f"<div><dt>{plain(name)}</dt><dd>{plain(figure)}</dd></div>" for name, figure in named.items())
    return f'<dl class="figures">{items}</dl>'


def table(rows: Sequence[R], columns: Sequence[Shown[R]], caption: str, at_most: int = 20) -> str:
    """Rows as a table; below it how many more there are."""
    heads = "".join(
        f'<th scope="col"{_kind(each)} title="{plain(each.meaning)}">{plain(each.heading)}</th>' for each in columns
    )
    body = "".join(
        f"<tr>{''.join(f'<td{_kind(each)}>{_cell(each, row)}</td>' for each in columns)}</tr>" for row in rows[:at_most]
    )
    left_out = len(rows) - at_most
    rest = paragraph(f"And {texts.count(left_out)} more, not shown here.", "under") if left_out > 0 else ""
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{plain(caption)}"><table><caption>{plain(caption)}'
        f"</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>{rest}"
    )


def chart(drawn: Chart, title: str, name: str) -> str:
    """A chart with its title above and its alt text below; the script of the page draws it from the data beside it."""
    height = drawn.figure.layout.height
    return (
        f'<figure><h3>{plain(title)}</h3><div class="chart" id="{name}" role="img" aria-label="{_sentence(drawn.alt)}" '
        f'style="height:{height}px"></div><figcaption>{_sentence(drawn.alt)}</figcaption>'
        f'<script type="application/json" data-chart="{name}">{_json(drawn)}</script></figure>'
    )


def folded(summary: str, *parts: str) -> str:
    """Something for those who ask: closed until it is opened."""
    return f"<details><summary>{plain(summary)}</summary>{''.join(parts)}</details>"


def code(text: str) -> str:
    """Text that is meant for a machine, whole."""
    return f'<pre tabindex="0"><code>{html.escape(text)}</code></pre>'


def _json(drawn: Chart) -> str:
    """The figure; no text in it can end the script element it stands in."""
    text = drawn.figure.to_json().replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f'{{"config":{json.dumps(dict(CONFIG))},"figure":{text}}}'


def _cell(column: Shown[R], row: R) -> str:
    """A name may be broken after a slash."""
    text = plain(column.text(row))
    return text.replace("/", "/<wbr>") if column.is_name else text


def _kind(column: Shown[Any]) -> str:
    return ' class="name"' if column.is_name else ""


def _sentence(text: str) -> str:
    """A sentence may be longer than a name: its names were cut before."""
    return html.escape(shown(text, 10 * LONGEST), quote=True)
