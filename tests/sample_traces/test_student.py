"""A student at the page, in virtual time against a pretended server: who calls what when, to the second."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import pairwise

import httpx
import pytest

import virtual_time
from hotspan_sample_traces.browser import Browser, Call
from hotspan_sample_traces.scenario import FIXED, INCIDENT, Scenario
from hotspan_sample_traces.student import Student

Sit = Callable[..., Student]

CALM = replace(FIXED, sections=2, questions=2, think_s=10.0, limit_s=120.0)
"""Four questions of ten seconds each: time for the page's clock to fire a few times."""


class Server:
    """Answers everything at once but saves, which take `save_s(number of the save)`."""

    def __init__(self, scenario: Scenario, save_s: Callable[[int], float], start_status: int = 200) -> None:
        self.scenario, self.save_s, self.start_status = scenario, save_s, start_status
        self.saves = 0
        self.open_now = 0
        self.open_in_the_end = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            self.saves += 1
            self.open_now += 1
            await asyncio.sleep(self.save_s(self.saves))
            self.open_now -= 1
        if request.url.path.endswith("/start"):
            sections = {"section_ids": list(range(1, self.scenario.sections + 1))}
            return httpx.Response(self.start_status, json=sections)
        return httpx.Response(200, json={"question_ids": list(range(1, self.scenario.questions + 1))})


@pytest.fixture
def sit(monkeypatch: pytest.MonkeyPatch) -> Sit:
    """A student who took test 7 of that server, in virtual time."""

    async def nothing(_student: Student) -> None: ...

    def sit(server: Server, before_leaving: Callable[[Student], Awaitable[None]] = nothing) -> Student:
        browser = Browser.at("http://exam", "9a-01", "203.0.113.1", server.scenario, httpx.MockTransport(server))
        student = Student(browser, server.scenario, test_id=7, chance=random.Random(3))

        async def take_test() -> None:
            loop = asyncio.get_running_loop()
            monkeypatch.setattr("hotspan_sample_traces.browser.time_ns", lambda: round(loop.time() * 1e9))
            await student.take_test()
            server.open_in_the_end = server.open_now
            await before_leaving(student)
            await student.leave()

        virtual_time.run(take_test())
        return student

    return sit


def saves_of(student: Student) -> list[Call]:
    return [call for call in student.browser.calls if call.method == "PUT"]


def seconds_between_saves(student: Student) -> list[float]:
    sent = [call.sent_ns / 1e9 for call in saves_of(student)]
    return [round(later - earlier, 3) for earlier, later in pairwise(sent)]


def test_a_calm_test_goes_from_log_in_to_results(sit: Sit) -> None:
    student = sit(Server(CALM, lambda _: 0.3))
    called = [f"{call.method} {call.path}" for call in student.browser.calls if call.method != "PUT"]
    assert called == [
        "GET /",
        "POST /login",
        "GET /tests",
        "POST /tests/7/start",
        "GET /tests/7/sections/1",
        "POST /tests/7/questions/1/answer",
        "POST /tests/7/questions/2/answer",
        "GET /tests/7/sections/2",
        "POST /tests/7/questions/1/answer",
        "POST /tests/7/questions/2/answer",
        "POST /tests/7/finish",
        "GET /tests/7/results",
    ]
    assert student.finished
    assert student.answered == 4
    assert all(call.status == 200 for call in student.browser.calls)


def test_the_fixed_page_saves_every_ten_ticks_whatever_the_latency(sit: Sit) -> None:
    student = sit(Server(CALM, lambda _: 3.5))
    # Sent at elapsed 10, answered 3.5 s later, so before the 4th tick: the next save is 3 + 10 ticks after the last.
    assert set(seconds_between_saves(student)) == {13.0}
    assert all(call.waiting == 0 for call in saves_of(student))


def test_with_the_bug_nothing_is_sent_twice_while_answers_come_within_a_tick(sit: Sit) -> None:
    student = sit(Server(replace(CALM, bug=True), lambda _: 0.9))
    assert set(seconds_between_saves(student)) == {11.0}
    assert all(call.waiting == 0 for call in saves_of(student))


