"""What the dashboard costs: the wire, page by page and tick by tick in a real browser; the start; memory while it runs.

Bytes are gates, the program ends with 1 when one does not hold: the first view of the Overview below 150 kB of data, a
live tick below 60 kB on every page. Times and memory are told only. Needs Chromium; see `make browser`.

    python benchmarks/dashboard.py                 # 2 minutes live
    python benchmarks/dashboard.py --minutes 10
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.sync_api import Page, Response
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from live_traffic import SAVE, flowing  # after the path of the tests

from chromium import PATIENCE_MS, opened  # beside the tests
from dashboard_browser import started  # the same

OVERVIEW_BYTES = 150_000
TICK_BYTES = 60_000
TABLE = "[data-testid=stDataFrame] canvas"
PAGES = {
    "overview": "/?live=true",
    "endpoint": f"/endpoint?live=true&endpoint={quote(SAVE)}",
    "storms": "/storms?live=true",
    "compare": "/compare?live=true&range=5m",
    "jobs": "/jobs?live=true",
}


@dataclass
class Wire:
    """What came to one page: bytes of the files that every page shares, and of data by message, run by run of its script."""

    assets: int = 0
    runs: list[Counter[str]] = field(default_factory=lambda: [Counter()])
    """The last one is going on."""

    @property
    def sizes(self) -> list[int]:
        """Bytes of the runs that have ended."""
        return [run.total() for run in self.runs[:-1]]

    def listen(self, page: Page) -> None:
        """From now on counts what the page receives."""
        page.on("websocket", lambda socket: socket.on("framereceived", self._frame))
        page.on("response", self._response)

    def clear(self) -> None:
        """Forgets the runs that have ended."""
        del self.runs[:-1]

    def _frame(self, payload: str | bytes) -> None:
        data = payload.encode() if isinstance(payload, str) else payload
        message = ForwardMsg.FromString(data)
        self.runs[-1][_named(message)] += len(data)
        if message.WhichOneof("type") == "script_finished":
            self.runs.append(Counter())

    def _response(self, response: Response) -> None:
        size = int(response.headers.get("content-length", 0))
        if urlsplit(response.url).path.startswith(("/static/", "/favicon")):
            self.assets += size
        else:
            self.runs[-1]["HTTP"] += size


def _named(message: ForwardMsg) -> str:
    """`plotly_chart storm-lanes:lanes`, `html`, `script_finished`."""
    kind: str = message.WhichOneof("type") or "nothing"
    element = message.delta.new_element if message.delta.WhichOneof("type") == "new_element" else None
    if element is None:
        return kind
    kind = element.WhichOneof("type") or kind
    return f"{kind} {getattr(getattr(element, kind), 'id', '').rpartition('-')[2]}".strip()


def opening(address: str) -> tuple[float, float, Wire]:
    """Seconds until the first words and until the ranked table, in a new browser; and what that took on the wire."""
    with opened("about:blank") as page:
        wire = Wire()
        wire.listen(page)
        began = time.perf_counter()
        page.goto(address)
        page.get_by_role("heading", name="Overview").wait_for()
        words_s = time.perf_counter() - began
        page.locator(f".st-key-ranked {TABLE}").first.wait_for()
        table_s = time.perf_counter() - began
        _until(page, lambda: bool(wire.sizes))
        return words_s, table_s, wire


def ticking(address: str, ticks: int) -> tuple[dict[str, int], dict[str, Wire]]:
    """Bytes of data of each page's first view, and what came with its next ticks, all pages open at once."""
    with opened("about:blank") as page:
        wires = {name: Wire() for name in PAGES}
        for name, wire in wires.items():
            tab = _another(page)
            wire.listen(tab)
            tab.goto(address + PAGES[name], timeout=PATIENCE_MS)
        _until(
            page, lambda: all(len(wire.sizes) >= 2 for wire in wires.values())
        )  # the first tick may complete the view
        first = {name: sum(wire.sizes) for name, wire in wires.items()}
        for wire in wires.values():
            wire.clear()
        _until(page, lambda: all(len(wire.sizes) >= ticks for wire in wires.values()))
    return first, wires


