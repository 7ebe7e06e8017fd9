"""A log's own notation, nginx's `log_format` or Apache's `LogFormat`, or a regular expression, as a LogFormat."""

import re
from collections.abc import Mapping
from typing import Literal

from hotspan_collector.errors import BadInputError
from hotspan_collector.importers.log_formats import FIELDS, LogFormat

_NGINX = {
    "remote_addr": "address",
    "realip_remote_addr": "address",
    "remote_user": "user",
    "time_local": "time",
    "time_iso8601": "time",
    "msec": "time",
    "request": "request",
    "request_method": "method",
    "request_uri": "target",
    "uri": "target",
    "args": "query",
    "query_string": "query",
    "server_protocol": "protocol",
    "status": "status",
    "body_bytes_sent": "bytes",
    "bytes_sent": "bytes",
    "http_user_agent": "agent",
    "http_x_forwarded_for": "forwarded",
    "request_time": "duration_s",
    "upstream_response_time": "duration_s",
    "server_name": "service",
}
_APACHE = {
    "h": "address",
    "a": "address",
    "u": "user",
    "t": "time",
    "r": "request",
    "m": "method",
    "U": "target",
    "q": "query",
    "H": "protocol",
    "s": "status",
    "b": "bytes",
    "B": "bytes",
    "O": "bytes",
    "D": "duration_us",
    "T": "duration_s",
    "v": "service",
    "V": "service",
    "{c}a": "address",
    "{ms}T": "duration_ms",
    "{us}T": "duration_us",
    "{s}T": "duration_s",
    "{user-agent}i": "agent",
    "{x-forwarded-for}i": "forwarded",
}
_NGINX_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_APACHE_DIRECTIVE = re.compile(r"%[<>!\d,]*(\{[^}]*\}(?:\^t[io]|[A-Za-z])|[A-Za-z])")
_NGINX_LINE = re.compile(r"\s*log_format\s+\S+\s+(?:escape=\w+\s+)?(?P<text>.*?);?\s*", re.DOTALL)
_APACHE_LINE = re.compile(r'\s*LogFormat\s+(?P<text>".*")(?:\s+\w+)?\s*', re.DOTALL)
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")


def log_format_of(text: str) -> LogFormat:
    r"""The format that somebody describes; raises BadInputError when the description lacks the time or the request.

    With groups like `(?P<status>\d+)` it is a regular expression (RE2) whose groups are named as in FIELDS; with
    `$request` it is nginx's notation, the whole `log_format` line or only its string; with `%r` it is Apache's.
    """
    if re.search(r"\(\?P?<[a-z]", text):
        return _checked(re.sub(r"\(\?<(?=[a-z])", "(?P<", text), text)
    if "$" in text:
        return _checked(_pattern(_unquoted(_NGINX_LINE, text), _NGINX_VARIABLE, _NGINX), text)
    if "%" in text:
        return _checked(_pattern(_unquoted(_APACHE_LINE, text), _APACHE_DIRECTIVE, _APACHE), text, clock="start")
    raise BadInputError(
        f"the log format {text!r} names nothing: write it as nginx's log_format, as Apache's LogFormat, or as a regular "
        f"expression with groups named {', '.join(FIELDS)}"
    )


def _unquoted(line: re.Pattern[str], text: str) -> str:
    """The string itself, where the whole configuration line was given."""
    found = line.fullmatch(text)
    if found is None:
        return text.replace('\\"', '"')
    pieces = [single or double for single, double in _QUOTED.findall(found["text"])]
    return "".join(pieces).replace('\\"', '"').replace("\\'", "'")


def _pattern(text: str, variable: re.Pattern[str], fields: Mapping[str, str]) -> str:
    """A regular expression for a notation: literals as they are, each known variable a group, once."""
    pattern, seen, position = "^", set[str](), 0
    for found in variable.finditer(text):
        pattern += _literal(text[position : found.start()])
        position = found.end()
        name = found[1].lower() if found[1].endswith("i") and found[1].startswith("{") else found[1]
        field = fields.get(name)
        value = _value(field, name, text[position : position + 1])
        if field is None or field in seen:
            pattern += f"(?:{value})"
        else:
            pattern += rf"\[(?P<time>{value})\]" if name == "t" else f"(?P<{field}>{value})"
            seen.add(field)
    return pattern + _literal(text[position:]) + r".*$"


def _literal(text: str) -> str:
    return re.sub(r"(?:\\ )+", " +", re.escape(text))


def _value(field: str | None, name: str, following: str) -> str:
    """What a variable may hold: anything up to the character that follows it."""
    if name == "t":
        return r"[^\]]+"
    if following == '"':
        return r'(?:[^"\\]|\\.)*'
    if field == "time" and following == " ":
        return r"\S+(?: [+-]\d{4})?"
    if field == "request":
        return r".*?"
    return f"[^{re.escape(following)}]*" if following else r"\S*"


def _checked(pattern: str, text: str, clock: Literal["end", "start"] = "end") -> LogFormat:
    """Raises BadInputError for a pattern that cannot be used."""
    try:
        groups = set(re.compile(pattern).groupindex)
    except re.error as error:
        raise BadInputError(f"the log format {text!r} is no regular expression: {error}") from error
    if unknown := groups - set(FIELDS):
        raise BadInputError(
            f"the log format has groups nobody reads, {', '.join(sorted(unknown))}: {', '.join(FIELDS)}"
        )
    if "time" not in groups or not groups & {"request", "target"}:
        raise BadInputError(f"the log format {text!r} has no time or no request in it: without them no line counts")
    return LogFormat("given", "pattern", pattern, clock=clock)
