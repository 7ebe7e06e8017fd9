"""One exam from beginning to end: a fresh database, a server that fills a store, and the people who use it."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from hotspan_sample_traces import asgi
from hotspan_sample_traces.classroom import Classroom
from hotspan_sample_traces.scenario import Scenario
from hotspan_sample_traces.seeding import School, seed
from hotspan_sample_traces.server import Server
from hotspan_sample_traces.story_clock import StoryClock

_INTERRUPTED_S = 3.0
"""What the server gets when the exam is broken off, by Ctrl-C for example."""
_LOOK_EVERY_S = 0.05
_LAST_WORDS_S = 20.0
"""After its requests have ended, a server still seals, merges and closes what hotspan has captured."""


@dataclass(frozen=True, slots=True)
class Exam:
    """An exam about to be held, by `hold`, or by `classroom.attend` and then `close`."""

    scenario: Scenario
    store: Path
    school: School
    server: Server
    classroom: Classroom
    clock: StoryClock

    async def hold(self) -> None:
        """From the first student to the end of the server."""
        try:
            await self.classroom.attend()
            await self.close()
        finally:
            await self.classroom.leave()

    async def close(self) -> None:
        """Ends the server, which gets some time for what is still open, while the pages wait for it."""
        self.server.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.scenario.drain_s + _LAST_WORDS_S):
                while self.server.is_running:
                    await asyncio.sleep(_LOOK_EVERY_S)


@contextmanager
def open_exam(scenario: Scenario, store: Path) -> Iterator[Exam]:
    """Seeds and starts the server; whatever happens, nothing of it is left in the end, but the store."""
    with tempfile.TemporaryDirectory(prefix="hotspan-exam-") as name:
        directory = Path(name)
        school = seed(directory / "exam.db", scenario)
        clock = StoryClock(time.time_ns(), scenario.story_start_s, scenario.hour_s)
        environment = {
            "HOTSPAN_STORE": str(store.absolute()),
            asgi.SCENARIO: scenario.to_json(),
            asgi.DATABASE: "exam.db",
            asgi.STARTED_NS: str(clock.started_ns),
        }
        server = Server.start(directory / "server.log", scenario.workers, scenario.drain_s, environment)
        try:
            classroom = Classroom(server.base_url, scenario, school.seats, started_ns=clock.started_ns)
            yield Exam(scenario, store, school, server, classroom, clock)
        finally:
            server.stop(patience_s=_INTERRUPTED_S)
