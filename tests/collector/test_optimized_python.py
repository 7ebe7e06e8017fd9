"""Python -O and -OO: no assert and no docstring may be what anything hangs on."""

from pathlib import Path

import pytest

import command_line
import servers
import stores


@pytest.mark.parametrize("level", ["1", "2"])
def test_capture_spans_and_questions_work_without_asserts_and_docstrings(level: str, tmp_path: Path) -> None:
    with servers.serving("fastapi", tmp_path, PYTHONOPTIMIZE=level) as running:
        assert [running.get("/sleep/1") for _ in range(3)] == [200] * 3
        running.stop()
    assert "hotspan" not in running.log.read_text()
    root = tmp_path / "store"
    optimized = command_line.hotspan("top", root, "--format", "json", PYTHONOPTIMIZE=level)
    assert (optimized.code, optimized.err) == (0, "")
    assert command_line.hotspan("top", root, "--format", "json").out == optimized.out
    assert stores.rows(root, "select count(*), count(distinct trace_id), any_value(route) from requests") == [
        (3, 3, "/sleep/{ms}")
    ]
    ((spans,),) = stores.rows(root, "select count(*) from spans where is_request")
    assert spans == 3
