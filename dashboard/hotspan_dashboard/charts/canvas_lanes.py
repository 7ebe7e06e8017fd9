"""Lanes on a canvas: for more bars than Plotly can bear. The one chart that is a Streamlit component of its own."""

from datetime import UTC, timezone
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from hotspan_dashboard.charts.lane_bytes import lane_bytes, picked

if TYPE_CHECKING:
    from collections.abc import Callable

    from hotspan_analysis.lanes import Attempt, Lanes


def canvas_lanes(attempts: "Lanes", key: str, zone: timezone = UTC) -> "Attempt | None":
    """Draws every attempt; zoom with the wheel or W and S, move by dragging or A and D, walk with the arrow keys.

    Gives the attempt that was clicked, or chosen with Enter, in this run; else None. 200,000 attempts stay usable.
    """
    result = _component()(key=key, data=lane_bytes(attempts, zone), on_picked_change=_nothing)
    return picked(attempts, result.picked)


@cache
def _component() -> "Callable[..., Any]":
    """Registered once in a process: Streamlit warns when a name is registered again."""
    import streamlit as st

    here = files("hotspan_dashboard.charts")
    html, css, js = (here.joinpath(f"canvas_lanes.{ending}").read_text("utf-8") for ending in ("html", "css", "js"))
    return st.components.v2.component("hotspan_lanes", html=html, css=css, js=js)


def _nothing() -> None:
    """Streamlit tells of a click only if there is a callback for it; what was clicked is in the result."""
