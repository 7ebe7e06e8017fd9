"""A real browser in tests: Debian's Chromium, headless. A page that asks any other host for anything fails its test."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect, sync_playwright

PATIENCE_MS = 60_000
"""How long a test waits for what should take a second, on a machine that does other things too."""

expect.set_options(timeout=PATIENCE_MS)

_QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_OWN_HOSTS = {"127.0.0.1", "localhost", ""}


@contextmanager
def opened(
    url: str,
    *,
    scheme: Literal["light", "dark"] = "light",
    width: int = 1200,
    height: int = 900,
    zone: str | None = None,
) -> Iterator[Page]:
    """The page at the URL, in a browser of its own. Fails at the end if it asked another host, or if a script failed."""
    executable = shutil.which("chromium")
    assert executable, "the dashboard's tests need Chromium: run `make browser`"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_QUIET)
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height}, timezone_id=zone)
        page.set_default_timeout(PATIENCE_MS)
        asked: list[str] = []
        failed: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        try:
            page.goto(url)
            yield page
        finally:
            browser.close()
    assert not foreign(asked)
    assert not failed


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def is_listening(port: int) -> bool:
    """Whether a server takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def foreign(urls: list[str]) -> list[str]:
    """Those of the URLs that lead to another host."""
    return [url for url in urls if (urlsplit(url).hostname or "") not in _OWN_HOSTS]
