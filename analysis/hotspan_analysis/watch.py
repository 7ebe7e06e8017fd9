"""Storms as they come and go: looks at the last minutes again and again, and says what has changed."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from hotspan_analysis.results import as_dict
from hotspan_analysis.storm_results import Storm, epoch_ns
from hotspan_analysis.storm_settings import StormSettings
from hotspan_analysis.storms import storms
from hotspan_analysis.window import SECOND_NS, Window, iso

if TYPE_CHECKING:
    from hotspan_analysis.engine import Engine
    from hotspan_analysis.selection import Selection
    from hotspan_analysis.traces import Traces

What = Literal["started", "lasting", "ended"]
Key = tuple[str, str, str]
"""Service, endpoint and client."""


@dataclass(frozen=True, slots=True)
class Change:
    """One storm that started, goes on, or ended."""

    what: What
    at: str
    storm: Storm

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"what": self.what, "at": self.at, "storm": as_dict(self.storm)}


@dataclass
class Watch:
    """What is known to be going on; each `look` tells what has changed since the one before."""

    traces: "Traces"
    selection: "Selection"
    settings: StormSettings = field(default_factory=StormSettings)
    span_s: float = 600.0
    """How much of the past each look judges."""
    known: dict[Key, Storm] = field(default_factory=dict)

    def look(self) -> list[Change]:
        """Looks once: a storm that is new has started, one that is not there any more has ended, the others last.

        It has ended when no duplicate came for as long as would begin a new episode.
        """
        with self.traces.reading() as engine:
            now_ns = engine.now_ns
            going_on = self._going_on(engine, now_ns)
        ended = [storm for key, storm in self.known.items() if key not in going_on]
        changes = [Change("ended", iso(now_ns), storm) for storm in ended]
        changes += [
            Change("lasting" if key in self.known else "started", iso(now_ns), storm) for key, storm in going_on.items()
        ]
        self.known = going_on
        return changes

    def _going_on(self, engine: "Engine", now_ns: int) -> dict[Key, Storm]:
        window = Window(now_ns - round(self.span_s * SECOND_NS), now_ns + 1)
        report = storms(engine, window, self.selection, self.settings)
        fresh = [storm for storm in report.storms if now_ns - epoch_ns(storm.end) <= self._patience_ns(storm)]
        return {(storm.service, storm.endpoint, storm.client): storm for storm in fresh}

    def _patience_ns(self, storm: Storm) -> float:
        return max(self.settings.episode_gap_s, min(3 * storm.resend_gap_s, self.settings.longest_gap_s)) * SECOND_NS
