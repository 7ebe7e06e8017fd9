"""Habits of a client that tell the guilty from the innocent: its clock, its pace, its patience, what makes it ask again."""

import math
from collections.abc import Sequence
from statistics import median
from typing import Final

from hotspan_analysis import chance
from hotspan_analysis.episodes import Episode
from hotspan_analysis.storm_settings import StormSettings

_WORD_ENDS: Final = 0.1
"""Share of letters after which somebody who types stops, at least: words have five letters on average, searches two words."""
_BLURRED_CLOCK: Final = 0.5
"""Spread of resend gaps that a busy machine may have made of a clock's; what comes by chance has 0.7."""


def driven_by_answers(episode: Episode, settings: StormSettings) -> bool:
    """Whether the client sends because an answer came: workers, long polls.

    A browser that is out of connections looks like it, too, but its first attempts follow a clock; those of many behind
    one address echo.
    """
    if episode.records < settings.fewest_late:
        return episode.coupling >= 0.5
    follows_a_clock = episode.clock_steps >= settings.fewest_late and episode.resend_irregularity <= settings.regular
    follows_a_clock = follows_a_clock or (episode.interleaved and echoes(episode, settings))
    return episode.coupling >= settings.coupled and not follows_a_clock


def keeps_its_pace(episode: Episode, settings: StormSettings) -> bool:
    """Whether the resend gap is the client's usual step: an interval that does not look at answers.

    Steps that usually vary and do not vary while waiting are not the same, whatever their median.
    """
    if episode.usual_steps < settings.fewest_pauses or not episode.usual_step_ns or not episode.resend_ns:
        return False
    steps_ns = [episode.usual_step_ns] + ([episode.near_step_ns] if episode.near_rate_per_s else [])
    ratios = [episode.resend_ns / step_ns for step_ns in steps_ns]
    if not any(1 / settings.other_pace < ratio < settings.other_pace for ratio in ratios):
        return False
    varies = max(0.1, 3 * episode.resend_irregularity)
    return episode.resend_irregularity <= settings.regular and episode.usual_irregularity <= varies


def is_regular(episode: Episode, settings: StormSettings) -> bool:
    """Whether the resend gaps are those of a clock; of few gaps more is asked, for they may agree by chance."""
    if episode.interleaved:
        return False
    return episode.resend_irregularity <= settings.regular * (1 - 3 / max(episode.clock_steps, 3))


def is_heedless(episode: Episode) -> bool:
    """Whether answers came and none of them ever made the client pause, as with an interval that looks at nothing."""
    return episode.answered_meanwhile >= 3 and not episode.long_steps and episode.coupling < 0.5


def is_deaf(episode: Episode, settings: StormSettings) -> bool:
    """Whether it surely is such an interval: most of its attempts were sent on time after an earlier one was answered."""
    return is_heedless(episode) and episode.heedless >= settings.announced * max(episode.clock_steps, 1)


def is_hasty(episode: Episode, settings: StormSettings) -> bool:
    """Whether the attempts come in bursts too quick for somebody who waits, and not by a clock either.

    Few gaps agree by chance: more regularity is asked for than of slower ones, and that it is not often as quick when
    it does not wait. Behind an address nothing is quick.
    """
    if episode.many_people or episode.hasty < settings.announced * episode.while_waiting:
        return False
    is_quick = settings.late_s / 2 <= episode.resend_ns / 1e9 < settings.hasty_s
    allowed = max(0.02, settings.strictly_regular * (1 - 5 / max(episode.clock_steps, 5)))
    usual = 0 < episode.quick_step_ns <= episode.resend_ns
    follows_a_clock = is_quick and not usual and episode.resend_irregularity < allowed
    return not follows_a_clock and not echoes(episode, settings)


def never_stops(clients: Sequence[Episode], settings: StormSettings) -> bool:
    """Whether clients of one endpoint whose attempts come in quick bursts all go on until there is an answer.

    Who types stops at the end of a word, answered or not, and types as quickly when answers come at once. A page that
    waits goes on, as long as its browser has connections. A busy machine blurs its clock, and does not make it stop, nor
    as irregular as visits by chance, which go on for as long as somebody stays. What
    everybody there did counts, not only those who went on for long. A page that asks for many things at once is no wait.
    """
    if len({each.client for each in clients}) < settings.company or any(each.aborted for each in clients):
        return False
    if any(0 < each.quick_step_ns <= each.resend_ns for each in clients):
        return False
    if median(each.resend_ns for each in clients) < settings.late_s / 2 * 1e9:
        return False
    if median(each.resend_irregularity for each in clients) > _BLURRED_CLOCK:
        return False
    stopped = clients[0].stopped_short
    tries = stopped + clients[0].went_on
    return 1 - chance.at_least(stopped + 1, tries, _WORD_ENDS) <= settings.unlikely_with_shape


