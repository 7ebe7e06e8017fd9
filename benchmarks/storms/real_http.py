"""The real-HTTP tier: python benchmarks/storms/real_http.py [--clients N] [--calm S] [--trouble S].

A real server (uvicorn) with the real middleware, and over real connections the clients of the notes: pages with the
story's timer, programs with a timeout, programs that retry in three ways, and polite ones. Every client knows for which
operation it sends an attempt and why; that truth is held against what `open_traces(store).storms()` says.
"""

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

BENCHMARKS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BENCHMARKS))

from hotspan_analysis import open_traces
from hotspan_analysis.storm_results import StormReport, epoch_ns
from storms.engine import Attempt
from storms.scoring import Found, Score, quantiles, score
from storms.truth import episodes

PERIOD_S = 6.0
TICK_S = 0.5
PATIENCE_S = 1.2
REASONS = {
    "timer": "timer",
    "timeout": "timeout_resend",
    "immediate": "immediate_retry",
    "fixed": "fixed_interval",
    "backoff": "backoff",
    "polite": "first",
    "poller": "first",
}
_UVICORN = ("uvicorn", "--factory", "--no-access-log", "--log-level", "warning")
DRAIN_S = 8.0
"""After the trouble, so that all is answered."""


@dataclass
class Page:
    """One client of one kind: how it behaves, and what it knows of its attempts."""

    kind: str
    number: int
    http: httpx.AsyncClient
    seen: list[Attempt]
    phase: float
    """At which share of its period it asks for the first time: those of a kind are spread evenly."""
    open: set["asyncio.Task[int]"] = field(default_factory=set)
    operation: int = 0

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.number}"

    async def live(self) -> None:
        """Says hello, by which it is known later, and then asks again and again in its own way."""
        await self.http.get(f"/hello/{self.number}", headers=self._headers)
        await asyncio.sleep(self.phase * PERIOD_S)
        while True:
            self.operation += 1
            await _WAYS[self.kind](self)
            await asyncio.sleep(PERIOD_S)

    @property
    def _headers(self) -> dict[str, str]:
        return {"X-Client-Id": self.name}

    def send(self, number: int) -> "asyncio.Task[int]":
        """Sends an attempt, and notes down what it is for."""
        reason = REASONS[self.kind] if number > 1 else "first"
        operation = self.number * 1_000_000 + self.operation
        self.seen.append(
            Attempt(self.name, f"PUT /{self.kind}/{{client}}", "", operation, number, reason, 0.0, arrived=time.time())
        )
        task = asyncio.create_task(self._ask())
        self.open.add(task)
        task.add_done_callback(self.open.discard)
        return task

    async def _ask(self) -> int:
        return (await self.http.put(f"/{self.kind}/{self.name}", headers=self._headers)).status_code


async def _timer(page: Page) -> None:
    """The hook of the story: while there is no answer, the same request again at every tick of the page's clock."""
    attempts = [page.send(1)]
    while not any(task.done() for task in attempts):
        await asyncio.wait(attempts, timeout=TICK_S, return_when=asyncio.FIRST_COMPLETED)
        if not any(task.done() for task in attempts):
            attempts.append(page.send(len(attempts) + 1))


async def _timeout(page: Page) -> None:
    """A program that gives an answer so long, closes the connection, and asks again; eight times."""
    for number in range(1, 9):
        task = page.send(number)
        done, _ = await asyncio.wait([task], timeout=PATIENCE_S)
        if done:
            return
        task.cancel()


def _retry(pause_s: Callable[[int], float]) -> Callable[[Page], Awaitable[None]]:
    async def way(page: Page) -> None:
        for number in range(1, 100):
            if await page.send(number) < 500:
                return
            await asyncio.sleep(pause_s(number))

    return way


async def _polite(page: Page) -> None:
    await page.send(1)


