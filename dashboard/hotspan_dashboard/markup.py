"""Text on the page that is shown and never obeyed: names come from whoever calls the server."""

import html
from typing import Final, Literal

import streamlit as st

from hotspan_analysis.texts import printable
from hotspan_dashboard.names import shown

Tone = Literal["bad", "good", "note", "plain"]

_EDGES: Final = {"bad": "#d4475a", "good": "#228833", "note": "#4477aa", "plain": "transparent"}
"""Edges that stand out on light and dark alike; each sentence says in words what its edge says in colour."""


_AXES: Final = ", ".join(
    f".js-plotly-plot {part}"
    for part in ("text[class*=title]", "g[class*=tick] text", ".cbaxis text", ".annotation-text")
)


def readable_axes() -> None:
    """Axes of charts in the page's own text colour: Streamlit greys them to a contrast below 4.5:1."""
    st.html(f"<style>{_AXES} {{ fill: currentColor !important; }}</style>")


def escaped(text: str) -> str:
    """A name as HTML shows it."""
    return html.escape(shown(text), quote=True)


def title(text: str, beside: str = "") -> None:
    """The name of what the page is about, and in small what belongs to it."""
    small = f' <span style="font-size:1rem;font-weight:400;opacity:.8">{escaped(beside)}</span>' if beside else ""
    st.html(f'<h1 style="font-size:1.6rem;margin:0;padding:0;overflow-wrap:anywhere">{escaped(text)}{small}</h1>')


def heading(text: str, under: str = "") -> None:
    """The heading of a panel, and a line below it that says how to read it."""
    line = f'<p style="margin:0;opacity:.8;font-size:.87rem">{html.escape(printable(under))}</p>' if under else ""
    st.html(
        f'<h2 style="font-size:1.15rem;margin:0;padding:.6rem 0 0;overflow-wrap:anywhere">{escaped(text)}</h2>{line}'
    )


def say(text: str, tone: Tone = "plain", *, small: bool = False) -> None:
    """A sentence, in a box of its own when its tone is not plain."""
    size = "font-size:.87rem;opacity:.85;" if small else ""
    box = "" if tone == "plain" else f"border-left:4px solid {_EDGES[tone]};padding:.45rem .8rem;"
    role = ' role="alert"' if tone == "bad" else ""
    st.html(f'<p{role} style="margin:0;overflow-wrap:anywhere;{box}{size}">{html.escape(printable(text))}</p>')


def points(lines: list[tuple[str, str]]) -> None:
    """Short paragraphs, those of one mark together behind it: for it, against, missing."""
    marks = list(dict.fromkeys(mark for mark, _ in lines))
    rows = "".join(
        f'<dt style="font-weight:600;white-space:nowrap">{html.escape(mark)}</dt>'
        f'<dd style="margin:0;overflow-wrap:anywhere">'
        f"{'<br>'.join(html.escape(printable(text)) for other, text in lines if other == mark)}</dd>"
        for mark in marks
    )
    st.html(
        '<dl style="display:grid;grid-template-columns:max-content 1fr;gap:.4rem .8rem;margin:0;padding:0;font-size:.93rem">'
        f"{rows}</dl>"
    )
