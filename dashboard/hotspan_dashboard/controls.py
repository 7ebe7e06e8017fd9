"""The controls of every page: the window, live or frozen. What they say is in the address, on each page.

Streamlit can bind a control to the address by itself, but a link to another page then loses it: what is bound cannot be
passed along, and what is not passed along is cleared (`st.switch_page` of 1.67). So these three are kept in step here.
"""

from typing import Any, Final

import streamlit as st

WINDOWS: Final = ("5m", "15m", "1h", "1d", "all")
LIVE_EVERY_S: Final = 5

_DEFAULTS: Final[dict[str, Any]] = {"window": "all", "range": "", "live": False}


def show(refresh: Any) -> None:
    """Draws them, after they have been brought in step with the address; `refresh` is called for a look at the store."""
    for name in _DEFAULTS:
        _in_step(name)
    st.segmented_control(
        "Window",
        WINDOWS,
        required=True,
        key="window",
        disabled=bool(st.session_state["range"]),
        help="The last stretch of the data, or all of it.",
    )
    st.text_input(
        "From / to",
        key="range",
        placeholder="09:40/09:50",
        width=190,
        help="09:40/09:50, 2026-03-01T09:40/10:00 or 10m; it goes before the window beside it.",
    )
    st.toggle("Live", key="live", help=f"Looks again every {LIVE_EVERY_S} s. Off: nothing moves.")
    st.button("Refresh", on_click=refresh, shortcut="f", help="Looks once more, now.")


def query() -> dict[str, str]:
    """What a link to another page carries: whatever is not as it always is."""
    return {name: str(st.session_state[name]) for name, usual in _DEFAULTS.items() if _now(name) != usual}


def _now(name: str) -> Any:
    return st.session_state.get(name, _DEFAULTS[name])


def _in_step(name: str) -> None:
    """Whoever changed last is right: an address that is not the one written here was typed, or gone back to."""
    in_address = st.query_params.get(name)
    if in_address is not None and in_address != st.session_state.get(f"{name}:written"):
        st.session_state[name] = _read(name, in_address)
    elif name not in st.session_state:
        st.session_state[name] = _DEFAULTS[name]
    if _now(name) != _DEFAULTS[name]:
        st.session_state[f"{name}:written"] = str(_now(name))
        if in_address != str(_now(name)):
            st.query_params[name] = str(_now(name))
    else:
        st.session_state[f"{name}:written"] = None
        st.query_params.pop(name, None)


def _read(name: str, text: str) -> Any:
    if name == "live":
        return text.casefold() in ("true", "1")
    return text if name != "window" or text in WINDOWS else _DEFAULTS[name]
