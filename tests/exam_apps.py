"""The exam app on a freshly seeded database, in this process: what several tests of it start from."""

import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from hotspan_sample_traces.app import create_app
from hotspan_sample_traces.scenario import FIXED, Scenario
from hotspan_sample_traces.seeding import School, seed

SMALL = replace(FIXED, students=2, classes=2, save_work_s=0.002, save_queries=3)
"""Two classes of two students, and saves that are light enough for tests that are not about weight."""


@dataclass(frozen=True)
class ExamApp:
    """The app, what was seeded for it, and browsers for it."""

    app: FastAPI
    school: School
    database: Path

    @asynccontextmanager
    async def browser(self, student: str | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """A client inside the app's lifespan, logged in if a student is named."""
        transport = httpx.ASGITransport(self.app)
        async with (
            self.app.router.lifespan_context(self.app),
            httpx.AsyncClient(transport=transport, base_url="http://exam") as client,
        ):
            await client.get("/")
            if student:
                assert (await client.post("/login", json={"name": student})).status_code == 200
            yield client

    def rows(self, query: str, *values: Any) -> list[Any]:
        """What the database answers."""
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(query, values).fetchall()


def exam_app(directory: Path, scenario: Scenario = SMALL) -> ExamApp:
    """Seeds a database in that directory; the app on it."""
    database = directory / "exam.db"
    school = seed(database, scenario)
    return ExamApp(create_app(scenario, database, time.time_ns()), school, database)
