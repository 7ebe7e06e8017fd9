"""The dashboard in a real browser: started as a person starts it, and the gestures of whoever looks at it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, TimeoutError

import outbound
from chromium import free_port, is_listening
from stores import eventually

Scheme = Literal["light", "dark"]
TABLE = "[data-testid=stDataFrame]"
CHART = ".js-plotly-plot .main-svg"
ROW_PX = 32


@contextmanager
def dashboard(source: Path) -> Iterator[str]:
    """The address of `hotspan dashboard SOURCE`, in a process of its own. Fails at the end if it asked another machine."""
    with started(source) as (address, _):
        yield address


@contextmanager
def started(source: Path) -> Iterator["tuple[str, subprocess.Popen[bytes]]"]:
    """The same, and the process."""
    port = free_port()
    command = [
        str(Path(sys.executable).with_name("hotspan")),
        "dashboard",
        str(source),
        "--port",
        str(port),
        "--no-browser",
    ]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | outbound.watched(Path(folder))
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) as server:
            try:
                eventually(lambda: is_listening(port) or server.poll() is not None, "the dashboard listens")
                yield f"http://127.0.0.1:{port}", server
            finally:
                server.terminate()
        assert not outbound.foreign(Path(folder))


def asked(page: Page, name: str) -> str:
    """What the address of the page says of a name."""
    return parse_qs(urlsplit(page.url).query).get(name, [""])[0]


def is_quiet(page: Page) -> None:
    """Waits until Streamlit has nothing left to do."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def click_row(page: Page, key: str, row: int, opens: Locator) -> None:
    """Clicks a row of a table, which is a canvas, until that is open: the page may still be moving below the mouse."""
    table = page.locator(f".st-key-{key} {TABLE}")

    def is_open() -> bool:
        table.locator("canvas").first.wait_for()
        is_quiet(page)
        table.click(position={"x": 60, "y": ROW_PX * (row + 1.5)})
        with suppress(TimeoutError):
            opens.wait_for(timeout=5000)
        return opens.is_visible()

    eventually(is_open, f"a click on row {row} of {key} opens something")


def drag(page: Page, chart: str, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draws a rectangle in a chart; places are shares of its width and height."""
    box = page.locator(f".st-key-{chart} .nsewdrag").first.bounding_box()
    assert box
    (x0, y0), (x1, y1) = (
        (box["x"] + box["width"] * right, box["y"] + box["height"] * down) for right, down in (start, end)
    )
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2, steps=5)
    page.mouse.move(x1, y1, steps=5)
    page.mouse.up()
