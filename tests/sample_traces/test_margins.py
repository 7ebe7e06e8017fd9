"""How far machines may be from the one the scenarios were sized on before the story is another, in virtual time.

A pretended server does what the real one does: each worker serves one statement at a time, in turns, and each student
reaches it over six connections. A run of a minute takes a second, and comes out the same every time.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace

import httpx
import pytest

import virtual_time
from hotspan_sample_traces.classroom import Classroom
from hotspan_sample_traces.scenario import FIXED, INCIDENT, Scenario
from hotspan_sample_traces.seeding import Seat
from hotspan_sample_traces.student import Student

_LIGHT_S = 0.005
"""What any request costs beside the statements of a save."""


@dataclass
class Server:
    """Counts what reaches it while the test lasts; what waits in a browser does not."""

    scenario: Scenario
    turns: list[asyncio.Semaphore] = field(default_factory=list)
    reached: Counter[str] = field(default_factory=Counter)

    async def serve(self, request: httpx.Request) -> httpx.Response:
        turn = self.turns[sum(self.reached.values()) % len(self.turns)]
        is_save = request.method == "PUT"
        self.reached["save" if is_save else request.url.path.rsplit("/", 1)[1]] += 1
        for _ in range(self.scenario.save_queries if is_save else 0):
            async with turn:
                await asyncio.sleep(self.scenario.save_work_s / self.scenario.save_queries)
        async with turn:
            await asyncio.sleep(_LIGHT_S)
        return httpx.Response(200, json={"section_ids": [1, 2, 3], "question_ids": [1, 2]})


class Connections(httpx.AsyncBaseTransport):
    """One browser's six; who comes when all are taken waits in line."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._free = asyncio.Semaphore(server.scenario.browser_connections)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async with self._free:
            return await self._server.serve(request)


def hold(scenario: Scenario) -> tuple[Counter[str], int]:
    """What had reached the server when the time was up, and how many had finished."""
    server = Server(scenario, [asyncio.Semaphore(1) for _ in range(scenario.workers)])

    class InConnections(Classroom):
        def _student(self, seat: Seat, number: int) -> Student:
            self.transport = Connections(server)
            return super()._student(seat, number)

    classroom = InConnections("http://exam", scenario, [Seat(f"9a-{n:02}", 1, (n,)) for n in range(scenario.students)])

    async def attend() -> Counter[str]:
        await classroom.attend()
        reached = Counter(server.reached)
        await classroom.leave()
        return reached

    return virtual_time.run(attend()), classroom.finished


def heavier(scenario: Scenario, factor: float, workers: int = 1) -> Scenario:
    sized = scenario.on_workers(workers)
    return replace(sized, save_work_s=sized.save_work_s * factor)


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.5, 3.0, 8.0])
def test_with_the_bug_saves_lead_and_nobody_finishes_on_quicker_and_slower_machines(factor: float) -> None:
    reached, finished = hold(heavier(INCIDENT, factor))
    assert reached.most_common(1)[0][0] == "save"
    assert reached["save"] > 1.3 * reached["answer"]
    assert finished == 0


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0, 4.0])
def test_with_the_fix_everybody_finishes_and_answers_lead_on_quicker_and_slower_machines(factor: float) -> None:
    reached, finished = hold(heavier(FIXED, factor))
    assert reached.most_common(1)[0][0] == "answer"
    assert reached["answer"] > 2 * reached["save"]
    assert finished == 15


def test_two_workers_see_the_same_story() -> None:
    reached, finished = hold(heavier(INCIDENT, 1.0, workers=2))
    assert (reached.most_common(1)[0][0], finished) == ("save", 0)
    reached, finished = hold(heavier(FIXED, 1.0, workers=2))
    assert (reached.most_common(1)[0][0], finished) == ("answer", 15)


def test_more_capacity_mends_what_the_fix_mends() -> None:
    """Three more workers with saves as light as before, or saves four times as fast: the storm dies down."""
    for scenario in (replace(INCIDENT, workers=4), heavier(INCIDENT, 0.25)):
        _, finished = hold(scenario)
        assert finished == 15
