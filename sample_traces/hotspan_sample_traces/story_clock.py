"""The story's clock: which time of day it is in a run whose hours may be shorter than ours."""

from dataclasses import dataclass

_DAY_S = 86_400.0
_HOUR_S = 3_600.0


@dataclass(frozen=True, slots=True)
class StoryClock:
    """`start_s` seconds after midnight when the real clock said `started_ns`; an hour takes `hour_s` real seconds."""

    started_ns: int
    start_s: float
    hour_s: float

    def story_s(self, now_ns: int) -> float:
        """Seconds since the story's first midnight."""
        return self.start_s + (now_ns - self.started_ns) / 1e9 * _HOUR_S / self.hour_s

    def time_of_day(self, now_ns: int) -> str:
        """What a clock on the wall of the story shows: 09:40:07."""
        second = int(self.story_s(now_ns) % _DAY_S)
        return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"

    def next_minute(self, minute: int, now_ns: int) -> tuple[int, float]:
        """The next hour that reaches `minute` past it, counted from the first midnight, and real seconds until then."""
        story_s = self.story_s(now_ns)
        hour = int(story_s // _HOUR_S)
        if story_s >= hour * _HOUR_S + minute * 60:
            hour += 1
        return hour, (hour * _HOUR_S + minute * 60 - story_s) * self.hour_s / _HOUR_S
