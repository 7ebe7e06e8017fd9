"""Starting the dashboard: on this machine only, without telemetry, and with one clear line when it cannot."""

import socket
import tomllib
from pathlib import Path

import pytest

import hotspan_dashboard
from command_line import CommandLine
from hotspan_collector.errors import BadInputError
from hotspan_dashboard.server.launcher import configuration, free_port

DASHBOARD = Path(hotspan_dashboard.__file__).parents[1]


def test_it_listens_on_this_machine_only_and_tells_nobody() -> None:
    options = configuration()
    assert options["server.address"] == "127.0.0.1"
    assert options["server.allowedHosts"] == ["127.0.0.1", "localhost", "::1"]
    assert options["browser.gatherUsageStats"] is False
    assert options["client.showErrorDetails"] == "none"
    assert options["theme.dark.backgroundColor"] != options["theme.light.backgroundColor"]


def test_streamlit_run_has_the_same_configuration() -> None:
    own = tomllib.loads((DASHBOARD / ".streamlit/config.toml").read_text(encoding="utf-8"))
    assert own["server"]["address"] == configuration()["server.address"]
    assert (DASHBOARD / "app.py").read_text(encoding="utf-8").count("\n") <= 6


def test_every_option_is_one_that_streamlit_knows() -> None:
    from streamlit import config

    known = config.get_config_options()
    assert set(configuration()) <= set(known)


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(BadInputError, match=f"cannot listen on 127.0.0.1:{port}: .*; choose another --port"):
            free_port(port)
    assert free_port(0) > 0


def test_a_source_that_is_not_there_is_said_before_anything_starts(hotspan: CommandLine, tmp_path: Path) -> None:
    run = hotspan("dashboard", tmp_path / "gone.jsonl")
    assert run.code == 2
    assert "gone.jsonl does not exist" in run.err


def test_help_names_the_options(hotspan: CommandLine) -> None:
    assert "--no-browser" in hotspan("dashboard", "--help").out
