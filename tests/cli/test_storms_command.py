"""`hotspan storms` as a person and as a program use it."""

import json
import shlex
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from command_line import CommandLine
from traces import database, request

SAVE = "PUT /exams/{exam}"
FIELDS = {
    "service", "endpoint", "client", "client_tier", "start", "end", "mechanism", "attempts", "operations", "duplicates",
    "amplification", "peak_in_flight", "resend_gap_s", "acceleration", "duplicate_in_flight_s", "aborted", "statuses",
    "evidence",
}  # fmt: skip


@pytest.fixture
def stormy(tmp_path: Path) -> Path:
    """A database with one storm that was still on when the recording ended."""
    calm = [request(SAVE, at=10.0 * index, ms=100) for index in range(30)]
    storm = [request(SAVE, at=300.0 + index, ms=20_000) for index in range(12)]
    path = tmp_path / "stormy.duckdb"
    database(calm + storm, path=str(path)).close()
    return path


def test_json_has_the_fields_that_are_promised(hotspan: CommandLine, stormy: Path) -> None:
    ran = hotspan("storms", stormy, "--format", "json")
    assert ran.code == 0
    answer: dict[str, Any] = json.loads(ran.out)
    assert set(answer) >= {"storms", "incidents", "findings"}
    (storm,) = answer["storms"]
    assert set(storm) >= FIELDS
    assert (storm["mechanism"], storm["attempts"], storm["operations"]) == ("timer", 12, 1)
    assert int(storm["client"], 16) > 0
    assert storm["start"].endswith("Z")
    assert isinstance(storm["evidence"], list)


def test_people_get_a_table_the_evidence_and_the_fix(hotspan: CommandLine, stormy: Path) -> None:
    shown = hotspan("storms", stormy, columns=120).out
    assert "Incidents: 1" in shown
    assert "timer" in shown
    assert "  + " in shown
    assert "Fix: " in shown


def test_a_calm_recording_says_so(hotspan: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "calm.duckdb"
    database([request(SAVE, at=10.0 * index) for index in range(5)], path=str(path)).close()
    assert "No client repeats its requests" in hotspan("storms", path).out


def test_csv_has_a_line_for_each_storm(hotspan: CommandLine, stormy: Path) -> None:
    heading, line = hotspan("storms", stormy, "--format", "csv").out.splitlines()
    assert heading.startswith("service,endpoint,client")
    assert line.startswith("app,")


def test_thresholds_can_be_set_and_wrong_ones_are_refused(hotspan: CommandLine, stormy: Path) -> None:
    assert (
        json.loads(hotspan("storms", stormy, "--set", "fewest_duplicates=50", "--format", "json").out)["storms"] == []
    )
    wrong = hotspan("storms", stormy, "--set", "speed=3")
    assert wrong.code == 2
    assert "speed" in wrong.err
    assert hotspan("storms", stormy, "--set", "acceleration").code == 2


def test_following_tells_of_the_storm_and_hands_it_on(hotspan: CommandLine, stormy: Path, tmp_path: Path) -> None:
    received: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Quiet."""

    note, program = tmp_path / "note.json", tmp_path / "keep.py"
    program.write_text(f"import pathlib, sys; pathlib.Path({str(note)!r}).write_text(sys.stdin.read())")
    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/"
        ran = hotspan(
            "storms", stormy, "--follow", "--for", "1ms", "--every", "1s", "--format", "json", "--webhook", address,
            "--run", shlex.join([sys.executable, str(program)]),
        )  # fmt: skip
        server.shutdown()
    assert ran.code == 0
    (line,) = ran.out.splitlines()
    assert json.loads(line)["what"] == "started"
    assert [each["what"] for each in received] == ["started"]
    assert json.loads(note.read_text())["storm"]["endpoint"] == SAVE


def test_a_webhook_that_is_not_there_stops_nothing(hotspan: CommandLine, stormy: Path) -> None:
    ran = hotspan("storms", stormy, "--follow", "--for", "1ms", "--webhook", "http://127.0.0.1:1/")
    assert ran.code == 0
    assert "STARTED" in ran.out
    assert "could not hand on" in ran.err


def test_a_command_that_fails_does_not_keep_the_webhook_from_being_told(hotspan: CommandLine, stormy: Path) -> None:
    ran = hotspan(
        "storms", stormy, "--follow", "--for", "1ms", "--run", "no-such-program", "--webhook", "http://127.0.0.1:1/"
    )
    assert ran.code == 0
    assert ran.err.count("could not hand on") == 2


def test_a_webhook_that_is_no_address_is_refused(hotspan: CommandLine, stormy: Path) -> None:
    refused = hotspan("storms", stormy, "--follow", "--for", "1ms", "--webhook", "file:///etc/passwd")
    assert refused.code == 2
    assert "http" in refused.err
