import signal
import subprocess
from pathlib import Path

import pytest

import stores

PROGRAM = """
import signal, sys, time
from pathlib import Path
import stores
from hotspan_collector.recorder import recorder_for
from hotspan_collector.settings import Settings
{before}
recorder = recorder_for(Settings(store=Path(sys.argv[1]), flush_interval_s=3600))
for _ in range(100):
    stores.record(recorder)
print("recorded", flush=True)
{then}
"""


def program(root: Path, then: str, before: str = "") -> "subprocess.Popen[str]":
    process = stores.python(PROGRAM.format(before=before, then=then), root)
    assert process.stdout is not None
    assert process.stdout.readline() == "recorded\n"
    return process


def count(root: Path) -> int:
    ((rows,),) = stores.rows(root, "select count(*) from requests")
    return int(rows)


@pytest.mark.parametrize("then", ["", "sys.exit(0)", "raise SystemExit"])
def test_a_program_that_ends_loses_nothing(tmp_path: Path, then: str) -> None:
    process = program(tmp_path, then)
    _, err = process.communicate(timeout=stores.LONG_S)
    assert (process.returncode, err) == (0, "")
    assert count(tmp_path) == 100


def test_a_program_that_fails_loses_nothing(tmp_path: Path) -> None:
    process = program(tmp_path, "1 / 0")
    _, err = process.communicate(timeout=stores.LONG_S)
    assert err.rstrip().endswith("ZeroDivisionError: division by zero")
    assert count(tmp_path) == 100


def test_a_program_told_to_end_loses_nothing_and_dies_of_the_signal(tmp_path: Path) -> None:
    process = program(tmp_path, "time.sleep(600)")
    process.terminate()
    _, err = process.communicate(timeout=stores.LONG_S)
    assert process.returncode == -signal.SIGTERM
    assert err == ""
    assert count(tmp_path) == 100


def test_interrupted_by_hand_it_loses_nothing(tmp_path: Path) -> None:
    process = program(tmp_path, "time.sleep(600)")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=stores.LONG_S)
    assert process.returncode != 0
    assert count(tmp_path) == 100


def test_a_handler_of_the_apps_own_is_left_alone(tmp_path: Path) -> None:
    before = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))"
    process = program(tmp_path, "time.sleep(600)", before)
    process.terminate()
    process.communicate(timeout=stores.LONG_S)
    assert process.returncode == 7
    assert count(tmp_path) == 100


def test_a_recorder_made_in_a_thread_installs_no_handler(tmp_path: Path) -> None:
    script = """
import signal, sys, threading
from pathlib import Path
from hotspan_collector.recorder import recorder_for
from hotspan_collector.settings import Settings
thread = threading.Thread(target=lambda: recorder_for(Settings(store=Path(sys.argv[1]))))
thread.start()
thread.join()
print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
"""
    assert stores.said(stores.python(script, tmp_path)) == "True\n"


def test_a_signal_in_the_middle_of_a_flush_still_ends_the_program(tmp_path: Path) -> None:
    process = program(tmp_path, "while True: stores.record(recorder), recorder.flush(merge=True)")
    process.terminate()
    process.communicate(timeout=stores.LONG_S)
    assert process.returncode == -signal.SIGTERM
    assert count(tmp_path) >= 100
