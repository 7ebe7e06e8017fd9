"""The pages for people: every command in them is run, what they show is what comes out, and links lead somewhere.

A `sh` block is run for its exit code. A `console` block says what comes out, too: a line `$ command`, then the first
lines of its output, and a line `…` where the page stops. HOTSPAN_UPDATE_GOLDEN=1 writes down what comes out now.
"""

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import hotspan_cli
from command_line import CommandLine
from hotspan_analysis.results import columns_of
from hotspan_analysis.sources import source_of
from hotspan_analysis.storm_results import Finding, Incident, Storm
from hotspan_collector.export import export
from hotspan_collector.importers.into_store import import_into

ROOT = Path(hotspan_cli.__file__).parents[2]
SAMPLES = ROOT / "sample_traces"
PAGES = sorted([ROOT / "README.md", SAMPLES / "README.md", *(ROOT / "docs").glob("*.md")])
WIDTH = 110
"""Columns of the terminal in the pages."""

_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(?:#[^)]*)?\)")

NOT_RUN = {
    "make": "make's targets are what the tests are run by",
    "pip install": "needs the network, and changes this environment; tests of the wheel install it in one of its own",
    "opentelemetry-": "changes this environment, or starts your app; tests of the exporter run a program under it",
    "export ": "sets up the shell for programs of another language",
    ".venv/bin/hotspan demo": "takes a minute; tests of the demo hold shorter ones",
    "hotspan collect": "serves until it is stopped; tests of the receiver start it",
    "hotspan dashboard": "serves until it is stopped; tests of the dashboard start it",
    "hotspan storms --follow": "looks until it is stopped; tests of the watch follow one",
    "hotspan compare --versions": "needs a store with two versions of a service of yours",
    ".venv/bin/hotspan compare .hotspan": "compares with a second demo's store",
    "hotspan prune": "deletes from your store; the samples are older than what it keeps",
    "jupyter": "serves until it is stopped; tests run the notebook",
}
"""Beginnings of commands that are not run here, and why."""


_CODES = {"check": (0, 1)}
"""A gate that finds the incident does what it should."""


@dataclass(frozen=True)
class Block:
    """One fenced block of commands."""

    page: Path
    kind: str
    text: str

    def commands(self) -> Iterator[tuple[str, list[str] | None]]:
        """Each command, without its comment, and the lines below it that say what comes out; None: nothing is said."""
        if self.kind == "sh":
            for line in self.text.replace("\\\n", " ").splitlines():
                if command := re.sub(r"\s+#\s.*$", "", line).strip():
                    yield command, None
            return
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, *output = part.rstrip("\n").split("\n")
            yield command, output


@cache
def blocks() -> tuple[Block, ...]:
    found = []
    for page in PAGES:
        found += [Block(page, kind, text) for kind, text in _BLOCK.findall(page.read_text(encoding="utf-8"))]
    return tuple(found)


def is_run(command: str) -> bool:
    return not any(command.startswith(beginning) for beginning in NOT_RUN)


def runnable() -> list[tuple[Path, str, list[str] | None]]:
    """Page, command, and what should come out; each command once for each page."""
    listed = [(block.page, *each) for block in blocks() for each in block.commands()]
    return [each for number, each in enumerate(listed) if is_run(each[1]) and each not in listed[:number]]


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory as a reader has it: the samples, a store, an access log, a file of traces, and a good recording."""
    directory = tmp_path_factory.mktemp("project")
    (directory / "sample_traces").mkdir()
    for file in SAMPLES.glob("*.*"):
        shutil.copy(file, directory / "sample_traces")
    shutil.copy(SAMPLES / "exam_fixed.jsonl.gz", directory / "traces.jsonl")
    import_into(directory / ".hotspan", [SAMPLES / "exam_incident.jsonl.gz"])
    lines = [
        f'198.51.100.{n % 9} - - [02/Mar/2026:09:{n // 60:02}:{n % 60:02} +0000] "GET /a/{n} HTTP/1.1" 200 5 "-" "b" 0.1\n'
        for n in range(300)
    ]
    (directory / "access.log").write_text("".join(lines), encoding="utf-8")
    shutil.copy(directory / "access.log", directory / "access.log.gz")
    with source_of(SAMPLES / "exam_fixed.jsonl.gz").reading() as connection:
        export(connection, directory / "good.parquet")
    return directory


@pytest.fixture
def project(shared_project: Path, tmp_path: Path) -> Path:
    """A copy of it for one test alone."""
    return Path(shutil.copytree(shared_project, tmp_path / "project"))


@pytest.mark.parametrize(
    ("page", "command", "output"), runnable(), ids=lambda value: value.stem if isinstance(value, Path) else None
)
def test_every_command_works_and_shows_what_the_page_says(
    page: Path,
    command: str,
    output: list[str] | None,
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(project)
    monkeypatch.delenv("HOTSPAN_STORE", raising=False)
    program, *arguments = shlex.split(command)
    assert Path(program).name == "hotspan", f"{page.name}: {command!r} is not run; add its reason to NOT_RUN"
    expanded = [str(match) for each in arguments for match in (sorted(Path().glob(each)) if "*." in each else [each])]
    run = CommandLine(capsys, monkeypatch)
    if arguments[0] == "check" and "--init" not in arguments:
        run("check", "--init")
    done = run(*expanded, columns=WIDTH)
    assert done.code in _CODES.get(arguments[0], (0,)), done.err
    assert done.out.strip()
    if output is None:
        return
    if os.environ.get("HOTSPAN_UPDATE_GOLDEN"):
        _write_down(page, command, output, done.out)
    else:
        assert _shown(done.out, output) == [line.rstrip() for line in output]


def _shown(out: str, expected: list[str]) -> list[str]:
    """As many lines of the output as the page shows."""
    lines = [line.rstrip() for line in out.rstrip().splitlines()]
    return [*lines[: len(expected) - 1], "…"] if expected and expected[-1] == "…" else lines


def _write_down(page: Path, command: str, before: list[str], out: str) -> None:
    text = page.read_text(encoding="utf-8")
    old = "\n".join([f"$ {command}", *before])
    assert old in text
    page.write_text(text.replace(old, "\n".join([f"$ {command}", *_shown(out, before)])), encoding="utf-8")


def test_every_reason_not_to_run_a_command_is_needed() -> None:
    commands = [command for block in blocks() for command, _ in block.commands()]
    unused = [beginning for beginning in NOT_RUN if not any(command.startswith(beginning) for command in commands)]
    assert unused == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_to_a_file_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    missing = [link for link in _LINK.findall(text) if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in readme] == []


@pytest.mark.parametrize("row", [Storm, Incident, Finding], ids=lambda row: row.__name__)
def test_every_column_of_storms_is_explained_as_it_explains_itself(row: type[Storm | Incident | Finding]) -> None:
    page = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    section = page.partition("\n## hotspan storms\n")[2].partition("\n## ")[0]
    for column in columns_of(row):
        assert f"| `{column.name}` | {column.unit} | {column.formula} |" in section


def test_what_the_architecture_names_exists() -> None:
    house = (
        (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").partition("## The house\n\n```\n")[2].partition("```")[0]
    )
    folder, missing = ROOT, []
    for line in house.splitlines():
        names = re.findall(r"[\w./*-]+(?:\.py|\.sql|\.toml|/)(?=\s|$)", line)
        if line and not line.startswith(" "):
            folder = ROOT / names[0]
            missing += [] if folder.exists() else [names[0]]
        else:
            missing += [name for name in names if not list(folder.rglob(name.rstrip("/")))]
    assert missing == []


def test_what_the_comparison_says_of_others_has_its_source() -> None:
    body, _, sources = (ROOT / "docs/comparison.md").read_text(encoding="utf-8").partition("## Sources")
    cited = {key for group in re.findall(r"\[([A-Z]{2}\d(?:, [A-Z]{2}\d)*)\]", body) for key in group.split(", ")}
    assert cited == set(re.findall(r"(?:^|[\s·])([A-Z]{2}\d)\s", sources))
    assert len(cited) > 20
