"""A template out of a raw path, for apps without routes: the rules of the macro path_template, which SQL has them in.

They are needed here too, because the bound on distinct routes is kept per process, and must count what will be stored.
tests/collector/test_paths.py holds the two together.
"""

import re

MAX_LENGTH = 500
"""Characters of a path that are looked at."""

_PLAIN_LENGTH = 32
"""Shorter parts without digits are words."""

_KINDS = (
    (r"[+-]?[0-9]+", "{number}"),
    (r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}", "{uuid}"),
    (r"[0-9]{4}-[0-9]{2}(-[0-9]{2})?([T_ ].*|%20.*)?", "{date}"),
    (r"[0-9a-fA-F]{8,}", "{hex}"),
    (r".*.(@|%40)..*", "{email}"),
    (r".{32,}", "{token}"),
    (r"[A-Z0-9]{8,}|[A-Z0-9]+([-_][A-Z0-9]+)+", "{token}"),
    (r"(?=.*([a-z].*[A-Z]|[A-Z].*[a-z]|[0-9][a-z]+[0-9]+[a-z]))[\w~%=-]{10,}", "{token}"),
    (r"[0-9]+-[a-zA-Z].*", "{slug}"),
)
_WHOLE = [(re.compile(pattern, re.ASCII | re.DOTALL), kind) for pattern, kind in _KINDS]
_TEMPLATE = re.compile(r"[{<:$*]|%7[bB]")
_HASH = re.compile(r"([-._])[0-9a-f]*([0-9][a-f]|[a-f][0-9])[0-9a-f]{6,}([-._]|$)")
_NUMBER = re.compile(r"(^|[-_,.])[0-9]+\b", re.ASCII)
_TELLING = re.compile(r"[0-9@]")


def path_template(path: str) -> str:
    """The path with `{number}`, `{uuid}` and the like in place of what makes it one of many."""
    path = path[:MAX_LENGTH]
    if len(path) < _PLAIN_LENGTH and not _TELLING.search(path):
        return path
    return "/".join(map(_segment, path.split("/")))


def _segment(part: str) -> str:
    if len(part) < _PLAIN_LENGTH and not _TELLING.search(part):
        return part
    if _TEMPLATE.match(part):
        return part
    for pattern, kind in _WHOLE:
        if pattern.fullmatch(part):
            return kind
    return _NUMBER.sub(r"\1{number}", _HASH.sub(r"\1{hex}\3", part))
