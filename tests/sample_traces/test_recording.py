"""The program that records the samples, with exams that take seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import demo_exams
import stores
from hotspan_analysis import open_traces
from hotspan_analysis.window import iso
from hotspan_sample_traces import recording
from hotspan_sample_traces.exam import Exam
from hotspan_sample_traces.recording import Recorded, RecordingError, record
from hotspan_sample_traces.samples import Sample
from hotspan_sample_traces.scenario import FIXED, Scenario
from traces import request

SMALL = Sample(
    "small",
    replace(
        FIXED, students=2, tick_s=0.1, arrival_s=0.1, think_s=0.1, save_work_s=0.005, limit_s=60.0, hour_s=60.0
    ),
    datetime(2026, 3, 9, tzinfo=UTC),
    handed_in=2,
    as_store=True,
)  # fmt: skip


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A recording of a real, small exam, in a folder of its own."""
    return record(SMALL, tmp_path_factory.mktemp("samples"))


@contextmanager
def open_nothing(scenario: Scenario, store: Path) -> Iterator[Exam]:
    """An exam to which nobody comes: it ends at once, one request was seen, and nothing is handed in."""
    stores.seal(store, [request()])

    async def hold(_exam: Exam) -> None:
        return None

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Exam, "hold", hold)
        yield demo_exams.exam(scenario, store)


def test_a_sample_is_recorded_as_lines_and_as_a_store_that_say_the_same(recorded: Recorded) -> None:
    folder = recorded.files[0].parent
    assert [file.name for file in recorded.files] == ["small.jsonl.gz", "small.duckdb"]
    assert sorted(folder.iterdir()) == sorted(recorded.files)
    assert recorded.size_bytes == sum(file.stat().st_size for file in folder.iterdir())
    lines, store = (open_traces(file) for file in recorded.files)
    assert lines.endpoints().as_dicts() == store.endpoints().as_dicts()
    assert sum(row.requests for row in lines.endpoints(kind="web")) == recorded.requests
    assert lines.window() == store.window()
    assert iso(lines.window().from_ns)[:13] == "2026-03-09T09"


def test_its_spans_name_neither_the_machine_nor_a_directory(recorded: Recorded) -> None:
    traces = open_traces(recorded.files[0])
    spans = traces.query("select name, instance, attributes::varchar as attributes from spans").as_dicts()
    assert {str(span["instance"]).split(":")[0] for span in spans} == {"exam"}
    assert "SELECT exam.db" in {span["name"] for span in spans}
    assert not any("hotspan-exam" in str(span) for span in spans)


def test_an_exam_that_goes_wrong_is_held_again_and_then_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recording, "open_exam", open_nothing)
    with pytest.raises(RecordingError, match=r"small: 0 tests were handed in, not 2, 3 times; record it while"):
        record(SMALL, tmp_path)
    assert capsys.readouterr().err == "small: 0 tests were handed in, not 2; once more\n" * 2
    assert list(tmp_path.iterdir()) == []


def test_the_program_records_what_it_is_asked_for(
    tmp_path: Path, recorded: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def note(sample: Sample, folder: Path) -> Recorded:
        asked.append((sample.name, folder))
        return recorded

    monkeypatch.setattr(recording, "record", note)
    done = CliRunner().invoke(recording.main, [str(tmp_path), "--only", "exam_fixed"])
    assert done.exit_code == 0, done.output
    assert asked == [("exam_fixed", tmp_path)]
    first, last = done.output.splitlines()
    assert first == "exam_fixed: the exam is held ..."
    assert last.startswith(f"small.jsonl.gz, small.duckdb: {recorded.requests} requests, {recorded.spans} spans, ")


def test_what_went_wrong_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(sample: Sample, folder: Path) -> None:
        raise RecordingError(f"{sample.name}: no")

    monkeypatch.setattr(recording, "record", refuse)
    done = CliRunner().invoke(recording.main, [str(tmp_path)])
    assert (done.exit_code, done.output.splitlines()[-1]) == (1, "Error: exam_incident: no")
