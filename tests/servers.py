"""Real ASGI servers in processes of their own, serving tests/served_apps.py on a port that nobody else has."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import stores

HERE = Path(__file__).parent

UVICORN = {
    "h11": ("--http", "h11", "--loop", "asyncio"),
    "httptools": ("--http", "httptools", "--loop", "asyncio"),
    "uvloop": ("--http", "httptools", "--loop", "uvloop"),
    "workers": ("--workers", "2"),
    "no lifespan": ("--lifespan", "off"),
}


def command(server: str, app: str, descriptor: int) -> list[str]:
    """How to start a server on a listening socket; `server` is a key of UVICORN, gunicorn or hypercorn."""
    if server == "gunicorn":
        workers = ["--workers", "2", "--worker-class", "uvicorn_worker.UvicornWorker"]
        return ["gunicorn", *workers, "--bind", f"fd://{descriptor}", f"served_apps:{app}()"]
    options = [*UVICORN[server], "--no-access-log", "--fd", str(descriptor)]
    return ["uvicorn", "--factory", *options, f"served_apps:{app}"]


@dataclass
class Server:
    """A running server. Its socket listens from the start, so a client may come before the app is up."""

    process: "subprocess.Popen[str]"
    port: int
    log: Path

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=stores.LONG_S)

    def get(self, path: str, *headers: str) -> int:
        """The status that one request on a connection of its own is answered with."""
        with self.connect() as connection:
            connection.sendall(request(path, "connection: close", *headers))
            return int(read_all(connection).split()[1])

    def stop(self, number: int = signal.SIGTERM) -> None:
        """Ends the server as a supervisor does, and waits until it has."""
        self.process.send_signal(number)
        self.process.wait(timeout=stores.LONG_S)


@contextlib.contextmanager
def serving(
    app: str, folder: Path, *, server: str = "httptools", prefix: Sequence[str] = (), **environment: str
) -> Iterator[Server]:
    """A server of one of the apps, killed at the end; its store is `folder`/store, its output `folder`/log.

    `prefix` stands before the command: what makes it run with less than the test may do.
    """
    known = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening, (folder / "log").open("w") as log:
        listening.set_inheritable(True)
        process = subprocess.Popen(
            [*prefix, sys.executable, "-m", *command(server, app, listening.fileno())],
            env=known | {"PYTHONPATH": str(HERE), "HOTSPAN_STORE": str(folder / "store"), **environment},
            pass_fds=[listening.fileno()],
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        running = Server(process, listening.getsockname()[1], folder / "log")
        try:
            yield running
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def request(path: str, *headers: str, method: str = "GET") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "host: example.org", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read_all(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    return b"".join(iter(lambda: connection.recv(65_536), b""))
