"""What holds for every test, and the fixtures of the command line."""

import signal
from pathlib import Path

import hypothesis
import pytest

import command_line
from command_line import CommandLine

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # Whoever runs the tests in the background ignores Ctrl-C, and the programs that they start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)

hypothesis.settings.register_profile("hotspan", deadline=None)  # a busy machine is no finding
hypothesis.settings.load_profile("hotspan")


@pytest.fixture
def hotspan(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """The command, run in this process."""
    return CommandLine(capsys, monkeypatch)


@pytest.fixture(scope="session")
def incident(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with a bit of everything."""
    return command_line.incident(tmp_path_factory.mktemp("incident") / "incident.duckdb")
