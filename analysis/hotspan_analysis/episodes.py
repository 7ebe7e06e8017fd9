"""Stretches in which one client sent duplicates to one endpoint: what was measured of each, and what follows from it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotspan_analysis import queries
from hotspan_analysis.engine import Engine
from hotspan_analysis.results import Query
from hotspan_analysis.window import SECOND_NS

ADDRESS_TIERS = frozenset({"address", "address_agent"})
"""Tiers behind which there may be many people."""

_ONE_MOMENT_NS: Final = 1_000_000_000
"""A server notes departures within that time of each other when they happen together."""
_ENOUGH_NEAR: Final = 10
"""Pauses around an episode from which on they say more than the whole recording."""

_ONE_CLOCK: Final = 0.25
"""Resend gaps of one client vary by less; those of several that are interleaved by more."""


@dataclass(frozen=True, slots=True)
class Episode:
    """The measurements of storm_episodes.sql, named as there. Times are nanoseconds, `_s` seconds."""

    service: str
    method: str
    route: str
    client: int
    client_tier: str
    lane: int
    episode: int
    attempts: int
    duplicates: int
    late: int
    late_unanswered: int
    records: int
    long_steps: int
    restarts: int
    occasions: int
    peak_in_flight: int
    coupled: int
    coupled_by_chance: float
    while_waiting: int
    after_failure: int
    after_refusal: int
    announced: int
    after_leaving: int
    aborted: int
    left_within_ns: int | None
    left_sent_within_ns: int | None
    still_open: int
    answered_meanwhile: int
    onset_ns: int
    end_ns: int
    drained_ns: int
    clock_steps: int
    resend_ns: float
    resend_spread_ns: float
    gap_ns: float
    gap_spread_ns: float
    gap_p90_ns: float
    growth: float
    growth_spread: float
    growth_steps: int
    failures_followed: int
    sooner_q05: int
    sooner_q10: int
    sooner_q25: int
    sooner_q50: int
    retry_step_ns: float
    retry_step_spread_ns: float
    precision_ns: int
    starts_known: int
    chains: int
    longest_chain: int
    repeated: int
    pairs: int
    patient_pairs: int
    retried_targets: int
    retried_well: int
    in_flight_ns: float
    duplicate_in_flight_ns: float
    exposure_s: float
    expected: float
    unanswered_s: float
    expected_unanswered: float
    first_ns: int
    targets: int
    pace_level: str
    usual_rate_per_s: float
    pauses: int
    idle_s: float
    pause_ns: float
    usual_step_ns: float
    usual_spread_ns: float
    near_pauses: int
    near_idle_s: float
    near_step_ns: float
    echo_z: float
    echo_s: float
    echo_share: float
    surge_ns: int

    @property
    def endpoint(self) -> str:
        return f"{self.method} {self.route}"

    @property
    def left_for_good(self) -> bool:
        """Whether everything still open was given up at one moment: a tab that is closed says nothing about timeouts."""
        if self.left_within_ns is None or self.left_sent_within_ns is None or self.aborted < 2:
            return False
        return self.aborted == self.attempts and self.left_within_ns < self.left_sent_within_ns / 2 + _ONE_MOMENT_NS

    @property
    def start_ns(self) -> int:
        """When it began: with the first duplicate; in a crowd, where requests always overlap, with the surge."""
        interleaved = self.many_people and self.resend_irregularity > _ONE_CLOCK
        return max(self.onset_ns, self.surge_ns) if interleaved else self.onset_ns

    @property
    def pace_known(self) -> bool:
        """Whether anything says how often this client, or another one there, usually asks."""
        return self.pace_level != "none"

    @property
    def pauses_known(self) -> bool:
        """Whether anything says how long this client, or another one there, usually pauses after an answer."""
        return self.pace_known and self.pause_ns > 0

    @property
    def many_people(self) -> bool:
        """Whether the client is only an address, behind which there may be a crowd."""
        return self.client_tier in ADDRESS_TIERS

    @property
    def amplification(self) -> float:
        """Attempts per operation."""
        return self.attempts / self.operations

    @property
    def operations(self) -> int:
        """What the client wanted: chains, and what began within one.

        A chain goes on while any attempt is open; an answer followed by the client's usual pause ends an operation all the same.
        In a crowd, where chains run into one another, there are as many as its usual pace makes, at least.
        """
        if not self.many_people:
            return max(self.chains + self.restarts, 1)
        usual = max(self.usual_rate_per_s, self.near_rate_per_s) * (self.end_ns - self.first_ns) / SECOND_NS
        return max(self.chains, min(round(usual), self.attempts), 1)

    @property
    def acceleration(self) -> float:
        """Attempts while waiting against the usual pace: the larger of all the waiting and of that before an answer."""
        return max(
            self.late / max(self.expected, self.exposure_s * self.near_rate_per_s, 1e-9),
            self.late_unanswered / max(self.expected_unanswered, self.unanswered_s * self.near_rate_per_s, 1e-9),
        )

    @property
    def near_rate_per_s(self) -> float:
        """The pace just before and after, where enough is known of it."""
        return self.near_pauses / max(self.near_idle_s, 1e-9) if self.near_pauses >= _ENOUGH_NEAR else 0.0

    @property
    def significance(self) -> float:
        """Standard deviations between the pace while waiting and the usual one, of the larger of the two.

        A page that asks for twelve things at once is one event, not twelve: less by the root of that.
        """
        independent = math.sqrt(self._independence)
        near = self.near_rate_per_s
        known = self.pauses * self._steadiness
        return independent * max(
            two_sample_z(self.late, max(self.expected, self.exposure_s * near), known),
            two_sample_z(self.late_unanswered, max(self.expected_unanswered, self.unanswered_s * near), known),
        )

    @property
    def _independence(self) -> float:
        """Occasions per duplicate: 1 if each came by itself, a twelfth for a page that asks for twelve things at once."""
        return min(1.0, self.occasions / self.duplicates)

    @property
    def _steadiness(self) -> float:
        """How many times more a pause of this client tells than one of chance: a steady pace is known from a few.

        Squared ratio of the spreads (an exponential gap has half an interquartile range of 0.79 medians), ten at most.
        """
        return min(10.0, max(1.0, (0.79 / max(self.usual_irregularity, 0.01)) ** 2))

    @property
    def coupling(self) -> float:
        """Share of the late attempts that started at an end, beyond what chance gives: 1 is a worker, 0 a timer."""
        if not self.late or self.coupled_by_chance > 0.95:
            return 0.0
        return max(0.0, (self.coupled / self.late - self.coupled_by_chance) / (1 - self.coupled_by_chance))

    @property
    def uncoupled(self) -> int:
        """Late attempts that did not start at an end."""
        return self.late - self.coupled

    @property
    def resend_irregularity(self) -> float:
        """Median absolute deviation / median of the resend gaps, less what a coarse clock adds."""
        return _irregularity(self.resend_spread_ns, self.resend_ns, self.precision_ns)

    @property
    def gap_irregularity(self) -> float:
        """The same of the pauses between a failure and the next attempt."""
        return _irregularity(self.gap_spread_ns, self.gap_ns, self.precision_ns)

    @property
    def usual_irregularity(self) -> float:
        """The same of the client's usual steps."""
        return _irregularity(self.usual_spread_ns, self.usual_step_ns, self.precision_ns)

    def chance_of_pauses(self) -> float:
        """How likely so many so short pauses after failures are if the client keeps its usual pauses.

        Four cuts through the usual pauses (their 5th, 10th, 25th and 50th percentile, each with the uncertainty of a
        sample's quantile); Chernoff's bound on the binomial tail for each; the smallest times four. What happens for
        several targets at once is one event.
        """
        if not self.failures_followed or not self.pauses:
            return 1.0
        cuts = ((0.05, self.sooner_q05), (0.1, self.sooner_q10), (0.25, self.sooner_q25), (0.5, self.sooner_q50))
        chances = [
            _tail(
                count, self.failures_followed, (share * (self.pauses - 1) + 1) / (self.pauses + 1), self._independence
            )
            for share, count in cuts
        ]
        return min(1.0, 4 * min(chances))


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
    asked = []
    for number, (since_ns, to_ns) in enumerate(_parts(engine, values)):
        part = {**values, "since_ns": since_ns, "to_ns": to_ns}
        asked = [engine.keep(each, append=number > 0, **queries.needed(each, part)) for each in PASSES]
    return asked


