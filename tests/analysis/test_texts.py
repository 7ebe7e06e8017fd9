import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspan_analysis import texts
from traces import ns


@pytest.fixture
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "-"),
        (0, "0 s"),
        (1.5e-9, "1.50 ns"),
        (3.4e-5, "34.0 µs"),
        (0.00085, "850 µs"),
        (0.0123, "12.3 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (59.94, "59.9 s"),
        (119.94, "120 s"),
        (150, "2.50 min"),
        (7200, "2.00 h"),
        (172800, "2.0 d"),
        (1e9, "11,574.1 d"),
    ],
)
def test_a_length_of_time(seconds: float | None, text: str) -> None:
    assert texts.duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (0.001, "<0.01"), (0.04, "0.04"), (3.14159, "3.14"), (12.34, "12.3"), (1234.5, "1,234")],
)
def test_a_rate(number: float, text: str) -> None:
    assert texts.rate(number) == text


@pytest.mark.parametrize(
    ("share", "text"), [(None, "-"), (0, "0.0%"), (0.0001, "<0.1%"), (0.0005, "0.1%"), (0.5, "50.0%"), (1, "100.0%")]
)
def test_a_share(share: float | None, text: str) -> None:
    assert texts.percent(share) == text


def test_nothing_is_a_dot_so_that_something_stands_out() -> None:
    assert (texts.some(0), texts.some(12345), texts.some_percent(0.0), texts.some_percent(0.1)) == (
        "·",
        "12,345",
        "·",
        "10.0%",
    )


@pytest.mark.parametrize(("number", "text"), [(0, "0 errors"), (1, "1 error"), (1234, "1,234 errors")])
def test_counted_things(number: int, text: str) -> None:
    assert texts.counted(number, "error") == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(None, "-"), (0, "+0%"), (0.123, "+12%"), (-0.5, "-50%"), (1.99, "+199%"), (2, "x3.00"), (41, "x42.0")],
)
def test_a_change(ratio: float | None, text: str) -> None:
    assert texts.change(ratio) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1234, "1.23 kB"),
        (5_300_000, "5.30 MB"),
        (10**10, "10.0 GB"),
        (3 * 10**12, "3.00 TB"),
    ],
)
def test_a_size(number: int, text: str) -> None:
    assert texts.size(number) == text


@pytest.mark.usefixtures("utc")
def test_a_window_on_one_day_names_it_once() -> None:
    assert texts.stretch(ns(0), ns(900)) == "2026-09-21 14:13:20 to 14:28:20 UTC (15.0 min)"
    assert texts.stretch(ns(0), ns(86400)) == "2026-09-21 14:13:20 to 2026-09-22 14:13:20 UTC (24.0 h)"


@pytest.mark.usefixtures("utc")
def test_a_moment_with_and_without_its_date() -> None:
    assert texts.moment(ns(0.9)) == "2026-09-21 14:13:20"
    assert texts.moment(ns(0), date=False) == "14:13:20"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /plain", "GET /plain"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\rc\td", "a\\nb\\rc\\td"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202eb", "a\\u202eb"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("straße 東京 🎓", "straße 東京 🎓"),
        ("\ud800", "\\ud800"),
        ("line\u2028separator", "line\\u2028separator"),
    ],
)
def test_what_a_terminal_would_obey_is_written_out(text: str, shown: str) -> None:
    assert texts.printable(text) == shown


@given(st.text())
def test_nothing_unsafe_is_ever_left(text: str) -> None:
    assert not any(unicodedata.category(each)[0] == "C" for each in texts.printable(text))


@given(st.floats(0, 1e12))
def test_no_length_of_time_is_long_to_read(seconds: float) -> None:
    assert len(texts.duration(seconds)) <= 14
