"""Guilty or not: the rules that turn measurements into a storm, a pile-up, a failing poller, a loop, or nothing.

Each rule is a test with a name, the value found and the threshold, so that a finding can say by how much it passed.
"""

from dataclasses import dataclass
from typing import Literal

from hotspan_analysis.episodes import Episode
from hotspan_analysis.storm_settings import StormSettings

Kind = Literal["storm", "pile_up", "failing_poller", "hot_loop", "nothing"]
Confidence = Literal["certain", "high", "suspected"]


@dataclass(frozen=True, slots=True)
class Margin:
    """One test: what was found, what was asked for, and whether that was enough."""

    test: str
    value: float
    threshold: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an episode is, by which rule, and the tests on the way."""

    kind: Kind
    rule: str
    confidence: Confidence
    margins: tuple[Margin, ...]


def judge(episode: Episode, settings: StormSettings) -> Verdict:
    """The verdict on an episode: what it did while waiting counts first, then what it did after failures."""
    margins = _Margins()
    if not margins.at_least("occasions", episode.occasions, settings.fewest_duplicates):
        return Verdict("nothing", "one burst to many targets", "high", margins.taken())
    waiting = _while_waiting(episode, settings, margins)
    failing = _after_failures(episode, settings, margins)
    for kind in ("storm", "hot_loop", "failing_poller", "pile_up"):
        for found_kind, rule, confidence in (waiting, failing):
            if found_kind == kind:
                return Verdict(found_kind, rule, confidence, margins.taken())
    return Verdict("nothing", waiting[1] or failing[1], "high", margins.taken())


Found = tuple[Kind, str, Confidence]


def _while_waiting(episode: Episode, settings: StormSettings, margins: "_Margins") -> Found:
    if not margins.at_least("late attempts", episode.late, settings.fewest_duplicates):
        return "nothing", "too few attempts while waiting", "high"
    if not margins.at_least("amplification", episode.amplification, settings.amplification):
        return "nothing", "within every retry budget", "high"
    if driven_by_answers(episode, settings):
        return "nothing", "sends when an answer comes, as workers do", "high"
    if episode.announced >= settings.announced * episode.duplicates:
        return "storm", "announced", "certain"
    if keeps_its_pace(episode, settings):
        return "pile_up", "keeps its pace whether answered or not", "high"
    if episode.after_leaving >= settings.announced * episode.duplicates:
        return "storm", "left and asked again", "high"
    return _accelerating(episode, settings, margins)


def _accelerating(episode: Episode, settings: StormSettings, margins: "_Margins") -> Found:
    regular = is_regular(episode, settings)
    echoes = margins.at_least("echo", episode.echo_z, settings.echo) and episode.echo_share >= settings.echo_share
    if not episode.pace_known:
        return _unknown_pace(episode, regular or echoes)
    faster = margins.at_least("acceleration", episode.acceleration, settings.acceleration)
    enough = settings.significance_of_clocks if regular else settings.significance
    surely = margins.at_least("significance", episode.significance, enough)
    if surely and echoes and episode.acceleration >= settings.acceleration_of_crowds:
        return "storm", "comes again at one distance, and faster while waiting", "high"
    if episode.many_people and not regular:
        return "pile_up" if surely and faster else "nothing", "a rush or a storm, nothing tells them apart", "high"
    if surely and faster:
        return "storm", "faster while waiting", "high"
    leaves = episode.aborted >= settings.leavers * episode.attempts
    if leaves and surely and episode.acceleration >= settings.acceleration_of_leavers:
        return "storm", "leaves and asks again", "high"
    if regular and _has_a_clock_of_its_own(episode, settings):
        return "storm", "a clock of its own while waiting", "high"
    return ("pile_up", "no faster than usual", "high") if regular else ("nothing", "no faster than usual", "high")


def _unknown_pace(episode: Episode, clocked: bool) -> Found:
    """Nothing to compare with: a clock that some answers did stop is suspected, one that none did only piles up."""
    if not clocked:
        return "nothing", "usual pace unknown", "high"
    heedless = episode.answered_meanwhile >= 3 and not episode.long_steps and episode.coupling < 0.5
    return (
        ("pile_up", "no answer made it pause", "high") if heedless else ("storm", "regular while waiting", "suspected")
    )


def is_regular(episode: Episode, settings: StormSettings) -> bool:
    """Whether the resend gaps are those of a clock; of few gaps more is asked, for they may agree by chance."""
    return episode.resend_irregularity <= settings.regular * (1 - 3 / max(episode.clock_steps, 3))


def _has_a_clock_of_its_own(episode: Episode, settings: StormSettings) -> bool:
    """Whether the client's own usual steps are known, and another process than these."""
    known = episode.pace_level in ("target", "client") and episode.usual_step_ns > 0
    return known and episode.resend_irregularity <= settings.strictly_regular


