"""Viewers of a dashboard for soak.py: live pages in a real Chromium.

    python soak_viewers.py http://127.0.0.1:8501 HOW_MANY

Prints `watching` when all pages are there, ends when its standard input does, and then prints what failed on a page.
"""

import shutil
import sys
import threading

from playwright.sync_api import Page, sync_playwright

PAGES = ("", "storms", "endpoint")
PATIENCE_MS = 120_000
LOOK_EVERY_MS = 5_000
QUIET = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
QUIET += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


def watch(address: str, viewers: int, ended: threading.Event) -> list[str]:
    """What failed on the pages until it has ended: errors of scripts, and what Streamlit shows of ours."""
    failed: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        pages = [browser.new_page() for _ in range(viewers)]
        for place, page in enumerate(pages):
            page.on("pageerror", lambda error: failed.append(str(error)))
            page.goto(f"{address}/{PAGES[place % len(PAGES)]}?live=true&window=5m", timeout=PATIENCE_MS)
            page.wait_for_selector("[data-testid=stApp]", timeout=PATIENCE_MS)
        print("watching", flush=True)
        while not ended.is_set():
            pages[0].wait_for_timeout(LOOK_EVERY_MS)
            failed += [found for page in pages for found in exceptions(page)]
        browser.close()
    return failed


def exceptions(page: Page) -> list[str]:
    """Tracebacks on a page."""
    return page.locator("[data-testid=stException]").all_inner_texts()


def main() -> None:
    ended = threading.Event()
    threading.Thread(target=_wait_for_the_end, args=(ended,), daemon=True).start()
    for each in sorted(set(watch(sys.argv[1], int(sys.argv[2]), ended))):
        print(f"hotspan cannot be watched: {each}", flush=True)


def _wait_for_the_end(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


if __name__ == "__main__":
    main()
