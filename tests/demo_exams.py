"""An exam that nobody holds: what the texts and screens of `hotspan demo` need of one."""

from pathlib import Path

from hotspan_sample_traces.classroom import Classroom
from hotspan_sample_traces.exam import Exam
from hotspan_sample_traces.scenario import INCIDENT, Scenario
from hotspan_sample_traces.seeding import School
from hotspan_sample_traces.server import Server
from hotspan_sample_traces.story_clock import StoryClock
from traces import ns

SAVE = "PUT /tests/{test_id}/sections/{section_id}"
ANSWER = "POST /tests/{test_id}/questions/{question_id}/answer"
FINISH = "POST /tests/{test_id}/finish"


def exam(scenario: Scenario = INCIDENT, store: Path = Path(".hotspan")) -> Exam:
    """An exam with nobody in it, on a server that was never started."""
    server = Server(process=None, log=Path("server.log"), base_url="http://127.0.0.1:1")  # type: ignore[arg-type]  # never asked for
    school = School((), 700_000, 0.281)
    return Exam(scenario, store, school, server, Classroom("", scenario, ()), StoryClock(ns(0), 9.5 * 3600, 3600.0))
