"""What the exam app keeps: classes, students, their tests, and an activity log without an index."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The app's tables."""


class SchoolClass(Base):
    """A class of the school, as the app knows it."""

    __tablename__ = "classes"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Student(Base):
    """A student; without a class there is no test to take."""

    __tablename__ = "students"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    class_id: Mapped[int | None] = mapped_column(ForeignKey("classes.id"))


class RosterEntry(Base):
    """What the school office says a student's class is called; the hourly job copies it into `students`."""

    __tablename__ = "roster"
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"), primary_key=True)
    class_name: Mapped[str]


class Login(Base):
    """A session cookie, and whose it is."""

    __tablename__ = "logins"
    token: Mapped[str] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"))
    story_hour: Mapped[int]


class StudentTest(Base):
    """One student's own copy of a test."""

    __tablename__ = "tests"
    id: Mapped[int] = mapped_column(primary_key=True)
    student_id: Mapped[int] = mapped_column(ForeignKey("students.id"), index=True)
    state: Mapped[str] = mapped_column(default="waiting")  # waiting | started | finished


class Section(Base):
    """A part of a test, and the time its student had left when the page last said so."""

    __tablename__ = "sections"
    id: Mapped[int] = mapped_column(primary_key=True)
    test_id: Mapped[int] = mapped_column(ForeignKey("tests.id"), index=True)
    time_left_s: Mapped[float | None]


class Question(Base):
    """A question, the right choice, and the student's choice once made."""

    __tablename__ = "questions"
    id: Mapped[int] = mapped_column(primary_key=True)
    section_id: Mapped[int] = mapped_column(ForeignKey("sections.id"), index=True)
    right_choice: Mapped[int]
    choice: Mapped[int | None]


class Activity(Base):
    """How long somebody once looked at a question. Nobody gave it an index: every look at it reads all of it."""

    __tablename__ = "activity"
    id: Mapped[int] = mapped_column(primary_key=True)
    question_kind: Mapped[int]
    seconds: Mapped[float]


class JobRun(Base):
    """An hour whose job was run; the worker whose row gets in is the one that runs it."""

    __tablename__ = "job_runs"
    story_hour: Mapped[int] = mapped_column(primary_key=True)
    students_moved: Mapped[int | None]
