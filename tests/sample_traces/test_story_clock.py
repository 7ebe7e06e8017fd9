"""The story's clock, at its own speed and at others."""

import pytest

from hotspan_sample_traces.story_clock import StoryClock

NINE = 9 * 3600.0
BEGAN_NS = 1_790_000_000_000_000_000


def at(seconds: float) -> int:
    return BEGAN_NS + round(seconds * 1e9)


@pytest.mark.parametrize(
    ("hour_s", "seconds", "shown"),
    [
        (3600.0, 0.0, "09:00:00"),
        (3600.0, 61.0, "09:01:01"),
        (60.0, 1.0, "09:01:00"),
        (60.0, 59.999, "09:59:59"),
        (60.0, 15 * 60.0, "00:00:00"),
    ],
)
def test_shows_the_time_of_day(hour_s: float, seconds: float, shown: str) -> None:
    assert StoryClock(BEGAN_NS, NINE, hour_s).time_of_day(at(seconds)) == shown


def test_the_next_forty_is_in_this_hour_or_in_the_next() -> None:
    clock = StoryClock(BEGAN_NS, NINE, 3600.0)
    assert clock.next_minute(40, at(0)) == (9, 2400.0)
    assert clock.next_minute(40, at(2399)) == (9, 1.0)
    assert clock.next_minute(40, at(2400)) == (10, 3600.0)


def test_a_short_hour_is_waited_for_in_real_seconds() -> None:
    clock = StoryClock(BEGAN_NS, NINE + 30 * 60, 60.0)
    hour, wait_s = clock.next_minute(40, at(0))
    assert hour == 9
    assert wait_s == pytest.approx(10.0)


def test_hours_are_counted_past_midnight() -> None:
    assert StoryClock(BEGAN_NS, 23.75 * 3600, 3600.0).next_minute(40, at(0)) == (24, 55 * 60.0)
