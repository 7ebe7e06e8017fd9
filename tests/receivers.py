"""A receiver on a real server of its own, in a thread of the test."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import uvicorn

from hotspan_collector.receiver import Access, Receiver
from hotspan_collector.receiver_body import Limits
from hotspan_collector.receiver_intake import Intake
from hotspan_collector.settings import Settings

FOREVER_DAYS = 1_000_000.0
"""Retention of tests, whose spans have fixed times in the past."""


def settings(store: Path) -> Settings:
    return Settings(store=store, retention_days=FOREVER_DAYS)


@contextlib.contextmanager
def receiving(store: Path, access: Access | None = None, limits: Limits | None = None) -> Iterator[httpx.Client]:
    """A client of a receiver that writes to a store; when the block ends, all that was taken is merged."""
    intake = Intake(settings(store))
    app = Receiver(intake, access or Access(), limits or Limits()).app()
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", ws="none"))
    intake.start()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.01)
            with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=60) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()
            intake.stop()
