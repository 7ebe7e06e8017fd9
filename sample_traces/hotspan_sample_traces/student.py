"""A student at the exam page: reads, picks answers, moves on, hands in, while the page's clock saves the time left."""

import asyncio
import contextlib
import random
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import httpx

from hotspan_sample_traces.browser import Browser
from hotspan_sample_traces.page import SaveClock
from hotspan_sample_traces.scenario import Scenario
from hotspan_sample_traces.seeding import CHOICES

Result = TypeVar("Result")

_THINK_SPREAD = 0.3
"""Students take between 30 % less and 30 % more than the median time."""


@dataclass(slots=True)
class Student:
    """One student with one test. `answered` and `finished` say how far it went."""

    browser: Browser
    scenario: Scenario
    test_id: int
    chance: random.Random
    answered: int = 0
    finished: bool = False
    _section_id: int = 0
    _pending: set[asyncio.Task[Any]] = field(default_factory=set)

    async def take_test(self) -> None:
        """From the page to the results, or until the time is up.

        Then the page saves no more, but what it has asked for stays asked for: it is still open until `leave`.
        """
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._work_through(), self.scenario.limit_s)
        if not self._pending:
            await self.leave()

    async def leave(self) -> None:
        """The student closes the page, and gives up what is still without an answer."""
        given_up = list(self._pending)
        for task in given_up:
            task.cancel()
        await asyncio.gather(*given_up, return_exceptions=True)
        await self.browser.client.aclose()

    async def _work_through(self) -> None:
        await self._pause(self.scenario.arrival_s)
        await self._call("GET", "/")
        await self._call("POST", "/login", {"name": self.browser.student})
        await self._call("GET", "/tests")
        started = await self._call("POST", f"/tests/{self.test_id}/start")
        if started.status_code != 200:
            return  # no such test for this student: nothing to do but leave
        clock = asyncio.create_task(self._run_clock())
        try:
            for section_id in started.json()["section_ids"]:
                await self._answer_section(section_id)
        finally:
            clock.cancel()
        if self._pending:
            await asyncio.wait(self._pending)
        await self._call("POST", f"/tests/{self.test_id}/finish")
        results = await self._call("GET", f"/tests/{self.test_id}/results")
        self.finished = results.status_code == 200

    async def _answer_section(self, section_id: int) -> None:
        self._section_id = section_id
        paper = await self._call("GET", f"/tests/{self.test_id}/sections/{section_id}")
        for question_id in paper.json()["question_ids"]:
            await self._pause(self.scenario.think_s)
            choice = {"choice": self.chance.randrange(CHOICES)}
            await self._call("POST", f"/tests/{self.test_id}/questions/{question_id}/answer", choice)
            self.answered += 1

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """The answer; when the time is up before it comes, the call goes on without anybody reading it."""
        return await asyncio.shield(self._in_background(self.browser.call(method, path, body)))

    async def _pause(self, median_s: float) -> None:
        await asyncio.sleep(median_s * self.chance.uniform(1 - _THINK_SPREAD, 1 + _THINK_SPREAD))

    async def _run_clock(self) -> None:
        """The page's setInterval: ticks on time, and leaves out those it was too late for, as browsers do."""
        scenario = self.scenario
        clock = SaveClock(scenario.save_every_ticks, scenario.bug)
        loop = asyncio.get_running_loop()
        opened_s = loop.time()
        due_s = opened_s
        while True:
            due_s = max(due_s + scenario.tick_s, loop.time())
            await asyncio.sleep(due_s - loop.time())
            if clock.tick():
                self._in_background(self._save(clock, scenario.limit_s - (loop.time() - opened_s)))

    async def _save(self, clock: SaveClock, time_left_s: float) -> None:
        path = f"/tests/{self.test_id}/sections/{self._section_id}"
        with contextlib.suppress(httpx.TransportError):  # in the page, too, then() is not called after a failure
            await self.browser.call("PUT", path, {"time_left_s": time_left_s})
            clock.answered()

    def _in_background(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(work)
        self._pending.add(task)
        task.add_done_callback(self._note_end)
        return task

    def _note_end(self, task: asyncio.Task[Any]) -> None:
        self._pending.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits for it raises it; after the time is up that is nobody
