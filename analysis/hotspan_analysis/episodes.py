"""Stretches in which one client sent duplicates to one endpoint: what follows from what was measured of each."""

import math
from dataclasses import dataclass
from typing import Final

from hotspan_analysis import chance
from hotspan_analysis.episode_measures import EpisodeMeasures
from hotspan_analysis.window import SECOND_NS

ADDRESS_TIERS = frozenset({"address", "address_agent"})
"""Tiers behind which there may be many people."""

_ENOUGH_NEAR: Final = 10
"""Pauses around an episode from which on they say more than the whole recording."""

_FEWEST_STEADY: Final = 3
"""Steps of which a spread can be told."""
_BURST_NS: Final = 0.1 * SECOND_NS
"""What a page or a service sends together comes closer than that; no timer is as quick."""
_NO_CHANCE: Final = 1e-4
"""Gaps of a crowd agree now and then, and there are many crowds."""
_ENOUGH_PILED: Final = 30
"""Requests that piled up, below which a pile may be chance: of many piles the highest is looked at."""
_SURELY: Final = 3.0
"""Standard deviations that are not chance."""
_STRICT_CLOCK: Final = 0.15
"""Resend gaps that vary by less are a clock's, whatever else is known."""
_ONE_CLOCK: Final = 0.25
"""Resend gaps of one client vary by less; those of several that are interleaved by more."""