def leaves(episode: Episode, settings: StormSettings) -> bool:
    """Whether the client left before it sent a further attempt, mostly.

    One that waits for an answer while it sends further attempts does not: it leaves when its tab is closed. Of
    attempts still open nobody knows yet whether they were left.
    """
    if episode.left_for_good or episode.patient > settings.leavers * episode.after_leaving:
        return False
    over = max(episode.duplicates - episode.still_open, settings.fewest_late)
    return episode.after_leaving >= settings.announced * over


def grows(episode: Episode, settings: StormSettings) -> bool:
    """Whether the pauses after failures grow by one factor, as an exponential backoff's do.

    Between pauses of a few ticks of a coarse clock every ratio is one of a few, which proves nothing: there they must
    grow by more than a tick, three times at least, and hardly ever shrink.
    """
    if episode.precision_ns > 1:
        return episode.grew >= 3 and episode.shrank <= 0.1 * episode.grew
    if episode.growth_steps < 3 or not 1.3 <= episode.growth <= 3:
        return False
    return episode.growth_spread / episode.growth <= settings.strictly_regular


def is_constant(episode: Episode, settings: StormSettings) -> bool:
    """Whether the pauses after failures are all the same.

    By a coarse clock each is a tick more or less, and so is what they add up to, while pauses of chance wander off.
    """
    if episode.precision_ns > 1:
        wavers = episode.grew + episode.shrank > 0.1 * episode.after_failure
        return not wavers and episode.uneven_chains <= 0.1 * episode.retried_chains
    return episode.gap_irregularity <= settings.strictly_regular


def is_surely_constant(episode: Episode, settings: StormSettings) -> bool:
    """Whether they agree better than a few pauses of chance do."""
    surely = episode.precision_ns > 1 or episode.chance_of_constancy <= settings.unlikely_with_shape
    return surely and is_constant(episode, settings)


def is_immediate(episode: Episode, settings: StormSettings) -> bool:
    """Whether there is no pause between a failure and the next attempt.

    A clock of whole seconds hides up to one, but not on average: what its ticks add to the pauses of one chain is half a
    tick more or less in all.
    """
    allowed_ns = settings.immediate_s * 1e9
    if episode.precision_ns == 1:
        return episode.gap_p90_ns <= allowed_ns
    blur_ns = episode.precision_ns / 2 * math.sqrt(episode.retried_chains) / max(episode.after_failure, 1)
    return episode.gap_p90_ns <= allowed_ns + episode.precision_ns and episode.gap_mean_ns <= allowed_ns + blur_ns


def has_a_clock_of_its_own(episode: Episode, settings: StormSettings) -> bool:
    """Whether the client's usual steps are known, and another process than these.

    Those of the other clients of the endpoint will do where these agree among themselves, and where answers did make this
    one pause: an interval that heeds none has a clock of its own, too, and is no storm. Who asks less often than
    usual while it waits is patient, whatever its clock; of a crowd its requests are counted, for the distance between two
    people's says nothing. A coarse clock makes a few gaps look regular, and so do the clocks of two people side by side.
    """
    own = episode.pace_level in ("target", "client")
    agreed = (
        episode.pace_level == "endpoint" and episode.usual_irregularity <= settings.regular and not is_heedless(episode)
    )
    known = (own or agreed) and episode.usual_step_ns > 0
    as_fast = episode.late >= episode.expected if episode.many_people else episode.acceleration >= 1
    surely_one = episode.precision_ns == 1 and not episode.many_people
    enough = settings.fewest_late if surely_one else 2 * settings.fewest_duplicates
    return (
        known and as_fast and episode.clock_steps >= enough and episode.resend_irregularity <= settings.strictly_regular
    )


def echoes(episode: Episode, settings: StormSettings) -> bool:
    """Whether many of the attempts come again at one distance, which stands out from all others.

    The clock of one client sends one at that distance; where there are more, it is bursts that follow one another.
    """
    in_bursts = episode.echo_share > 1.2 and not episode.many_people
    return episode.echo_z >= settings.echo and episode.echo_share >= settings.echo_share and not in_bursts


def is_often_as_quick(episode: Episode, settings: StormSettings) -> bool:
    """Whether one step in four is as short when it is not waiting: who comes in bursts comes in bursts while waiting, too.

    The same holds of a clock: who sends every three seconds while typing does so whether it is answered or not.
    """
    return 0 < episode.quick_step_ns <= settings.other_pace * episode.resend_ns


def has_this_clock_always(episode: Episode, settings: StormSettings) -> bool:
    """Whether the client itself is known to send by the clock of the episode when it is not waiting, too."""
    return episode.pace_level in ("target", "client") and is_often_as_quick(episode, settings)
