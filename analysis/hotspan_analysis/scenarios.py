"""Scenarios replayed: many runs of each change, and what they come to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from hotspan_analysis.client_trail import Visit
from hotspan_analysis.measures import MEASURES, Measures, bands, measured, off_by
from hotspan_analysis.replay import AS_IT_WAS, Change, Model, replay
from hotspan_analysis.steady_state import Load
from hotspan_analysis.what_if_results import Scenario

RUNS: Final = 20
ALIKE: Final = 0.2
"""Of each measure: a replay of what happened that is further off than that is a replay of something else."""


@dataclass(frozen=True, slots=True)
class Replays:
    """A model of one incident, and how to look at it: `from_s` is when the trouble began."""

    model: Model
    from_s: float
    runs: int = RUNS

    def run(self, change: Change) -> list[Measures]:
        """So many runs with that change; the same ones each time."""
        return [self._measured(change, seed) for seed in range(self.runs)]

    def scenario(self, change: Change) -> Scenario:
        """What that change comes to."""
        return self.row(name_of(change), change, self.run(change), self.runs)

    def row(self, name: str, change: Change, seen: Sequence[Measures], runs: int) -> Scenario:
        """Median and band of these runs, and the steady state that goes with the change."""
        found, load = bands(seen), self.load(change)
        recovers = sum(self.from_s + run.recovery_s < self.model.until_s for run in seen) / len(seen)
        values = {}
        for measure in MEASURES:
            stem, unit = (measure[:-2], "_s") if measure.endswith("_s") else (measure, "")
            values[measure] = found[measure].median
            values[f"{stem}_low{unit}"] = found[measure].low
            values[f"{stem}_high{unit}"] = found[measure].high
        return Scenario(
            scenario=name,
            fix_clients=change.fix_clients,
            speedup=change.speedup,
            workers=load.workers,
            runs=runs,
            **values,
            recovers=recovers,
            busy=load.busy,
            worst=load.worst,
            verdict=load.verdict,
            workers_needed=load.workers_needed(self.model.clients.resend_gap_s),
            workers_never_locking=load.workers_never_locking,
        )

    def load(self, change: Change) -> Load:
        """The endpoint when all is well and everybody is there."""
        clients, server = self.model.clients, self.model.server
        return Load(
            clients=most_at_once(clients.visits),
            period_s=clients.period_s,
            resend_gap_s=None if change.fix_clients else clients.resend_gap_s,
            demand_s=server.demand_s / change.speedup,
            workers=server.workers + change.workers,
            variation=server.variation,
            beside=sum(work_s for _, work_s in server.beside) / self.model.until_s,
        )

    def measured(self, sent_s: Sequence[float], done_s: Sequence[float], operations: int) -> Measures:
        """The figures of these requests, observed or replayed."""
        return measured(
            sent_s,
            done_s,
            operations,
            until_s=self.model.until_s,
            from_s=self.from_s,
            late_s=self.model.clients.resend_gap_s,
        )

    def _measured(self, change: Change, seed: int) -> Measures:
        outcome = replay(self.model, change, seed)
        return self.measured(outcome.sent_s, outcome.done_s, outcome.operations)


def errors(observed: Measures, as_it_was: Sequence[Measures]) -> dict[str, float]:
    """How far the median of the replays is from what was observed, for each measure."""
    found = bands(as_it_was)
    return {name: off_by(getattr(observed, name), found[name].median) for name in MEASURES}


def combined(fix_clients: bool, speedup: float, workers: float) -> list[Change]:
    """Each of the changes alone, then every combination of them."""
    parts: list[dict[str, float]] = []
    if fix_clients:
        parts.append({"fix_clients": True})
    if speedup != 1:
        parts.append({"speedup": speedup})
    if workers:
        parts.append({"workers": workers})
    chosen = [group for size in range(1, len(parts) + 1) for group in combinations(parts, size)]
    return [_change(group) for group in chosen]


def _change(parts: Iterable[dict[str, float]]) -> Change:
    values = {name: value for part in parts for name, value in part.items()}
    return Change(bool(values.get("fix_clients", False)), values.get("speedup", 1.0), values.get("workers", 0.0))


def name_of(change: Change) -> str:
    """`clients fixed, 2x faster, +2 workers`; what is replayed without a change is called as it was."""
    if change == AS_IT_WAS:
        return "as it was"
    names = ["clients fixed"] if change.fix_clients else []
    if change.speedup != 1:
        names.append(f"{change.speedup:g}x faster" if change.speedup > 1 else f"{1 / change.speedup:g}x slower")
    if change.workers:
        names.append(f"{change.workers:+g} worker{'' if abs(change.workers) == 1 else 's'}")
    return ", ".join(names)


def most_at_once(visits: Sequence[Visit]) -> int:
    """Most clients that were there at one time."""
    moments = sorted([(visit.from_s, 1) for visit in visits] + [(visit.until_s, -1) for visit in visits])
    most = there = 0
    for _, step in moments:
        there += step
        most = max(most, there)
    return most


STANDARD: Final = tuple(combined(fix_clients=True, speedup=2.0, workers=2.0))
"""What is replayed unless somebody asks for something else."""