def _parts(engine: Engine, values: Mapping[str, Any]) -> list[tuple[int, int]]:
    """The time to look through, cut at the borders of stretches so that about ROWS_OF_A_PART requests are in each part."""
    size = engine.ask("storm_size", **queries.needed("storm_size", values)).one()
    stretch_ns, first_ns, to_ns = values["stretch_ns"], size["first_ns"], size["last_ns"] + 1
    from_ns = max(first_ns - first_ns % stretch_ns, values["since_ns"])
    length_ns = (to_ns - from_ns) // max(1, size["requests"] // ROWS_OF_A_PART)
    length_ns = max(stretch_ns, length_ns - length_ns % stretch_ns)
    borders = range(from_ns - from_ns % stretch_ns + length_ns, to_ns, length_ns)
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
    "storm_paces",
    "storm_chains",
    "storm_couplings",
    "storm_operations",
    "storm_neighbourhoods",
    "storm_measures",
    "storm_echoes",
    "storm_surges",
)
"""Relations that build on each other; each is kept for the ones after it and for the questions about a storm."""


def two_sample_z(seen: int, expected: float, known: float) -> float:
    """Poisson rates compared by square roots: 2 (sqrt(x + 3/8) - sqrt(d (y + 3/8))) / sqrt(1 + d), d = exposures' ratio.

    Gu, Ng, Tang, Schucany (2008), Testing the ratio of two Poisson rates, after Huffman (1984).
    """
    ratio = expected / (known + 0.5)
    return 2 * (math.sqrt(seen + 0.375) - math.sqrt(ratio * (known + 0.875))) / math.sqrt(1 + ratio)


def _irregularity(spread_ns: float, median_ns: float, precision_ns: int) -> float:
    if median_ns <= 0:
        return math.inf
    blur_ns = precision_ns / 2 if precision_ns > 1 else 0
    return max(0.0, spread_ns - blur_ns) / median_ns


def _tail(count: int, tries: int, chance: float, independence: float) -> float:
    """An upper bound of P(at least `count` of `tries`), each with `chance` (Chernoff, relative entropy).

    Of the tries only the share `independence` are independent of each other.
    """
    share = count / tries
    if share <= chance:
        return 1.0
    entropy = share * math.log(share / chance)
    if share < 1:
        entropy += (1 - share) * math.log((1 - share) / (1 - chance))
    return math.exp(-tries * independence * entropy)
