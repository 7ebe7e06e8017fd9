"""Guilty or not: the rules that turn measurements into a storm, a pile-up, a failing poller, a loop, or nothing.

Each rule is a test with a name, the value found and the threshold, so that a finding can say by how much it passed.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median
from typing import Final, Literal

from hotspan_analysis.episodes import Episode
from hotspan_analysis.habits import (
    driven_by_answers,
    echoes,
    grows,
    has_a_clock_of_its_own,
    has_this_clock_always,
    is_constant,
    is_deaf,
    is_hasty,
    is_heedless,
    is_immediate,
    is_often_as_quick,
    is_regular,
    is_surely_constant,
    keeps_its_pace,
    leaves,
    never_stops,
)
from hotspan_analysis.margins import Margin, Margins
from hotspan_analysis.storm_settings import StormSettings

Kind = Literal["storm", "pile_up", "failing_poller", "hot_loop", "nothing"]
Confidence = Literal["certain", "high", "suspected"]
Found = tuple[Kind, str, Confidence]
"""What it is, by which rule, how surely."""

GRAVEST_FIRST: Final[tuple[Kind, ...]] = ("storm", "hot_loop", "failing_poller", "pile_up", "nothing")
UNKNOWN_PACE: Final = "usual pace unknown"
ONLY_REGULAR: Final = "regular while waiting"
NO_FASTER: Final = "no faster than usual"
KEEPS_ITS_PACE: Final = "keeps its pace whether answered or not"
NEVER_PAUSES: Final = "no answer made it pause"
FASTER: Final = "faster while waiting"
UNTIL_ANSWERED: Final = "each of them goes on until it is answered"
HASTY: Final = "bursts without a clock, as of somebody who types"
OWN_CLOCK: Final = "a clock of its own while waiting"
OF_A_CLOCK: Final = frozenset({FASTER, OWN_CLOCK})
"""Rules by which a clock that answers do not stop is found surely."""
UNSURE: Final = frozenset({UNKNOWN_PACE, ONLY_REGULAR, NO_FASTER, KEEPS_ITS_PACE, NEVER_PAUSES, HASTY})
"""Rules that say no more than that one client alone does not show it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an episode is, by which rule, how surely, and the tests on the way."""

    kind: Kind
    rule: str
    confidence: Confidence
    margins: tuple[Margin, ...]


def judge(episode: Episode, settings: StormSettings) -> Verdict:
    """The verdict on an episode: the gravest of what it did while waiting and what it did after failures."""
    margins = Margins()
    if not margins.at_least("occasions", episode.occasions, settings.fewest_duplicates):
        return Verdict("nothing", "one burst to many targets", "high", margins.taken())
    found = [_while_waiting(episode, settings, margins), _after_failures(episode, settings, margins)]
    kind, rule, confidence = min(found, key=lambda each: GRAVEST_FIRST.index(each[0]))
    return Verdict(kind, rule, confidence, margins.taken())


def with_company(judged: Iterable[tuple[Episode, Verdict]], settings: StormSettings) -> list[tuple[Episode, Verdict]]:
    """The same verdicts, but for clients of which too little is known alone, and enough together.

    When several clients of one endpoint resend at the same distance, the page that they share has a clock: one more at
    that distance has it, too, and those whose usual pace is known of none make up for that by their number. When each
    goes on until it is answered or out of connections, it waits, and nobody types.
    """
    judged = list(judged)
    sure: dict[tuple[str, str], list[Episode]] = defaultdict(list)
    unsure: dict[tuple[str, str], list[Episode]] = defaultdict(list)
    quick: dict[tuple[str, str], list[Episode]] = defaultdict(list)
    for episode, verdict in judged:
        if verdict.rule in OF_A_CLOCK and is_regular(episode, settings):
            sure[episode.service, episode.endpoint].append(episode)
        if verdict.rule in (UNKNOWN_PACE, ONLY_REGULAR) and episode.clock_steps and not is_heedless(episode):
            unsure[episode.service, episode.endpoint].append(episode)
        if verdict.rule == HASTY:
            quick[episode.service, episode.endpoint].append(episode)
    together = {(each.lane, each.episode) for group in unsure.values() for each in _with_one_clock(group, settings)}
    waiting = {(each.lane, each.episode) for group in quick.values() if never_stops(group, settings) for each in group}
    return [
        (
            episode,
            _in_company(verdict, "high")
            if verdict.rule in UNSURE
            and not (has_this_clock_always(episode, settings) or is_deaf(episode, settings))
            and _has_the_clock_of(sure[episode.service, episode.endpoint], episode, settings)
            else _in_company(verdict, "suspected")
            if verdict.kind != "storm" and (episode.lane, episode.episode) in together
            else replace(verdict, kind="storm", rule=UNTIL_ANSWERED, confidence="suspected")
            if (episode.lane, episode.episode) in waiting
            else verdict,
        )
        for episode, verdict in judged
    ]


def _while_waiting(episode: Episode, settings: StormSettings, margins: Margins) -> Found:
    if not margins.at_least("attempts while waiting", episode.while_waiting, settings.fewest_duplicates):
        return "nothing", "too few attempts while waiting", "high"
    if not margins.at_least("late attempts", episode.late, settings.fewest_late):
        return "nothing", "too few late attempts", "high"
    if not margins.at_least("amplification", episode.amplification, settings.amplification):
        return "nothing", "within every retry budget", "high"
    if driven_by_answers(episode, settings):
        return "nothing", "sends when an answer comes, as workers do", "high"
    if episode.announced >= settings.announced * episode.duplicates:
        return "storm", "announced", "certain"
    if keeps_its_pace(episode, settings):
        return "pile_up", KEEPS_ITS_PACE, "high"
    if is_hasty(episode, settings):
        return "nothing", HASTY, "high"
    if leaves(episode, settings):
        return _leaving(episode, settings)
    return _accelerating(episode, settings, margins)


def _leaving(episode: Episode, settings: StormSettings) -> Found:
    """Who never saw an answer in time, and asks at one distance, may be a probe of something slow: it has no other pace."""
    own_pace = episode.pace_level in ("target", "client")
    if not own_pace and is_regular(episode, settings):
        return "pile_up", "leaves and asks again at the only pace known of it", "high"
    return "storm", "left and asked again", "high"


def _accelerating(episode: Episode, settings: StormSettings, margins: Margins) -> Found:
    regular = is_regular(episode, settings)
    margins.at_least("echo", episode.echo_z, settings.echo)
    at_one_distance = echoes(episode, settings)
    faster = margins.at_least("acceleration", episode.acceleration, settings.acceleration)
    if not episode.pace_known:
        surely_regular = regular and episode.chance_of_regularity <= settings.unlikely_with_shape
        return _at_unknown_pace(episode, surely_regular or at_one_distance, faster)
    if episode.pace_level == "endpoint" and is_deaf(episode, settings):
        return "pile_up", NEVER_PAUSES, "high"
    enough = settings.significance_of_clocks if regular else settings.significance
    surely = margins.at_least("significance", episode.significance, enough)
    if surely and at_one_distance and episode.acceleration >= settings.acceleration_of_crowds:
        return "storm", "comes again at one distance, and faster while waiting", "high"
    if episode.many_people and not regular:
        return "pile_up" if surely and faster else "nothing", "a rush or a storm, nothing tells them apart", "high"
    gives_up = episode.aborted >= settings.leavers * episode.attempts
    if is_often_as_quick(episode, settings) and not (regular and gives_up):
        return "nothing", "no faster than it often is", "high"
    if surely and faster:
        return "storm", FASTER, "high"
    if gives_up and surely and episode.acceleration >= settings.acceleration_of_leavers:
        return "storm", "leaves and asks again", "high"
    if regular and has_a_clock_of_its_own(episode, settings):
        return "storm", OWN_CLOCK, "high"
    return "pile_up" if regular else "nothing", NO_FASTER, "high"


def _at_unknown_pace(episode: Episode, clocked: bool, faster: bool) -> Found:
    """Nothing to compare with: a clock that some answers did stop is suspected, one that none did only piles up.

    A clock no faster than the pace that is assumed of everybody is a job's, whose requests outlast its period.
    """
    if not clocked:
        return "nothing", UNKNOWN_PACE, "high"
    if not faster:
        return "pile_up", NO_FASTER, "high"
    if is_heedless(episode):
        return "pile_up", NEVER_PAUSES, "high"
    return "storm", ONLY_REGULAR, "suspected"


def _after_failures(episode: Episode, settings: StormSettings, margins: Margins) -> Found:
    if episode.after_failure < settings.fewest_duplicates:
        return "nothing", "too few attempts after failures", "high"
    if not margins.at_least("amplification", episode.amplification, settings.amplification):
        return "nothing", "within every retry budget", "high"
    if episode.announced >= settings.announced * episode.duplicates:
        return "storm", "announced", "certain"
    immediate = is_immediate(episode, settings)
    if immediate and episode.after_refusal >= settings.announced * episode.after_failure:
        return "hot_loop", "refused and back at once", "high"
    if not episode.pauses_known:
        return _retries_at_unknown_pace(episode, settings, immediate)
    if immediate and episode.pause_ns <= settings.immediate_s * 1e9:
        return "hot_loop", "asks again at once whatever the answer", "high"
    if _as_slow_as_usual(episode, settings):
        return "failing_poller", "no faster than usual after failures", "high"
    shaped = immediate or grows(episode, settings) or is_surely_constant(episode, settings)
    enough = settings.unlikely_with_shape if shaped else settings.unlikely
    if margins.at_most("chance of such pauses", episode.chance_of_pauses(), enough):
        return "storm", "sooner after failures than after answers", "high"
    return "nothing", "pauses as usual", "high"


def _as_slow_as_usual(episode: Episode, settings: StormSettings) -> bool:
    """Whether it comes back after failures as it does after answers.

    In a log without durations a step holds the time of the answer too, and failures are quick: twice as fast is asked
    for there, unless the pauses grow, which no poller's do.
    """
    surely = episode.starts_known or grows(episode, settings)
    factor = settings.other_pace if surely else 1 / settings.sooner
    return episode.usual_step_ns > 0 and episode.retry_step_ns * factor > episode.usual_step_ns


def _retries_at_unknown_pace(episode: Episode, settings: StormSettings, immediate: bool) -> Found:
    """Something that never worked, or only once: a retry loop is for one thing and stops when it has it; a poller goes on."""
    if episode.late and driven_by_answers(episode, settings):
        return "failing_poller", "asks again at once whatever the answer", "high"
    surely_grows = grows(episode, settings) and episode.growth_steps >= settings.fewest_duplicates
    if episode.precision_ns == 1 and (immediate or surely_grows):
        return "storm", "retries like a program", "suspected"
    allowed = settings.strictly_regular * (1 - 3 / episode.after_failure)
    steady = episode.gap_ns > 0 and episode.gap_spread_ns / episode.gap_ns <= allowed
    if steady and is_constant(episode, settings) and (episode.retried_well or episode.retried_targets > 1):
        return "storm", "asks for each thing until it is there", "suspected"
    return "failing_poller", "never seen to work", "high"


def _with_one_clock(group: list[Episode], settings: StormSettings) -> list[Episode]:
    middle_ns = median(episode.resend_ns for episode in group)
    alike = [each for each in group if abs(each.resend_ns - middle_ns) <= settings.regular * middle_ns]
    steps = sum(each.clock_steps for each in alike)
    enough = len({each.client for each in alike}) >= settings.company and steps >= 2 * settings.fewest_duplicates
    return alike if enough else []


def _has_the_clock_of(others: list[Episode], episode: Episode, settings: StormSettings) -> bool:
    alike = [each for each in others if abs(each.resend_ns - episode.resend_ns) <= settings.regular * each.resend_ns]
    return len({each.client for each in alike}) >= settings.company


def _in_company(verdict: Verdict, confidence: Confidence) -> Verdict:
    return replace(verdict, kind="storm", rule="the same clock as others here", confidence=confidence)
