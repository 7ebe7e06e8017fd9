"""The ranking that somebody asks for, before it is known how far the data reach and what of them is rolled up."""

from dataclasses import dataclass

from hotspan_analysis import rollups
from hotspan_analysis.apdex import Apdex
from hotspan_analysis.bounds import When, chosen_window, data_window
from hotspan_analysis.endpoints import Ranking, endpoints
from hotspan_analysis.engine import Engine
from hotspan_analysis.selection import Selection
from hotspan_analysis.window import Window


@dataclass(frozen=True, slots=True)
class Meant:
    """The window that is meant, and whether the data reach back through the one just before, to compare it with."""

    window: Window
    compared: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What `endpoints` was asked: the window as it was written, and the rest of its arguments."""

    when: When
    selection: Selection
    sort: str
    apdex: Apdex
    exact: bool

    def meant(self, engine: Engine) -> Meant:
        """The window in terms of the data."""
        data = data_window(engine)
        window = chosen_window(engine, self.when, data)
        return Meant(window, compared=data.from_ns <= window.previous().from_ns)

    def missing(self, engine: Engine, meant: Meant) -> Window | None:
        """The stretch that is to be rolled up first; None where nothing is missing, or so little that it does not pay."""
        if self.exact or not rollups.possible(self.selection, self.apdex):
            return None
        windows = (meant.window.previous(), meant.window) if meant.compared else (meant.window,)
        return Window(windows[0].from_ns, meant.window.to_ns) if rollups.pays(engine, *windows) else None

    def ranking(self, engine: Engine, meant: Meant) -> Ranking:
        """The answer."""
        return endpoints(
            engine,
            meant.window,
            self.selection,
            sort=self.sort,
            apdex=self.apdex,
            compared=meant.compared,
            exact=self.exact,
        )
