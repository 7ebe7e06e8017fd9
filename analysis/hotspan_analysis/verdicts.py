"""Guilty or not: the rules that turn measurements into a storm, a pile-up, a failing poller, a loop, or nothing.

Each rule is a test with a name, the value found and the threshold, so that a finding can say by how much it passed.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from statistics import median
from typing import Final, Literal

from hotspan_analysis.episodes import Episode
from hotspan_analysis.storm_settings import StormSettings

Kind = Literal["storm", "pile_up", "failing_poller", "hot_loop", "nothing"]
Confidence = Literal["certain", "high", "suspected"]
Found = tuple[Kind, str, Confidence]
"""What it is, by which rule, how surely."""

GRAVEST_FIRST: Final[tuple[Kind, ...]] = ("storm", "hot_loop", "failing_poller", "pile_up", "nothing")
UNKNOWN_PACE: Final = "usual pace unknown"


@dataclass(frozen=True, slots=True)
class Margin:
    """One test: what was found, what was asked for, and whether that was enough."""

    test: str
    value: float
    threshold: float
    passed: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an episode is, by which rule, how surely, and the tests on the way."""

    kind: Kind
    rule: str
    confidence: Confidence
    margins: tuple[Margin, ...]


def judge(episode: Episode, settings: StormSettings) -> Verdict:
    """The verdict on an episode: the gravest of what it did while waiting and what it did after failures."""
    margins = _Margins()
    if not margins.at_least("occasions", episode.occasions, settings.fewest_duplicates):
        return Verdict("nothing", "one burst to many targets", "high", margins.taken())
    found = [_while_waiting(episode, settings, margins), _after_failures(episode, settings, margins)]
    kind, rule, confidence = min(found, key=lambda each: GRAVEST_FIRST.index(each[0]))
    return Verdict(kind, rule, confidence, margins.taken())


def with_company(judged: Iterable[tuple[Episode, Verdict]], settings: StormSettings) -> list[tuple[Episode, Verdict]]:
    """The same verdicts, but for clients of which too little is known alone, and enough together.

    When several clients of one endpoint resend at the same distance, the page that they share has a clock.
    """
    judged = list(judged)
    unsure: dict[tuple[str, str], list[Episode]] = defaultdict(list)
    for episode, verdict in judged:
        if verdict.rule == UNKNOWN_PACE and episode.clock_steps and not is_heedless(episode):
            unsure[episode.service, episode.endpoint].append(episode)
    alike = {(each.lane, each.episode) for group in unsure.values() for each in _with_one_clock(group, settings)}
    return [
        (episode, _in_company(verdict) if (episode.lane, episode.episode) in alike else verdict)
        for episode, verdict in judged
    ]


def driven_by_answers(episode: Episode, settings: StormSettings) -> bool:
    """Whether the client sends because an answer came: workers, long polls.

    A browser that is out of connections looks like it, too, but its first attempts follow a clock.
    """
    if episode.records < settings.fewest_late:
        return True
    follows_a_clock = episode.clock_steps >= settings.fewest_late and episode.resend_irregularity <= settings.regular
    return episode.coupling >= settings.coupled and not follows_a_clock


def keeps_its_pace(episode: Episode, settings: StormSettings) -> bool:
    """Whether the resend gap is the client's usual step: an interval that does not look at answers.

    Steps that usually vary and do not vary while waiting are not the same, whatever their median.
    """
    if not episode.pace_known or not episode.usual_step_ns or not episode.resend_ns:
        return False
    steps_ns = [episode.usual_step_ns] + ([episode.near_step_ns] if episode.near_rate_per_s else [])
    ratios = [episode.resend_ns / step_ns for step_ns in steps_ns]
    if not any(1 / settings.other_pace < ratio < settings.other_pace for ratio in ratios):
        return False
    varies = max(0.1, 3 * episode.resend_irregularity)
    return episode.resend_irregularity <= settings.regular and episode.usual_irregularity <= varies


def is_regular(episode: Episode, settings: StormSettings) -> bool:
    """Whether the resend gaps are those of a clock; of few gaps more is asked, for they may agree by chance."""
    return episode.resend_irregularity <= settings.regular * (1 - 3 / max(episode.clock_steps, 3))


def is_heedless(episode: Episode) -> bool:
    """Whether answers came and none of them ever made the client pause, as with an interval that looks at nothing."""
    return episode.answered_meanwhile >= 3 and not episode.long_steps and episode.coupling < 0.5


def grows(episode: Episode, settings: StormSettings) -> bool:
    """Whether the pauses after failures grow by one factor, as an exponential backoff's do.

    Between pauses of a few ticks of a coarse clock every ratio is one of a few, which proves nothing.
    """
    if episode.precision_ns > 1 and episode.gap_ns < 5 * episode.precision_ns:
        return False
    if episode.growth_steps < 3 or not 1.3 <= episode.growth <= 3:
        return False
    return episode.growth_spread / episode.growth <= settings.strictly_regular