def _after_failures(episode: Episode, settings: StormSettings, margins: "_Margins") -> Found:
    if episode.after_failure < settings.fewest_duplicates:
        return "nothing", "", "high"
    if not margins.at_least("amplification", episode.amplification, settings.amplification):
        return "nothing", "within every retry budget", "high"
    if episode.announced >= settings.announced * episode.duplicates:
        return "storm", "announced", "certain"
    immediate = episode.gap_p90_ns <= settings.immediate_s * 1e9 + (episode.precision_ns - 1) / 4
    if immediate and episode.after_refusal >= settings.announced * episode.after_failure:
        return "hot_loop", "refused and back at once", "high"
    shaped = immediate or episode.gap_irregularity <= settings.strictly_regular or grows(episode, settings)
    if not episode.pauses_known:
        clear = immediate or grows(episode, settings)
        return (
            ("storm", "retries like a program", "suspected")
            if clear
            else ("failing_poller", "never seen to work", "high")
        )
    if episode.usual_step_ns and episode.retry_step_ns * settings.other_pace > episode.usual_step_ns:
        return "failing_poller", "no faster than usual", "high"
    chance = episode.chance_of_pauses()
    enough = settings.unlikely_with_shape if shaped else settings.unlikely
    if margins.at_most("chance of such pauses", chance, enough):
        return "storm", "sooner after failures than after answers", "high"
    return "nothing", "pauses as usual", "high"


def driven_by_answers(episode: Episode, settings: StormSettings) -> bool:
    """Whether the client sends because an answer came: workers, long polls. A browser that is out of connections
    looks like it, too, but its first attempts follow a clock."""
    if episode.records < min(3, settings.fewest_duplicates):
        return True
    follows_a_clock = episode.clock_steps >= 3 and episode.resend_irregularity <= settings.regular
    return episode.coupling >= settings.coupled and not follows_a_clock


def keeps_its_pace(episode: Episode, settings: StormSettings) -> bool:
    """Whether the resend gap is the client's usual step: an interval that does not look at answers."""
    if not episode.pace_known or not episode.usual_step_ns or not episode.resend_ns:
        return False
    steps_ns = [episode.usual_step_ns] + ([episode.near_step_ns] if episode.near_rate_per_s else [])
    ratios = [episode.resend_ns / step_ns for step_ns in steps_ns]
    if not any(1 / settings.other_pace < ratio < settings.other_pace for ratio in ratios):
        return False
    varies = max(0.1, 3 * episode.resend_irregularity)
    return episode.resend_irregularity <= settings.regular and episode.usual_irregularity <= varies


def grows(episode: Episode, settings: StormSettings) -> bool:
    """Whether the pauses after failures grow by one factor, as an exponential backoff's do."""
    if episode.growth_steps < 3 or not 1.3 <= episode.growth <= 3:
        return False
    return episode.growth_spread / episode.growth <= settings.strictly_regular


class _Margins:
    """Runs tests and remembers them, each once."""

    def __init__(self) -> None:
        self._tests: dict[str, Margin] = {}

    def at_least(self, test: str, value: float, threshold: float) -> bool:
        return self._note(test, value, threshold, value >= threshold)

    def at_most(self, test: str, value: float, threshold: float) -> bool:
        return self._note(test, value, threshold, value <= threshold)

    def taken(self) -> tuple[Margin, ...]:
        return tuple(self._tests.values())

    def _note(self, test: str, value: float, threshold: float, passed: bool) -> bool:
        self._tests.setdefault(test, Margin(test, value, threshold, passed))
        return passed
