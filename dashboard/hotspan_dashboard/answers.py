"""Answers of the analysis, kept for a while: a page runs again for every click, and many people look at one store."""

import json
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

if TYPE_CHECKING:
    from hotspan_analysis import Traces

SOURCES: Final = "HOTSPAN_DASHBOARD_SOURCES"
"""The sources as a JSON list, from the launcher; without it the store that HOTSPAN_STORE names."""

TICK_S: Final = 2
"""What is asked within one tick has one answer for everybody."""

_KEPT: Final = 100


def sources() -> list[str]:
    """The paths that the dashboard was started with; none means the store of HOTSPAN_STORE."""
    return list(json.loads(os.environ.get(SOURCES, "[]")))


def named() -> str:
    """The source as a person would type it after `hotspan top`."""
    import shlex

    return shlex.join(sources())


def traces() -> "Traces":
    """The source, opened once for all; raises BadInputError when it is not there. Files are read the first time."""
    return _traces(json.dumps(sources()), os.environ.get("HOTSPAN_STORE", ""))


def is_live() -> bool:
    """Whether more may come: a store is written to, a file is not."""
    return traces().is_live


def ask(as_of: int, question: str, *positional: Any, **named: Any) -> Any:
    """One question to `Traces`, answered once for all who ask the same as of the same tick."""
    key = repr((sources(), os.environ.get("HOTSPAN_STORE"), as_of, question, positional, sorted(named.items())))
    return _answer(key, lambda: getattr(traces(), question)(*positional, **named))


def tick() -> int:
    """Now, in whole ticks."""
    return int(time.time() / TICK_S)


@st.cache_resource(max_entries=4, show_spinner=False)
def _traces(paths: str, _store: str) -> "Traces":
    from hotspan_analysis import open_traces

    opened = open_traces(json.loads(paths) or None)
    if not opened.is_live:
        with opened.reading():  # files are imported here, once, while everybody else waits
            pass
    return opened


@st.cache_resource(max_entries=_KEPT, ttl="1h", show_spinner=False)
def _answer(key: str, _ask: Callable[[], Any]) -> Any:  # noqa: ARG001  # Streamlit keeps answers by their key
    return _ask()
