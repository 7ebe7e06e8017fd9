"""docs/trust.md: every row names tests that are there, and calls slow what is."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import hotspan_cli

ROOT = Path(hotspan_cli.__file__).parents[2]
PAGE = ROOT.joinpath("docs/trust.md").read_text(encoding="utf-8")
ROWS = [row for row in PAGE.splitlines() if re.match(r"\| (?!fault|attack|---)", row)]
_TEST = re.compile(r"`(test_\w+\.py)(?:::(test_\w+))?`")


@cache
def found_in(file: str) -> dict[str, bool]:
    """The tests of a file, and whether each is slow."""
    (path,) = (ROOT / "tests").rglob(file)
    module = ast.parse(path.read_text(encoding="utf-8"))
    everything = any(isinstance(node, ast.Assign) and "mark.slow" in ast.unparse(node) for node in module.body)
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return {
        node.name: everything or "mark.slow" in str(list(map(ast.unparse, node.decorator_list))) for node in functions
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_a_row_names_tests_that_are_there(row: str) -> None:
    named = _TEST.findall(row)
    assert named
    for file, name in named:
        tests = found_in(file)
        assert tests
        assert not name or name in tests
        assert ("*slow*" in row) == (tests[name] if name else all(tests.values()))


def test_rows_are_found() -> None:
    assert len(ROWS) > 40
