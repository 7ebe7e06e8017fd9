"""The hooks: how a question in hotspan's SQL is written for ClickHouse, its values bound by the server.

A question stays as it is but for the names of quantiles and of rows out of a list. The relations `requests` and `spans`
come from the mapping; relations with a file of their own beside this module are read from there.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from hotspan_analysis import queries
from hotspan_analysis.clickhouse.pruning import parted, pruned, read_often, settled

_FOLDER: Final = Path(__file__).parent
_INNER: Final = r"(?:[^()]|\((?:[^()]|\([^()]*\))*\))+?"
_QUANTILE: Final = re.compile(rf"\bquantile_of\(({_INNER}), ([\d.]+)\s*\)")
_QUANTILES: Final = re.compile(rf"\bquantiles_of\(({_INNER}), (\[[^\]]*\]|\$\w+)\)")
_SPELLED: Final = (
    (re.compile(r"\bunnest\(range\("), "arrayJoin(range("),
    (re.compile(r"\bunnest\((\$\w+)::\w+\[\]\)"), r"arrayJoin(\1)"),
    (re.compile(rf"\bslots_used\(({_INNER})\)"), r"groupBitOr(bitShiftLeft(toUInt64(1), toUInt64(\1)))"),
    (re.compile(rf"\bslots_count\(({_INNER})\)"), r"toInt64(bitCount(\1))"),
    (re.compile(rf"\bslots_touch\(({_INNER})\)"), r"(bitAnd(\1, bitShiftRight(\1, 1)) <> 0)"),
)
"""What is spelled differently here: the macros of queries/macros.sql, and rows out of a list."""

_CHAINS: Final = dict.fromkeys(
    ("storm_suspects", "storm_steady"), ("repeating", "storm_cells", "storm_places", "storm_visits")
)
"""Questions that elsewhere are asked of what others kept: here these are part of the statement."""

_BOUND: Final = re.compile(r"\$(\w+)")


@cache
def body(name: str) -> str:
    """A .sql file of this folder without its comments at the top."""
    lines = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if not line.startswith("--"))
    return "\n".join(lines[first:])


def question(
    name: str, mapping: Mapping[str, str], values: Mapping[str, Any], *, keeps: bool = False, jobs: bool = True
) -> str:
    """The question as one statement: `mapping` are the relations it rests on, as selects in ClickHouse's SQL.

    Filters that the values leave open are left out, columns that then nobody reads, and jobs where there are none. A
    server that `keeps` works a relation that is read several times out once.
    """
    asked = queries.read(name)
    reads = [*_CHAINS.get(name, ()), *_reads(asked.reads)]
    return f"{asked.comment}\n{_composed(asked.body, mapping, reads, values, keeps, jobs)}"


def statement(
    name: str, mapping: Mapping[str, str], values: Mapping[str, Any], reads: Sequence[str] = (), *, jobs: bool = True
) -> str:
    """A statement of this folder that reads mapped relations, and shared ones."""
    return _composed(body(name), mapping, reads, values, jobs=jobs)


def _composed(
    own: str,
    mapping: Mapping[str, str],
    reads: Iterable[str],
    values: Mapping[str, Any],
    keeps: bool = False,
    jobs: bool = True,
) -> str:
    own = settled(own, values)
    shared = {each: settled(relation(each), values) for each in reads}
    if "calls" in shared and not jobs:
        shared["calls"] = shared["calls"].partition("\nunion all\n")[0]
    if "before" in shared and not values.get("compared", True):
        shared["before"] = body("nothing_before")
    parts = pruned({**mapping, **shared}, own)
    subqueries, last = parted(own)
    often = read_often({**parts, **subqueries}, last) if keeps else []
    rest = own.removeprefix("with ")
    sql = f"{named(parts)}{',' if rest != own else ''}\n{rest}"
    return re.sub(rf"\b({'|'.join(often)}) as \(", r"\1 as materialized (", sql) if often else sql


def named(relations: Mapping[str, str]) -> str:
    """Relations as named subqueries."""
    return "with " + ",\n".join(f"{name} as (\n{text}\n)" for name, text in relations.items())


def relations(name: str) -> frozenset[str]:
    """The shared relations that a question reads here, itself included."""
    return frozenset((name, *_reads(queries.read(name).reads)))


def shows(name: str, column: str) -> bool:
    """Whether the question itself names a column, not only the relations that it reads."""
    return re.search(rf"\b{column}\b", queries.read(name).body) is not None


def bound(sql: str, values: Mapping[str, Any], percentile_error: float = 0.0) -> tuple[str, dict[str, Any]]:
    """The statement in ClickHouse's words, and those of the values that it binds.

    Quantiles are exact, or with a relative error of their value that is no more than the given: DDSketch, Masson, Rim
    and Lee, VLDB 2019, whose memory does not grow with the rows.
    """
    kind = f"DD({percentile_error}, " if percentile_error else "ExactInclusive("
    sql = _QUANTILE.sub(lambda found: f"quantile{kind}{found[2]})({found[1]})", sql)
    sql = _QUANTILES.sub(lambda found: f"quantiles{kind}{_numbers(found[2], values)})({found[1]})", sql)
    for theirs, ours in _SPELLED:
        sql = theirs.sub(ours, sql)
    used = {name: values[name] for name in _BOUND.findall(sql) if values[name] is not None}
    return _BOUND.sub(lambda found: _placeholder(found[1], values[found[1]]), sql), used


def _reads(names: tuple[str, ...]) -> list[str]:
    """What is read here: relations that only those read which are written anew in this folder are left out."""
    return [name for name in names if name not in ("covers", "crowded")]


def relation(name: str) -> str:
    """A shared relation as it is read here."""
    return body(name) if (_FOLDER / f"{name}.sql").exists() else queries.read(name).body


def _numbers(fractions: str, values: Mapping[str, Any]) -> str:
    if fractions.startswith("$"):
        return ", ".join(str(float(each)) for each in values[fractions[1:]])
    return fractions[1:-1]


def _placeholder(name: str, value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return f"{{{name}:Bool}}"
        case int():
            return f"{{{name}:{'Int64' if value < 1 << 63 else 'UInt64'}}}"
        case float():
            return f"{{{name}:Float64}}"
        case list() | tuple():
            return f"{{{name}:Array({'UInt64' if value and isinstance(value[0], int) else 'String'})}}"
    return f"{{{name}:String}}"