@dataclass(frozen=True, slots=True)
class Episode(EpisodeMeasures):
    """What follows from the measures of a stretch of duplicates."""

    @property
    def endpoint(self) -> str:
        return f"{self.method} {self.route}"

    @property
    def left_for_good(self) -> bool:
        """Whether nothing shows that it left before it was done with sending: a tab that is closed is no timeout.

        When a client left is not recorded, only when its request ended; what ended before the last attempt was sent
        had been left by then.
        """
        return self.aborted > 0 and self.left_while_sending == 0

    @property
    def start_ns(self) -> int:
        """When it began: with the first duplicate; in a crowd, where requests always overlap, with the surge."""
        return max(self.onset_ns, self.surge_ns) if self.interleaved else self.onset_ns

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
    def interleaved(self) -> bool:
        """Whether the gaps are those between several clients behind one address, or within bursts, not one client's own."""
        if not self.many_people:
            return False
        in_bursts = self.resend_ns < _BURST_NS
        return in_bursts or self.resend_irregularity > _ONE_CLOCK or self.chance_of_regularity > _NO_CHANCE

    @property
    def chance_of_regularity(self) -> float:
        """How likely gaps of chance are to agree as well as the resend gaps do, at most."""
        return _chance_to_agree(self.clock_steps, self.resend_irregularity)

    @property
    def chance_of_constancy(self) -> float:
        """The same of the pauses after failures, of which what happens for several targets at once is one."""
        return _chance_to_agree(round(self.after_failure * self._independence), self.gap_irregularity)

    @property
    def amplification(self) -> float:
        """Attempts per operation."""
        return self.attempts / self.operations

    @property
    def operations(self) -> int:
        """What the client wanted: chains, and what began within one.

        A chain goes on while any attempt is open; an answer followed by the client's usual pause ends an operation all the same.
        Where clients are interleaved, chains run into one another. There are as many as the usual pace makes; fewer when
        it is the pace at which requests piled up that shows what came on top, for who waits wants nothing new.
        """
        if not self.interleaved:
            return max(self.chains + self.restarts, 1)
        usual = max(self.usual_rate_per_s, self.near_rate_per_s) * (self.end_ns - self.first_ns) / SECOND_NS
        if self._piling_significance >= _SURELY:
            usual = min(usual, self.attempts / self._piling_acceleration)
        return max(self.chains, min(round(usual), self.attempts), 1)

    @property
    def acceleration(self) -> float:
        """Attempts while waiting against the usual pace: the largest of all the waiting, of that before an answer, of the
        clock by which they come where there is one, and of the time in which those of interleaved clients piled up.

        The clock tells of a client that is out of connections: a browser sends the seventh when an answer frees one.
        """
        return max(
            self.late / max(self.expected, self.exposure_s * self.near_rate_per_s, 1e-9),
            self.late_unanswered / max(self.expected_unanswered, self.unanswered_s * self.near_rate_per_s, 1e-9),
            self.clock_acceleration,
            self._piling_acceleration,
        )

    @property
    def clock_acceleration(self) -> float:
        """The pace of its clock against the usual one; 0 where there is no clock or nothing to compare it with."""
        if self.resend_irregularity > _STRICT_CLOCK or self.precision_ns > 1:
            return 0.0
        usual_per_s = max(self.usual_rate_per_s, self.near_rate_per_s)
        return SECOND_NS / self.resend_ns / usual_per_s if self.pace_known else 0.0

    @property
    def near_rate_per_s(self) -> float:
        """The pace just before and after, where enough is known of it."""
        if self.near_pauses < _ENOUGH_NEAR:
            return 0.0
        return self.near_pauses * self.together / max(self.near_idle_s, 1e-9)

    @property
    def significance(self) -> float:
        """Standard deviations between the pace while waiting and the usual one, of the largest of these.

        A page that asks for twelve things at once is one event, not twelve: less by the root of that.
        """
        independent = math.sqrt(self._independence)
        near = self.near_rate_per_s
        known = self.usual_steps * self._steadiness
        return independent * max(
            chance.two_rates(self.late, max(self.expected, self.exposure_s * near), known),
            chance.two_rates(self.late_unanswered, max(self.expected_unanswered, self.unanswered_s * near), known),
            self._piling_significance,
        )

    @property
    def _piling_acceleration(self) -> float:
        """The pace at which requests of interleaved clients piled up against the usual one; 0 where too few did."""
        return self.piled / max(self._piling_expected, 1e-9) if self.piled >= _ENOUGH_PILED else 0.0

    @property
    def _piling_significance(self) -> float:
        if self.piled < _ENOUGH_PILED:
            return 0.0
        return chance.two_rates(self.piled, self._piling_expected, self.usual_steps)

    @property
    def _piling_expected(self) -> float:
        return max(self.piled_expected, self.piled_s * self.near_rate_per_s)

    @property
    def _independence(self) -> float:
        """Occasions per duplicate: 1 if each came by itself, a twelfth for a page that asks for twelve things at once.

        Of a crowd, a burst as it has them when nothing waits is one, too. Of one client without a clock, what follows
        within a double click's time is no occasion of its own either.
        """
        if self.many_people:
            return min(1.0, self.occasions / self.duplicates) / self.together
        doubled = 0 if self.resend_irregularity <= _ONE_CLOCK else self.doubled
        return min(1.0, max(1, self.occasions - doubled) / self.duplicates)

    @property
    def _steadiness(self) -> float:
        """How many times more a pause of this client tells than one of chance: a steady pace is known from a few.

        Squared ratio of the spreads (an exponential gap has half an interquartile range of 0.79 medians), ten at most.
        Of one or two pauses nobody can tell whether they are steady.
        """
        if self.usual_steps < _FEWEST_STEADY:
            return 1.0
        return min(10.0, max(1.0, (0.79 / max(self.usual_irregularity, 0.01)) ** 2))

    @property
    def coupling(self) -> float:
        """Share of the late attempts that started at an end, beyond what chance gives: 1 is a worker, 0 a timer."""
        if not self.late or self.coupled_by_chance > 0.95:
            return 0.0
        return max(0.0, (self.coupled / self.late - self.coupled_by_chance) / (1 - self.coupled_by_chance))

    @property
    def resend_irregularity(self) -> float:
        """Median absolute deviation / median of the resend gaps, less what a coarse clock adds.

        Gaps below two of its ticks are neither regular nor irregular: they are not known, and prove nothing. One or two
        gaps are not regular either: there is nothing that they agree with.
        """
        if self.clock_steps < _FEWEST_STEADY:
            return math.inf
        if self.precision_ns > 1 and self.resend_ns < 2 * self.precision_ns:
            return math.inf
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
        several targets at once is one event. A page that asks for several things at one URL sends the next of them at once
        whether the last one failed or not: such followers are no retries.
        """
        if not self.failures_followed or not self.pauses:
            return 1.0
        mates = 1 - 1 / self.together if self.gap_ns < _BURST_NS else 0.0
        cuts = ((0.05, self.sooner_q05), (0.1, self.sooner_q10), (0.25, self.sooner_q25), (0.5, self.sooner_q50))
        chances = [
            chance.chernoff(count, self.failures_followed, mates + (1 - mates) * share, self._independence)
            for share, count in ((_of_a_sample(share, self.pauses), count) for share, count in cuts)
        ]
        return min(1.0, 4 * min(chances))


def _of_a_sample(share: float, size: int) -> float:
    return (share * (size - 1) + 1) / (size + 1)


def _chance_to_agree(gaps: int, irregularity: float) -> float:
    """How likely so many gaps of chance are to vary so little, at most.

    Half of the others must lie that close to their median; of exponential gaps with this median the share
    sinh(ln 2 * irregularity) does.
    """
    if gaps < _FEWEST_STEADY or irregularity > 1:
        return 1.0
    return chance.at_least((gaps - 1) // 2, gaps - 1, math.sinh(math.log(2) * irregularity))


def _irregularity(spread_ns: float, median_ns: float, precision_ns: int) -> float:
    if median_ns <= 0:
        return math.inf
    blur_ns = precision_ns / 2 if precision_ns > 1 else 0
    return max(0.0, spread_ns - blur_ns) / median_ns
