"""The view of the URL: windows, pinned ones among them, live or frozen, and one answer for all who ask the same."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dashboards import Page
from hotspan_analysis import Window
from hotspan_dashboard import answers
from hotspan_dashboard.view import View
from traces import ns


def test_times_are_those_of_the_readers_clock_and_say_so() -> None:
    window = Window(ns(0), ns(60))
    berlin = View(window=window, data=window, zone=ZoneInfo("Europe/Berlin"), live=False, as_of=0)
    assert berlin.stretch() == "2026-09-21 16:13:20 to 16:14:20 CEST (60.0 s)"
    assert berlin.zone_name == "CEST"
    assert berlin.clock(ns(1), date=True) == "2026-09-21 16:13:21"
    assert berlin.clock(ns(60 * 86_400)) == "16:13:20", "CEST in November too: one zone in the whole view"


def test_the_window_of_the_controls(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    assert "14:13:20 to 14:15:22 UTC" in Page(monkeypatch, incident, window="all").text
    assert "14:15:12 to 14:15:22 UTC" in Page(monkeypatch, incident, range="10s").text
    assert "14:14:00 to 14:15:00 UTC" in Page(monkeypatch, incident, window="5m", range="2026-09-21T14:14Z/14:15").text


def test_a_pinned_window_stays_whatever_comes(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    page = Page(monkeypatch, incident)
    next(button for button in page.test.button if button.label == "Pin this window").click()
    page.run()
    assert page.test.text_input(key="range").value == "2026-09-21T14:13:20Z/2026-09-21T14:15:22Z"
    assert not any(button.label == "Pin this window" for button in page.test.button)


def test_a_recording_is_never_live(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    assert "looking again" not in Page(monkeypatch, incident, live="true").text


def test_the_same_question_is_asked_once_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Counting:
        def endpoints(self, sort: str) -> list[str]:
            asked.append(sort)
            return [sort]

    monkeypatch.setattr(answers, "traces", Counting)
    for _ in range(3):
        assert answers.ask(-1, "endpoints", "time") == ["time"]
    assert answers.ask(-1, "endpoints", "errors") == ["errors"]
    assert answers.ask(-2, "endpoints", "time") == ["time"]
    assert asked == ["time", "errors", "time"]


def test_what_went_wrong_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "traces", lambda: None)
    for _ in range(2):
        with pytest.raises(AttributeError):
            answers.ask(-3, "endpoints")


def test_the_source_is_named_as_one_would_type_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(answers.SOURCES, '["a b.jsonl", "c.gz"]')
    assert answers.named() == "'a b.jsonl' c.gz"
