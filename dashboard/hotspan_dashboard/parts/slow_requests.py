"""The slowest requests of an endpoint, and the trace of the one that was chosen as a waterfall."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspan_analysis.difference import Box
from hotspan_analysis.texts import counted, duration
from hotspan_collector.errors import BadInputError
from hotspan_dashboard import figures, markup, panels, tables
from hotspan_dashboard.charts.waterfall import waterfall
from hotspan_dashboard.tables import Shown
from hotspan_dashboard.view import View

if TYPE_CHECKING:
    from hotspan_analysis.slowest import Slowest, SlowRequest
    from hotspan_analysis.waterfall import Waterfall

AT_MOST = 50


def show_table(view: View, endpoint: str, only: dict[str, Any], box: Box | None) -> None:
    """The slowest, of the selection if there is one."""
    found: Slowest = view.ask("slowest", endpoint, view.window, limit=AT_MOST, box=box, **only)
    where = "in the selection" if box else "in this window"
    markup.heading(f"Slowest requests {where}", "Choose one that has spans to see where its time went.")
    if not found:
        markup.say("There is none.", "note")
        return
    tables.show(found, _columns(view), key="slowest", picked=_open, height=300, alt="The slowest requests, with traces")
    panels.footer("slowest", found.queries, found)


def show_trace(view: View) -> None:
    """The trace of the URL, if there is one."""
    trace_id = st.query_params.get("trace")
    if not trace_id:
        return
    try:
        found: Waterfall = view.ask("trace", trace_id)
    except BadInputError as error:
        markup.say(f"{error}.", "note")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        start = view.clock(min(row.start_ns for row in found), date=True)
        markup.heading(
            f"Trace {found.trace_id[:8]}",
            f"{start} {view.zone_name}, {duration(found.duration_ms / 1e3)}, {counted(len(found), 'span')}. "
            "The grey line below a bar says when the trace waited for that span.",
        )
        st.button("Close the trace", on_click=_close, type="tertiary", key="close")
    figures.show(waterfall(found), "waterfall")
    panels.footer("trace", found.queries, found)


def _open(row: "SlowRequest") -> None:
    if row.trace_id:
        st.query_params["trace"] = row.trace_id


def _close() -> None:
    del st.query_params["trace"]


def _columns(view: View) -> list[Shown]:
    return [
        Shown("start_ns", f"Start, {view.zone_name}", "text", lambda row: view.clock(row.start_ns, date=True)),
        Shown("duration_ms", "Duration, ms", "ms"),
        Shown("status", "Status", "text", _status),
        Shown("client", "Client", "text", lambda row: row.client and row.client[:8]),
        Shown("queue_ms", "Queued, ms", "ms"),
        Shown("spans", "Spans"),
    ]


def _status(row: "SlowRequest") -> str:
    if row.still_open:
        return "open"
    left = ", client left" if row.aborted else ""
    return f"{row.status or 'none'}{left}{', its process died' if row.unfinished else ''}"
