"""A made-up day of a school's server: at 09:40 an hourly job sets a foreign key to null for one class."""

import random
from typing import Any

from traces import below, request, served, span, statement

Row = dict[str, Any]

AT_0940 = 70_000.0
"""Second zero of the tests is 14:13:20; so long after it, it is 2026-09-22 09:40:00 UTC."""

JOB = "sync roster"
UPDATE = "UPDATE student SET class_id = (SELECT id FROM class WHERE name = ?)"
CLASS_OF_15 = [f"student {number}" for number in range(15)]


def clock(hour: int, minute: int = 0, second: float = 0) -> float:
    """A time of that day, in seconds after second zero."""
    return AT_0940 + (hour - 9) * 3600 + (minute - 40) * 60 + second


def school_day(first_hour: int = 6, last_hour: int = 18, seed: int = 1) -> tuple[list[Row], list[Row]]:
    """Requests and spans from 06:00 to 18:00, or between other full hours."""
    rng = random.Random(seed)
    requests: list[Row] = []
    spans: list[Row] = []
    for hour in range(first_hour, last_hour):
        spans += _roster(hour, rows=15 if hour == 9 else hour % 2)
        spans += [span("send mail", clock(hour, minute, rng.random()), 30) for minute in range(60)]
        spans += [span("tidy up", clock(hour, 10), 2000 + 100 * hour)]
        for _ in range(300):
            _visit(requests, spans, clock(hour, 0, rng.random() * 3600), rng)
    return requests, spans


def _roster(hour: int, rows: int) -> list[Row]:
    job = span(JOB, clock(hour, 40, hour % 3), 900)
    session = below(job, "session", clock(hour, 40, hour % 3 + 0.05), 800)
    update = statement(
        session,
        UPDATE,
        clock(hour, 40, hour % 3 + 0.1),
        700,
        db_table="student",
        db_rows=rows,
        attributes={"db.system": "x"},
    )
    return [job, session, update]


def _visit(requests: list[Row], spans: list[Row], at: float, rng: random.Random) -> None:
    student = rng.choice([*CLASS_OF_15, *(f"other {number}" for number in range(45))])
    if rng.random() < 0.5:
        nulled = student in CLASS_OF_15 and at > AT_0940 + 1
        requests.append(request("GET /exam", at, rng.uniform(20, 80), client=student, status=500 if nulled else 200))
        return
    save, server = served("PUT /answers", at, rng.uniform(30, 200), client=student)
    requests.append(save)
    spans += [server, statement(server, "INSERT INTO answer VALUES (?)", at + 0.005, 10, db_table="answer", db_rows=1)]
