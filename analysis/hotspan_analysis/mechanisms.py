"""How a client does it: the mechanism of a storm, named from the shape of its gaps, its headers and its departures."""

from typing import Final, Literal

from hotspan_analysis.episodes import Episode
from hotspan_analysis.habits import grows, is_constant, is_immediate, leaves
from hotspan_analysis.storm_settings import StormSettings

Mechanism = Literal[
    "timer",
    "immediate_retry",
    "fixed_interval",
    "backoff",
    "backoff_jitter",
    "timeout_resend",
    "impatient_user",
    "hedging",
    "gateway",
]

_PERSONS_GAP_NS: Final = 1.5e9
"""People give a page longer than that before they reload it."""
_ONE_PAUSE_OF_SDKS_NS: Final = 0.2e9
"""Gateways start their backoff at tens of milliseconds, client libraries at half a second."""
_PROGRAMS_CLOCK: Final = 0.1
"""Spread of a program's timeouts; those of people vary by a quarter and more."""
_ONE_ECHO_EACH: Final = 0.65
"""Share of attempts with an echo if there are two an operation: a half, and what noise adds."""


def mechanism_of(episode: Episode, settings: StormSettings, *, hears_last_only: bool = False) -> tuple[Mechanism, str]:
    """The mechanism and the two facts that decided, as a sentence.

    `hears_last_only`: what heeds.py found of a client whose departures nobody recorded.
    """
    if episode.announced >= settings.announced * episode.duplicates:
        return _announced(episode, settings)
    if episode.while_waiting >= episode.after_failure:
        if hears_last_only:
            return (
                "timeout_resend",
                "it asks again always after the same time, and heeds the answer to its last attempt only",
            )
        return _while_waiting(episode, settings)
    return _after_failures(episode, settings)


def _announced(episode: Episode, settings: StormSettings) -> tuple[Mechanism, str]:
    if grows(episode, settings) and episode.gap_ns >= _ONE_PAUSE_OF_SDKS_NS:
        return "backoff", "attempts are announced in a header, and the pauses grow by one factor"
    return "gateway", "a header announces further attempts, and whoever sets it decides when they come"


def _while_waiting(episode: Episode, settings: StormSettings) -> tuple[Mechanism, str]:
    regular = episode.resend_irregularity <= settings.regular
    if regular and _is_hedging(episode):
        return "hedging", "two attempts and never a third, the second always as late"
    echoes = episode.echo_z >= settings.echo and settings.echo_share <= episode.echo_share <= _ONE_ECHO_EACH
    if echoes and episode.aborted >= settings.leavers * episode.attempts:
        return "hedging", "one attempt in two has a second one, always as late, and one of the two is given up"
    if leaves(episode, settings):
        if episode.resend_irregularity <= _PROGRAMS_CLOCK:
            return "timeout_resend", "the client leaves and asks again, always after the same time"
        return "impatient_user", "the client leaves and asks again, now sooner, now later"
    driven = episode.many_people or episode.coupling >= settings.coupled
    if regular or driven or episode.resend_ns < _PERSONS_GAP_NS:
        return "timer", "further attempts while earlier ones are open, at a distance that no answer changes"
    return "impatient_user", "a few further attempts while earlier ones are open, now sooner, now later"


def _is_hedging(episode: Episode) -> bool:
    if episode.pairs < 0.9 * episode.repeated or episode.repeated < 3:
        return False
    left_one_behind = episode.aborted >= 0.3 * episode.pairs
    return left_one_behind or episode.patient_pairs >= 2 or episode.repeated >= 10


def _after_failures(episode: Episode, settings: StormSettings) -> tuple[Mechanism, str]:
    if leaves(episode, settings):
        if _irregular_steps(episode) <= _PROGRAMS_CLOCK:
            return "timeout_resend", "the client leaves and asks again, always after the same time"
        return "impatient_user", "the client leaves and asks again, now sooner, now later"
    if grows(episode, settings):
        return "backoff", "each pause after a failure is the last one times a factor"
    if is_immediate(episode, settings):
        return "immediate_retry", "no pause between a failure and the next attempt"
    if is_constant(episode, settings):
        return "fixed_interval", "the same pause after every failure"
    return "backoff_jitter", "pauses after failures without a pattern"


def _irregular_steps(episode: Episode) -> float:
    return episode.retry_step_spread_ns / episode.retry_step_ns if episode.retry_step_ns else 1.0
