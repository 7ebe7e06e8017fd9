"""What really happened: the episodes of duplicates that the clients themselves know of, per recorded client and endpoint."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from storms.engine import Attempt

EPISODE_GAP_S = 30.0
FEWEST_DUPLICATES = 5  # fewer in a cluster: neither guilty nor innocent
STORM_AMPLIFICATION = 1.5  # below 1.2 every published retry budget is kept; between: neither guilty nor innocent
HEALTHY_AMPLIFICATION = 1.2
NOT_STORMS = frozenset({"first", "double_click"})


@dataclass(frozen=True)
class Episode:
    """One client on one endpoint, from its first duplicate to its last. `counted` is False for the ones in between."""

    client: str
    endpoint: str
    start: float
    end: float
    duplicates: int
    attempts: int
    operations: int
    mechanism: str
    counted: bool
    times: tuple[float, ...]

    @property
    def amplification(self) -> float:
        return self.attempts / max(self.operations, 1)


def episodes(seen: Iterable[Attempt], names: Mapping[str, str]) -> list[Episode]:
    """The true episodes; `names` says under which name each client is recorded (an address for a whole class)."""
    lanes: dict[tuple[str, str], list[Attempt]] = {}
    for attempt in seen:
        lanes.setdefault((names[attempt.client], attempt.endpoint), []).append(attempt)
    found: list[Episode] = []
    for (client, endpoint), attempts in lanes.items():
        attempts.sort(key=lambda a: a.arrived)
        found += [_episode(client, endpoint, attempts, cluster) for cluster in _clusters(attempts)]
    return [e for e in found if e.duplicates < FEWEST_DUPLICATES or e.amplification >= HEALTHY_AMPLIFICATION]


def _clusters(attempts: list[Attempt]) -> list[list[Attempt]]:
    clusters: list[list[Attempt]] = []
    for attempt in attempts:
        if attempt.number > 1 and attempt.reason not in NOT_STORMS:
            if clusters and attempt.arrived - clusters[-1][-1].arrived <= EPISODE_GAP_S:
                clusters[-1].append(attempt)
            else:
                clusters.append([attempt])
    return clusters


def _episode(client: str, endpoint: str, lane: list[Attempt], duplicates: list[Attempt]) -> Episode:
    start, end = duplicates[0].arrived, duplicates[-1].arrived
    touched = {a.operation for a in duplicates}
    inside = [a for a in lane if a.operation in touched or start <= a.arrived <= end]
    operations = len({a.operation for a in inside})
    amplification = len(inside) / max(operations, 1)
    guilty = len(duplicates) >= FEWEST_DUPLICATES and amplification >= STORM_AMPLIFICATION
    return Episode(
        client=client,
        endpoint=endpoint,
        start=start,
        end=end,
        duplicates=len(duplicates),
        attempts=len(inside),
        operations=operations,
        mechanism=Counter(a.reason for a in duplicates).most_common(1)[0][0],
        counted=guilty,
        times=tuple(a.arrived for a in duplicates),
    )
