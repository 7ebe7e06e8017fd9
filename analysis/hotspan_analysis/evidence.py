"""What speaks for a storm, what speaks against it, and what could not be seen: sentences with figures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hotspan_analysis.episodes import Episode
from hotspan_analysis.habits import echoes
from hotspan_analysis.margins import Margin
from hotspan_analysis.storm_settings import StormSettings
from hotspan_analysis.window import SECOND_NS

ADVICE: Final[dict[str, str]] = {
    "timer": "Guard the call: no further request while one is in flight; stop the timer until its answer is there.",
    "immediate_retry": "Wait before a retry, longer each time and with jitter, and give up after two or three.",
    "fixed_interval": "Let the pause grow and vary (exponential backoff with jitter), and give up after two or three.",
    "backoff": "Add jitter, so that clients do not come back together, and a retry budget of 10 to 20 percent.",
    "backoff_jitter": "Give it a retry budget of 10 to 20 percent: the backoff is right, the number of attempts is not.",
    "timeout_resend": "Give an answer more time than its slow days need, cancel what was given up, back off before a retry.",
    "impatient_user": "Show that work is going on, disable the button meanwhile, and make the operation idempotent.",
    "hedging": "Hedge only the slowest few percent (delay near the 95th percentile) and stop when the budget is spent.",
    "gateway": "Give the gateway a retry budget and a longer timeout per try, and let one layer retry, not several.",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the source of a service's requests can show; one row of storm_facts.sql."""

    service: str
    requests: int
    captured: int
    aborted: int
    announced: int
    without_start: int
    precision_ns: int
    dropped: int

    @property
    def records_leaving(self) -> bool:
        """Whether a client that left would show: capture notes it, and so does a log with the status 499."""
        return bool(self.aborted or self.captured)


def evidence_for(episode: Episode, statuses: Mapping[str, int], settings: StormSettings) -> tuple[str, ...]:
    """What speaks for it."""
    found = [_repeats(episode, settings)]
    if episode.announced:
        found.append(f"{episode.announced:,} requests announced themselves in a header as a further attempt.")
    if episode.late and episode.pace_known:
        found.append(_faster(episode))
    if episode.echo_z >= settings.echo:
        found.append(
            f"Requests come again {episode.echo_s:.2f} s after one another far more often than at any other distance "
            f"({episode.echo_z:.0f} standard deviations)."
        )
    if episode.failures_followed and episode.pauses_known:
        found.append(
            f"After failures it pauses {episode.gap_ns / SECOND_NS:.2f} s, after answers {episode.pause_ns / SECOND_NS:.2f} s; "
            f"by chance that would happen once in {1 / max(episode.chance_of_pauses(), 1e-12):,.0f} times."
        )
    if episode.duplicate_in_flight_ns > 0:
        share = episode.duplicate_in_flight_ns / max(episode.in_flight_ns, 1)
        found.append(
            f"Up to {episode.peak_in_flight:,} of its requests for one target were open at once; {share:.0%} of their "
            f"{episode.in_flight_ns / SECOND_NS:,.0f} s in flight were duplicates of one another."
        )
    return (*found, _answers(statuses))


def evidence_against(episode: Episode, settings: StormSettings) -> tuple[str, ...]:
    """What speaks against it, or would explain it otherwise."""
    found = []
    if episode.many_people:
        found.append("The client is known by its address only: there may be many people behind it.")
    if episode.late and episode.coupling > 0.3:
        found.append(
            f"{episode.coupling:.0%} of the late attempts started right after an answer, as those of a worker do."
        )
    if 0 < episode.acceleration < settings.acceleration and episode.pace_known and not episode.after_failure:
        found.append(f"Waiting makes it only {episode.acceleration:.1f} times as fast.")
    if episode.resend_irregularity > settings.regular and episode.late and episode.clock_steps:
        found.append(
            f"The gaps between its attempts vary by {min(episode.resend_irregularity, 9.99):.0%} of their median."
        )
    if episode.pace_level == "endpoint":
        found.append("How often it usually asks is taken from the other clients of the endpoint.")
    return tuple(found)


