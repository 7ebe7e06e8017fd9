"""What is looked at: the window, the zone of its times, live or frozen. All of it is in the URL."""

from dataclasses import dataclass
from datetime import timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from hotspan_analysis.texts import moment, stretch
from hotspan_analysis.window import SECOND_NS, Window, iso, parse_window
from hotspan_dashboard import answers, zones


@dataclass(frozen=True)
class View:
    """What a page shows, the same for all its panels."""

    window: Window
    data: Window
    """From the first to the last moment recorded."""
    zone: tzinfo | None
    """The zone of whoever looks, in which they write times; None is the machine's own."""
    live: bool
    as_of: int
    """In ticks of `answers`."""

    @property
    def as_of_ns(self) -> int:
        """When it was looked up, since the epoch."""
        return self.as_of * answers.TICK_S * SECOND_NS

    def ask(self, question: str, *positional: Any, **named: Any) -> Any:
        """One of the questions of `Traces`, as of the moment that the whole page shows."""
        return answers.ask(self.as_of, question, *positional, **named)

    @property
    def clock_zone(self) -> timezone:
        """In which every time is shown: the reader's zone as it is at the end of the window."""
        return zones.fixed(self.zone, self.window.to_ns)

    def clock(self, moment_ns: int, *, date: bool = False) -> str:
        """A moment as the reader's clock shows it."""
        return moment(moment_ns, date=date, zone=self.clock_zone)

    def stretch(self, window: Window | None = None) -> str:
        """A window, this one by default, in the reader's zone, which is named."""
        window = window or self.window
        return stretch(window.from_ns, window.to_ns, self.clock_zone)

    @property
    def zone_name(self) -> str:
        """The zone, as a heading of times names it."""
        return self.clock_zone.tzname(None)


def current() -> View:
    """The view that the URL and the controls ask for; raises HotspanError where they ask for what is not there."""
    live = bool(st.session_state.get("live")) and answers.is_live()
    if live or "as_of" not in st.session_state:
        st.session_state["as_of"] = answers.tick()
    as_of: int = st.session_state["as_of"]
    zone = readers_zone()
    data: Window = answers.ask(as_of, "window")
    return View(window=_window(data, zone), data=data, zone=zone, live=live, as_of=as_of)


def refresh() -> None:
    """The next page is as of now."""
    st.session_state["as_of"] = answers.tick()


def pin(window: Window) -> None:
    """From now on it is this very window, whatever comes; the link to it opens the same."""
    st.session_state["range"] = f"{iso(window.from_ns)}/{iso(window.to_ns)}"
    st.session_state["live"] = False
    st.rerun()


def pause() -> None:
    """Nothing moves any more; for callbacks, which otherwise run a part of the page that the controls are not in."""
    if st.session_state["live"]:
        st.session_state["live"] = False
        st.rerun()


def readers_zone() -> tzinfo | None:
    """The zone of the reader's browser, where it says."""
    try:
        return ZoneInfo(st.context.timezone) if st.context.timezone else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _window(data: Window, zone: tzinfo | None) -> Window:
    written = (st.session_state.get("range") or "").strip()
    chosen = st.session_state.get("window") or "all"
    if not written and chosen == "all":
        return data
    return parse_window(written or chosen, data, zone=zone)
