"""Classes in virtual time against a pretended server: who comes when, from where, and what the whole room sends."""

import asyncio
import time
from collections import Counter
from dataclasses import replace

import httpx

import virtual_time
from hotspan_sample_traces.classroom import OFFICE_ADDRESS, Classroom, public_address
from hotspan_sample_traces.scenario import FIXED, INCIDENT, Scenario
from hotspan_sample_traces.seeding import Seat

SEATS = [Seat(f"9{name}-{number:02}", number_of_class, (10 * number_of_class + number, 100 + 10 * number_of_class + number))
         for number_of_class, name in ((1, "a"), (2, "b")) for number in (1, 2, 3)]  # fmt: skip


class Server:
    """Serves saves in turns, a statement at a time, `work_s` in all, everything else at once; notes who came from where."""

    def __init__(self, scenario: Scenario, work_s: float) -> None:
        self.scenario, self.work_s = scenario, work_s
        self.seen: list[tuple[float, str, str, str]] = []
        self._turn = asyncio.Lock()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        now_s = asyncio.get_running_loop().time()
        self.seen.append((now_s, request.headers["x-forwarded-for"], request.method, request.url.path))
        if request.method == "PUT" and "sections" in request.url.path:
            for _ in range(self.scenario.save_queries):
                async with self._turn:
                    await asyncio.sleep(self.work_s / self.scenario.save_queries)
        if request.url.path.endswith("/start"):
            return httpx.Response(200, json={"section_ids": [1, 2, 3]})
        return httpx.Response(200, json={"question_ids": [1, 2]})


def attend(scenario: Scenario, seats: list[Seat], work_s: float) -> tuple[Classroom, Server]:
    server = Server(scenario, work_s)
    classroom = Classroom("http://exam", scenario, seats, httpx.MockTransport(server))
    virtual_time.run(classroom.attend())
    return classroom, server


def test_everybody_takes_the_test_of_the_round_from_the_address_of_the_class() -> None:
    scenario = replace(FIXED, classes=2, students=3, rounds=2, round_s=300.0)
    classroom, server = attend(scenario, SEATS, 0.01)
    starts = [
        (address, path, int(second // 300)) for second, address, _, path in server.seen if path.endswith("/start")
    ]
    assert sorted(starts) == sorted(
        (public_address(seat.class_id), f"/tests/{test_id}/start", number)
        for seat in SEATS
        for number, test_id in enumerate(seat.test_ids)
    )
    assert classroom.finished == len(classroom.students) == 12


def test_the_office_renames_the_second_class_at_its_time() -> None:
    scenario = replace(FIXED, classes=2, students=3, roster_renamed_s=20.0)
    _, server = attend(scenario, SEATS, 0.01)
    assert [entry for entry in server.seen if "roster" in entry[3]] == [(20.0, OFFICE_ADDRESS, "PUT", "/roster/2")]


def test_the_same_seed_makes_the_same_class() -> None:
    first, again, other = (attend(replace(FIXED, seed=seed), SEATS[:3], 0.01)[1].seen for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_the_storm_comes_from_the_loop_between_slow_answers_and_the_clock() -> None:
    """One comparison is all that differs; no script sends anything twice."""
    seats = [Seat(f"9a-{number:02}", 1, (number,)) for number in range(1, 16)]
    counted = {}
    for scenario in (INCIDENT, FIXED):
        classroom, _ = attend(scenario, seats, scenario.save_work_s)
        waiting = [call.waiting for call in classroom.calls if call.method == "PUT"]
        counted[scenario.name] = (len(waiting), sum(number > 0 for number in waiting), classroom.finished)
    saves, duplicates, finished = counted["incident"]
    assert duplicates > saves / 2
    assert finished == 0
    assert counted["fixed"][1:] == (0, 15)
    assert saves > 2 * counted["fixed"][0]


def test_no_duplicates_with_the_bug_while_the_server_is_quick() -> None:
    seats = [Seat(f"9a-{number:02}", 1, (number,)) for number in range(1, 16)]
    classroom, _ = attend(INCIDENT, seats, 0.01)
    assert Counter(call.waiting for call in classroom.calls) == {0: len(classroom.calls)}
    assert classroom.finished == 15


def test_rounds_are_held_by_the_storys_clock_though_people_come_late() -> None:
    """Ten seconds were lost before anybody came: the second round is due that much earlier."""
    scenario = replace(FIXED, rounds=2, round_s=300.0)
    server = Server(scenario, 0.01)
    late_ns = time.time_ns() - 10_000_000_000
    classroom = Classroom("http://exam", scenario, SEATS[:1], httpx.MockTransport(server), started_ns=late_ns)
    virtual_time.run(classroom.attend())
    logins = [second for second, _, _, path in server.seen if path == "/login"]
    assert logins[0] < 1.0
    assert 289.0 < logins[1] < 291.0


def test_the_early_ones_come_one_by_one_before_the_class_and_have_a_calm_time() -> None:
    scenario = replace(INCIDENT, early=9)
    seats = [Seat(f"9a-{number:02}", 1, (number,)) for number in range(1, 16)]
    early = [Seat(f"9b-{number:02}", 2, (100 + number,)) for number in range(1, 10)]
    classroom, server = attend(scenario, [*seats, *early], scenario.save_work_s)
    logins = sorted((second, address) for second, address, _, path in server.seen if path == "/login")
    assert [address for _, address in logins] == [public_address(2)] * 9 + [public_address(1)] * 15
    assert all(number * 16 < second < number * 16 + 2 for number, (second, _) in enumerate(logins[:9]))
    assert all(173 < second < 175 for second, _ in logins[9:])
    assert sorted(student.browser.student for student in classroom.students if student.finished) == [
        seat.student for seat in early
    ]
