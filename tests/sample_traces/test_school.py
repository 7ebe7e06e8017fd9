"""What the exam app asks of its database, where the answers of its endpoints do not show it."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from hotspan_sample_traces.database import open_engine
from hotspan_sample_traces.scenario import FIXED
from hotspan_sample_traces.school import usual_pace
from hotspan_sample_traces.seeding import seed


def test_a_statement_waits_for_a_log_that_comes_from_elsewhere_while_no_core_works(tmp_path: Path) -> None:
    seed(tmp_path / "exam.db", replace(FIXED, students=1, activity_rows=970))
    engine = open_engine(tmp_path / "exam.db")
    with Session(engine) as session:
        at_once = usual_pace(session, 3)
        began_s, worked_s = time.monotonic(), time.thread_time()
        after_a_wait = usual_pace(session, 3, log_wait_s=0.2)
        took_s, worked_s = time.monotonic() - began_s, time.thread_time() - worked_s
    engine.dispose()
    assert after_a_wait == pytest.approx(at_once)
    assert took_s >= 0.2
    assert worked_s < took_s
