"""The real server: it comes up with every worker, says why when it does not, and leaves nothing behind."""

import os
import re
import time
from pathlib import Path

import httpx
import pytest

from hotspan_sample_traces import asgi
from hotspan_sample_traces.scenario import FIXED, Scenario
from hotspan_sample_traces.seeding import seed
from hotspan_sample_traces.server import Server, ServerFailedError

LIGHT = FIXED.compressed(50)


def environment(directory: Path, scenario: Scenario = LIGHT) -> dict[str, str]:
    seed(directory / "exam.db", scenario)
    return {
        "HOTSPAN_STORE": str(directory / "store"),
        asgi.SCENARIO: scenario.to_json(),
        asgi.DATABASE: str(directory / "exam.db"),
        asgi.STARTED_NS: str(time.time_ns()),
    }


def is_running(pid: int) -> bool:
    """Whether the process exists and is more than a corpse that nobody has collected yet."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return " Z " not in Path(f"/proc/{pid}/stat").read_text() if Path("/proc").is_dir() else True


@pytest.mark.parametrize("workers", [1, 2])
def test_serves_with_every_worker_and_leaves_no_process_behind(tmp_path: Path, workers: int) -> None:
    server = Server.start(tmp_path / "server.log", workers, 1, environment(tmp_path))
    try:
        assert httpx.get(f"{server.base_url}/health", trust_env=False).json() == {"status": "ok"}
        server.check()
        pids = [int(pid) for pid in re.findall(r"Started server process \[(\d+)\]", server.log.read_text())]
        assert len(pids) == workers
        assert all(is_running(pid) for pid in pids)
    finally:
        server.stop(patience_s=60)
    assert not any(is_running(pid) for pid in pids)
    assert server.process.returncode is not None


def test_two_servers_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    given = environment(tmp_path)
    one = Server.start(tmp_path / "one.log", 1, 1, given)
    try:
        two = Server.start(tmp_path / "two.log", 1, 1, given)
        two.stop(patience_s=60)
        assert one.base_url != two.base_url
        one.check()
    finally:
        one.stop(patience_s=60)


def test_what_hinders_the_start_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        ServerFailedError, match=r"^the exam app stopped with exit code \d+: KeyError: 'HOTSPAN_EXAM_SCENARIO'$"
    ):
        Server.start(tmp_path / "server.log", 1, 1, {})


@pytest.mark.parametrize("workers", [1, 2])
def test_an_app_that_cannot_start_is_not_waited_for(tmp_path: Path, workers: int) -> None:
    given = environment(tmp_path) | {asgi.STARTED_NS: "yesterday"}
    began_s = time.monotonic()
    with pytest.raises(ServerFailedError, match="ValueError: invalid literal for int"):
        Server.start(tmp_path / "server.log", workers, 1, given)
    assert time.monotonic() - began_s < 55, "it was waited for until the limit"


def test_a_server_that_died_is_noticed(tmp_path: Path) -> None:
    server = Server.start(tmp_path / "server.log", 1, 1, environment(tmp_path))
    server.kill()
    with pytest.raises(ServerFailedError, match="stopped with exit code -9"):
        server.check()
    server.stop(patience_s=1)  # changes nothing


def test_a_server_that_does_not_stop_is_stopped_with_force(tmp_path: Path) -> None:
    server = Server.start(tmp_path / "server.log", 2, 1, environment(tmp_path))
    pids = [int(pid) for pid in re.findall(r"Started server process \[(\d+)\]", server.log.read_text())]
    server.stop(patience_s=0)
    deadline_s = time.monotonic() + 60
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
