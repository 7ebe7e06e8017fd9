"""Which answers a client heeds: what tells a timeout from a timer where nobody records that clients leave.

Both send again by a clock. A timer that waits for an answer stops at the first one, to whichever attempt. A timeout has
given up all attempts but its last: it goes on after answers to earlier ones, and stops after so many without any.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from hotspan_analysis.episodes import Episode
from hotspan_analysis.habits import is_regular
from hotspan_analysis.storm_settings import StormSettings

_SAME_CLOCK: Final = 1.1
"""Resend gaps of clients of one endpoint that differ by less are those of one program."""
_DRIVEN_BY_CONNECTIONS: Final = 0.5
"""From this coupling on a client sends mostly when a connection becomes free, so that stopping tells nothing."""


def hear_last_only(episodes: Iterable[Episode], settings: StormSettings) -> set[tuple[int, int]]:
    """Lane and episode of those that heed the answer to their last attempt only.

    Clients of one endpoint with the same clock run the same program, so they are looked at together: as many signs as
    make an episode late, and twice as many stretches that show one as show the contrary.
    """
    by_endpoint: dict[tuple[str, str], list[Episode]] = defaultdict(list)
    for episode in episodes:
        driven = episode.many_people or episode.coupling >= _DRIVEN_BY_CONNECTIONS
        if not driven and episode.clock_steps and is_regular(episode, settings):
            by_endpoint[episode.service, episode.endpoint].append(episode)
    return {
        (each.lane, each.episode)
        for alike in by_endpoint.values()
        for program in _programs(alike)
        if _hears_last_only(program, settings)
        for each in program
    }


def _programs(episodes: list[Episode]) -> list[list[Episode]]:
    """The episodes of one endpoint, by the clock they have."""
    programs: list[list[Episode]] = []
    for each in sorted(episodes, key=lambda episode: episode.resend_ns):
        if programs and each.resend_ns <= _SAME_CLOCK * programs[-1][-1].resend_ns:
            programs[-1].append(each)
        else:
            programs.append([each])
    return programs


def _hears_last_only(program: list[Episode], settings: StormSettings) -> bool:
    given_up = [each for each in program if each.given_up_runs]
    lengths = {length for each in given_up for length in (each.shortest_given_up, each.longest_given_up)}
    # A program gives up after so many attempts, always as many. What stops at a deploy or with a tab is of any length.
    gave_up = sum(each.given_up_runs for each in given_up) if len(lengths) == 1 else 0
    if sum(each.heedless for each in program) + gave_up < settings.fewest_late:
        return False
    heeding = sum(each.heeding_runs for each in program)
    return sum(each.heedless_runs for each in program) + gave_up >= 2 * heeding
