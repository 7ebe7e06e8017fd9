"""Leaving out what a statement does not need: ClickHouse works out each relation anew wherever it is read, and plans all of it.

Works on the texts of our own files: lower-case, one column an item, each with a name.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

_COMMENT: Final = re.compile(r"^\s*--.*\n?", re.MULTILINE)
_TOKEN: Final = re.compile(r"'(?:[^'\\]|\\.)*'|[()\[\]]")
_WORD: Final = re.compile(r"\b[a-z_]\w*\b")
_FROM: Final = re.compile(r"\bfrom\b\s*(\()?")
_NAME: Final = re.compile(r"\b(\w+)\s*$")
_SUBQUERY: Final = re.compile(r"(\w+) as \(")
_UNLESS: Final = re.compile(r"\(\$(\w+) is null or ")


def pruned(relations: Mapping[str, str], question: str) -> dict[str, str]:
    """Of relations that build on each other, in order: those that are read, with the columns that are named further on."""
    named = _words(question)
    kept: dict[str, str] = {}
    for name, text in reversed(list(relations.items())):
        if name in named:
            kept[name] = _with_columns(_COMMENT.sub("", text), named)
            named |= _words(kept[name])
    return dict(reversed(list(kept.items())))


def read_often(relations: Mapping[str, str], question: str) -> list[str]:
    """The relations that are read more than once, and rest on none that is: `materialized` saves most with these."""
    texts = [*relations.values(), question]
    often: list[str] = []
    for place, (name, text) in enumerate(relations.items()):
        times = sum(len(re.findall(rf"\b(?:from|join) {name}\b", later)) for later in texts[place + 1 :])
        if times > 1 and not any(re.search(rf"\b{other}\b", text) for other in _resting_on(often, relations)):
            often.append(name)
    return often


def parted(question: str) -> tuple[dict[str, str], str]:
    """The subqueries that a question names itself, and the rest of it."""
    flat, found, at = _flat(question), {}, 0
    while opening := re.compile(r"(?:with|,)\s*(\w+) as \(").match(flat, at):
        end = _end(question, opening.end() - 1)
        found[opening[1]] = question[opening.end() : end - 1]
        at = end
    return found, question[at:]


def settled(sql: str, values: Mapping[str, Any]) -> str:
    """The statement without the filters `($x is null or …)` whose value is null, and with what is left of the others."""
    at = 0
    while found := _UNLESS.search(sql, at):
        at = found.end()
        if found[1] in values:
            end = _end(sql, found.start())
            left = "true" if values[found[1]] is None else f"({sql[at : end - 1]})"
            sql, at = sql[: found.start()] + left + sql[end:], found.start() + 1
    return re.sub(r"\btrue\s+and\s+|\s+and true\b", "", sql)


@dataclass(slots=True)
class _Select:
    """One select: its columns, the select it reads from, and the rest of it."""

    items: list[str]
    source: str
    """up to the select that it reads from, if it reads from one"""
    inner: str
    rest: str

    @classmethod
    def of(cls, text: str) -> "_Select":
        flat = _flat(text)
        begin = flat.index("select") + len("select")
        found = _FROM.search(flat, begin)
        until = found.start() if found else len(text)
        items = [text[begin + start : begin + end].strip() for start, end in _parts(flat[begin:until], ",")]
        if found is None or not found[1]:
            return cls(items, "", "", text[until:])
        last = _end(text, found.end() - 1) - 1
        return cls(items, text[until : found.end()], text[found.end() : last], text[last:])

    def written(self, places: Iterable[int], named: set[str]) -> str:
        """The select with the columns at these places, and its inner one with what they need, and `*` hands on."""
        items = [self.items[place] for place in sorted(places)]
        needed = _words(" ".join([*items, self.rest])) | (named if "*" in items else set())
        inner = _with_columns(self.inner, needed) if self.inner else ""
        return "select\n    " + ",\n    ".join(items) + "\n" + self.source + inner + self.rest


def _with_columns(text: str, named: set[str]) -> str:
    """A relation with those of its columns that are named; columns of the same select may name each other."""
    flat = _flat(text)
    begin = flat.index("select")
    branches = [_Select.of(text[begin + start : begin + end]) for start, end in _parts(flat[begin:], "union all")]
    first = branches[0]
    names = [_name(item) for item in first.items]
    wanted = named | set().union(*(_words(branch.rest) for branch in branches))
    places: set[int] = set()
    while more := {place for place, name in enumerate(names) if place not in places and name in wanted}:
        places |= more
        wanted |= set().union(*(_words(branch.items[place]) for branch in branches for place in more))
    body = "\nunion all\n".join(branch.written(places or {0}, named).strip() for branch in branches)
    return _with_words(text[:begin], body)


def _with_words(shared: str, body: str) -> str:
    """A select with those of the words before it that it uses; words use only those before them."""
    if not shared.strip():
        return body
    text = shared.strip().removeprefix("with")
    used, kept = _words(body), []
    for start, end in reversed(list(_parts(_flat(text), ","))):
        word = text[start:end].strip()
        if _name(word) in used:
            kept.append(word)
            used |= _words(word)
    return "with\n" + ",\n".join(reversed(kept)) + f"\n{body}" if kept else body


def _name(item: str) -> str:
    """What a column, a word or a subquery is called; `*` for all there are, and for one that makes several rows of each."""
    if subquery := _SUBQUERY.match(item):
        return subquery[1]
    if "arrayJoin(" in item:
        return "*"
    found = _NAME.search(item)
    return found[1] if found else item


def _words(text: str) -> set[str]:
    return {"*", *_WORD.findall(text)}


def _parts(flat: str, separator: str) -> Iterable[tuple[int, int]]:
    start = 0
    for found in re.finditer(re.escape(separator), flat):
        yield start, found.start()
        start = found.end()
    yield start, len(flat)


def _flat(text: str) -> str:
    """The text with blanks for what stands in brackets or quotes."""
    flat, depth, at = [], 0, 0
    for found in _TOKEN.finditer(text):
        between, sign = text[at : found.start()], found[0]
        flat.append(" " * len(between) if depth else between)
        depth -= sign in (")", "]")
        flat.append(" " * len(sign) if depth or len(sign) > 1 else sign)
        depth += sign in ("(", "[")
        at = found.end()
    return "".join(flat) + text[at:]


def _resting_on(names: list[str], relations: Mapping[str, str]) -> set[str]:
    """These and all that read them, or one that does."""
    known = set(names)
    for name, text in relations.items():
        if any(re.search(rf"\b(?:from|join) {each}\b", text) for each in known):
            known.add(name)
    return known


def _end(text: str, opening: int) -> int:
    """Where the bracket that opens there is closed: the place after it."""
    depth = 0
    for found in _TOKEN.finditer(text, opening):
        depth += (found[0] in ("(", "[")) - (found[0] in (")", "]"))
        if not depth:
            return found.end()
    raise ValueError(f"no end of the bracket: {text[opening : opening + 60]}")
