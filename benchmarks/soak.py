"""Everything at once for a while: four workers, a receiver, a dashboard with viewers, a merger, a watcher of storms.

Load is open-loop: requests leave when they are due. At the end each answered request and each acknowledged span must be
in the store exactly once, unless retention took it, nobody may have grown, and the database be as large as configured.
Prints what was reached and what was found; exit code 1 when one thing does not hold.

    python benchmarks/soak.py                                  # 20 minutes at 2,000 requests/s
    python benchmarks/soak.py --minutes 1 --rate 200 --viewers 1
"""

import argparse
import asyncio
import contextlib
import os
import signal
import socket
import statistics
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import soak_checks
from soak_checks import Check
from soak_load import Load
from soak_samples import MB, Samples, children, rss_mb

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
PATIENCE_S = 120.0
KEEP_BYTES_A_REQUEST = 100
"""Default of --keep: about half of what a request with its span takes, so that the second half has to be pruned."""


@dataclass
class Cast:
    """The processes that run, where they write, and how often those that run again and again ended how."""

    folder: Path
    running: dict[str, Process] = field(default_factory=dict)
    merger_codes: Counter[int] = field(default_factory=Counter)
    merger_most_mb: float = 0.0

    @property
    def store(self) -> Path:
        return self.folder / "store"

    async def start(
        self, name: str, *command: object, inherit: tuple[int, ...] = (), environment: Mapping[str, str] | None = None
    ) -> Process:
        """Starts a program whose output goes to a log; its standard input stays open for as long as it is to run."""
        with (self.folder / f"{name}.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *map(str, command),
                stdin=PIPE,
                stdout=log,
                stderr=log,
                pass_fds=inherit,
                env=os.environ | {"HOTSPAN_STORE": str(self.store), "PYTHONPATH": str(HERE)} | dict(environment or {}),
            )
        self.running[name] = process
        return process

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    async def says(self, name: str, words: str) -> None:
        """Waits until a program has said so; raises RuntimeError with its log when it never does."""
        deadline = time.monotonic() + PATIENCE_S
        while words not in self.log(name):
            if time.monotonic() > deadline or self.running[name].returncode is not None:
                raise RuntimeError(f"{name} never said {words!r}:\n{self.log(name)}")
            await asyncio.sleep(0.1)

    async def end(self, name: str, number: int | None) -> None:
        """Ends a program with a signal, or (None) by closing its standard input, and waits for it."""
        process = self.running.pop(name, None)
        if process is None:
            return
        assert process.stdin is not None  # noqa: S101  # for mypy: it is a pipe
        process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            if number is not None:
                process.send_signal(number)
        try:
            await asyncio.wait_for(process.wait(), PATIENCE_S)
        except TimeoutError as error:
            process.kill()
            raise RuntimeError(f"{name} did not end within {PATIENCE_S:.0f} s:\n{self.log(name)}") from error

    def watched(self) -> dict[str, int]:
        """The programs whose memory must not grow, by name. Uvicorn's workers are children of its supervisor."""
        supervisor = self.running["server"].pid
        # Beside its workers the supervisor has multiprocessing's resource tracker, the first and smallest of them.
        workers = sorted(children(supervisor), key=lambda pid: rss_mb(pid) or 0.0, reverse=True)[:4]
        named = {f"worker {place}": pid for place, pid in enumerate(sorted(workers), 1)}
        return named | {name: self.running[name].pid for name in ("receiver", "dashboard", "storms")}


@contextlib.asynccontextmanager
async def cast(options: argparse.Namespace, folder: Path) -> AsyncIterator[tuple[Cast, int]]:
    """Everybody but the load, up and serving, and the port of the app; whoever is still there at the end is killed."""
    playing = Cast(folder)
    keep = {"HOTSPAN_RETENTION_BYTES": str(options.keep)}
    hotspan, store = BIN / "hotspan", playing.store
    try:
        with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
            await start_server(playing, listening, keep)
            port = listening.getsockname()[1]
        await playing.start("receiver", hotspan, "collect", "--into", store, "--port", 0, environment=keep)
        await playing.says("receiver", "/v1/traces")
        endpoint = (
            f"{playing.log('receiver').partition('http')[1]}{playing.log('receiver').partition('http')[2].split()[0]}"
        )
        feeder = (sys.executable, HERE / "soak_feeder.py", endpoint, options.rate / 10, folder / "acknowledged")
        await playing.start("feeder", *feeder)
        await playing.start("storms", hotspan, "storms", store, "--follow")
        await playing.start("dashboard", hotspan, "dashboard", store, "--port", 0, "--no-browser")
        await playing.says("dashboard", "The dashboard is at ")
        address = next(word for word in playing.log("dashboard").split() if word.startswith("http"))
        if options.viewers:
            await playing.start("viewers", sys.executable, HERE / "soak_viewers.py", address, options.viewers)
            await playing.says("viewers", "watching")
        yield playing, port
    finally:
        for process in playing.running.values():
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def start_server(playing: Cast, listening: socket.socket, keep: dict[str, str]) -> None:
    """Four workers on a socket that listens already."""
    descriptor = listening.fileno()
    listening.set_inheritable(True)
    options = ["--workers", "4", "--fd", str(descriptor), "--log-level", "warning", "--timeout-keep-alive", "60"]
    command = (sys.executable, "-m", "uvicorn", "soak_app:app", *options)
    await playing.start("server", *command, inherit=(descriptor,), environment=keep)
    deadline = time.monotonic() + PATIENCE_S
    while len(children(playing.running["server"].pid)) < 4:
        if time.monotonic() > deadline:
            raise RuntimeError(f"the server did not start:\n{playing.log('server')}")
        await asyncio.sleep(0.1)


