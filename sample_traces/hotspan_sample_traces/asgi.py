"""What uvicorn imports: the exam app with hotspan dropped in, as in any other app."""

import os
from pathlib import Path

from fastapi import FastAPI
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor

from hotspan_collector import instrument
from hotspan_sample_traces.app import create_app
from hotspan_sample_traces.scenario import Scenario

SCENARIO, DATABASE, STARTED_NS = "HOTSPAN_EXAM_SCENARIO", "HOTSPAN_EXAM_DATABASE", "HOTSPAN_EXAM_STARTED_NS"
"""Environment variables that tell a server process which exam it serves; the store is named by HOTSPAN_STORE."""


def served_app() -> FastAPI:
    """The instrumented app of the exam that the environment describes."""
    scenario = Scenario.from_json(os.environ[SCENARIO])
    app = create_app(scenario, Path(os.environ[DATABASE]), int(os.environ[STARTED_NS]))
    SQLAlchemyInstrumentor().instrument(engine=app.state.shared.database.engine)
    return instrument(app, service="exam", service_version=scenario.version)
