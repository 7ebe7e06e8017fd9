"""The hourly job: at :40 by the story's clock it copies the school office's roster into the students' table."""

import asyncio
import time

from opentelemetry import context, trace
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from hotspan_sample_traces.database import Database
from hotspan_sample_traces.school import affected_rows
from hotspan_sample_traces.story_clock import StoryClock
from hotspan_sample_traces.tables import JobRun, Login, RosterEntry, SchoolClass, Student

MINUTE = 40
NAME = "sync roster"

_tracer = trace.get_tracer("exam.jobs")


async def run_hourly(database: Database, clock: StoryClock, bug: bool) -> None:
    """Runs the job at every :40 until cancelled."""
    while True:
        hour, wait_s = clock.next_minute(MINUTE, time.time_ns())
        await asyncio.sleep(wait_s)
        await run_once(database, hour, bug)


async def run_once(database: Database, hour: int, bug: bool) -> int | None:
    """The job of one hour, a root span; how many students changed class. None: another worker has this hour's job."""
    if not await database.ask(_claim, hour):
        return None
    with _tracer.start_as_current_span(NAME, context=context.Context()) as span:
        moved = await database.ask(_copy_roster, bug)
        forgotten = await database.ask(_forget_logins, hour)
        await database.ask(_note_run, hour, moved)
        span.set_attributes({"job.students_moved": moved, "job.logins_forgotten": forgotten})
    return moved


def _claim(session: Session, hour: int) -> bool:
    return affected_rows(session, insert(JobRun).values(story_hour=hour).on_conflict_do_nothing()) == 1


def _copy_roster(session: Session, bug: bool) -> int:
    """Sets every student's class to the one of the name in the roster.

    The bug: a name that no class has finds nothing, and nothing is what the foreign key is set to.
    """
    by_name = (
        select(SchoolClass.id)
        .join(RosterEntry, RosterEntry.class_name == SchoolClass.name)
        .where(RosterEntry.student_id == Student.id)
        .scalar_subquery()
    )
    class_id = by_name if bug else func.coalesce(by_name, Student.class_id)
    return affected_rows(
        session, update(Student).where(Student.class_id.is_distinct_from(class_id)).values(class_id=class_id)
    )


def _forget_logins(session: Session, hour: int) -> int:
    """Deletes sessions of earlier hours."""
    return affected_rows(session, delete(Login).where(Login.story_hour < hour))


def _note_run(session: Session, hour: int, moved: int) -> None:
    session.execute(update(JobRun).where(JobRun.story_hour == hour).values(students_moved=moved))
