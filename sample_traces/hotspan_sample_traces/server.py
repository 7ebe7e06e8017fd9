"""The exam app under a real uvicorn, in processes of its own."""

import contextlib
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
_LAST_WORDS_S = 15.0
"""After its requests have ended, a server still seals, merges and closes what hotspan has captured."""
_RUNNING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
_WORKER_IS_UP = "Application startup complete"


class ServerFailedError(HotspanError):
    """The exam app did not start, or stopped by itself."""


@dataclass(slots=True)
class Server:
    """A running server; `stop` it, whatever happens."""

    process: subprocess.Popen[bytes]
    log: Path
    drain_s: float
    base_url: str = ""

    @classmethod
    def start(cls, log: Path, workers: int, drain_s: float, environment: Mapping[str, str]) -> "Server":
        """Starts uvicorn on a free port of 127.0.0.1 and waits until every worker serves; its output goes to `log`.

        Told to stop, it gives requests that still run `drain_s` seconds. Raises ServerFailedError if it does not start.
        """
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603  our own interpreter, no text of anybody else's
                _command(workers, drain_s),
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we stop the server when the students have left
            )
        server = cls(process, log, drain_s)
        try:
            server._wait_until_up(workers)
        except BaseException:
            server.kill()
            raise
        return server

    def stop(self) -> None:
        """Ends the server and its workers: politely first, and with force when that takes too long."""
        try:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(self.drain_s + _LAST_WORDS_S)
        finally:
            self.kill()

    def kill(self) -> None:
        """Ends the server and its workers at once, if they still run."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def check(self) -> None:
        """Raises ServerFailedError, with the server's last words, if it has stopped."""
        if self.process.poll() is not None:
            raise self._failure(f"stopped with exit code {self.process.returncode}")

    def _wait_until_up(self, workers: int) -> None:
        deadline_s = time.monotonic() + _START_LIMIT_S
        while time.monotonic() < deadline_s:
            self.check()
            said = self.log.read_text(errors="replace")
            if (running := _RUNNING.search(said)) and said.count(_WORKER_IS_UP) >= workers:
                self.base_url = running[1]
                return
            time.sleep(0.05)
        raise self._failure(f"did not start within {_START_LIMIT_S:.0f} s")

    def _failure(self, what: str) -> ServerFailedError:
        said = self.log.read_text(errors="replace").strip().splitlines()
        return ServerFailedError(f"the exam app {what}; it said last: {said[-1] if said else 'nothing'}")


def _command(workers: int, drain_s: float) -> list[str]:
    return [
        *(sys.executable, "-m", "uvicorn", "hotspan_sample_traces.asgi:served_app", "--factory"),
        *("--host", "127.0.0.1", "--port", "0", "--workers", str(workers), "--no-access-log", "--no-use-colors"),
        *("--timeout-graceful-shutdown", str(max(1, round(drain_s)))),
        *(
            "--timeout-worker-healthcheck",
            "60",
        ),  # a worker that is slow to answer is the point, not a reason to kill it
    ]
