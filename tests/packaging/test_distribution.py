"""Wheel and sdist: what is in them, what they install, and that they work where nothing else is installed."""

import os
import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest

from clean_environments import ROOT, build, clean_environment, installed_with
from command_line import Run

PACKAGES = sorted(path for path in ROOT.glob("*/hotspan_*") if path.is_dir())
INCIDENT = ROOT / "sample_traces/exam_incident.jsonl.gz"
LEFT_OUT = {"streamlit", "plotly", "pandas", "pyarrow", "numpy", "fastapi", "starlette", "uvicorn", "httpx"}


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An sdist, and the wheel built from it."""
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def wheel(dist: Path) -> Path:
    (wheel,) = dist.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return clean_environment(tmp_path_factory.mktemp("clean") / "venv", wheel)


def ran(programs: Path, directory: Path, program: str, *arguments: str) -> Run:
    """Runs a program of the environment in a directory, with nothing of ours on its paths."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HOTSPAN"))}
    done = subprocess.run(
        [str(programs / program), *arguments],
        env=environment | {"COLUMNS": "110", "TZ": "UTC"},
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def contents(wheel: Path) -> dict[str, bytes]:
    """What a wheel installs; its RECORD only lists the same again."""
    with ZipFile(wheel) as files:
        return {name: files.read(name) for name in files.namelist() if not name.endswith("/RECORD")}


def test_the_wheel_holds_every_file_of_the_packages_and_no_other(wheel: Path) -> None:
    there = {name for name in contents(wheel) if ".dist-info/" not in name}
    ours = {
        str(path.relative_to(package.parent))
        for package in PACKAGES
        for path in package.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and "node_modules" not in path.parts
    }
    assert there == ours
    assert {Path(name).suffix for name in there} >= {".py", ".sql", ".js", ".css", ".html", ".toml", ".typed"}


def test_the_sdist_builds_the_wheel_that_the_tree_builds(wheel: Path, tmp_path: Path) -> None:
    (straight,) = build(tmp_path, "--wheel").glob("*.whl")
    assert straight.name == wheel.name
    assert contents(straight) == contents(wheel)


def test_the_sdist_holds_what_the_tests_and_the_documentation_need(dist: Path) -> None:
    (sdist,) = dist.glob("*.tar.gz")
    with tarfile.open(sdist) as files:
        names = {name.partition("/")[2] for name in files.getnames()}
    assert {"pyproject.toml", "Makefile", "LICENSE", "docs/schemas/top.json", "tests/conftest.py"} <= names
    assert {"sample_traces/exam_incident.jsonl.gz", "analysis/notebooks/offline_trace_analysis.ipynb"} <= names
    assert not any(name.startswith((".venv", ".git/", "dist/")) or "node_modules" in name for name in names)


def test_the_base_install_is_small(wheel: Path, programs: Path, tmp_path: Path) -> None:
    assert LEFT_OUT.isdisjoint(installed_with(wheel))
    code = f"from importlib.util import find_spec; print([name for name in {sorted(LEFT_OUT)} if find_spec(name)])"
    assert ran(programs, tmp_path, "python", "-c", code) == Run(0, "[]\n", "")


def test_the_command_works_there(programs: Path, tmp_path: Path) -> None:
    assert ran(programs, tmp_path, "hotspan", "--version") == Run(0, f"hotspan {version('hotspan')}\n", "")
    top = ran(programs, tmp_path, "hotspan", "top", str(INCIDENT), "--kind", "web")
    assert (top.code, top.err) == (0, "")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for line in top.out.splitlines():
        assert line.rstrip() in readme
    storms = ran(programs, tmp_path, "hotspan", "storms", str(INCIDENT))
    assert (storms.code, storms.err) == (0, "")
    assert "timer" in storms.out


APP = """
import asyncio
from hotspan_collector import instrument

async def app(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})

async def ask(app):
    async def receive(): return {"type": "http.request"}
    async def send(message): pass
    scope = {"type": "http", "method": "GET", "path": "/here", "query_string": b"", "headers": [], "scheme": "http",
             "client": ("192.0.2.1", 1), "server": ("127.0.0.1", 80), "http_version": "1.1", "root_path": ""}
    await app(scope, receive, send)

asyncio.run(ask(instrument(app)))
"""


def test_an_app_is_captured_there(programs: Path, tmp_path: Path) -> None:
    assert ran(programs, tmp_path, "python", "-c", APP) == Run(0, "", "")
    run = ran(programs, tmp_path, "hotspan", "top")
    assert (run.code, run.err) == (0, "")
    assert "GET /here" in run.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["dashboard"], 'hotspan dashboard needs more packages: pip install "hotspan[dashboard]"'),
        (["export", "--html", "x"], 'an HTML report needs more packages: pip install "hotspan[dashboard]"'),
        (["top", "clickhouse://a@127.0.0.1/b"], 'clickhouse:// needs the client: pip install "hotspan[clickhouse]"'),
        (["collect"], 'hotspan collect needs more packages: pip install "hotspan[receiver]"'),
        (["demo"], 'the demo needs fastapi, which is not installed: pip install "hotspan[demo]"'),
        (["import", "x.pb", "--as", "otlp-protobuf"], 'OTLP protobuf needs more packages: pip install "hotspan[receiver]"'),
    ],
    ids=lambda each: each[0],
)  # fmt: skip
def test_what_needs_more_says_what_to_install(arguments: list[str], told: str, programs: Path, tmp_path: Path) -> None:
    (tmp_path / "x.pb").write_bytes(b"\x0a\x05hello")
    source = [str(INCIDENT)] if arguments[0] in ("dashboard", "export") else []
    run = ran(programs, tmp_path, "hotspan", *arguments, *source)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("hotspan: ")
    assert run.err.endswith(f"{told}\n")
    assert run.err.count("\n") == 1


def test_a_data_frame_without_pandas_says_what_to_install(programs: Path, tmp_path: Path) -> None:
    code = f"from hotspan_analysis import open_traces; open_traces({str(INCIDENT)!r}).endpoints().df()"
    run = ran(programs, tmp_path, "python", "-c", code)
    assert run.code == 1
    assert run.err.splitlines()[-1].endswith('BadInputError: .df() needs pandas: pip install "hotspan[notebook]"')


@pytest.mark.slow
def test_an_installer_installs_just_that(wheel: Path, tmp_path: Path) -> None:
    """The same with a real installer, which asks its package index."""
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=300)
    programs = tmp_path / "venv/bin"
    installing = [
        str(programs / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        str(wheel),
    ]
    subprocess.run(installing, check=True, timeout=600)
    listed = ran(programs, tmp_path, "python", "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check")
    names = {line.partition("==")[0].lower().replace("_", "-") for line in listed.out.splitlines()}
    assert names - {"pip", "setuptools", "wheel", "hotspan"} == set(installed_with(wheel))
    assert "PUT /tests/" in ran(programs, tmp_path, "hotspan", "top", str(INCIDENT)).out
