"""The hourly job: what it does on a healthy hour, and how the bug takes one class from its students."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from exam_apps import SMALL, ExamApp, exam_app
from hotspan_sample_traces import jobs, school
from hotspan_sample_traces.database import Database
from hotspan_sample_traces.story_clock import StoryClock

CLASSES = "select name, class_id from students order by name"


def on_database(exam: ExamApp, *runs: Any) -> list[Any]:
    """The results of `runs`, each called with the database, one after the other."""
    database: Database = exam.app.state.shared.database

    async def work() -> list[Any]:
        return [await run(database) for run in runs]

    try:
        return asyncio.run(work())
    finally:
        database.engine.dispose()


def rename(database: Database) -> Any:
    return database.ask(school.rename_in_roster, 2, "9 b")


def test_a_healthy_hour_changes_nothing(tmp_path: Path) -> None:
    exam = exam_app(tmp_path)
    before = exam.rows(CLASSES)
    assert on_database(exam, lambda database: jobs.run_once(database, 9, bug=True)) == [0]
    assert exam.rows(CLASSES) == before
    assert exam.rows("select story_hour, students_moved from job_runs") == [(9, 0)]


def test_the_bug_takes_a_renamed_class_from_its_students_and_leaves_the_others(tmp_path: Path) -> None:
    exam = exam_app(tmp_path)
    assert on_database(exam, rename, lambda database: jobs.run_once(database, 9, bug=True)) == [2, 2]
    assert exam.rows(CLASSES) == [("9a-01", 1), ("9a-02", 1), ("9b-01", None), ("9b-02", None)]
    assert exam.rows("select students_moved from job_runs") == [(2,)]


def test_without_the_bug_a_renamed_class_is_kept(tmp_path: Path) -> None:
    exam = exam_app(tmp_path)
    assert on_database(exam, rename, lambda database: jobs.run_once(database, 9, bug=False)) == [2, 0]
    assert exam.rows(CLASSES) == [("9a-01", 1), ("9a-02", 1), ("9b-01", 2), ("9b-02", 2)]


@pytest.mark.parametrize("bug", [True, False])
def test_a_student_who_changed_class_is_moved_with_and_without_the_bug(tmp_path: Path, bug: bool) -> None:
    exam = exam_app(tmp_path)

    def to_9b(session: Session) -> None:
        session.execute(text("update roster set class_name = '9b' where student_id = 1"))

    moved = on_database(
        exam, lambda database: database.ask(to_9b), lambda database: jobs.run_once(database, 9, bug=bug)
    )
    assert moved == [None, 1]
    assert exam.rows(CLASSES)[0] == ("9a-01", 2)


def test_one_worker_runs_the_job_of_an_hour_the_others_leave_it(tmp_path: Path) -> None:
    exam = exam_app(tmp_path)

    def nine(database: Database) -> Any:
        return jobs.run_once(database, 9, bug=False)

    def ten(database: Database) -> Any:
        return jobs.run_once(database, 10, bug=False)

    assert on_database(exam, nine, nine, ten) == [0, None, 0]


def test_the_job_forgets_logins_of_earlier_hours_only(tmp_path: Path) -> None:
    exam = exam_app(tmp_path)
    on_database(
        exam,
        lambda database: database.ask(school.log_in, "9a-01", "one", 8),
        lambda database: database.ask(school.log_in, "9a-02", "two", 9),
        lambda database: jobs.run_once(database, 9, bug=False),
    )
    assert exam.rows("select story_hour from logins") == [(9,)]


def test_students_without_a_class_see_no_tests_and_no_error(tmp_path: Path) -> None:
    exam = exam_app(tmp_path, replace(SMALL, job_bug=True))
    victim = exam.school.seats[2]

    async def check() -> None:
        async with exam.browser(victim.student) as client:
            assert len((await client.get("/tests")).json()) == 1
            assert (await client.put("/roster/2", json={"name": "9 b"})).json() == {"students": 2}
            await jobs.run_once(exam.app.state.shared.database, 9, bug=True)
            response = await client.get("/tests")
            assert (response.status_code, response.json()) == (200, [])
            assert (await client.post(f"/tests/{victim.test_ids[0]}/start")).status_code == 404

    asyncio.run(check())


def test_the_app_runs_the_job_by_itself_at_forty_past_by_the_storys_clock(tmp_path: Path) -> None:
    """The story begins at 9:30 and its hours last 0.6 s: within moments 9:40 and 10:40 have been."""
    exam = exam_app(tmp_path, replace(SMALL, story_start_s=9.5 * 3600, hour_s=0.6))

    async def check() -> None:
        async with exam.browser():
            deadline_s = time.monotonic() + 60
            while len(exam.rows("select * from job_runs")) < 2:
                assert time.monotonic() < deadline_s, "the job was not run twice within a minute"
                await asyncio.sleep(0.02)

    asyncio.run(check())
    hours = [hour for (hour,) in exam.rows("select story_hour from job_runs order by 1")]
    assert len(hours) == len(set(hours))
    assert min(hours) >= 9


def test_the_job_waits_for_the_storys_forty(tmp_path: Path) -> None:
    """At 9:30 with real hours nothing is due for ten minutes."""
    exam = exam_app(tmp_path, replace(SMALL, story_start_s=9.5 * 3600))
    clock: StoryClock = exam.app.state.shared.clock
    hour, wait_s = clock.next_minute(jobs.MINUTE, clock.started_ns)
    assert (hour, wait_s) == (9, 600.0)
    exam.app.state.shared.database.engine.dispose()
