"""Charts on a page: the figure, its words for those who do not see it, and what a brush in it means."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from hotspan_dashboard import markup
from hotspan_dashboard.charts.chart import CONFIG, Chart


def show(chart: Chart, key: str, brushed: Callable[[dict[str, Any]], None] | None = None) -> None:
    """A figure; `brushed` is called with the rectangle that was drawn in it, before the page runs again."""
    more: dict[str, Any] = {}
    if brushed is not None:
        more = {"on_select": lambda: _resolve(key, brushed), "selection_mode": "box"}
    markup.readable_axes()
    st.plotly_chart(chart.figure, key=key, config=dict(CONFIG), alt=chart.alt, theme="streamlit", **more)


def _resolve(key: str, brushed: Callable[[dict[str, Any]], None]) -> None:
    boxes = st.session_state[key]["selection"]["box"]
    if boxes:
        brushed(dict(boxes[0]))
