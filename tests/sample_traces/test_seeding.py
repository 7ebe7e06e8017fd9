"""What is in a fresh database, and that a save is as heavy as was asked for."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from hotspan_sample_traces.scenario import FIXED, Scenario
from hotspan_sample_traces.seeding import seed

LIGHT = replace(FIXED, students=3, classes=2, rounds=2, sections=2, questions=4, save_work_s=0.004, save_queries=2)


def table(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_every_student_has_a_class_and_a_test_of_its_own_for_each_round(tmp_path: Path) -> None:
    school = seed(tmp_path / "exam.db", LIGHT)
    assert [seat.student for seat in school.seats] == ["9a-01", "9a-02", "9a-03", "9b-01", "9b-02", "9b-03"]
    assert [seat.class_id for seat in school.seats] == [1, 1, 1, 2, 2, 2]
    assert all(len(seat.test_ids) == 2 for seat in school.seats)
    tests = [test_id for seat in school.seats for test_id in seat.test_ids]
    assert len(set(tests)) == 12
    owners = table(
        tmp_path / "exam.db",
        "select students.name, tests.id from tests join students on students.id = student_id order by tests.id",
    )
    assert owners == sorted(
        ((seat.student, test_id) for seat in school.seats for test_id in seat.test_ids), key=lambda pair: pair[1]
    )


def test_every_test_has_its_sections_and_questions(tmp_path: Path) -> None:
    seed(tmp_path / "exam.db", LIGHT)
    sections = table(tmp_path / "exam.db", "select count(*) from sections group by test_id")
    assert sections == [(2,)] * 12
    questions = table(
        tmp_path / "exam.db",
        "select count(*), min(right_choice) >= 0, max(right_choice) <= 3 from questions group by section_id",
    )
    assert questions == [(4, 1, 1)] * 24


def test_the_roster_agrees_with_the_classes_to_begin_with(tmp_path: Path) -> None:
    seed(tmp_path / "exam.db", LIGHT)
    disagree = table(
        tmp_path / "exam.db",
        "select count(*) from students join roster on roster.student_id = students.id "
        "join classes on classes.id = students.class_id where classes.name <> roster.class_name",
    )
    assert disagree == [(0,)]
    assert table(tmp_path / "exam.db", "select count(*) from roster") == [(6,)]


def test_the_same_seed_makes_the_same_questions(tmp_path: Path) -> None:
    right = "select right_choice from questions order by id"
    for name, number in (("a", 1), ("b", 1), ("c", 2)):
        seed(tmp_path / f"{name}.db", replace(LIGHT, seed=number))
    a, b, c = (table(tmp_path / f"{name}.db", right) for name in "abc")
    assert a == b
    assert a != c


@pytest.mark.parametrize("scenario", [LIGHT, replace(LIGHT, save_work_s=0.04), FIXED.compressed(20)])
def test_the_activity_log_is_as_long_as_it_says_and_grows_with_the_work(tmp_path: Path, scenario: Scenario) -> None:
    school = seed(tmp_path / "exam.db", scenario)
    assert table(tmp_path / "exam.db", "select count(*), max(id) from activity") == [(school.activity_rows,) * 2]
    assert school.activity_rows > 0
    # Clocks of machines in use jump by half; ten times would be another demo.
    assert scenario.save_work_s / 10 < school.save_work_s < scenario.save_work_s * 10


def test_ten_times_the_work_takes_several_times_the_rows(tmp_path: Path) -> None:
    light = seed(tmp_path / "light.db", replace(LIGHT, save_work_s=0.01))
    heavy = seed(tmp_path / "heavy.db", replace(LIGHT, save_work_s=0.1))
    assert heavy.activity_rows > 3 * light.activity_rows


def test_runs_that_are_compared_have_the_same_activity_log(tmp_path: Path) -> None:
    school = seed(tmp_path / "exam.db", replace(LIGHT, activity_rows=1234))
    assert school.activity_rows == 1234
    assert table(tmp_path / "exam.db", "select count(*), max(id) from activity") == [(1234, 1234)]


def test_the_activity_log_has_no_index(tmp_path: Path) -> None:
    seed(tmp_path / "exam.db", LIGHT)
    plan = table(tmp_path / "exam.db", "explain query plan select sum(seconds) from activity where question_kind = 3")
    assert "SCAN activity" in str(plan)


def test_early_students_are_another_class(tmp_path: Path) -> None:
    school = seed(tmp_path / "exam.db", replace(LIGHT, early=3))
    assert [seat.student for seat in school.seats[6:]] == ["9c-01", "9c-02", "9c-03"]
    assert {seat.class_id for seat in school.seats[6:]} == {3}
    assert len({test_id for seat in school.seats for test_id in seat.test_ids}) == 18
