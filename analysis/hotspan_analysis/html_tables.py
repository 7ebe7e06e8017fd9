"""Rows as an HTML table, for notebooks: figures as people read them, and nothing rendered that a name brought along."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

from hotspan_analysis import texts
from hotspan_analysis.window import iso

if TYPE_CHECKING:
    from hotspan_analysis.results import Column

_MOST_ROWS: Final = 50
_LONGEST: Final = 90
"""Characters of a cell; the whole text is shown when the pointer rests on it."""

_UNBROKEN: Final = 60
"""Characters up to which a cell stays one line: names of endpoints do, statements do not."""

_PROSE: Final = ("because", "advice", "summary", "rule")
"""Columns of storms and incidents that are sentences; the report tells them below its tables."""
_FACTORS: Final = {"s": 1.0, "ms": 1e-3, "ns": 1e-9}
_MOMENT: Final = "ISO 8601, UTC"
_NS_OF_MOMENTS: Final = 10**17
"""Nanoseconds beyond this, three years, are no duration but a moment since the epoch."""


def table(columns: Sequence["Column"], rows: Sequence[Mapping[str, Any]]) -> str:
    """A table of these rows, with one heading for each column that has anything to say; the first 50 rows."""
    if not rows:
        return "<p>none</p>"
    shown = [each for each in columns if _says_something(each.name, rows)]
    body = [[_cell(row[each.name], each.unit) for each in shown] for row in rows[:_MOST_ROWS]]
    return _drawn([_head(each) for each in shown], body) + _rest(len(rows), len(columns) - len(shown))


def plain(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A table of whatever somebody asked for, as it is; the first 50 rows."""
    body = [
        [_cell(value if isinstance(value, int | float | None) else str(value), "") for value in row] for row in rows
    ]
    return _drawn([f"<th>{escape(name)}</th>" for name in columns], body[:_MOST_ROWS]) + _rest(len(rows), 0)


def _drawn(heads: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    lines = "".join(f"<tr>{''.join(cells)}</tr>" for cells in body)
    head = f"<thead><tr>{''.join(heads)}</tr></thead>"
    return f'<div style="overflow-x: auto"><table>{head}<tbody>{lines}</tbody></table></div>'


def section(title: str, content: str) -> str:
    """A heading and what belongs below it."""
    return f"<h4>{escape(title)}</h4>{content}"


def bullets(sentences: Sequence[str]) -> str:
    """A list of sentences."""
    return f"<ul>{''.join(f'<li>{escape(texts.printable(each))}</li>' for each in sentences)}</ul>"


def _says_something(name: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Not where all is empty or zero, where another column says the same, or where cells would hold lists or prose."""
    plain = name.removesuffix("_ns")
    if plain != name and (plain in rows[0] or f"{plain}_s" in rows[0]):
        return False
    if name in ("method", "route") and "endpoint" in rows[0]:
        return False
    return name not in _PROSE and any(row[name] and not isinstance(row[name], list | tuple) for row in rows)


def _head(column: "Column") -> str:
    told = column.unit in _FACTORS or column.unit in ("", "0-1", "1", _MOMENT) or column.unit.startswith("ns since")
    heading = column.title if told else f"{column.title} ({column.unit})"
    return f'<th title="{escape(column.formula, quote=True)}">{escape(heading)}</th>'


def _cell(value: Any, unit: str) -> str:
    text = texts.printable(_text(value, unit))
    if not isinstance(value, str):
        return f'<td style="white-space: nowrap">{escape(text)}</td>'
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    hint = f' title="{escape(text, quote=True)}"' if short != text else ""
    breaks = "; white-space: nowrap" if len(short) <= _UNBROKEN else ""
    return f'<td style="text-align: left{breaks}"{hint}>{escape(short)}</td>'


def _text(value: Any, unit: str) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return "yes"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {each}" for key, each in value.items())
    if isinstance(value, str):
        return value[:19].replace("T", " ") if unit == _MOMENT else value
    return _figure(value, unit)


def _figure(value: float, unit: str) -> str:
    if value > _NS_OF_MOMENTS:
        return iso(int(value))[:19].replace("T", " ")
    if unit in _FACTORS:
        return texts.duration(value * _FACTORS[unit])
    if unit == "0-1":
        return texts.percent(value)
    return texts.count(value) if isinstance(value, int) else texts.rate(value)


def _rest(rows: int, hidden: int) -> str:
    notes = [f"{rows - _MOST_ROWS:,} more rows"] * (rows > _MOST_ROWS)
    notes += [f"{texts.counted(hidden, 'column')} that say nothing new here"] * bool(hidden)
    return f"<p><small>In <code>.df()</code>: {' and '.join(notes)}.</small></p>" if notes else ""
