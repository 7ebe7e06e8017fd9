import itertools
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspan_analysis.window import SECOND_NS, Window, iso, parse_duration, parse_moment, parse_window, whole_seconds
from hotspan_collector.errors import BadInputError

NOON_NS = 1_790_000_000 * SECOND_NS
"""2026-09-21T14:13:20Z"""
DATA = Window(NOON_NS - 3600 * SECOND_NS, NOON_NS)


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND_NS


def test_a_window_is_half_open() -> None:
    window = Window(10, 20)
    assert [window.contains(moment) for moment in (9, 10, 19, 20)] == [False, True, True, False]


def test_a_window_follows_the_previous_one_without_gap_or_overlap() -> None:
    assert Window(100, 130).previous() == Window(70, 100)


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5)])
def test_a_window_must_last(start: int, end: int) -> None:
    with pytest.raises(BadInputError, match="not after its start"):
        Window(start, end)


@pytest.mark.parametrize(
    ("first", "after", "seconds"),
    [(0, 1, (0, 1)), (0, SECOND_NS, (0, 1)), (5, SECOND_NS + 1, (0, 2)), (SECOND_NS, SECOND_NS, (1, 2))],
)
def test_whole_seconds_hold_everything_and_last_one_at_least(first: int, after: int, seconds: tuple[int, int]) -> None:
    assert whole_seconds(first, after) == Window(seconds[0] * SECOND_NS, seconds[1] * SECOND_NS)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("90s", 90),
        ("15m", 900),
        ("2h", 7200),
        ("1h30m", 5400),
        ("7d", 604800),
        ("1.5h", 5400),
        ("1w", 604800),
    ],
)
def test_lengths_of_time(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds * SECOND_NS


@pytest.mark.parametrize("text", ["", "15", "m", "-5m", "15 m", "1x", "0s", "5m!", "1h 30m"])
def test_what_is_no_length_of_time_says_how_to_write_one(text: str) -> None:
    with pytest.raises(BadInputError, match="write for example"):
        parse_duration(text)


def test_the_last_stretch_of_the_data() -> None:
    assert parse_window("15m", DATA) == Window(NOON_NS - 900 * SECOND_NS, NOON_NS)


def test_a_clock_is_the_last_one_that_the_data_reach() -> None:
    assert parse_moment("14:13", before_ns=NOON_NS, zone=UTC) == at("2026-09-21T14:13:00+00:00")
    assert parse_moment("14:14", before_ns=NOON_NS, zone=UTC) == at("2026-09-20T14:14:00+00:00")
    assert parse_moment("9:40:30", before_ns=NOON_NS, zone=UTC) == at("2026-09-21T09:40:30+00:00")


def test_a_clock_is_read_in_the_zone_that_is_given() -> None:
    berlin_in_summer = timezone(timedelta(hours=2))
    assert parse_moment("16:00", before_ns=NOON_NS, zone=berlin_in_summer) == at("2026-09-21T14:00:00+00:00")


def test_between_two_clocks() -> None:
    window = parse_window("14:00/14:10", DATA, zone=UTC)
    assert window == Window(at("2026-09-21T14:00:00+00:00"), at("2026-09-21T14:10:00+00:00"))


def test_two_clocks_may_stand_on_both_sides_of_midnight() -> None:
    window = parse_window("23:50/00:10", DATA, zone=UTC)
    assert window == Window(at("2026-09-20T23:50:00+00:00"), at("2026-09-21T00:10:00+00:00"))


def test_an_open_side_is_the_edge_of_the_data() -> None:
    assert parse_window("14:00/", DATA, zone=UTC) == Window(at("2026-09-21T14:00:00+00:00"), NOON_NS)
    assert parse_window("/14:00", DATA, zone=UTC) == Window(DATA.from_ns, at("2026-09-21T14:00:00+00:00"))


@pytest.mark.parametrize("text", ["2026-09-21T14:00:00Z", "2026-09-21T16:00:00+02:00", "2026-09-21 14:00"])
def test_iso_moments(text: str) -> None:
    assert parse_moment(text, before_ns=0, zone=UTC) == at("2026-09-21T14:00:00+00:00")


def test_a_day_begins_at_midnight() -> None:
    assert parse_moment("2026-09-21", before_ns=0, zone=UTC) == at("2026-09-21T00:00:00+00:00")


@pytest.mark.parametrize("text", ["yesterday", "25:00", "09:61", "2026-13-01", "", "9.40"])
def test_what_is_no_moment_says_how_to_write_one(text: str) -> None:
    with pytest.raises(BadInputError, match="09:40"):
        parse_moment(text, before_ns=NOON_NS, zone=UTC)


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(BadInputError, match="swap the two"):
        parse_window("2026-09-22/2026-09-21", DATA, zone=UTC)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (NOON_NS + 1, "2026-09-21T14:13:20.000000001Z"),
        (NOON_NS + 500_000_000, "2026-09-21T14:13:20.5Z"),
    ],
)
def test_iso_keeps_every_nanosecond(moment: int, text: str) -> None:
    assert iso(moment) == text


@given(st.integers(0, 4_000_000_000 * SECOND_NS))
def test_iso_sorts_as_time_does_and_can_be_read_again(moment: int) -> None:
    whole = moment - moment % 1000
    assert parse_moment(iso(whole), before_ns=0) == whole


@given(st.lists(st.integers(0, 100), min_size=2, max_size=10, unique=True), st.integers(0, 100))
def test_windows_side_by_side_hold_every_moment_once(edges: list[int], moment: int) -> None:
    edges.sort()
    windows = [Window(start, end) for start, end in itertools.pairwise(edges)]
    assert sum(window.contains(moment) for window in windows) == (edges[0] <= moment < edges[-1])
