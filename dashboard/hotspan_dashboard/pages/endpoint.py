"""Endpoint: when it is slow, for whom, where its time goes, who asks for it, and the traces of the slowest."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from hotspan_analysis.results import percentile_error
from hotspan_analysis.texts import count, counted, duration, percent, rate
from hotspan_dashboard import figures, markup, panels, tables
from hotspan_dashboard.charts.breakdown import breakdown
from hotspan_dashboard.charts.percentiles import percentiles
from hotspan_dashboard.names import shown
from hotspan_dashboard.pages.overview import nothing_yet
from hotspan_dashboard.parts import brush, slow_requests
from hotspan_dashboard.tables import Shown
from hotspan_dashboard.view import View

if TYPE_CHECKING:
    from hotspan_analysis.breakdown import Breakdown
    from hotspan_analysis.clients import Client, Clients
    from hotspan_analysis.endpoints import Endpoint, Ranking

OF_THE_ENDPOINT = ("brush", "trace", "client", "status")
"""What of the URL belongs to one endpoint and is dropped when another one is chosen."""
OFFERED = 100
"""Names to choose from, the costliest; 5,000 would be sent again with every change. The Overview finds all."""
NARROWED = {"client": "client", "status": "status"}


def show(view: View) -> None:
    """The page: the endpoint of the URL, or the one that takes most time."""
    ranking: Ranking = view.ask("endpoints", view.window, sort="time")
    if not ranking:
        nothing_yet(view)
        return
    row = _chosen(ranking)
    if row is None:
        return
    only = {"endpoint": row.endpoint, "service": row.service} | _narrowed()
    _say_narrowed()
    _figures(row, percentile_error(ranking.queries))
    box = brush.show(view, row, only)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        markup.heading("Percentiles and requests")
        line = view.ask("timeline", view.window, buckets=60, **only)
        figures.show(percentiles(line, view.clock_zone), "percentiles")
    with right:
        _breakdown(view, row, only)
    named = {name: value for name, value in only.items() if name != "endpoint"}
    left, right = st.columns([1, 1], gap="medium")
    with left:
        _clients(view, only)
    with right:
        slow_requests.show_table(view, row.endpoint, named, box)
    slow_requests.show_trace(view)


def _chosen(ranking: "Ranking") -> "Endpoint | None":
    """The endpoint of the URL, with a control that chooses another one."""
    names = {(row.service, row.endpoint): row for row in ranking}
    asked = (st.query_params.get("service"), st.query_params.get("endpoint"))
    keys = sorted(names, key=lambda key: -names[key].total_time_ns)
    found = next((key for key in keys if key[1] == asked[1] and asked[0] in (None, key[0])), None)
    several = len({key[0] for key in keys}) > 1
    keys = [*keys[:OFFERED], *([found] if found in keys[OFFERED:] else [])]
    st.session_state["endpoint:chosen"] = found or (keys[0] if asked[1] is None else None)
    st.selectbox(
        "Endpoint or job",
        keys,
        key="endpoint:chosen",
        format_func=lambda key: shown(f"{key[1]} ({key[0]})" if several else key[1]),
        on_change=_choose,
        placeholder="Choose one",
    )
    if found is None and asked[1] is not None:
        markup.say(f"Nothing of {shown(asked[1])} started in this window.", "note")
        return None
    return names[found or keys[0]]


def _choose() -> None:
    service, endpoint = st.session_state["endpoint:chosen"]
    for name in OF_THE_ENDPOINT:
        st.query_params.pop(name, None)
    st.query_params["service"], st.query_params["endpoint"] = service, endpoint


def _narrowed() -> dict[str, Any]:
    """The client and the status that the page is narrowed to."""
    return {name: st.query_params[name] for name in NARROWED if name in st.query_params}


def _say_narrowed() -> None:
    for name, value in _narrowed().items():
        with st.container(horizontal=True, vertical_alignment="center"):
            markup.say(f"Only {name} {shown(value, 40)}.", "note")
            st.button(f"Every {name}", on_click=_widen, args=(name,), type="tertiary", key=f"every:{name}")


def _widen(name: str) -> None:
    del st.query_params[name]


def _figures(row: "Endpoint", error: float) -> None:
    give_or_take = f", within {percent(error)}" if error else ""
    with st.grid(6, min_column_width=150, key="figures"):
        for label, value, beside in (
            ("Share of time", percent(row.time_share), f"{duration(row.total_time_s)} in all"),
            ("Requests / min", rate(row.throughput_rpm), f"{count(row.requests)} in all"),
            ("p95", duration(row.p95_ms / 1e3), f"median {duration(row.p50_ms / 1e3)}{give_or_take}"),
            ("Slowest", duration(row.max_ms / 1e3), f"mean {duration(row.mean_ms / 1e3)}"),
            ("Errors", percent(row.error_rate), f"{counted(row.errors, 'error')}, {count(row.aborted)} left early"),
            ("Duplicates", percent(row.duplicate_share), f"{duration(row.avoidable_s)} avoidable"),
        ):
            st.metric(label, value, delta=beside, delta_color="off", delta_arrow="off", border=True, height="stretch")


def _breakdown(view: View, row: "Endpoint", only: dict[str, Any]) -> None:
    named = {name: value for name, value in only.items() if name != "endpoint"}
    found: Breakdown = view.ask("breakdown", row.endpoint, view.window, **named)
    markup.heading(
        "Where its time goes", f"{count(found.traced_requests)} of {count(found.requests)} requests have spans."
    )
    if not found.traced_requests:
        markup.say("No spans were recorded inside it: instrument its database and HTTP client to see more.", "note")
        return
    figures.show(breakdown(found), "breakdown")
    if found.calls:
        tables.show(found.calls, _CALLS, key="calls", height=230, alt="Statements and calls, the costliest first")
    panels.footer("breakdown", found.queries, found.calls)


def _clients(view: View, only: dict[str, Any]) -> None:
    found: Clients = view.ask("clients", view.window, sort="time", **only)
    markup.heading("Clients", "Choose one to see its requests alone.")
    if not found:
        markup.say("Jobs have no clients.", "note")
        return
    tables.show(
        found, _CLIENTS, key="clients", picked=_narrow, height=300, at_first=50, alt="Clients, the busiest first"
    )
    panels.footer("clients", found.queries, found)


def _narrow(row: "Client") -> None:
    st.query_params["client"] = row.client


_CALLS = [
    Shown("what", "Statement or call", "name", width=210),
    Shown("time_share", "Share", "percent"),
    Shown("calls_per_request", "Calls per request"),
    Shown("mean_ms", "Mean, ms", "ms"),
    Shown("n_plus_one", "N+1", "text"),
]
_CLIENTS = [
    Shown("client", "Client", "text", lambda row: row.client[:8]),
    Shown("tier", "Known by", "text"),
    Shown("time_share", "Share of time", "bar"),
    Shown("requests", "Requests"),
    Shown("p95_ms", "p95, ms", "ms"),
    Shown("peak_in_flight", "Peak in flight"),
    Shown("duplicate_share", "Duplicates", "percent"),
    Shown("error_rate", "Errors", "percent"),
    Shown("agent", "User agent", "text"),
]
