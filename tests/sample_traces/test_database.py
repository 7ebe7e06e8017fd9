"""Turns at the database: one statement at a time, in the order of asking, and everything in a transaction."""

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from hotspan_sample_traces.database import Database, open_engine


def test_requests_that_wait_take_turns_and_get_slower_together(tmp_path: Path) -> None:
    turns: list[str] = []
    busy = threading.Lock()

    def work(session: Session, name: str) -> None:
        assert busy.acquire(blocking=False), "two at once"
        turns.append(name)
        session.execute(text("select 1"))
        busy.release()

    async def request(database: Database, name: str) -> None:
        for _ in range(4):
            await database.ask(work, name)

    async def check() -> None:
        database = Database(open_engine(tmp_path / "exam.db"), width=1)
        await asyncio.gather(request(database, "one"), request(database, "two"), request(database, "three"))
        database.engine.dispose()

    asyncio.run(check())
    assert turns == ["one", "two", "three"] * 4


def test_a_wider_database_serves_as_many_at_once(tmp_path: Path) -> None:
    together = threading.Barrier(3)

    def work(_session: Session) -> None:
        together.wait(timeout=60)  # breaks, and raises, unless three are here at the same time

    async def check() -> None:
        database = Database(open_engine(tmp_path / "exam.db"), width=3)
        await asyncio.gather(*(database.ask(work) for _ in range(3)))
        database.engine.dispose()

    asyncio.run(check())


def test_what_raises_is_rolled_back(tmp_path: Path) -> None:
    def create(session: Session) -> None:
        session.execute(text("create table notes (n int)"))

    def insert(session: Session) -> None:
        session.execute(text("insert into notes values (1)"))
        raise ValueError("changed my mind")

    def count(session: Session) -> int:
        return int(session.execute(text("select count(*) from notes")).scalar_one())

    async def check() -> int:
        database = Database(open_engine(tmp_path / "exam.db"), width=1)
        await database.ask(create)
        with pytest.raises(ValueError, match="changed my mind"):
            await database.ask(insert)
        left = await database.ask(count)
        database.engine.dispose()
        return left

    assert asyncio.run(check()) == 0


def test_two_workers_write_side_by_side(tmp_path: Path) -> None:
    """Write-ahead log and a patient timeout: no "database is locked" for having to wait."""

    def create(session: Session) -> None:
        session.execute(text("create table notes (n int)"))

    def insert(session: Session) -> None:
        session.execute(text("insert into notes values (1)"))

    def count(session: Session) -> int:
        return int(session.execute(text("select count(*) from notes")).scalar_one())

    async def check() -> int:
        workers = [Database(open_engine(tmp_path / "exam.db"), width=2) for _ in range(2)]
        await workers[0].ask(create)
        await asyncio.gather(*(worker.ask(insert) for worker in workers for _ in range(50)))
        written = await workers[1].ask(count)
        for worker in workers:
            worker.engine.dispose()
        return written

    assert asyncio.run(check()) == 100