def missing_for(episode: Episode, facts: Facts | None) -> tuple[str, ...]:
    """Data that was not there, and what that cost."""
    found = []
    if not episode.pace_known:
        found.append(
            "No calm time of this endpoint was recorded: the usual pace is unknown, which makes it a suspicion."
        )
    if episode.many_people:
        found.append("No session or user was recorded: who of those behind the address does it cannot be told.")
    if not episode.starts_known:
        found.append("The log has no durations: overlaps cannot be seen, only repeats after failures.")
    elif episode.precision_ns > 1:
        found.append(
            f"Times are in steps of {episode.precision_ns / SECOND_NS:g} s: shorter gaps cannot be told apart."
        )
    if facts is None:
        return tuple(found)
    if not facts.records_leaving:
        found.append(_leaving_not_recorded(episode))
    if facts.dropped:
        found.append(f"{facts.dropped:,} requests were dropped on the way in: some duplicates may be missing.")
    return tuple(found)


def _leaving_not_recorded(episode: Episode) -> str:
    """What can still be told of a timeout, which is sent by a clock as a timer is."""
    if not episode.heedless and not episode.given_up_runs and not episode.heeding_runs:
        return "Clients that leave are not recorded: a timeout with a resend looks like a timer."
    return (
        "Clients that leave are not recorded. A timer stops at the answer to any attempt, a timeout hears its last one: "
        f"{episode.heedless:,} attempts came on time after such an answer and {episode.given_up_runs:,} times it stopped without "
        f"one, which a timer does not do; {episode.heeding_runs:,} times it stopped at the answer to an earlier attempt, "
        "which a timeout does not do."
    )


def margins_of(margins: Iterable[Margin]) -> tuple[dict[str, Any], ...]:
    """The tests as JSON has them."""
    return tuple(
        {"test": each.test, "value": round(each.value, 6), "threshold": each.threshold, "passed": each.passed}
        for each in margins
    )


def _repeats(episode: Episode, settings: StormSettings) -> str:
    if episode.while_waiting >= episode.after_failure:
        gap_s = resend_gap_s(episode, settings)
        spread_s = 0.0 if episode.echo_z >= settings.echo else episode.resend_spread_ns / SECOND_NS
        return (
            f"{episode.while_waiting:,} requests were sent while an earlier one for the same target was open, "
            f"one every {gap_s:.2f} s (±{spread_s:.2f} s)."
        )
    gap_s, spread_s = episode.gap_ns / SECOND_NS, episode.gap_spread_ns / SECOND_NS
    return f"{episode.after_failure:,} requests followed a failure for the same target within {gap_s:.2f} s (±{spread_s:.2f} s)."


def _faster(episode: Episode) -> str:
    if episode.clock_acceleration == episode.acceleration:
        return (
            f"While waiting it sends by a clock, one every {episode.resend_ns / SECOND_NS:.2f} s, "
            f"{episode.acceleration:.1f} times as often as otherwise ({_pace(episode)})."
        )
    return (
        f"{episode.acceleration:.1f} times as often while waiting as otherwise "
        f"({episode.significance:.1f} standard deviations; {_pace(episode)})."
    )


def resend_gap_s(episode: Episode, settings: StormSettings) -> float:
    """The distance from one attempt to the next: between neighbours, or of the echo where clients are interleaved."""
    if episode.while_waiting < episode.after_failure:
        return episode.retry_step_ns / SECOND_NS
    return episode.echo_s if echoes(episode, settings) else episode.resend_ns / SECOND_NS


def _pace(episode: Episode) -> str:
    whose = {"target": "this target", "client": "this client here", "endpoint": "all clients here"}
    usual = episode.exposure_s and max(episode.expected / episode.exposure_s, episode.near_rate_per_s)
    return f"usually one every {1 / max(usual, 1e-9):.1f} s, from {episode.usual_steps:,} pauses of {whose[episode.pace_level]}"


def _answers(statuses: Mapping[str, int]) -> str:
    listed = ", ".join(f"{count:,} x {status}" for status, count in sorted(statuses.items(), key=lambda each: -each[1]))
    failed = sum(count for status, count in statuses.items() if status >= "500" and status.isdigit())
    note = "" if failed else "; none is an error, so that counting errors would not show it"
    return f"Answers: {listed}{note}."