_WAYS: dict[str, Callable[[Page], Awaitable[None]]] = {
    "timer": _timer,
    "timeout": _timeout,
    "immediate": _retry(lambda number: 0.0 if number % 20 else 1.0),
    "fixed": _retry(lambda _: 0.7),
    "backoff": _retry(lambda number: min(4.0, 0.2 * 2 ** (number - 1))),
    "polite": _polite,
    "poller": _polite,
}


@contextmanager
def serving(store: Path) -> Iterator[str]:
    """The app under uvicorn in a process of its own; its address."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
        listening.set_inheritable(True)
        descriptor, port = listening.fileno(), listening.getsockname()[1]
        known = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
        process = subprocess.Popen(  # our own app
            [sys.executable, "-m", *_UVICORN, "--fd", str(descriptor), "storms.served:app"],
            env=known | {"PYTHONPATH": str(BENCHMARKS), "HOTSPAN_STORE": str(store)},
            pass_fds=[descriptor],
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(timeout=60)


async def play(url: str, clients: int, calm_s: float, trouble_s: float) -> list[Attempt]:
    """Calm, trouble, calm again; every attempt with its truth."""
    seen: list[Attempt] = []
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
    async with httpx.AsyncClient(base_url=url, timeout=None, limits=limits, trust_env=False) as http:  # noqa: S113  # their patience is their own
        pages = [
            Page(kind, index * clients + n, http, seen, (n + 0.5) / clients)
            for index, kind in enumerate(_WAYS)
            for n in range(clients)
        ]
        living = [asyncio.create_task(page.live()) for page in pages]
        await asyncio.sleep(calm_s)
        await http.post("/trouble/on")
        await asyncio.sleep(trouble_s)
        await http.post("/trouble/off")
        await asyncio.sleep(DRAIN_S)
        for task in living:
            task.cancel()
        await asyncio.gather(*living, *(task for page in pages for task in page.open), return_exceptions=True)
    return seen


def found_by_name(store: Path, report: StormReport) -> list[Found]:
    """The storms with the names of the clients, which said hello under numbers of their own."""
    rows = open_traces(store).query(
        "select client, min(route) as route from requests where route like '/hello/%' group by 1"
    )
    numbers = {f"{row['client']:016x}": int(str(row["route"]).rpartition("/")[2]) for row in rows.as_dicts()}
    return [
        Found(
            f"{each.endpoint.split('/')[1]}-{numbers[each.client]}",
            each.endpoint,
            epoch_ns(each.start) / 1e9,
            epoch_ns(each.end) / 1e9,
            each.mechanism,
            each.amplification,
        )
        for each in report.storms
    ]


def run(store: Path, clients: int, calm_s: float, trouble_s: float) -> tuple[Score, list[Found]]:
    """Plays one world against a server of its own and judges what hotspan says of it."""
    with serving(store) as url:
        seen = asyncio.run(play(url, clients, calm_s, trouble_s))
    truth = episodes(seen, {attempt.client: attempt.client for attempt in seen})
    found = found_by_name(store, open_traces(store).storms())
    hours = len({attempt.client for attempt in seen}) * (calm_s + trouble_s + DRAIN_S) / 3600
    return score(found, truth, hours, False), found


def main() -> None:
    """Prints how it went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=4, help="of each kind")
    parser.add_argument("--calm", type=float, default=25.0, metavar="SECONDS")
    parser.add_argument("--trouble", type=float, default=15.0, metavar="SECONDS")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result, _ = run(Path(folder) / "store", chosen.clients, chosen.calm, chosen.trouble)
    print(f"episodes   precision {result.precision:.3f}  recall {result.recall:.3f}  F1 {result.f1:.3f}")
    print(f"           {result.hits} found, {result.misses} missed, {result.false_alarms} false alarms")
    print(f"onset      |error| {quantiles(result.onset_errors)} s")
    print(f"amplification |estimate / truth - 1| {quantiles(result.amplification_errors)}")
    for true, named in sorted(result.mechanisms.items()):
        print(f"  {true:16} {', '.join(f'{name} {count}' for name, count in named.most_common())}")


if __name__ == "__main__":
    main()
