import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from hotspan_collector import processes
from hotspan_collector.processes import FOREIGN_SILENCE_S, Process

NEVER_NS = 0
"""Last seen so long ago that only the system itself can say that it lives."""


def identified(child: "subprocess.Popen[bytes]") -> Process:
    started = processes._started(child.pid)
    assert started is not None
    return Process(processes.host_key(), child.pid, started)


@pytest.fixture
def child():  # type: ignore[no-untyped-def]  # a generator fixture of a Popen
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as process:
        yield process
        process.kill()


def test_this_process_is_alive() -> None:
    assert Process.current().is_alive(NEVER_NS)


def test_a_process_can_be_written_into_a_file_name_and_read_again() -> None:
    current = Process.current()
    assert Process.parse(str(current)) == current
    assert "/" not in str(current)
    assert "-" not in str(current)


def test_a_killed_process_is_dead_even_before_its_parent_looks(child: "subprocess.Popen[bytes]") -> None:
    process = identified(child)
    assert process.is_alive(NEVER_NS)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # dead, and still a zombie
    assert not process.is_alive(time.time_ns())
    child.wait()
    assert not process.is_alive(time.time_ns())


def test_a_stopped_process_is_alive(child: "subprocess.Popen[bytes]") -> None:
    process = identified(child)
    child.send_signal(signal.SIGSTOP)
    assert process.is_alive(NEVER_NS)


def test_another_process_with_the_same_pid_is_not_the_one() -> None:
    current = Process.current()
    assert not replace(current, started=current.started - 1).is_alive(time.time_ns())


def test_a_process_of_another_host_is_believed_dead_after_a_silence() -> None:
    foreign = replace(Process.current(), host="elsewhere")
    assert foreign.is_alive(time.time_ns())
    assert not foreign.is_alive(time.time_ns() - int((FOREIGN_SILENCE_S + 1) * 1e9))


def test_the_portable_way_tells_the_same(child: "subprocess.Popen[bytes]") -> None:
    first = processes._started_portably(child.pid)
    assert first == processes._started_portably(child.pid)
    assert first != processes._started_portably(os.getpid())
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert processes._started_portably(child.pid) == -1
    child.wait()
    assert processes._started_portably(child.pid) is None


def test_processes_of_one_host_agree_on_its_key() -> None:
    script = "from hotspan_collector.processes import host_key; print(host_key())"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.strip() == processes.host_key()
