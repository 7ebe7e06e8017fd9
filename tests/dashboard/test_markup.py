"""Text is shown and never obeyed."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspan_dashboard import markup
from hotspan_dashboard.names import shown

HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "**bold** _it_ `code` $x^2$", ":skull: :red[no]",
    "[a](https://example.org)", "\u202egnp.exe", "</p><h1>", '" onmouseover="x', "a\x00b\x1b[31m", "&lt;b&gt;",
]  # fmt: skip


def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    sent: list[str] = []
    monkeypatch.setattr("streamlit.html", lambda body, **_: sent.append(body))
    return sent


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_becomes_an_element(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    sent = written(monkeypatch)
    markup.say(text, "bad")
    markup.heading(text, text)
    markup.points([("For it", text)])
    for body in sent:
        tags = {part.split(" ")[0].split(">")[0].strip("/") for part in body.split("<")[1:]}
        assert tags <= {"p", "h2", "dl", "dt", "dd", "br"}
        assert 'onmouseover="' not in body
        assert not set(body) & set("\u202e\x00\x1b")


def test_a_long_name_is_cut_where_it_can_be_seen() -> None:
    assert shown("x" * 10_000) == "x" * 159 + "…"
    assert shown("x" * 160) == "x" * 160
    assert shown("short") == "short"


@given(st.text(max_size=300))
def test_nothing_that_is_shown_can_turn_or_hide_text(text: str) -> None:
    for character in shown(text):
        assert character.isprintable() or unicodedata.category(character) == "Zs"


def test_what_is_bad_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = written(monkeypatch)
    markup.say("broken", "bad")
    markup.say("fine")
    assert [' role="alert"' in body for body in sent] == [True, False]


def test_points_of_one_mark_stand_together(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = written(monkeypatch)
    markup.points([("For it", "a"), ("Against", "b"), ("For it", "c")])
    assert sent[0].count("<dt") == 2
    assert "a<br>c" in sent[0]
