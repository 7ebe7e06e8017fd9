"""The whole of it, for real: a server in its own processes, students over HTTP, and what the store then says.

Nothing here depends on how fast the machine is: a save is made to take several ticks of the page's clock, so with the
bug there are duplicates however quick the machine, and without it there are none however slow.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from hotspan_analysis import Traces, open_traces
from hotspan_analysis.endpoints import Endpoint
from hotspan_collector.store import Store
from hotspan_sample_traces.browser import Call
from hotspan_sample_traces.exam import open_exam
from hotspan_sample_traces.scenario import FIXED, HOURLY_JOB, INCIDENT, Scenario
from hotspan_sample_traces.server import ServerFailedError

SLOW_SAVES = replace(
    INCIDENT, students=4, tick_s=0.1, arrival_s=0.1, save_work_s=0.4, think_s=0.3, limit_s=6.0, drain_s=5.0
)
SAVE = "PUT /tests/{test_id}/sections/{section_id}"


def hold(scenario: Scenario, store: Path) -> tuple[list[Call], int]:
    """Every call the students made, and how many of them finished."""
    with open_exam(scenario, store) as exam:
        asyncio.run(exam.hold())
    return exam.classroom.calls, exam.classroom.finished


def endpoint(traces: Traces, name: str) -> Endpoint:
    return next(row for row in traces.endpoints() if row.endpoint == name)


def per_endpoint(calls: list[Call]) -> Counter[str]:
    """Calls by method and path, ids left out."""
    return Counter(
        f"{call.method} /" + "/".join("*" if part.isdigit() else part for part in call.path.split("/")[1:])
        for call in calls
    )


def stored_per_endpoint(traces: Traces) -> Counter[str]:
    counted: Counter[str] = Counter()
    for row in traces.endpoints(kind="web"):
        path = "/".join("*" if part.startswith("{") else part for part in row.route.split("/"))
        counted[f"{row.method} {path}"] += row.requests - row.aborted
    return counted


def test_with_the_bug_duplicates_arise_though_no_script_contains_a_retry(tmp_path: Path) -> None:
    with open_exam(SLOW_SAVES, tmp_path / "store") as exam:
        asyncio.run(exam.classroom.attend())
        calls = exam.classroom.calls
        assert {call.status for call in calls} <= {200, None}
    duplicates = [call for call in calls if call.waiting]
    assert duplicates
    assert {call.method for call in duplicates} == {"PUT"}
    saves = endpoint(open_traces(tmp_path / "store"), SAVE)
    assert saves.duplicates > 0
    assert saves.errors == 0


def test_with_the_fix_there_is_not_one_and_everybody_finishes(tmp_path: Path) -> None:
    calls, finished = hold(replace(SLOW_SAVES, bug=False, limit_s=300.0), tmp_path / "store")
    assert {call.waiting for call in calls} == {0}
    assert {call.status for call in calls} == {200}
    assert finished == 4
    traces = open_traces(tmp_path / "store")
    saves = endpoint(traces, SAVE)
    assert (saves.duplicates, saves.aborted, saves.errors) == (0, 0, 0)
    assert saves.requests > 0
    assert endpoint(traces, "POST /tests/{test_id}/finish").requests == 4


@pytest.mark.parametrize("workers", [1, 2])
def test_every_answered_call_is_in_the_store_exactly_once(tmp_path: Path, workers: int) -> None:
    scenario = replace(
        FIXED, students=10, workers=workers, tick_s=0.1, arrival_s=0.1, save_work_s=0.02, think_s=0.2, limit_s=300.0
    )
    calls, finished = hold(scenario, tmp_path / "store")
    assert finished == 10
    assert stored_per_endpoint(open_traces(tmp_path / "store")) == per_endpoint(calls)


def test_a_browser_never_has_more_than_six_requests_at_the_server(tmp_path: Path) -> None:
    store = tmp_path / "store"
    hold(replace(SLOW_SAVES, students=2, save_work_s=2.0), store)
    with Store(store).reading() as connection:
        rows = connection.execute(
            "select client, arrival_ns, end_ns from requests where method = 'PUT' order by client, arrival_ns"
        ).fetchall()
    for client in {row[0] for row in rows}:
        lane = [(start, end) for who, start, end in rows if who == client]
        assert max(sum(start <= at < end for start, end in lane) for at, _ in lane) <= 6


def test_the_students_of_a_class_are_told_apart_behind_their_one_address(tmp_path: Path) -> None:
    store = tmp_path / "store"
    hold(
        replace(FIXED, students=5, classes=2, tick_s=0.1, arrival_s=0.1, save_work_s=0.01, think_s=0.1, limit_s=300.0),
        store,
    )
    with Store(store).reading() as connection:
        seen = connection.execute(
            "select count(distinct client), count(distinct address), min(client_tier), max(client_tier) from requests "
            "where method = 'POST' and route like '%/start'"
        ).fetchall()
    assert seen == [(10, 2, "session", "session")]


def test_an_exam_that_is_broken_off_leaves_no_server(tmp_path: Path) -> None:
    @contextmanager
    def broken_off() -> Iterator[str]:
        with pytest.raises(KeyboardInterrupt), open_exam(FIXED.compressed(50), tmp_path / "store") as exam:
            yield exam.server.base_url
            raise KeyboardInterrupt

    with broken_off() as base_url:
        assert httpx.get(f"{base_url}/health", trust_env=False).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{base_url}/health", trust_env=False)


def test_a_server_that_dies_in_between_is_said_so(tmp_path: Path) -> None:
    with (
        pytest.raises(ServerFailedError, match="exit code -9"),
        open_exam(FIXED.compressed(50), tmp_path / "s") as exam,
    ):
        exam.server.kill()
        exam.server.check()


def test_the_hourly_job_takes_a_class_from_its_students_and_its_spans_say_so(tmp_path: Path) -> None:
    """The second story, end to end: a rename at 9:12, the job at 9:40, and students who find nothing from then on."""
    store = tmp_path / "store"
    # An hour takes 24 s: rounds at 0 and 24 s, the rename at 5 s, the job at 16 s.
    scenario = replace(
        HOURLY_JOB,
        classes=2,
        students=2,
        rounds=2,
        story_start_s=9 * 3600.0,
        hour_s=24.0,
        round_s=24.0,
        limit_s=20.0,
        arrival_s=0.2,
        think_s=0.2,
        save_work_s=0.005,
        roster_renamed_s=5.0,
    )
    with open_exam(scenario, store) as exam:
        asyncio.run(exam.hold())
        students = {
            (student.browser.student, number // 4): student for number, student in enumerate(exam.classroom.students)
        }
    assert [student.finished for (_, number), student in students.items() if number == 0] == [True] * 4
    assert [student.finished for (_, number), student in students.items() if number == 1] == [
        True,
        True,
        False,
        False,
    ]
    with Store(store).reading() as connection:
        jobs = connection.execute(
            "select kind, parent_span_id, is_request from spans where name = 'sync roster' order by start_ns"
        ).fetchall()
        written = connection.execute(
            "select db_table, db_operation, list(db_rows order by spans.start_ns) from spans "
            "where trace_id in (select trace_id from spans where name = 'sync roster') and db_table = 'students' "
            "group by all"
        ).fetchall()
    assert jobs[0] == ("INTERNAL", None, False)
    assert written[0][:2] == ("students", "UPDATE")
    assert written[0][2][0] == 2
