"""What is around every page: navigation, the window, live or frozen, and errors as one clear line."""

from importlib import import_module
from typing import TYPE_CHECKING, Final

import streamlit as st

from hotspan_collector.errors import HotspanError, StoreError
from hotspan_dashboard import controls, navigation

if TYPE_CHECKING:
    from hotspan_dashboard.view import View


_ONE_CSV: Final = (
    '<style>[data-testid="stElementToolbarButton"]:has([aria-label^="Download as CSV"]) { display: none; }</style>'
)
"""The CSV of each panel is complete, and safe to open; Streamlit's own is of what is shown, formulas as they come."""


def show() -> None:
    """The whole page. Its first words are on the screen before anything heavy is imported."""
    st.set_page_config(page_title="hotspan", layout="wide")
    st.navigation(navigation.pages(_show), position="top").run()


def _show(name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
        st.title(navigation.PAGES[name], anchor=False, width="stretch")
        controls.show(_refresh)
    st.html(_ONE_CSV)
    with st.skeleton(height=400):
        import_module("pandas")
        import_module(f"hotspan_dashboard.pages.{name}")
    st.fragment(_body, run_every=controls.LIVE_EVERY_S if st.session_state["live"] else None)(name)


def _refresh() -> None:
    from hotspan_dashboard.view import refresh

    refresh()


def _body(name: str) -> None:
    from hotspan_dashboard import view

    try:
        seen = view.current()
        _status(seen)
        navigation.show_page(name, seen)
    except HotspanError as error:
        explain(error)


def _status(seen: "View") -> None:
    """Which data these are, as of when; and the button that makes a link of it that stays."""
    from hotspan_dashboard import markup, view

    with st.container(horizontal=True, vertical_alignment="center"):
        markup.say(f"{seen.stretch()}{_as_of(seen)}", small=True)
        if not st.session_state.get("range"):
            st.button(
                "Pin this window",
                type="tertiary",
                on_click=view.pin,
                args=(seen.window,),
                help="Writes its start and end into the address, so that the link opens the same view later.",
            )


def _as_of(seen: "View") -> str:
    """When a store was looked at, with the day where it is another one; a file is always the same."""
    from hotspan_dashboard import answers

    if seen.live:
        return f", looking again every {controls.LIVE_EVERY_S} s"
    if not answers.is_live():
        return ""
    same_day = seen.clock(seen.as_of_ns, date=True)[:10] == seen.clock(seen.window.to_ns, date=True)[:10]
    return f", as of {seen.clock(seen.as_of_ns, date=not same_day)}"


def explain(error: HotspanError) -> None:
    """One clear line, and what to do next."""
    from hotspan_dashboard import markup

    markup.say(f"{str(error)[:1].upper()}{str(error)[1:]}.", "bad")
    if isinstance(error, StoreError):
        markup.say("To see it with an app of ours, or with a file:", small=True)
        st.code("hotspan demo && hotspan dashboard\nhotspan dashboard traces.jsonl", language=None)
