"""The questions as SQL: one .sql file per question or shared relation, values bound by name.

A file starts with comments. The first line is `-- name: what it answers`. A line `-- reads: a, b` names the shared
relations (other files here) that the statement reads from, in the order in which they build on each other.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent  # not importlib.resources: it would take a tenth of the start of a command
_BOUND: Final = re.compile(r"\$(\w+)")


@dataclass(frozen=True, slots=True)
class Statement:
    """One .sql file, taken apart."""

    name: str
    answers: str
    reads: tuple[str, ...]
    comment: str
    body: str


@cache
def read(name: str) -> Statement:
    """The statement in `<name>.sql`."""
    text = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    lines = text.rstrip().splitlines()
    first_of_body = next(number for number, line in enumerate(lines) if line and not line.startswith("--"))
    comments = lines[:first_of_body]
    reads = next((line.removeprefix("-- reads:") for line in comments if line.startswith("-- reads:")), "")
    return Statement(
        name=name,
        answers=comments[0].removeprefix(f"-- {name}:").strip(),
        reads=tuple(part.strip() for part in reads.split(",") if part.strip()),
        comment="\n".join(comments).strip(),
        body="\n".join(lines[first_of_body:]),
    )


def names() -> list[str]:
    """Every question and shared relation there is."""
    return sorted(path.stem for path in _FOLDER.glob("*.sql"))


def compose(
    question: str,
    mapping: tuple[tuple[str, str], ...] = (),
    inline: str = "not materialized ",
    instead: Mapping[str, str] | None = None,
) -> str:
    """The question as one statement that runs by itself: the relations it reads come first, as named subqueries.

    The hook for other engines: `mapping` are (relation, select) pairs that stand before everything else and define
    `requests` and `spans` in the engine's terms. `inline` are the words that make it treat a shared relation as a
    view; DuckDB would otherwise copy millions of rows for one that is read twice. `instead` are relations, each with
    the file it is in, that take the place of those the question names.
    """
    asked = read(question)
    reads = {name: name for name in asked.reads} if instead is None else instead
    parts = [*mapping, *((name, read(file).body) for name, file in reads.items())]
    shared = [f"{name} as {inline}(\n{_indented(text)}\n)" for name, text in parts]
    if not shared:
        return f"{asked.comment}\n{asked.body}"
    own = asked.body.removeprefix("with ")
    glue = ",\n" if own != asked.body else "\n"
    return f"{asked.comment}\nwith {', '.join(shared)}{glue}{own}"


def needed(question: str, values: Mapping[str, Any], instead: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Those of the values that the question binds: several questions can share one set of settings."""
    names = set(_BOUND.findall(compose(question, instead=instead)))
    return {name: value for name, value in values.items() if name in names}


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" if line else line for line in text.splitlines())
