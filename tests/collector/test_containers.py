"""Containers that share the store of one machine: each has a name and process numbers of its own, and asks for no other's."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import stores
from hotspan_collector import processes

RECORD = [sys.executable, str(Path(__file__).parents[1] / "recording_process.py")]
ROUNDS = 15


def in_container(name: str) -> list[str]:
    """What to put before a command so that it runs under a name, and as process 1, of its own."""
    rights = [] if os.geteuid() == 0 else ["--map-root-user"]
    namespaces = ["unshare", *rights, "--uts", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return [*namespaces, "sh", "-c", f'hostname {name} && exec "$@"', "sh"]


def recorded_until_killed(root: Path, name: str) -> dict[str, object]:
    """What a recording process in a container said last before it was killed, between two of its flushes or in one."""
    command = [*in_container(name), *RECORD, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(ROUNDS)]
        os.killpg(process.pid, signal.SIGKILL)
        told += process.stdout.readlines()
    said: dict[str, object] = json.loads(told[-1] if told[-1].endswith("\n") else told[-2])
    return said


def test_containers_tell_each_other_apart() -> None:
    script = "from hotspan_collector.processes import Process; print(Process.current())"
    first, second = (processes.Process.parse(stores.run(script, prefix=in_container("box")).out) for _ in range(2))
    assert first.pid == second.pid == 1
    assert len({first.host, second.host, processes.host_key()}) == 3


def test_containers_that_share_a_store_lose_and_double_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both record, merge and are killed; who is silent long enough counts as dead, since nobody here can ask."""
    told = [recorded_until_killed(tmp_path, name) for name in ("first", "second")]
    in_flight = "select count(*) from requests where end_ns is null"
    ((before,),) = stores.rows(tmp_path, in_flight)
    assert before >= sum(bool(each["open"]) for each in told)
    monkeypatch.setattr(processes, "FOREIGN_SILENCE_S", 0.0)
    assert stores.rows(tmp_path, in_flight) == [(0,)]
    assert stores.rows(tmp_path, "select count(*) - count(distinct (worker, seq)) from requests") == [(0,)]
    for each in told:
        ended = "select count(*) from requests where worker = $worker and not unfinished"
        ((finished,),) = stores.rows(tmp_path, ended, worker=each["worker"])
        assert finished >= each["finished"]
    assert stores.waiting(tmp_path) == []