def memory(address: str, pid: int, minutes: float) -> list[tuple[float, float, float]]:
    """Every half minute with two live pages open: minutes, MB of the server, MB of the storm page's JavaScript."""
    found: list[tuple[float, float, float]] = []
    with opened(address + PAGES["storms"]) as page:
        _another(page).goto(address + PAGES["overview"], timeout=PATIENCE_MS)
        page.locator(TABLE).first.wait_for()
        devtools = page.context.new_cdp_session(page)
        began = time.monotonic()
        while (passed := (time.monotonic() - began) / 60) <= minutes or not found:
            devtools.send("HeapProfiler.collectGarbage")
            heap = devtools.send("Runtime.getHeapUsage")["usedSize"]
            found.append((passed, resident_mb(pid), heap / 1e6))
            page.wait_for_timeout(30_000)
    return found


def resident_mb(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1e3


def _another(page: Page) -> Page:
    """A page of somebody else in the same browser."""
    browser = page.context.browser
    if browser is None:
        raise RuntimeError("this page belongs to no browser")
    return browser.new_page(viewport=page.viewport_size)


def _until(page: Page, holds: Callable[[], bool]) -> None:
    """Waits, while the page goes on; fails after three minutes."""
    deadline = time.monotonic() + 180
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the page never got there")
        page.wait_for_timeout(200)


def gates(first_bytes: int, ticks: dict[str, list[int]]) -> list[str]:
    """What does not hold, a sentence each."""
    broken = [f"{name}: a tick of {max(sizes):,} bytes" for name, sizes in ticks.items() if max(sizes) >= TICK_BYTES]
    return broken + ([f"overview: {first_bytes:,} bytes of data"] if first_bytes >= OVERVIEW_BYTES else [])


def measure(
    ticks: int, minutes: float, openings: Sequence[str] = ("cold", "warm"), say: Callable[[str], Any] = print
) -> list[str]:
    """Measures and tells; what does not hold, a sentence each."""
    with tempfile.TemporaryDirectory(prefix="hotspan-bench-") as folder, flowing(Path(folder)), ExitStack() as stack:
        began = time.perf_counter()
        address, server = stack.enter_context(started(Path(folder)))
        say(f"server listens after {time.perf_counter() - began:.1f} s, {resident_mb(server.pid):.0f} MB")
        for when in openings:
            words_s, table_s, wire = opening(address)
            data = sum(wire.sizes)
            say(
                f"{when}: first words {words_s:.1f} s, ranked table {table_s:.1f} s, "
                f"{data / 1e3:.0f} kB of data, {wire.assets / 1e6:.1f} MB of files"
            )
        first, wires = ticking(address, ticks)
        for name, wire in wires.items():
            say(_told(name, first[name], wire))
        for passed, server_mb, heap_mb in memory(address, server.pid, minutes) if minutes else ():
            say(f"after {passed:4.1f} min live: server {server_mb:.0f} MB, page {heap_mb:.0f} MB")
    return gates(data, {name: wire.sizes for name, wire in wires.items()})


def _told(name: str, first: int, wire: Wire) -> str:
    sizes = [size / 1e3 for size in wire.sizes]
    largest = max(wire.runs[:-1], key=Counter.total)
    most = ", ".join(f"{what} {size / 1e3:.1f}" for what, size in largest.most_common(6))
    return (
        f"{name:9} first view {first / 1e3:5.0f} kB, a tick {statistics.median(sizes):5.1f} "
        f"[{min(sizes):.1f}..{max(sizes):.1f}] kB: {most}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ticks", type=int, default=4)
    parser.add_argument("--minutes", type=float, default=2.0)
    given = parser.parse_args()
    broken = measure(given.ticks, given.minutes)
    print("\n".join(broken) or "every gate holds")
    sys.exit(bool(broken))


if __name__ == "__main__":
    main()
