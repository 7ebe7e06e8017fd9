"""The exam app under a real uvicorn, in processes of its own."""

import contextlib
import math
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hotspan_collector.errors import HotspanError

_START_LIMIT_S = 60.0
_RUNNING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
_WORKER_IS_UP = "Application startup complete"
_WORKER_FAILED = re.compile(r"Application startup failed|Child process \[\d+\] (?:died|failed to start)")
_REASON = re.compile(r"^[\w.]*(?:Error|Exception)\b.*", re.MULTILINE)


class ServerFailedError(HotspanError):
    """The exam app did not start, or stopped by itself."""


@dataclass(slots=True)
class Server:
    """A running server; `stop` it, whatever happens."""

    process: subprocess.Popen[bytes]
    log: Path
    base_url: str = ""

    @classmethod
    def start(cls, log: Path, workers: int, drain_s: float, environment: Mapping[str, str]) -> "Server":
        """Starts uvicorn on a free port of 127.0.0.1 and waits until every worker serves; its output goes to `log`.

        It runs in the directory of `log`, so that its database can be named without one: spans repeat that name. Told
        to stop, it gives requests that still run `drain_s` seconds. Raises ServerFailedError if it does not start.
        """
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  our own interpreter, no text of anybody else's
                _command(workers, drain_s),
                env=os.environ | environment,
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we stop the server when the students have left
            )
        server = cls(process, log)
        try:
            server._wait_until_up(workers)
        except BaseException:
            server.kill()
            raise
        return server

    @property
    def is_running(self) -> bool:
        """Whether its first process exists."""
        return self.process.poll() is None

    def terminate(self) -> None:
        """Tells the server to end: no new requests, and some time for those that run."""
        self.process.terminate()

    def stop(self, patience_s: float) -> None:
        """Ends the server and its workers: politely first, and with force when that takes longer than `patience_s`."""
        try:
            self.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience_s)
        finally:
            self.kill()

    def kill(self) -> None:
        """Ends the server and its workers at once, if they still run."""
        if self.is_running:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def check(self) -> None:
        """Raises ServerFailedError, with the server's last words, if it has stopped."""
        if not self.is_running:
            raise self._failure(f"stopped with exit code {self.process.returncode}")

    def _wait_until_up(self, workers: int) -> None:
        deadline_s = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < deadline_s:
            self.check()
            said = self._said()
            if _WORKER_FAILED.search(said):
                raise self._failure("could not start")
            if (running := _RUNNING.search(said)) and said.count(_WORKER_IS_UP) >= workers:
                self.base_url = running[1]
                return
            time.sleep(0.05)
        raise self._failure(f"did not start within {_START_LIMIT_S:.0f} s")

    def _said(self) -> str:
        return self.log.read_text(errors="replace")

    def _failure(self, what: str) -> ServerFailedError:
        """With the last exception in the log as its reason, or else its last line."""
        said = self._said()
        reasons = _REASON.findall(said) or said.strip().splitlines()
        return ServerFailedError(f"the exam app {what}: {reasons[-1] if reasons else 'it said nothing'}")


def _command(workers: int, drain_s: float) -> list[str]:
    return [
        *(sys.executable, "-m", "uvicorn", "hotspan_sample_traces.asgi:served_app", "--factory"),
        *("--host", "127.0.0.1", "--port", "0", "--workers", str(workers), "--no-access-log", "--no-use-colors"),
        *("--timeout-graceful-shutdown", str(math.ceil(drain_s))),
        # Being slow to answer is the point of this app, not a reason to kill a worker.
        *("--timeout-worker-healthcheck", "10"),
    ]
