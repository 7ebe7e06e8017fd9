"""The heatmap of an endpoint, a rectangle drawn in it, and what sets the requests in the rectangle apart."""

from datetime import timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspan_analysis.difference import Box
from hotspan_analysis.texts import count, duration, percent
from hotspan_analysis.window import Window, iso, parse_moment
from hotspan_collector.errors import BadInputError
from hotspan_dashboard import figures, markup, panels, tables
from hotspan_dashboard.charts.heatmap import box_of, heatmap
from hotspan_dashboard.names import shown
from hotspan_dashboard.tables import Shown
from hotspan_dashboard.view import View, pause

if TYPE_CHECKING:
    from hotspan_analysis.difference import Difference, Differences
    from hotspan_analysis.endpoints import Endpoint

BUCKETS = 120
FILTERS = {"client": "client", "status": "status"}
"""Properties of which one value can be looked at alone, and the name of it in the URL."""


def written(box: Box) -> str:
    """A box as the URL has it."""
    return f"{iso(box.window.from_ns)}/{iso(box.window.to_ns)}/{box.shortest_ms:.6g}/{box.longest_ms:.6g}"


def read(text: str) -> Box:
    """What `written` wrote; raises BadInputError for anything else."""
    try:
        start, end, shortest, longest = text.split("/")
        from_ns, to_ns = (parse_moment(each, before_ns=0) for each in (start, end))
        return Box(Window(from_ns, to_ns), float(shortest), float(longest))
    except ValueError:
        raise BadInputError(f"{text!r} is no rectangle of the heatmap; draw one anew") from None


def stored() -> Box | None:
    """The rectangle of the URL."""
    return read(st.query_params["brush"]) if "brush" in st.query_params else None


def show(view: View, row: "Endpoint", only: dict[str, Any]) -> Box | None:
    """The heatmap with the rectangle, if there is one, which is returned; beside it what that is made of."""
    box = stored()
    left, right = st.columns([3, 2], gap="medium")
    with left:
        markup.heading("When, and how long", "Draw a rectangle around what is slow: it is compared with the rest.")
        timeline = view.ask("timeline", view.window, buckets=BUCKETS, **only)
        cells = view.ask("histogram", view.window, buckets=BUCKETS, **only)
        figures.show(heatmap(timeline, cells, box, view.clock_zone), "heatmap", partial(_brushed, view.clock_zone))
        panels.footer("heatmap", cells.queries, cells)
    with right:
        if box is None:
            markup.heading("What is different there")
            markup.say("Nothing is selected. Clients, statuses, user agents and statements show up here.", small=True)
            slowest = Box(view.window, row.p95_ms, row.max_ms * 1.001 + 1)
            st.button("Compare the slowest 5 %", on_click=_keep, args=(slowest,), key="slowest-5")
        else:
            _difference(view, box, only)
    return box


def _brushed(zone: timezone, rectangle: dict[str, Any]) -> None:
    """Kept in the URL, since the chart forgets it with the next figure; live data would move it away."""
    _keep(box_of(rectangle, zone))


def _keep(box: Box) -> None:
    st.query_params["brush"] = written(box)
    pause()


def _forget() -> None:
    del st.query_params["brush"]


def _difference(view: View, box: Box, only: dict[str, Any]) -> None:
    found: Differences = view.ask("difference", box, view.window, **only)
    length = f"{duration(box.shortest_ms / 1e3)} to {duration(box.longest_ms / 1e3)}"
    markup.heading("What is different there", f"{view.stretch(box.window)}, {length}")
    with st.container(horizontal=True, vertical_alignment="center"):
        markup.say(f"{count(found.inside)} requests inside, {count(found.outside)} outside.", small=True)
        st.button("Clear the selection", on_click=_forget, type="tertiary", key="clear")
    if not found:
        markup.say("Nothing that was recorded tells them apart.", "note")
        return
    markup.say(_sentence(max(found, key=lambda each: each.difference)), "note")
    tables.show(
        found,
        _COLUMNS,
        key="difference",
        picked=_filter,
        height=300,
        alt="How often each value occurs inside the selection and outside of it; choose a client or status to see it",
    )
    panels.footer("difference", found.queries, found)


def _sentence(most: "Difference") -> str:
    return (
        f"Most different: {most.property} {shown(most.value, 60)}, in {percent(most.share_inside)} of the "
        f"selected and {percent(most.share_outside)} of the other requests."
    )


def _filter(row: "Difference") -> None:
    if row.property in FILTERS and row.value not in ("none", "open"):
        st.query_params[FILTERS[row.property]] = row.value


_COLUMNS = [
    Shown("property", "What", "text"),
    Shown("value", "Value", "text", width=130),
    Shown("share_inside", "Selected", "bar", width=120),
    Shown("share_outside", "Rest", "bar", width=120),
    Shown("inside", "Requests inside"),
    Shown("different", "Values"),
]
