"""What is imported when: a command must not wait for what it does not need."""

import subprocess
import sys

import hotspan_analysis


def loaded_by(code: str) -> set[str]:
    """The modules a new interpreter has loaded after running the code."""
    ask = f"{code}\nimport sys\nprint(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout.split())


def test_the_package_alone_loads_no_engine_and_no_data_frames() -> None:
    assert loaded_by("import hotspan_analysis").isdisjoint({"duckdb", "pandas", "numpy", "pyarrow", "logging"})


def test_one_question_does_not_load_the_others() -> None:
    code = (
        "import duckdb\nfrom hotspan_collector import schema\nfrom hotspan_analysis import open_traces\n"
        "connection = duckdb.connect()\nschema.create(connection)\nopen_traces(connection).endpoints()"
    )
    loaded = loaded_by(code)
    assert "hotspan_analysis.endpoints" in loaded
    others = {
        f"hotspan_analysis.{name}" for name in ("storms", "compare", "clients", "timeline", "around", "breakdown")
    }
    assert loaded.isdisjoint(others | {"pandas", "pyarrow"})


def test_what_the_package_names_is_there() -> None:
    for name in hotspan_analysis.__all__:
        assert getattr(hotspan_analysis, name)