def test_with_the_bug_a_late_answer_is_a_call_every_tick_without_any_retry_in_the_script(
    sit: Sit,
) -> None:
    student = sit(Server(replace(CALM, bug=True), lambda number: 3.5 if number == 1 else 10.5))
    calls = saves_of(student)
    # 11 is answered at 14.5, so 12, 13 and 14 sent too; their answers (22.5, 23.5, 24.5) put the next one off until 35.
    first = calls[0].sent_ns
    sent = [round((call.sent_ns - first) / 1e9, 3) for call in calls[:5]]
    assert sent == [0.0, 1.0, 2.0, 3.0, 24.0]
    assert [call.waiting for call in calls[:5]] == [0, 1, 2, 3, 0]


def test_the_ticks_are_compressed_with_the_rest(sit: Sit) -> None:
    student = sit(Server(CALM.compressed(10), lambda _: 0.35))
    assert set(seconds_between_saves(student)) == {1.3}
    assert student.finished


def test_when_the_time_is_up_the_page_saves_no_more_but_waits_for_what_it_has_asked_for(
    sit: Sit,
) -> None:
    server = Server(replace(INCIDENT, think_s=20.0, limit_s=30.0), lambda _: 1000.0)
    student = sit(server)
    assert not student.finished
    assert student.answered == 1
    # Between 11 and 30 s after the page opened one save a second; they are given up only when the student leaves.
    assert len(saves_of(student)) in (18, 19)
    assert all(call.status is None for call in saves_of(student))
    assert server.open_in_the_end == server.saves
    assert student.browser.client.is_closed


def test_the_time_left_that_is_saved_goes_down(sit: Sit) -> None:
    bodies: list[float] = []

    class Reading(Server):
        async def __call__(self, request: httpx.Request) -> httpx.Response:
            if request.method == "PUT":
                bodies.append(float(request.content.split(b":")[1].rstrip(b"}")))
            return await super().__call__(request)

    sit(Reading(CALM, lambda _: 0.5))
    assert bodies == pytest.approx([110.0, 100.0, 90.0, 80.0][: len(bodies)], abs=0.01)
    assert len(bodies) >= 3


def test_a_student_without_a_class_has_no_test_to_take_and_leaves(sit: Sit) -> None:
    student = sit(Server(CALM, lambda _: 0.1, start_status=404))
    assert not student.finished
    assert [call.path for call in student.browser.calls] == ["/", "/login", "/tests", "/tests/7/start"]


def test_a_save_that_fails_leaves_the_clock_running_as_in_the_page(sit: Sit) -> None:
    class Failing(Server):
        async def __call__(self, request: httpx.Request) -> httpx.Response:
            if request.method == "PUT" and self.saves == 0:
                self.saves += 1
                raise httpx.ReadError("connection lost")
            return await super().__call__(request)

    student = sit(Failing(replace(CALM, bug=True), lambda _: 0.1))
    assert seconds_between_saves(student)[0] == 1.0  # elapsed was not set back, so the next tick sends again
    assert student.finished


def test_an_answer_that_comes_after_the_time_does_not_count(sit: Sit) -> None:
    class Late(Server):
        async def __call__(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/answer"):
                self.open_now += 1
                await asyncio.sleep(60)
                self.open_now -= 1
            return await super().__call__(request)

    server = Late(replace(CALM, limit_s=30.0), lambda _: 0.1)
    student = sit(server)
    assert (student.answered, student.finished) == (0, False)
    assert server.open_in_the_end == 1


def test_a_server_that_ends_while_the_pages_still_wait_is_nothing_to_complain_about(
    sit: Sit, caplog: pytest.LogCaptureFixture
) -> None:
    class Ending(Server):
        async def __call__(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/answer"):
                await asyncio.sleep(60)
                raise httpx.ReadError("the server has gone")
            return await super().__call__(request)

    async def wait_for_the_end(student: Student) -> None:
        await asyncio.wait(student._pending)

    student = sit(Ending(replace(CALM, limit_s=30.0), lambda _: 0.1), before_leaving=wait_for_the_end)
    assert [call.status for call in student.browser.calls if call.path.endswith("/answer")] == [None]
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
