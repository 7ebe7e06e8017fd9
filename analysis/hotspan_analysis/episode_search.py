"""The way from all requests to episodes: a cheap pass over everything, then closer and closer looks at what it lets through."""

from collections.abc import Mapping
from typing import Any, Final

from hotspan_analysis import queries
from hotspan_analysis.engine import Engine
from hotspan_analysis.episodes import Episode
from hotspan_analysis.results import Query


def episodes(engine: Engine, values: Mapping[str, Any]) -> tuple[list[Episode], list[Query]]:
    """Every stretch of enough duplicates, guilty or not, in the order of endpoint and time; and the queries run for it.

    `values` are those of StormSettings.bind with `since_ns`, `to_ns` and `service`. What was measured on the way stays
    kept in the engine for further questions about these episodes.
    """
    asked = _look_through(engine, values)
    asked += [engine.keep(step, **queries.needed(step, values)) for step in STEPS]
    answer = engine.ask("storm_episodes")
    return answer.build(Episode), [*asked, answer.query]


def _look_through(engine: Engine, values: Mapping[str, Any]) -> list[Query]:
    """The passes over everything, in parts of some time each: what they count then fits in the processor's caches."""
    parts = _parts(engine, values)
    asked = [engine.keep("storm_endpoints", **queries.needed("storm_endpoints", values))]
    for number, (since_ns, to_ns) in enumerate(parts):
        part = {**values, "since_ns": since_ns, "to_ns": to_ns}
        passes = [engine.keep(each, append=number > 0, **queries.needed(each, part)) for each in PASSES]
    return asked + passes


def _parts(engine: Engine, values: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The time to look through, cut at the borders of stretches so that about ROWS_OF_A_PART requests are in each part."""
    size = engine.ask("storm_size", **queries.needed("storm_size", values)).one()
    stretch_ns, first_ns, to_ns = values["stretch_ns"], size["first_ns"], size["last_ns"] + 1
    from_ns = max(first_ns - first_ns % stretch_ns, values["since_ns"])
    begin_ns = from_ns - from_ns % stretch_ns
    stretches = -(-(to_ns - begin_ns) // stretch_ns)
    length_ns = max(1, -(-stretches // max(1, size["requests"] // ROWS_OF_A_PART))) * stretch_ns
    borders = range(begin_ns + length_ns, to_ns, length_ns)
    starts = [from_ns, *borders]
    return list(zip(starts, [*starts[1:], to_ns], strict=True))


ROWS_OF_A_PART: Final = 300_000
"""Requests in one part: some tens of thousands of groups for each processor, against millions."""

PASSES: Final = ("storm_cells", "storm_crowds", "storm_bins")
"""What is counted of every request."""

STEPS: Final = (
    "storm_places",
    "storm_visits",
    "storm_suspects",
    "storm_lanes",
    "storm_rows",
    "storm_attempts",
    "storm_unknown",
    "storm_peers",
    "storm_paces",
    "storm_chains",
    "storm_bursts",
    "storm_couplings",
    "storm_operations",
    "storm_members",
    "storm_neighbourhoods",
    "storm_measures",
    "storm_runs",
    "storm_patience",
    "storm_piles",
    "storm_echoes",
    "storm_surges",
)
"""Relations that build on each other; each is kept for the ones after it and for the questions about a storm."""
