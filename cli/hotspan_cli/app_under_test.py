"""An ASGI app in somebody's test: captured into a store of its own for as long as the test runs."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar, Unpack

from hotspan_analysis import Traces, open_traces, texts
from hotspan_analysis.check import Outcome
from hotspan_analysis.check_facts import deed
from hotspan_analysis.storm_results import Storm
from hotspan_collector.drop_in import instrument
from hotspan_collector.errors import BadInputError
from hotspan_collector.layout import Layout
from hotspan_collector.middleware import HotspanMiddleware
from hotspan_collector.recorder import forget, recorder_for
from hotspan_collector.settings import GivenSettings, Settings

App = TypeVar("App")
_LOOK_EVERY_S = 0.01


class AppUnderTest:
    """Captures apps into one store, and lets them go again."""

    def __init__(self, store: Path) -> None:
        self.store = store
        """Where the requests are; HOTSPAN_STORE names it too while the test runs."""
        Layout(store).make()
        self._changed: list[tuple[Any, type]] = []

    def instrument(self, app: App, **settings: Unpack[GivenSettings]) -> App:
        """Captures the requests of `app` until the test ends; returns what to serve in its place.

        An app that is an object stays that object, so that clients made before see it captured, too. One that captures
        its requests already does so into this test's store instead. Settings are those of `instrument`, without
        `store` and `spans`: spans are set up once for a process and would outlive the test.
        """
        if unknown := sorted(settings.keys() & {"store", "spans"}):
            raise BadInputError(f"{' and '.join(unknown)} cannot be set for one test: leave it out")
        kind = type(app)
        if issubclass(kind, HotspanMiddleware):
            return HotspanMiddleware(app, store=self.store, spans="off", **settings)  # type: ignore[arg-type,return-value,misc]  # takes the app's place; the two are not in settings
        if "hotspan_capture" in vars(kind):
            app.__class__ = kind.__bases__[0]
        captured = instrument(app, store=self.store, spans="off", **settings)  # type: ignore[misc]  # the two are not in settings
        if captured is app:
            self._changed.append((app, kind))
        return captured

    def traces(self, *, settle_s: float = 1.0) -> Traces:
        """Everything captured until now, to be asked; ask again after further requests.

        Waits until no request is in flight in this process, at most so long: to a client an answer is there a moment
        before the request is over. What another process captures arrives within a second, or when it ends.
        """
        recorder = recorder_for(Settings.from_environment(store=self.store))
        deadline = time.monotonic() + settle_s
        while recorder.open and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_S)
        recorder.flush(merge=True)
        return open_traces(self.store)

    def close(self) -> None:
        """The apps are again what they were; nothing of this test goes on running."""
        for app, kind in reversed(self._changed):
            app.__class__ = kind
        self._changed.clear()
        forget(recorder_for(Settings.from_environment(store=self.store)))


def told(found: Iterable[Storm | Outcome]) -> list[str]:
    """Storms, or outcomes of a check, as lines for people."""
    lines: list[str] = []
    for each in found:
        if isinstance(each, Storm):
            lines += [f"{each.endpoint}: {deed(each)}", *(f"  + {sentence}" for sentence in each.evidence)]
            lines.append(f"  Fix: {each.advice}")
        else:
            lines += [f"{each.status} {each.rule}: {each.message}", *(f"  {line}" for line in each.evidence)]
    return ["nothing should be there, but:", *map(texts.printable, lines)]
