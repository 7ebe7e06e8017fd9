"""The exam app: students take a timed test. One endpoint, the one every page calls every ten seconds, is heavy."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel

from hotspan_sample_traces import jobs, school
from hotspan_sample_traces.database import Database, open_engine
from hotspan_sample_traces.scenario import Scenario
from hotspan_sample_traces.seeding import QUESTION_KINDS
from hotspan_sample_traces.story_clock import StoryClock

COOKIE = "session"
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Shared:
    """What the app's handlers share."""

    scenario: Scenario
    database: Database
    clock: StoryClock


class Name(BaseModel):
    """Who logs in, or what a class is called now."""

    name: str


class TimeLeft(BaseModel):
    """What the page saves."""

    time_left_s: float


class Choice(BaseModel):
    """What a student picked."""

    choice: int


def create_app(scenario: Scenario, database_path: Path, started_ns: int) -> FastAPI:
    """The app on a database that was seeded for this scenario; its story's clock began at `started_ns`."""
    app = FastAPI(title="exam", lifespan=_lifespan)
    app.state.shared = Shared(
        scenario,
        Database(open_engine(database_path), scenario.database_width),
        StoryClock(started_ns, scenario.story_start_s, scenario.hour_s),
    )
    app.include_router(_router)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    shared: Shared = app.state.shared
    job = asyncio.create_task(jobs.run_hourly(shared.database, shared.clock, shared.scenario.job_bug))
    yield
    job.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await job
    shared.database.engine.dispose()


async def _shared(request: Request) -> Shared:
    shared: Shared = request.app.state.shared
    return shared


_WithShared = Annotated[Shared, Depends(_shared)]


async def _student(request: Request, shared: _WithShared) -> int:
    student_id = await shared.database.ask(school.student_of, request.cookies.get(COOKIE, ""))
    if student_id is None:
        raise HTTPException(401, "log in first")
    return student_id


_ByStudent = Annotated[int, Depends(_student)]
_router = APIRouter()


@_router.get("/health")
async def health() -> dict[str, str]:
    """Answers without the database."""
    return {"status": "ok"}


@_router.get("/")
async def show_page(request: Request, response: Response) -> dict[str, str]:
    """The page, which comes with a session cookie, so that browsers can be told apart from their second request on."""
    if COOKIE not in request.cookies:
        response.set_cookie(COOKIE, secrets.token_hex(16), httponly=True)
    return {"page": "exam"}


@_router.post("/login")
async def log_in(request: Request, shared: _WithShared, name: Name) -> dict[str, str]:
    """The session is that student's."""
    token = _found(request.cookies.get(COOKIE))
    hour = int(shared.clock.story_s(time.time_ns()) // 3600)
    is_student = await shared.database.ask(school.log_in, name.name, token, hour)
    return {"student": _found(name.name if is_student else None)}


@_router.get("/tests")
async def list_tests(shared: _WithShared, student_id: _ByStudent) -> list[dict[str, Any]]:
    """The student's tests."""
    tests = await shared.database.ask(school.tests_of, student_id)
    return [{"test_id": test_id, "state": state} for test_id, state in tests]


@_router.post("/tests/{test_id}/start")
async def start_test(shared: _WithShared, student_id: _ByStudent, test_id: int) -> dict[str, Any]:
    """The test begins; its sections."""
    section_ids = await shared.database.ask(school.start_test, student_id, test_id)
    return {"section_ids": _found(section_ids), "limit_s": shared.scenario.limit_s}


@_router.get("/tests/{test_id}/sections/{section_id}")
async def show_section(shared: _WithShared, student_id: _ByStudent, test_id: int, section_id: int) -> dict[str, Any]:
    """The questions of a section, which the student moves on to."""
    paper = await shared.database.ask(school.section_paper, student_id, test_id, section_id)
    return {"section_id": section_id, "question_ids": _found(paper).question_ids}


@_router.put("/tests/{test_id}/sections/{section_id}")
async def save_time_left(
    shared: _WithShared, student_id: _ByStudent, test_id: int, section_id: int, time_left: TimeLeft
) -> dict[str, float]:
    """Saves the time left, and says how long the rest should take at the school's usual pace, kind by kind of question.

    That second part is what is slow: one statement for each kind, each reading the whole activity log.
    """
    ask = shared.database.ask
    kinds = [(section_id + number) % QUESTION_KINDS for number in range(shared.scenario.save_queries)]
    paces = [await ask(school.usual_pace, kind, shared.scenario.log_wait_s) for kind in kinds]
    saved = await ask(school.save_time_left, student_id, test_id, section_id, time_left.time_left_s)
    _found(saved or None)
    return {"time_left_s": time_left.time_left_s, "usual_s": sum(paces)}


@_router.post("/tests/{test_id}/questions/{question_id}/answer")
async def answer_question(
    shared: _WithShared, student_id: _ByStudent, test_id: int, question_id: int, choice: Choice
) -> dict[str, int]:
    """Stores one choice."""
    stored = await shared.database.ask(school.answer_question, student_id, test_id, question_id, choice.choice)
    _found(stored or None)
    return {"question_id": question_id, "choice": choice.choice}


@_router.post("/tests/{test_id}/finish")
async def finish_test(shared: _WithShared, student_id: _ByStudent, test_id: int) -> dict[str, int]:
    """The student hands in."""
    handed_in = await shared.database.ask(school.finish_test, student_id, test_id)
    _found(handed_in or None)
    return {"test_id": test_id}


@_router.get("/tests/{test_id}/results")
async def show_results(shared: _WithShared, student_id: _ByStudent, test_id: int) -> dict[str, int]:
    """How many questions were answered, and how many rightly."""
    answered, right = _found(await shared.database.ask(school.results, student_id, test_id))
    return {"answered": answered, "right": right}


@_router.put("/roster/{class_id}")
async def rename_class(shared: _WithShared, class_id: int, name: Name) -> dict[str, int]:
    """The school office renames a class in its roster."""
    return {"students": await shared.database.ask(school.rename_in_roster, class_id, name.name)}


def _found(thing: Thing | None) -> Thing:
    if thing is None:
        raise HTTPException(404, "no such thing of yours")
    return thing
