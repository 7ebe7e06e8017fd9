"""Compare: what changed between two windows; and what ran at one moment."""

from typing import TYPE_CHECKING

import streamlit as st

from hotspan_analysis.texts import count
from hotspan_analysis.window import SECOND_NS, Window, iso, parse_moment, parse_window
from hotspan_dashboard import figures, markup, navigation, panels, tables
from hotspan_dashboard.charts.slope import slope
from hotspan_dashboard.names import shown
from hotspan_dashboard.parts import around
from hotspan_dashboard.tables import Shown
from hotspan_dashboard.view import View

if TYPE_CHECKING:
    from hotspan_analysis.compare import Change, Comparison

DAY_NS = 86_400 * SECOND_NS
VERDICTS = {
    "regressed": "got worse",
    "improved": "got better",
    "new": "are new",
    "gone": "are gone",
    "busier": "are only busier",
    "quieter": "are only quieter",
    "unclear": "show no clear change",
}


def show(view: View) -> None:
    """The page: the window of the controls is after; before is the one of the URL, or the one just before it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Compare with",
            key="before",
            bind="query-params",
            placeholder="09:00/09:10, or 09:40 ± 5 min",
            help="A window as above, or a moment with a length around it: 09:40 ± 5 min.",
            width=380,
        )
        after, before = _windows(view)
        for label, window in (
            ("The stretch just before", after.previous()),
            ("Same time yesterday", Window(after.from_ns - DAY_NS, after.to_ns - DAY_NS)),
        ):
            st.button(label, on_click=_choose, args=(window,), key=f"before:{label}")
    _comparison(view, before, after)
    around.show(view)


def meant(text: str, view: View) -> Window:
    """`09:40 ± 5 min` (or +-, 5m) as well as everything that parse_window understands."""
    moment, sign, length = text.replace("+/-", "±").replace("+-", "±").partition("±")
    if not sign:
        return parse_window(text, view.data, zone=view.zone)
    from hotspan_analysis.window import parse_duration

    middle_ns = parse_moment(moment, before_ns=view.data.to_ns, zone=view.zone)
    reach_ns = parse_duration(length.replace(" ", "").replace("min", "m"))
    return Window(middle_ns - reach_ns, middle_ns + reach_ns)


def _windows(view: View) -> tuple[Window, Window]:
    """After and before. All of the data has nothing before it: its two halves are compared then."""
    written = (st.session_state.get("before") or "").strip()
    if written:
        return view.window, meant(written, view)
    if view.window.from_ns <= view.data.from_ns:
        middle_ns = view.window.from_ns + view.window.length_ns // 2
        return Window(middle_ns, view.window.to_ns), Window(view.window.from_ns, middle_ns)
    return view.window, view.window.previous()


def _choose(window: Window) -> None:
    st.session_state["before"] = f"{iso(window.from_ns)}/{iso(window.to_ns)}"


def _comparison(view: View, before: Window, after: Window) -> None:
    found: Comparison = view.ask("compare", before, after)
    markup.points([("Before", view.stretch(before)), ("After", view.stretch(after))])
    if not found:
        markup.say("Nothing started in either window.", "note")
        st.code("hotspan timeline", language=None)
        return
    markup.say(_sentence(found), "bad" if found.of_verdict("regressed") else "note")
    left, right = st.columns([3, 2], gap="medium")
    with left:
        markup.heading("What changed", "What costs most by being slower comes first. Choose one to open it.")
        tables.show(
            found,
            _COLUMNS,
            key="changes",
            picked=_open,
            alt="Endpoints before and after, what costs most first; choose one to open it",
        )
        panels.footer("compare", found.queries, found)
    with right:
        markup.heading("p95, before and after")
        figures.show(slope(found, zone=view.clock_zone), "slope")
    if opened := st.session_state.pop("changes:opened", None):
        navigation.go("endpoint", **opened)


def _sentence(found: "Comparison") -> str:
    told = [f"{count(len(rows))} {said}" for verdict, said in VERDICTS.items() if (rows := found.of_verdict(verdict))]
    worst = found.of_verdict("regressed")
    first = f" Worst: {shown(worst[0].endpoint)}." if worst else ""
    return f"Of {count(len(found))} endpoints and jobs {', '.join(told)}.{first}"


def _open(row: "Change") -> None:
    st.session_state["changes:opened"] = {"endpoint": row.endpoint, "service": row.service}


_COLUMNS = [
    Shown("endpoint", "Endpoint", "name", width=290),
    Shown("verdict", "Verdict", "text"),
    Shown("p95_before_ms", "p95 before, ms", "ms"),
    Shown("p95_after_ms", "after", "ms"),
    Shown("error_rate_before", "Errors before", "percent"),
    Shown("error_rate_after", "after ", "percent"),
    Shown("throughput_before_rpm", "/ min before"),
    Shown("throughput_after_rpm", "after  "),
    Shown("p50_before_ms", "p50 before, ms", "ms"),
    Shown("p50_after_ms", "after   ", "ms"),
    Shown("share_change", "Share of time", "percent", help="share of the time after - share before"),
    Shown("cost_erlangs", "Load added"),
]
