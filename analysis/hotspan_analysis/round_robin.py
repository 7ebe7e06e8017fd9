"""Work told from when requests came and went, if a server works on them in turns: a queue that each goes through again.

A request that comes to a line of n waits for those n turns before its own; and again for its next turn, in the line as it
is by then. So in a growing crowd it gets more than its share of the moment, and in a shrinking one less: the line that
it stands in is as long as it was when it went there.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hotspan_analysis.capacity import Stay
from hotspan_analysis.queue_model import NEVER

ENOUGH_STEPS: Final = 40
EXACT: Final = 1e-4
"""Of the work: nearer than that it need not be found."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """How long the line was at each moment, in turns of the endpoint's requests."""

    at_s: Sequence[float]
    turns: Sequence[float]

    @classmethod
    def of(cls, stays: Sequence[Stay], weight: float) -> "Crowd":
        """The crowd of these requests; those beside the endpoint count by `weight`, what their turns take of a turn."""
        moments = [(stay.sent_s, 1.0 if stay.sender >= 0 else weight) for stay in stays]
        moments += [(stay.done_s, -1.0 if stay.sender >= 0 else -weight) for stay in stays if stay.done_s < NEVER]
        at_s, turns, level = [-NEVER], [0.0], 0.0
        for moment_s, step in sorted(moments):
            level += step
            at_s.append(moment_s)
            turns.append(level)
        return cls(at_s, turns)

    def demand_s(self, stay: Stay, turns: int, capacity: float, until_s: float) -> float:
        """The work, in that many turns alike, that ends when this request did, or has got that far by `until_s`."""
        end_s = min(stay.done_s, until_s)
        low_s, high_s = 0.0, (end_s - stay.sent_s) / turns
        for _ in range(ENOUGH_STEPS):
            if high_s - low_s <= EXACT * high_s:
                break
            turn_s = (low_s + high_s) / 2
            if self._ends_after(stay.sent_s, turn_s, turns, capacity, end_s):
                high_s = turn_s
            else:
                low_s = turn_s
        return turns * high_s

    def _ends_after(self, now_s: float, turn_s: float, turns: int, capacity: float, end_s: float) -> bool:
        at_s, line = self.at_s, self.turns
        for _ in range(turns):
            now_s += turn_s * max(1.0, line[bisect_right(at_s, now_s) - 1] / capacity)
            if now_s > end_s:
                return True
        return False
