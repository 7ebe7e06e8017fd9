"""A database far beyond the memory and the temporary directory that questions may use: an answer or one clear line."""

from pathlib import Path

import pytest

import stores
from command_line import CommandLine
from hotspan_collector import database
from hotspan_collector.layout import Layout

QUESTIONS = [
    ["top"],
    ["clients"],
    ["timeline"],
    ["storms"],
    ["jobs"],
    ["slowest", "GET /1"],
    ["breakdown", "GET /1"],
    ["query", "select * from requests order by hash(seq) limit 1 offset 200000"],
]


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many times the memory that the tests below allow."""
    root = tmp_path_factory.mktemp("big")
    with database.memory() as memory:
        Layout(root).make()
        database.create(memory, Layout(root).database)
        stores.fill(root, memory, 300_000)
    return root


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda words: words[0])
@pytest.mark.parametrize("limit_mb", [4, 24])
def test_a_question_beyond_the_memory_is_answered_or_one_line(
    question: list[str],
    limit_mb: int,
    big: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("HOTSPAN_MEMORY_LIMIT_BYTES", str(limit_mb * 1024**2))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))  # and no place for what exceeds it
    run = CommandLine(capsys, monkeypatch)(*question, big)
    assert run.code in (0, 2)
    if run.code:
        assert run.out == ""
        assert run.err.startswith("hotspan: ")
        assert run.err.count("\n") == 1
        assert "HOTSPAN_MEMORY_LIMIT_BYTES" in run.err
