"""`hotspan export --to incident.html`."""

import sys
from pathlib import Path

import pytest

import incidents
from command_line import CommandLine
from traces import database


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    database(*incidents.incident(), path="exam.duckdb").close()
    return CommandLine(capsys, monkeypatch)


@pytest.mark.parametrize("option", ["--to", "--html"])
def test_a_report_is_written_and_its_headline_said(run: CommandLine, option: str) -> None:
    done = run("export", "exam.duckdb", option, "incident.html", columns=200)
    assert (done.code, done.err) == (0, "")
    headline, size = done.out.splitlines()
    assert headline.startswith("Retry storm: 3 clients sent 27 requests to PUT /exams/{exam}")
    assert size.startswith("incident.html: 4.") and size.endswith("so that it opens without a network.")
    text = Path("incident.html").read_text(encoding="utf-8")
    assert "From exam.duckdb: 117 requests and runs of jobs." in text
    assert not list(Path().glob(".*.tmp")), "no draft is left"


def test_a_window_of_the_report(run: CommandLine) -> None:
    done = run("export", "exam.duckdb", "--html", "calm.html", "--window", "/2026-09-21T14:17:00Z", columns=200)
    assert done.out.startswith("PUT /exams/{exam} takes"), done.err


def test_without_the_extra_one_line_says_what_to_install(run: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("hotspan_dashboard", "plotly"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "plotly", None)
    done = run("export", "exam.duckdb", "--to", "incident.html")
    assert (done.code, done.err) == (
        2,
        'hotspan: an HTML report needs more packages: pip install "hotspan[dashboard]"\n',
    )


def test_what_makes_no_sense_is_said(run: CommandLine) -> None:
    assert "Give one file" in run("export", "exam.duckdb").err
    assert "Give one file" in run("export", "exam.duckdb", "--to", "a.html", "--html", "b.html").err
    assert "--window is for reports" in run("export", "exam.duckdb", "--to", "a.parquet", "--window", "5m").err
    assert "no/where.html: cannot be written" in run("export", "exam.duckdb", "--to", "no/where.html").err