def leaves(episode: Episode, settings: StormSettings) -> bool:
    """Whether the client left before it sent a further attempt, mostly."""
    return episode.after_leaving >= settings.announced * episode.duplicates and not episode.left_for_good


def _while_waiting(episode: Episode, settings: StormSettings, margins: "_Margins") -> Found:
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
        return "pile_up", "keeps its pace whether answered or not", "high"
    if leaves(episode, settings):
        return "storm", "left and asked again", "high"
    return _accelerating(episode, settings, margins)


def _accelerating(episode: Episode, settings: StormSettings, margins: "_Margins") -> Found:
    regular = is_regular(episode, settings)
    echoes = margins.at_least("echo", episode.echo_z, settings.echo) and episode.echo_share >= settings.echo_share
    if not episode.pace_known:
        return _at_unknown_pace(episode, regular or echoes)
    faster = margins.at_least("acceleration", episode.acceleration, settings.acceleration)
    enough = settings.significance_of_clocks if regular else settings.significance
    surely = margins.at_least("significance", episode.significance, enough)
    if surely and echoes and episode.acceleration >= settings.acceleration_of_crowds:
        return "storm", "comes again at one distance, and faster while waiting", "high"
    if episode.many_people and not regular:
        return "pile_up" if surely and faster else "nothing", "a rush or a storm, nothing tells them apart", "high"
    if surely and faster:
        return "storm", "faster while waiting", "high"
    gives_up = episode.aborted >= settings.leavers * episode.attempts
    if gives_up and surely and episode.acceleration >= settings.acceleration_of_leavers:
        return "storm", "leaves and asks again", "high"
    if regular and _has_a_clock_of_its_own(episode, settings):
        return "storm", "a clock of its own while waiting", "high"
    return "pile_up" if regular else "nothing", "no faster than usual", "high"


def _at_unknown_pace(episode: Episode, clocked: bool) -> Found:
    """Nothing to compare with: a clock that some answers did stop is suspected, one that none did only piles up."""
    if not clocked:
        return "nothing", UNKNOWN_PACE, "high"
    if is_heedless(episode):
        return "pile_up", "no answer made it pause", "high"
    return "storm", "regular while waiting", "suspected"


def _has_a_clock_of_its_own(episode: Episode, settings: StormSettings) -> bool:
    """Whether the client's usual steps are known, and another process than these.

    Those of the other clients of the endpoint will do where these agree among themselves.
    """
    own = episode.pace_level in ("target", "client")
    agreed = episode.pace_level == "endpoint" and episode.usual_irregularity <= settings.regular
    known = (own or agreed) and episode.usual_step_ns > 0
    return known and episode.resend_irregularity <= settings.strictly_regular


def _after_failures(episode: Episode, settings: StormSettings, margins: "_Margins") -> Found:
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
    if episode.usual_step_ns and episode.retry_step_ns * settings.other_pace > episode.usual_step_ns:
        return "failing_poller", "no faster than usual", "high"
    shaped = immediate or grows(episode, settings) or episode.gap_irregularity <= settings.strictly_regular
    enough = settings.unlikely_with_shape if shaped else settings.unlikely
    if margins.at_most("chance of such pauses", episode.chance_of_pauses(), enough):
        return "storm", "sooner after failures than after answers", "high"
    return "nothing", "pauses as usual", "high"


def is_immediate(episode: Episode, settings: StormSettings) -> bool:
    """Whether there is no pause between a failure and the next attempt; a clock of whole seconds hides up to one."""
    allowed_ns = settings.immediate_s * 1e9 + (episode.precision_ns if episode.precision_ns > 1 else 0)
    return episode.gap_p90_ns <= allowed_ns


def _retries_at_unknown_pace(episode: Episode, settings: StormSettings, immediate: bool) -> Found:
    """Something that never worked, or only once: a retry loop is for one thing and stops when it has it; a poller goes on."""
    if episode.late and driven_by_answers(episode, settings):
        return "failing_poller", "asks again at once whatever the answer", "high"
    surely_grows = grows(episode, settings) and episode.growth_steps >= settings.fewest_duplicates
    if episode.precision_ns == 1 and (immediate or surely_grows):
        return "storm", "retries like a program", "suspected"
    allowed = settings.strictly_regular * (1 - 3 / episode.after_failure)
    steady = episode.gap_ns > 0 and episode.gap_spread_ns / episode.gap_ns <= allowed
    if steady and (episode.retried_well or episode.retried_targets > 1):
        return "storm", "asks for each thing until it is there", "suspected"
    return "failing_poller", "never seen to work", "high"


def _with_one_clock(group: list[Episode], settings: StormSettings) -> list[Episode]:
    middle_ns = median(episode.resend_ns for episode in group)
    alike = [each for each in group if abs(each.resend_ns - middle_ns) <= settings.regular * middle_ns]
    steps = sum(each.clock_steps for each in alike)
    enough = len({each.client for each in alike}) >= settings.company and steps >= 2 * settings.fewest_duplicates
    return alike if enough else []


def _in_company(verdict: Verdict) -> Verdict:
    return replace(verdict, kind="storm", rule="the same clock as others here", confidence="suspected")


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
