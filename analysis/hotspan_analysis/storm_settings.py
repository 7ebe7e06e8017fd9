"""Every threshold of storm detection, with the reason for its value. All of them can be set."""

from dataclasses import dataclass, fields
from typing import Any

from hotspan_analysis.window import SECOND_NS
from hotspan_collector.errors import BadInputError


@dataclass(frozen=True, slots=True)
class StormSettings:
    """What counts as a storm. Seconds unless a name says otherwise."""

    # What is a duplicate
    late_s: float = 0.3
    """A further attempt younger than this is a double click, a fan-out or an effect run twice, not impatience."""
    after_failure_s: float = 30.0
    """The longest pause of common backoff policies: later than that it is a new operation."""
    sooner: float = 0.5
    """After a failure, an attempt is a retry when it comes sooner than this share of the client's usual pause."""

    # What is an episode
    fewest_duplicates: int = 5
    """Below it chance and double clicks; it costs five resend gaps of delay."""
    fewest_late: int = 3
    """So many of them must be late ones."""
    hasty_s: float = 0.8
    """Sooner than that nobody reloads a page: who goes on typing sends the next letter, and no longer waits for the last.
    Timers of a second, the commonest ones, are not hasty."""
    connections: int = 6
    """What browsers open to one host over HTTP/1.1: with so many open, nothing more can be sent until an answer comes."""
    episode_gap_s: float = 30.0
    """Duplicates further apart belong to two episodes, unless the client's own steps are longer."""
    longest_gap_s: float = 180.0
    """Three times the longest usual step that is believed in (one minute)."""
    amplification: float = 1.5
    """Attempts per operation. Published retry budgets allow 1.1 to 1.2; a timer that fires once for every operation
    makes 2, and less while some answers come in time."""

    # What a client usually does
    presence_s: float = 60.0
    """A longer pause is absence, and tells nothing about how often somebody asks."""
    fewest_pauses: int = 3
    """Pauses that must be known of a target before they are taken for its usual pace."""
    near_s: float = 300.0
    """Around an episode the pace may be another than over the day."""
    enough_idle_s: float = 300.0
    """Time left alone after which a target counts as hardly ever asked for twice."""
    peer_requests: int = 20_000
    """Requests of an endpoint's other clients that are read to learn their pace: more of them would not change it."""
    unknown_pace_s: float = 60.0
    """Assumed time between operations where nothing is known: a storm found on this alone is only suspected."""

    # When waiting makes it faster
    acceleration: float = 2.5
    """Further attempts while waiting, against the pace when not waiting. Clients that know nothing of answers are at 1
    however slow the server is; a serial client at 0; a timer of 1 s on a period of 10 s at 10; timeouts at 3 to 5."""
    acceleration_of_leavers: float = 1.5
    """The same for a client of which part of the requests are given up: hedges, timeouts, reloads."""
    leavers: float = 0.3
    """That part."""
    significance: float = 3.0
    """How many standard deviations the acceleration must be away from 1 (two-sample Poisson, square roots)."""
    significance_of_clocks: float = 1.5
    """The same when the resend gaps are regular, which chance does not make them."""
    acceleration_of_crowds: float = 1.4
    """The same for a crowd behind one address of which a part misbehaves, where the distance between requests tells."""
    echo: float = 6.0
    """Standard deviations by which one distance between requests must stand out where clients are interleaved; some
    150 distances are looked at, and independent people reach 4."""
    echo_share: float = 0.25
    """Share of the attempts that must have such an echo while they are open: two of three attempts of a timer, every
    second one of a saturated hedge, one in ten of a page that fetches a thing twice."""
    longest_echo_s: float = 12.0
    """No echo is looked for beyond this distance."""
    anchors: int = 4000
    """Attempts of an episode that are compared with those after them, spread evenly over it."""
    fewest_echoes: int = 30
    """Late attempts below which a distance cannot stand out."""
    regular: float = 0.25
    """Spread of the resend gaps (median absolute deviation / median) of a timer; timers have 0.00 to 0.15, browsers
    throttle and jitter them, chance has 0.7."""
    strictly_regular: float = 0.2
    """The same where regularity is the main evidence; of few gaps less is allowed, for they may agree by chance."""
    other_pace: float = 1.33
    """A resend gap and a usual step that differ by less than this factor are the same pace: an interval that does not
    look at answers piles up, and does not accelerate."""
    company: int = 3
    """Clients with the same resend gap that make up for a usual pace that is known of none of them."""
    coupling_far_s: float = 0.25
    """A worker's next job starts within a round trip of its last; with more than one end per second this is …"""
    coupling_near_s: float = 0.05
    """… this, for by chance everything would be near an end."""
    coupled: float = 0.8
    """Share of late attempts at an end, beyond what chance gives, from which on the client is driven by answers. A
    browser whose connections are all in use is at 0.6 to 0.9, and its other attempts follow a clock."""

    # After failures
    unlikely: float = 1e-4
    """Chance, under the client's usual pace, of pauses as short as those after failures."""
    unlikely_with_shape: float = 1e-2
    """The same when the pauses have the shape of a retry policy: constant, growing, or none at all."""
    immediate_s: float = 0.25
    """No pause: an answer travels back and the next request comes. Nothing polls as fast."""
    announced: float = 0.5
    """Share of the duplicates that say so in a header, or whose client had left, that settles the matter."""

    # Other findings
    loop_gap_s: float = 0.25
    """Answer and next request this close, again and again, without an overlap or an error: a loop."""
    loop_length: int = 20
    """So many in a row: no page asks for itself as often."""
    redirect_length: int = 10
    """The same for redirects: browsers follow 20 and give up, and two pages may send them to and fro."""
    hammer_times: int = 100
    """Requests of one client for one target in one stretch (ten minutes): more than people and probes make …"""
    hammer_factor: float = 10.0
    """… and so many times what other clients of the endpoint send in theirs …"""
    hammer_others: int = 3
    """… of which there must be more than this."""
    hammer_surely: int = 500
    """Without others to compare with: so many in one stretch are one a second for minutes, which is a program's pace."""
    herd_clients: int = 10
    """Fewer clients in one second are no herd."""
    herd_share: float = 0.3
    """Share of an endpoint's clients that ask within one second."""
    herd_significance: float = 6.0
    """Standard deviations above the endpoint's mean number of clients per second."""
    herd_gap_s: float = 10.0
    """Crowded seconds no further apart are one herd."""
    polling_times: int = 20
    """Requests for the same thing at the same distance before it is called polling."""
    polling_per_stretch: int = 5
    """So many of them within one stretch (ten minutes), so that a period of two minutes is still seen."""
    polling_spread: float = 0.1
    """Share by which its steps may vary, from their 10th percentile to their 90th."""
    incident_gap_s: float = 30.0
    """Episodes on one endpoint that come this close are one incident."""

    # A blocked event loop
    island_gap_ms: float = 20.0
    """Work that follows within this time was waiting already."""
    island_s: float = 5.0
    """So long without a breath before a process counts as blocked."""
    one_at_a_time: float = 1.1
    """Requests in flight on average while it was served one after the other."""
    hidden_attempts: int = 4
    """Requests of one client for one target in one such time."""
    hidden_acceleration: float = 2.0
    """How much more often than outside of it."""
    hidden_significance: float = 1.5
    """Few attempts get through while a loop is blocked; found this way a storm is only suspected."""

    # How far to look
    lookback_s: float = 3600.0
    """Before the window: what a client usually does, and whether a storm was on already."""
    stretch_s: float = 600.0
    """Length of the stretches in which the first, cheap pass counts."""

    @classmethod
    def of(cls, **given: Any) -> "StormSettings":
        """Settings with some values given; raises BadInputError for a name that does not exist."""
        known = {each.name for each in fields(cls)}
        if unknown := sorted(set(given) - known):
            raise BadInputError(f"no storm setting is called {unknown[0]!r}; choose from {', '.join(sorted(known))}")
        return cls(**given)

    def bind(self) -> dict[str, Any]:
        """The values that the storm_*.sql files bind, times in nanoseconds."""
        return {
            "late_ns": _ns(self.late_s),
            "after_failure_ns": _ns(self.after_failure_s),
            "sooner": self.sooner,
            "hasty_ns": _ns(self.hasty_s),
            "connections": self.connections,
            "fewest_duplicates": self.fewest_duplicates,
            "fewest_repeats": (self.fewest_duplicates + 1) // 2,
            "episode_gap_ns": _ns(self.episode_gap_s),
            "longest_gap_ns": _ns(self.longest_gap_s),
            "presence_ns": _ns(self.presence_s),
            "fewest_pauses": self.fewest_pauses,
            "peer_requests": self.peer_requests,
            "near_ns": _ns(self.near_s),
            "enough_idle_s": self.enough_idle_s,
            "unknown_pace_s": self.unknown_pace_s,
            "longest_echo_ns": _ns(self.longest_echo_s),
            "anchors": self.anchors,
            "fewest_echoes": self.fewest_echoes,
            "echo": self.echo,
            "echo_share": self.echo_share,
            "regular": self.regular,
            "far_s": self.coupling_far_s,
            "near_s": self.coupling_near_s,
            "stretch_ns": _ns(self.stretch_s),
            "slot_ns": -(-_ns(self.stretch_s) // 64),
            "bin_ns": 5 * SECOND_NS,
            "island_gap_ns": round(self.island_gap_ms * 1e6),
            "island_ns": _ns(self.island_s),
            "one_at_a_time": self.one_at_a_time,
            "hidden_attempts": self.hidden_attempts,
            "loop_gap_ns": _ns(self.loop_gap_s),
            "loop_length": self.loop_length,
            "redirect_length": self.redirect_length,
            "hammer_times": self.hammer_times,
            "hammer_factor": self.hammer_factor,
            "hammer_others": self.hammer_others,
            "hammer_surely": self.hammer_surely,
            "polling_times": self.polling_times,
            "polling_per_stretch": self.polling_per_stretch,
            "polling_spread": self.polling_spread,
            "herd_clients": self.herd_clients,
            "herd_gap_ns": _ns(self.herd_gap_s),
            "herd_share": self.herd_share,
            "herd_significance": self.herd_significance,
            "timeline_length": 40,
        }


def _ns(seconds: float) -> int:
    return round(seconds * SECOND_NS)
