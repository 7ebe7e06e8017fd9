"""The pages and the links between them.

A link carries in its query what the next page shows, and the window that this one shows.
"""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from hotspan_dashboard import controls

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

PAGES: Final = {
    "overview": "Overview",
    "endpoint": "Endpoint",
    "storms": "Retry storms",
    "compare": "Compare",
    "jobs": "Jobs",
}
"""Each page by its path in the URL; the module of the same name in pages/ has its `show(view)`."""


def pages(show: Callable[[str], None]) -> "list[StreamlitPage]":
    """The pages in order; `show` is called with the name of the one that is open."""
    return [_page(name, partial(show, name)) for name in PAGES]


def show_page(name: str, view: Any) -> None:
    """Imports a page and shows it."""
    import_module(f"hotspan_dashboard.pages.{name}").show(view)


def go(name: str, **query: str) -> None:
    """Opens another page, and ends this one."""
    st.switch_page(_page(name), query_params=controls.query() | query)


def link(name: str, label: str, **query: str) -> None:
    """A link to another page; the label must be ours, it is Markdown."""
    st.page_link(
        _page(name),
        label=label,
        icon=":material/arrow_forward:",
        icon_position="right",
        query_params=controls.query() | query,
    )


def _page(name: str, show: Callable[[], None] = lambda: None) -> "StreamlitPage":
    return st.Page(show, title=PAGES[name], url_path=name, default=name == "overview")
