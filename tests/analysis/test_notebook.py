"""The notebook, run from its first cell to its last in a kernel of its own, against what is committed."""

import copy
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

import hotspan_analysis

NOTEBOOK = Path(hotspan_analysis.__file__).parents[1] / "notebooks" / "offline_trace_analysis.ipynb"
FIGURE = "application/vnd.plotly.v1+json"
MOST_BYTES = 1_000_000


@pytest.fixture(scope="module")
def committed() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types for it


@pytest.fixture(scope="module")
def fresh(committed: Any) -> Any:
    """The same notebook with its outputs made anew."""
    notebook = copy.deepcopy(committed)
    for cell in code(notebook):
        cell.outputs, cell.execution_count = [], None
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    return notebook


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def said(cell: Any) -> list[tuple[str, str]]:
    """What a cell put out as text and tables, figures aside."""
    shown = [output["data"] for output in cell.outputs if "data" in output and FIGURE not in output["data"]]
    return [(kind, text) for data in shown for kind, text in sorted(data.items()) if kind.startswith("text/")]


def drawn(cell: Any) -> list[tuple[str, int]]:
    """Kind and length of every trace of the figures that a cell put out."""
    figures = [output["data"][FIGURE] for output in cell.outputs if FIGURE in output.get("data", {})]
    return [
        (trace["type"], len(trace.get("x", trace.get("base", [])))) for figure in figures for trace in figure["data"]
    ]


def test_it_runs_and_says_what_is_committed(committed: Any, fresh: Any) -> None:
    for before, after in zip(code(committed), code(fresh), strict=True):
        assert said(after) == said(before), before.source


def test_it_draws_what_is_committed(committed: Any, fresh: Any) -> None:
    figures = [(drawn(before), drawn(after)) for before, after in zip(code(committed), code(fresh), strict=True)]
    assert [after for _, after in figures] == [before for before, _ in figures]
    assert sum(bool(before) for before, _ in figures) >= 3


def test_nothing_is_printed_that_nobody_asked_for(fresh: Any) -> None:
    kinds = {output.output_type for cell in code(fresh) for output in cell.outputs}
    assert kinds <= {"execute_result", "display_data"}


def test_the_committed_file_is_whole_small_and_names_no_machine(committed: Any) -> None:
    assert NOTEBOOK.stat().st_size < MOST_BYTES
    cells = code(committed)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert not re.search(r"/(home|tmp|root|var|usr)/", NOTEBOOK.read_text(encoding="utf-8"))


def test_every_figure_has_a_picture_for_those_who_run_no_script(committed: Any) -> None:
    figures = [output.data for cell in code(committed) for output in cell.outputs if FIGURE in output.get("data", {})]
    assert figures
    assert all("image/png" in figure for figure in figures)


def test_it_imports_nothing_beyond_the_extra(committed: Any) -> None:
    imported = {
        name.split(".")[0]
        for cell in code(committed)
        for name in re.findall(r"^(?:import|from) ([\w.]+)", cell.source, re.MULTILINE)
    }
    assert imported <= {"os", "datetime", "pathlib", "pandas", "plotly", "hotspan_analysis"}
