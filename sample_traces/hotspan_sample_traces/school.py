"""What the exam app asks of its database: one function per question, each given an open session."""

import time
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, Executable, func, select, update
from sqlalchemy.orm import Session

from hotspan_sample_traces.tables import (
    Activity,
    Login,
    Question,
    RosterEntry,
    SchoolClass,
    Section,
    Student,
    StudentTest,
)


@dataclass(frozen=True, slots=True)
class SectionPaper:
    """A section as the page shows it."""

    section_id: int
    question_ids: list[int]


def log_in(session: Session, name: str, token: str, story_hour: int) -> bool:
    """From now on the session cookie `token` belongs to the student of that name; False: there is no such student."""
    student_id = session.scalar(select(Student.id).where(Student.name == name))
    if student_id is None:
        return False
    session.merge(Login(token=token, student_id=student_id, story_hour=story_hour))
    return True


def student_of(session: Session, token: str) -> int | None:
    """Who a session cookie belongs to."""
    return session.scalar(select(Login.student_id).where(Login.token == token))


def tests_of(session: Session, student_id: int) -> list[tuple[int, str]]:
    """The student's tests and their states. The join with the class is why a student without one sees nothing."""
    rows = session.execute(
        select(StudentTest.id, StudentTest.state)
        .join(Student, Student.id == StudentTest.student_id)
        .join(SchoolClass, SchoolClass.id == Student.class_id)
        .where(Student.id == student_id)
    )
    return [(row.id, row.state) for row in rows]


def start_test(session: Session, student_id: int, test_id: int) -> list[int] | None:
    """The ids of the test's sections, the test being started now; None: not a test of a student with a class."""
    if test_id not in dict(tests_of(session, student_id)):
        return None
    session.execute(update(StudentTest).where(StudentTest.id == test_id).values(state="started"))
    return list(session.scalars(select(Section.id).where(Section.test_id == test_id).order_by(Section.id)))


def section_paper(session: Session, student_id: int, test_id: int, section_id: int) -> SectionPaper | None:
    """The questions of one section of the student's own test."""
    if not _owns(session, student_id, test_id, section_id):
        return None
    questions = select(Question.id).where(Question.section_id == section_id).order_by(Question.id)
    return SectionPaper(section_id, list(session.scalars(questions)))


def usual_pace(session: Session, question_kind: int, log_wait_s: float = 0.0) -> float:
    """Mean seconds the whole school spent on one kind of question: reads all of the activity log."""
    time.sleep(log_wait_s)
    row = session.execute(
        select(func.count(), func.sum(Activity.seconds)).where(Activity.question_kind == question_kind)
    ).one()
    return float(row[1] or 0.0) / max(int(row[0]), 1)


def save_time_left(session: Session, student_id: int, test_id: int, section_id: int, time_left_s: float) -> bool:
    """Writes down the time left; False: not a section of the student's own test."""
    if not _owns(session, student_id, test_id, section_id):
        return False
    session.execute(update(Section).where(Section.id == section_id).values(time_left_s=time_left_s))
    return True


def answer_question(session: Session, student_id: int, test_id: int, question_id: int, choice: int) -> bool:
    """Writes down a choice; False: not a question of the student's own test."""
    section_id = session.scalar(select(Question.section_id).where(Question.id == question_id))
    if section_id is None or not _owns(session, student_id, test_id, section_id):
        return False
    session.execute(update(Question).where(Question.id == question_id).values(choice=choice))
    return True


def finish_test(session: Session, student_id: int, test_id: int) -> bool:
    """Hands the test in; False: not the student's own."""
    handed_in = update(StudentTest).where(StudentTest.id == test_id, StudentTest.student_id == student_id)
    return affected_rows(session, handed_in.values(state="finished")) == 1


def results(session: Session, student_id: int, test_id: int) -> tuple[int, int] | None:
    """Questions answered and answered rightly in a test that was handed in."""
    finished = session.scalar(
        select(StudentTest.state == "finished").where(StudentTest.id == test_id, StudentTest.student_id == student_id)
    )
    if not finished:
        return None
    row = session.execute(
        select(func.count(Question.choice), func.count().filter(Question.choice == Question.right_choice))
        .join(Section, Section.id == Question.section_id)
        .where(Section.test_id == test_id)
    ).one()
    return int(row[0]), int(row[1])


def rename_in_roster(session: Session, class_id: int, name: str) -> int:
    """The office writes a class's new name into its roster, and only there; how many students that concerns."""
    members = select(Student.id).where(Student.class_id == class_id)
    entries = update(RosterEntry).where(RosterEntry.student_id.in_(members))
    return affected_rows(session, entries.values(class_name=name))


def affected_rows(session: Session, statement: Executable) -> int:
    """Executes a write; how many rows it touched."""
    options = {"synchronize_session": False}  # or it adds RETURNING, and the database counts no rows
    return cast("CursorResult[Any]", session.execute(statement, execution_options=options)).rowcount


def _owns(session: Session, student_id: int, test_id: int, section_id: int) -> bool:
    owner = session.scalar(
        select(StudentTest.student_id)
        .join(Section, Section.test_id == StudentTest.id)
        .where(StudentTest.id == test_id, Section.id == section_id)
    )
    return owner == student_id