async def watch(playing: Cast, samples: Samples, ended: asyncio.Event) -> None:
    """Takes a sample a second."""
    while not ended.is_set():
        samples.take(playing.watched())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), 1)


async def merge(playing: Cast, ended: asyncio.Event) -> None:
    """`hotspan top` in a loop: a reader that merges what waits."""
    await asyncio.sleep(5)  # a store has to be there
    while not ended.is_set():
        with (playing.folder / "top.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                BIN / "hotspan", "top", playing.store, stdout=DEVNULL, stderr=log
            )
        while process.returncode is None:
            playing.merger_most_mb = max(playing.merger_most_mb, rss_mb(process.pid) or 0.0)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 0.2)
        playing.merger_codes[process.returncode] += 1


async def play(options: argparse.Namespace, folder: Path) -> tuple[Cast, Load, Samples]:
    """The whole run, from start to everybody's orderly end."""
    async with cast(options, folder) as (playing, port):
        load, samples, ended = Load(port, options.rate), Samples(playing.store), asyncio.Event()
        others = [asyncio.create_task(watch(playing, samples, ended)), asyncio.create_task(merge(playing, ended))]
        await load.run(options.minutes * 60)
        ended.set()
        await asyncio.gather(*others)
        endings = {"viewers": None, "feeder": None, "server": signal.SIGTERM, "receiver": signal.SIGTERM}
        for name, number in (endings | {"storms": signal.SIGTERM, "dashboard": signal.SIGTERM}).items():
            await playing.end(name, number)
    return playing, load, samples


def checks(playing: Cast, load: Load, samples: Samples, keep_bytes: int) -> Iterator[Check]:
    """All that has to hold."""
    may_prune = max(samples.file_mb.values) * MB > keep_bytes / 2
    yield soak_checks.accounted("answered requests", soak_checks.requests(playing.store, load), may_prune)
    acknowledged = soak_checks.spans(playing.store, playing.folder / "acknowledged")
    yield soak_checks.accounted("acknowledged spans", acknowledged, may_prune)
    yield soak_checks.dropped(playing.store)
    yield from soak_checks.memory(samples)
    yield from soak_checks.inbox(samples)
    yield soak_checks.size(samples, keep_bytes)
    yield merger(playing)
    for path in sorted(playing.folder.glob("*.log")):
        text = path.read_text(encoding="utf-8", errors="replace")
        said = [line for line in text.splitlines() if "Traceback" in line or "hotspan cannot" in line]
        yield Check(not said, f"trouble in {path.name}: {'; '.join(said[:3]) or 'none'}")


def merger(playing: Cast) -> Check:
    """`hotspan top` answers, or says in one line that the store is in use, and never anything else."""
    ended, busy = playing.merger_codes, playing.log("top").count(" has been in use for ")
    words = f"hotspan top: {ended[0]} answers, {busy} times busy, exit codes {dict(ended)}"
    return Check(ended[0] > 0 and ended.total() == ended[0] + busy, f"{words}, {playing.merger_most_mb:.0f} MB at most")


def reached(options: argparse.Namespace, load: Load) -> str:
    """What the load came to, honestly."""
    seconds = options.minutes * 60
    latencies_ms = sorted(each * 1e3 for each in load.latencies_s) or [0.0]
    return (
        f"{load.answered:,} of {load.sent:,} sent requests were answered in {seconds:.0f} s: {load.answered / seconds:,.0f} "
        f"requests/s of {options.rate:,.0f} wanted; {len(load.state) - load.sent:,} were due but not sent. Latency: "
        f"{statistics.median(latencies_ms):.0f} ms median, {latencies_ms[int(len(latencies_ms) * 0.99)]:.0f} ms p99. "
        f"Load of the machine: {os.getloadavg()[0]:.1f}"
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument(
        "--rate", type=float, default=2_000, help="requests a second; a tenth of it as traces over OTLP"
    )
    parser.add_argument("--viewers", type=int, default=3, help="pages of the dashboard in a Chromium")
    parser.add_argument("--keep", type=int, help="bytes that retention leaves; default: about half of what will come")
    options = parser.parse_args()
    options.keep = options.keep or int(max(options.minutes * 60 * options.rate * KEEP_BYTES_A_REQUEST, 16 * MB))
    return options


def main() -> None:
    options = arguments()
    with tempfile.TemporaryDirectory(prefix="hotspan-soak-") as folder:
        playing, load, samples = asyncio.run(play(options, Path(folder)))
        print(reached(options, load))
        found = list(checks(playing, load, samples, options.keep))
    for check in found:
        print(f"{'ok  ' if check.holds else 'FAIL'}  {check.words}")
    sys.exit(not all(check.holds for check in found))


if __name__ == "__main__":
    main()
