"""How far the data reach, and which window of them is meant."""

from hotspan_analysis import rollups
from hotspan_analysis.engine import Engine
from hotspan_analysis.selection import Selection
from hotspan_analysis.window import Window, parse_window, whole_seconds

When = Window | str | None
"""A window; or how a person writes one: `15m`, `09:40/09:50`, see `parse_window`; or None for all the data."""


def data_window(engine: Engine, only: Selection | None = None) -> Window:
    """Whole seconds from the first start to the last end of the data; the current second when there are none.

    Of a selection only service and version matter: the window is when that service, or that version of it, ran.
    """
    only = only or Selection()
    bounds = rollups.bounds(engine) if only.service is None and only.version is None else None
    bounds = bounds or engine.ask("bounds", service=only.service, version=only.version).one()
    if not bounds["rows_seen"]:
        return whole_seconds(engine.now_ns, engine.now_ns)
    return whole_seconds(bounds["first_ns"], bounds["after_ns"])


def chosen_window(engine: Engine, when: When, data: Window | None = None) -> Window:
    """The window that is meant, in terms of the data (those that the engine holds, unless given)."""
    if isinstance(when, Window):
        return when
    data = data or data_window(engine)
    return data if when is None else parse_window(when, data)
