"""What is around every page: navigation, the window, live or frozen, and errors as one clear line."""

from importlib import import_module
from typing import TYPE_CHECKING

import streamlit as st

from hotspan_collector.errors import HotspanError, StoreError
from hotspan_dashboard import controls, navigation

if TYPE_CHECKING:
    from hotspan_dashboard.view import View


def show() -> None:
    """The whole page. Its first words are on the screen before anything heavy is imported."""
    st.set_page_config(page_title="hotspan", layout="wide")
    st.navigation(navigation.pages(_show), position="top").run()


def _show(name: str) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
        st.title(navigation.PAGES[name], anchor=False, width="stretch")
        controls.show(_refresh)
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
        moment = "looking again every 5 s" if seen.live else f"as of {seen.clock(seen.as_of_ns)}"
        markup.say(f"{seen.stretch()}, {moment}", small=True)
        if not st.session_state.get("range"):
            st.button(
                "Pin this window",
                type="tertiary",
                on_click=view.pin,
                args=(seen.window,),
                help="Writes its start and end into the address, so that the link opens the same view later.",
            )


def explain(error: HotspanError) -> None:
    """One clear line, and what to do next."""
    from hotspan_dashboard import markup

    markup.say(f"{str(error)[:1].upper()}{str(error)[1:]}.", "bad")
    if isinstance(error, StoreError):
        markup.say("To see it with an app of ours, or with a file:", small=True)
        st.code("hotspan demo && hotspan dashboard\nhotspan dashboard traces.jsonl", language=None)
