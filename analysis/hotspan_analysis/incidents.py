"""Storms on one endpoint that touch in time make one incident: who, how much, and what it did to everybody else."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from hotspan_analysis import queries
from hotspan_analysis.engine import Engine
from hotspan_analysis.episodes import ADDRESS_TIERS
from hotspan_analysis.storm_results import Incident, Storm, epoch_ns
from hotspan_analysis.storm_settings import StormSettings
from hotspan_analysis.window import SECOND_NS, iso


def incidents(engine: Engine, found: Iterable[Storm], settings: StormSettings) -> list[Incident]:
    """The incidents that these storms make up, the costliest first."""
    by_endpoint: dict[tuple[str, str], list[Storm]] = defaultdict(list)
    for storm in found:
        by_endpoint[storm.service, storm.endpoint].append(storm)
    groups = [group for of_one in by_endpoint.values() for group in _touching(of_one, settings.incident_gap_s)]
    return sorted(
        (_incident(engine, group) for group in groups),
        key=lambda each: (-each.duplicate_in_flight_s, -each.attempts, epoch_ns(each.start)),
    )


def _touching(found: list[Storm], gap_s: float) -> list[list[Storm]]:
    groups: list[list[Storm]] = []
    reach_ns = 0
    for storm in sorted(found, key=lambda each: epoch_ns(each.start)):
        if groups and epoch_ns(storm.start) - reach_ns <= gap_s * SECOND_NS:
            groups[-1].append(storm)
            reach_ns = max(reach_ns, epoch_ns(storm.end))
        else:
            groups.append([storm])
            reach_ns = epoch_ns(storm.end)
    return groups


def _incident(engine: Engine, group: list[Storm]) -> Incident:
    first = group[0]
    start_ns, end_ns = min(epoch_ns(each.start) for each in group), max(epoch_ns(each.end) for each in group)
    clients = sorted({each.client for each in group})
    only_addresses = all(each.client_tier in ADDRESS_TIERS for each in group)
    attempts, operations = sum(each.attempts for each in group), sum(each.operations for each in group)
    mechanism = Counter(each.mechanism for each in group).most_common(1)[0][0]
    method, _, route = first.endpoint.partition(" ")
    values = {"service": first.service, "method": method, "route": route, "start_ns": start_ns, "end_ns": end_ns}
    values["clients"] = [int(client, 16) for client in clients]
    beside = engine.ask("storm_neighbours", **queries.needed("storm_neighbours", values)).one()
    return Incident(
        service=first.service,
        endpoint=first.endpoint,
        start=iso(start_ns),
        end=iso(end_ns),
        drained=iso(max(epoch_ns(each.drained) for each in group)),
        clients=len(clients),
        only_addresses=only_addresses,
        mechanism=mechanism,
        attempts=attempts,
        operations=operations,
        duplicates=attempts - operations,
        amplification=attempts / operations,
        duplicate_in_flight_s=sum(each.duplicate_in_flight_s for each in group),
        share_of_endpoint=min(1.0, attempts / max(beside["requests"], 1)),
        others=beside["others"],
        others_p95_before_ms=beside["p95_before_ms"],
        others_p95_during_ms=beside["p95_during_ms"],
        lasting=any(each.lasting for each in group),
        summary=_summary(first.endpoint, len(clients), only_addresses, mechanism, attempts, operations),
    )


def _summary(endpoint: str, clients: int, only_addresses: bool, mechanism: str, attempts: int, operations: int) -> str:
    who = f"{clients:,} client{'s' if clients > 1 else ''}"
    if only_addresses:
        who = f"{clients:,} address{'es' if clients > 1 else ''} (nothing tells the people behind it apart)"
    return f"{who} sent {attempts:,} requests to {endpoint} for what needed {operations:,} ({mechanism})."
