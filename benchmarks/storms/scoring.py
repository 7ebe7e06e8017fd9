"""How good a detector is: episodes found and missed, false alarms, onsets, mechanisms, and how soon."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from storms.truth import Episode

MATCH_S = 5.0
"""A found storm and a true episode of the same client and endpoint match when their times touch within this."""


@dataclass(frozen=True)
class Found:
    """What a detector says, in the world's own terms: seconds since its start."""

    client: str
    endpoint: str
    start: float
    end: float
    mechanism: str = ""
    amplification: float = 0.0


@dataclass
class Score:
    """Counts over any number of worlds; scores add up."""

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    incident_hits: int = 0
    incident_misses: int = 0
    lane_hours: float = 0.0
    innocent_lane_hours: float = 0.0
    innocent_false_alarms: int = 0
    onset_errors: list[float] = field(default_factory=list)
    amplification_errors: list[float] = field(default_factory=list)
    mechanisms: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    blind_mechanisms: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """The same of worlds in which nobody records that clients leave or announce attempts."""
    delays: list[float] = field(default_factory=list)
    finished_delays: list[float] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.hits / max(1, self.hits + self.false_alarms)

    @property
    def recall(self) -> float:
        return self.hits / max(1, self.hits + self.misses)

    @property
    def incident_recall(self) -> float:
        return self.incident_hits / max(1, self.incident_hits + self.incident_misses)

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)

    @property
    def alarms_per_10000_lane_hours(self) -> float:
        return 1e4 * self.innocent_false_alarms / max(self.innocent_lane_hours, 1e-9)

    def add(self, other: "Score") -> None:
        for name in (
            "hits", "misses", "false_alarms", "incident_hits", "incident_misses",
            "lane_hours", "innocent_lane_hours", "innocent_false_alarms",
        ):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.onset_errors += other.onset_errors
        self.amplification_errors += other.amplification_errors
        self.delays += other.delays
        self.finished_delays += other.finished_delays
        for mine, theirs in ((self.mechanisms, other.mechanisms), (self.blind_mechanisms, other.blind_mechanisms)):
            for true, named in theirs.items():
                mine[true].update(named)


def macro_accuracy(mechanisms: Mapping[str, Counter[str]]) -> float:
    """Share of rightly named storms, every true mechanism counting the same."""
    shares = [named[true] / named.total() for true, named in mechanisms.items()]
    return sum(shares) / max(1, len(shares))


def score(
    found: Sequence[Found], truth: Sequence[Episode], lane_hours: float, innocent: bool, blind: bool = False
) -> Score:
    """One world. Episodes that do not count are neither missed nor false alarms when found.

    `blind`: neither departures nor attempt headers are recorded in it.
    """
    result = Score(lane_hours=lane_hours)
    for episode in (each for each in truth if each.counted):
        matching = [each for each in found if matches(each, episode)]
        result.hits += bool(matching)
        result.misses += not matching
        if matching:
            best = min(matching, key=lambda each: abs(each.start - episode.start))
            named = result.blind_mechanisms if blind else result.mechanisms
            named[episode.mechanism][best.mechanism] += 1
            result.amplification_errors.append(abs(best.amplification / episode.amplification - 1))
    for each in found:
        of_it = [episode for episode in truth if matches(each, episode)]
        result.false_alarms += not of_it
        if of_it:
            result.onset_errors.append(abs(each.start - min(episode.start for episode in of_it)))
    result.incident_hits, result.incident_misses = _incidents(found, truth)
    if innocent:
        result.innocent_lane_hours, result.innocent_false_alarms = lane_hours, result.false_alarms
    return result


def matches(found: Found, episode: Episode) -> bool:
    same = found.client == episode.client and found.endpoint == episode.endpoint
    return same and found.start <= episode.end + MATCH_S and episode.start - MATCH_S <= found.end


def _incidents(found: Iterable[Found], truth: Iterable[Episode]) -> tuple[int, int]:
    """Incidents found and missed: true episodes of one endpoint that touch within 30 s; one match is enough."""
    by_endpoint: dict[str, list[Episode]] = defaultdict(list)
    for episode in truth:
        if episode.counted:
            by_endpoint[episode.endpoint].append(episode)
    hits = misses = 0
    for episodes in by_endpoint.values():
        groups: list[list[Episode]] = []
        for episode in sorted(episodes, key=lambda each: each.start):
            if groups and episode.start <= max(each.end for each in groups[-1]) + 30:
                groups[-1].append(episode)
            else:
                groups.append([episode])
        for group in groups:
            hit = any(matches(each, episode) for each in found for episode in group)
            hits, misses = hits + hit, misses + (not hit)
    return hits, misses


def quantiles(values: Sequence[float]) -> str:
    """Median and 90th percentile, as text."""
    if not values:
        return "-"
    ordered = sorted(values)
    return f"p50 {median(ordered):.2f}, p90 {ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))]:.2f}"
