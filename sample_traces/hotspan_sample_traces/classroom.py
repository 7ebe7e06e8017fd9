"""Everybody who uses the exam app in one run: the classes, each behind its own public address, and the school office."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import time_ns

import httpx

from hotspan_sample_traces.browser import Browser, Call
from hotspan_sample_traces.scenario import Scenario
from hotspan_sample_traces.seeding import Seat
from hotspan_sample_traces.student import Student

OFFICE_ADDRESS = "203.0.113.250"


@dataclass(slots=True)
class Classroom:
    """The people of a run and how far they got; may be looked at while `attend` runs."""

    base_url: str
    scenario: Scenario
    seats: Sequence[Seat]
    transport: httpx.AsyncBaseTransport | None = None
    """Instead of the network: for an app in the same process."""
    started_ns: int | None = None
    """When the story's clock began, by which rounds are held; without it they are by when `attend` begins."""
    students: list[Student] = field(default_factory=list)

    async def attend(self) -> None:
        """Every round of every class, until all are done or out of time; some pages may still wait for answers."""
        gone_s = 0.0 if self.started_ns is None else (time_ns() - self.started_ns) / 1e9
        async with asyncio.TaskGroup() as group:
            for number, seat in enumerate(self._early):
                group.create_task(self._take_in([seat], 0, number * self.scenario.early_every_s - gone_s))
            for number in range(self.scenario.rounds):
                in_s = self.scenario.early_for_s + number * self.scenario.round_s - gone_s
                group.create_task(self._take_in(self._in_class, number, in_s))
            if self.scenario.roster_renamed_s is not None:
                group.create_task(self._rename_class(self.scenario.roster_renamed_s - gone_s))

    async def leave(self) -> None:
        """All pages are closed, and what is still without an answer is given up."""
        await asyncio.gather(*(student.leave() for student in self.students))

    @property
    def calls(self) -> list[Call]:
        """Every request sent so far, in no particular order."""
        return [call for student in self.students for call in student.browser.calls]

    @property
    def finished(self) -> int:
        """How many tests have been handed in."""
        return sum(student.finished for student in self.students)

    @property
    def _early(self) -> list[Seat]:
        return [seat for seat in self.seats if seat.class_id > self.scenario.classes]

    @property
    def _in_class(self) -> list[Seat]:
        return [seat for seat in self.seats if seat.class_id <= self.scenario.classes]

    async def _take_in(self, seats: Sequence[Seat], number: int, in_s: float) -> None:
        """These students take the test of that round, beginning together."""
        await asyncio.sleep(in_s)
        students = [self._student(seat, number) for seat in seats]
        self.students += students
        async with asyncio.TaskGroup() as group:
            for student in students:
                group.create_task(student.take_test())

    def _student(self, seat: Seat, number: int) -> Student:
        browser = Browser.at(self.base_url, seat.student, public_address(seat.class_id), self.scenario, self.transport)
        chance = random.Random(f"{self.scenario.seed} {seat.student} {number}")  # noqa: S311  think times, no secrets
        return Student(browser, self.scenario, seat.test_ids[number], chance)

    async def _rename_class(self, in_s: float) -> None:
        """The office writes the second class's name in its own way: 9b becomes 9 b."""
        await asyncio.sleep(in_s)
        office = Browser.at(self.base_url, "office", OFFICE_ADDRESS, self.scenario, self.transport)
        async with office.client:
            await office.call("PUT", "/roster/2", {"name": "9 b"})


def public_address(class_id: int) -> str:
    """Where a class's requests come from: one address for all of it, out of the block RFC 5737 keeps for examples."""
    return f"203.0.113.{class_id}"
