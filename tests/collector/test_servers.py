"""Real servers under real load: what a client saw answered is in the store, once, however the server ends."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import stores
from hotspan_collector import schema
from hotspan_collector.layout import Layout
from hotspan_collector.secret import secret_of
from hotspan_collector.store import Store

SERVERS = {
    "uvicorn": "uvicorn served_app:app --port {port} --log-level warning",
    "uvicorn on asyncio and h11": "uvicorn served_app:app --port {port} --log-level warning --loop asyncio --http h11",
    "uvicorn with workers": "uvicorn served_app:app --port {port} --log-level warning --workers 2",
    "gunicorn": "gunicorn served_app:app --bind 127.0.0.1:{port} --log-level warning --workers 2 "
    "--worker-class uvicorn_worker.UvicornWorker",
    "gunicorn with the app preloaded": "gunicorn served_app:app --bind 127.0.0.1:{port} --log-level warning --workers 2 "
    "--preload --worker-class uvicorn_worker.UvicornWorker",
}


class Client(threading.Thread):
    """Asks for one item after the other until told to stop or cut off; `answered` are the paths that it got."""

    def __init__(self, port: int, name: str) -> None:
        super().__init__(daemon=True)
        self.answered: list[str] = []
        self.latencies_s: list[float] = []
        self.stop = threading.Event()
        self._port = port
        self._id = name

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=stores.LONG_S)
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            while not self.stop.is_set():
                path = f"/items/{self._id}-{len(self.answered)}"
                began_s = time.perf_counter()
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
                assert answer.status == 200
                self.latencies_s.append(time.perf_counter() - began_s)
                self.answered.append(path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def serving(command: str, root: Path) -> "Iterator[tuple[subprocess.Popen[str], int]]":
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    environment |= {"HOTSPAN_STORE": str(root), "PYTHONPATH": str(Path(__file__).parents[1])}
    server, *arguments = command.format(port=port).split()
    with subprocess.Popen(
        [str(Path(sys.executable).with_name(server)), *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            stores.eventually(lambda: answers(port), f"{command} serves")
            yield process, port
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def ended(process: "subprocess.Popen[str]") -> str:
    """Tells the server to end; what it printed."""
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=stores.LONG_S)
    return out


def missing(root: Path, paths: list[str]) -> list[str]:
    """Of these paths, those whose request is not in the store."""
    with Store(root).reading() as connection:
        schema.define_macros(connection)
        found = connection.execute(
            "select path from (select unnest($paths) as path) "
            "where target_fingerprint($salt, 'GET', path, '') not in (select target from requests)",
            {"paths": paths, "salt": secret_of(root).salt},
        ).fetchall()
    return [path for (path,) in found]


def check(root: Path, clients: list[Client]) -> None:
    answered = [path for client in clients for path in client.answered]
    assert len(answered) > 50
    assert missing(root, answered) == []
    ((stored, distinct, unfinished, routes),) = stores.rows(
        root,
        "select count(*), count(distinct (worker, seq)), count(*) filter (unfinished), list(distinct route) "
        "from requests where route <> '/slow'",
    )
    assert stored == distinct
    assert len(answered) <= stored <= len(answered) + len(clients)  # the server may have been cut off while answering
    assert unfinished == 0
    assert routes == ["/items/{number}"]
    # While a disk stalls, spans beyond what may wait are dropped; then each is counted, and nothing but spans is lost.
    assert stores.rows(root, "from losses where (reason, what) <> ('buffer_full', 'spans')") == []
    ((spans, lost),) = stores.rows(
        root,
        "select count(*) filter (name <> 'GET /slow'), (select coalesce(sum(rows), 0) from losses) from spans",
    )
    assert len(answered) <= spans + lost
    assert lost or spans == stored


@pytest.mark.parametrize("command", SERVERS.values(), ids=SERVERS)
def test_a_server_told_to_end_under_load_loses_nothing(tmp_path: Path, command: str) -> None:
    root = tmp_path / "store"
    with serving(command, root) as (process, port):
        clients = [Client(port, f"client{number}") for number in range(4)]
        for client in clients:
            client.start()
        stores.eventually(lambda: all(len(client.answered) > 100 for client in clients), "load")
        out = ended(process)
        for client in clients:
            client.stop.set()
            client.join()
    assert "hotspan" not in out
    assert "nanobind" not in out
    check(root, clients)


def served_for(root: Path, seconds: float) -> None:
    """Four workers under load, and a reader beside them in a loop."""
    workers = SERVERS["uvicorn with workers"].replace("--workers 2", "--workers 4")
    with serving(workers, root) as (process, port):
        clients = [Client(port, f"client{number}") for number in range(6)]
        for client in clients:
            client.start()
        stores.eventually(lambda: Layout(root).exists(), "a store")
        until = time.monotonic() + seconds
        seen, reads = 0, 0
        while time.monotonic() < until or reads < 5:
            ((rows, distinct),) = stores.rows(root, "select count(*), count(distinct (worker, seq)) from requests")
            assert rows == distinct
            assert rows >= seen
            seen, reads = rows, reads + 1
        for client in clients:
            client.stop.set()
            client.join()
        ended(process)
    check(root, clients)


def test_four_workers_and_a_reader_count_every_request_once(tmp_path: Path) -> None:
    served_for(tmp_path / "store", 4)


@pytest.mark.slow
def test_four_workers_and_a_reader_count_every_request_once_for_long(tmp_path: Path) -> None:
    served_for(tmp_path / "store", 60)


def test_a_request_that_a_killed_worker_served_is_unfinished(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with serving(SERVERS["uvicorn"], root) as (process, port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=stores.LONG_S)
        connection.request("GET", "/slow")
        in_flight = "select route, unfinished, end_ns is null from requests"
        stores.eventually(lambda: Layout(root).exists(), "a store")
        stores.eventually(lambda: stores.rows(root, in_flight) == [("/slow", False, True)], "seen in flight")
        process.kill()
        process.wait()
        connection.close()
    assert stores.rows(root, in_flight) == [("/slow", True, False)]
    assert stores.rows(root, "select duration_ns between 0 and 30000000000 from requests") == [(True,)]
