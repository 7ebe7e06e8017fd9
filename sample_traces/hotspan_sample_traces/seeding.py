"""A fresh database for one run: classes, students with a test each, and an activity log as heavy as the scenario says."""

import random
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, delete, func, insert, select, text
from sqlalchemy.orm import Session

from hotspan_sample_traces.database import open_engine
from hotspan_sample_traces.scenario import Scenario
from hotspan_sample_traces.school import usual_pace
from hotspan_sample_traces.tables import (
    Activity,
    Base,
    Question,
    RosterEntry,
    SchoolClass,
    Section,
    Student,
    StudentTest,
)

CHOICES = 4
"""Possible answers to each question."""
QUESTION_KINDS = 97

_SAMPLE_ROWS = 200_000
"""Enough for a scan to take several milliseconds: long against what a statement costs anyway."""
_TRIES = 9
_MOST_ROWS = 20_000_000
"""About 400 MB; no known machine scans that in the time of one statement."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One student: the name to log in with, the class, and a test for each round."""

    student: str
    class_id: int
    test_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class School:
    """What was seeded, and how long a save then takes on this machine while nothing else runs."""

    seats: tuple[Seat, ...]
    activity_rows: int
    save_work_s: float


def seed(path: Path, scenario: Scenario) -> School:
    """Creates the database at `path`, which must not exist yet."""
    engine = open_engine(path)
    try:
        Base.metadata.create_all(engine)
        with Session(engine) as session, session.begin():
            seats = _seed_seats(session, scenario)
        _seed_activity(engine, scenario)
        with Session(engine) as session:
            rows = session.scalar(select(func.count()).select_from(Activity)) or 0
        return School(tuple(seats), rows, _statement_s(engine) * scenario.save_queries)
    finally:
        engine.dispose()


def _seed_seats(session: Session, scenario: Scenario) -> list[Seat]:
    chance = random.Random(scenario.seed)  # noqa: S311  exam questions, not secrets
    sizes = [scenario.students] * scenario.classes + [scenario.early] * bool(scenario.early)
    names = [f"9{chr(ord('a') + number)}" for number in range(len(sizes))]
    session.execute(insert(SchoolClass), [{"id": number, "name": name} for number, name in enumerate(names, start=1)])
    seats = []
    for class_id, (class_name, size) in enumerate(zip(names, sizes, strict=True), start=1):
        for number in range(1, size + 1):
            seats.append(_seed_student(session, scenario, chance, class_id, f"{class_name}-{number:02}"))
            session.add(RosterEntry(student_id=len(seats), class_name=class_name))
    return seats


def _seed_student(session: Session, scenario: Scenario, chance: random.Random, class_id: int, name: str) -> Seat:
    student = Student(name=name, class_id=class_id)
    session.add(student)
    session.flush()
    tests = [StudentTest(student_id=student.id, state="waiting") for _ in range(scenario.rounds)]
    session.add_all(tests)
    session.flush()
    for test in tests:
        _seed_test(session, scenario, chance, test.id)
    return Seat(name, class_id, tuple(test.id for test in tests))


def _seed_test(session: Session, scenario: Scenario, chance: random.Random, test_id: int) -> None:
    sections = [Section(test_id=test_id) for _ in range(scenario.sections)]
    session.add_all(sections)
    session.flush()
    session.add_all(
        Question(section_id=section.id, right_choice=chance.randrange(CHOICES))
        for section in sections
        for _ in range(scenario.questions)
    )


def _seed_activity(engine: Engine, scenario: Scenario) -> None:
    """As many rows as make one statement of a save take its share of the scenario's work on this very machine.

    Unless the scenario says how many there are.
    """
    if scenario.activity_rows:
        _resize_activity(engine, 0, scenario.activity_rows)
        return
    _resize_activity(engine, 0, _SAMPLE_ROWS)
    wanted_s = scenario.save_work_s / scenario.save_queries
    rows = round(_SAMPLE_ROWS * wanted_s / _statement_s(engine))
    _resize_activity(engine, _SAMPLE_ROWS, min(_MOST_ROWS, rows))


def _resize_activity(engine: Engine, rows: int, wanted: int) -> None:
    with engine.begin() as connection:
        connection.execute(delete(Activity).where(Activity.id > wanted))
        connection.execute(
            text(
                "with recursive numbers(n) as (select :rows + 1 union all select n + 1 from numbers where n < :wanted) "
                "insert into activity (question_kind, seconds) select n % :kinds, n % 13 * 0.5 from numbers "
                "where n <= :wanted"
            ),
            {"rows": rows, "wanted": wanted, "kinds": QUESTION_KINDS},
        )


def _statement_s(engine: Engine) -> float:
    """What the statement costs, in processor time of this thread: whatever else the machine is doing does not count."""
    tries = []
    with Session(engine) as session:
        for kind in range(_TRIES):
            start = time.thread_time()
            usual_pace(session, kind)
            tries.append(time.thread_time() - start)
    return statistics.median(tries)
