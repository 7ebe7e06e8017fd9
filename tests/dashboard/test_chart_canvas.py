"""The canvas in a real browser: 200,000 requests, reached by mouse and by keyboard."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chromium import free_port, is_listening, opened
from stores import eventually

SCRIPT = """
import streamlit as st
from hotspan_analysis import Window
from hotspan_analysis.lanes import Attempt, Lanes
from hotspan_dashboard.charts.canvas_lanes import canvas_lanes

FIRST, SECOND = 1_790_000_000_000_000_000, 10**9

@st.cache_resource
def many():
    rows = [one(number) for number in range(200_000)]
    return Lanes(rows, Window(FIRST, FIRST + 3600 * SECOND), [])

def one(number):
    at = FIRST + number * 18 * SECOND // 1000
    return Attempt("app", "web", "GET /<img src=x onerror=alert(1)>", f"{number % 20:08x}00000000", "session",
                   number // 20 % 3, at, at, at + SECOND, 503 if number % 7 == 0 else 200, number % 7 == 0, False, False, False,
                   number % 3 > 0, None)

chosen = canvas_lanes(many(), "lanes")
st.text("nothing chosen" if chosen is None else f"chosen {chosen.client} at {chosen.arrival_ns}")
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Streamlit server that shows nothing but the canvas."""
    script: Path = tmp_path_factory.mktemp("canvas") / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    port = free_port()
    options = {"server.port": port, "server.address": "127.0.0.1", "server.headless": "true"}
    options |= {"browser.gatherUsageStats": "false", "server.fileWatcherType": "none"}
    arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", str(script), *arguments], stdout=subprocess.DEVNULL
    )
    try:
        eventually(lambda: is_listening(port), "Streamlit listens")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def shown(page: Page) -> dict[str, float]:
    """How many bars the canvas painted, and how long that took."""
    told = page.locator("canvas").evaluate("canvas => ({...canvas.dataset})")
    return {name: float(figure) for name, figure in told.items()}


def test_200_000_requests_are_drawn_zoomed_and_chosen(address: str) -> None:
    with opened(address) as page:
        canvas = page.locator("canvas")
        canvas.wait_for()
        assert "Lanes of 200,000 requests of 20 clients" in str(canvas.get_attribute("aria-label"))
        expect(page.get_by_text("nothing chosen")).to_be_visible()
        assert 100 < shown(page)["bars"] <= 200_000
        whole = shown(page)
        canvas.hover(position={"x": 400, "y": 40})
        for _ in range(20):
            page.mouse.wheel(0, -300)
        assert shown(page)["bars"] < whole["bars"], "zoomed in, fewer are in sight"
        canvas.hover(position={"x": 402, "y": 40})
        tip = page.locator(".tip")
        expect(tip).to_contain_text("GET /<img src=x onerror=alert(1)>")
        expect(tip).to_contain_text("client 000000")
        canvas.click(position={"x": 402, "y": 40})
        expect(page.get_by_text("chosen 000000")).to_be_visible()


def test_the_keyboard_reaches_every_bar(address: str) -> None:
    with opened(address, scheme="dark") as page:
        page.locator("canvas").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator(".told")).to_contain_text("failed, status 503, client 0000000000000000")
        page.keyboard.press("ArrowRight")
        expect(page.locator(".told")).to_contain_text("answered, status 200, duplicate, client 0000000100000000")
        page.keyboard.press("Enter")
        expect(page.get_by_text("chosen 0000000100000000 at 1790000000018000000")).to_be_visible()
        page.keyboard.press("w")
        page.keyboard.press("d")
        page.keyboard.press("0")
        page.locator("canvas").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") != "CANVAS", "the canvas does not hold the keyboard"
