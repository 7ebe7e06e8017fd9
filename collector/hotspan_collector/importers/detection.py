"""Which format a file is in, told by its content: names and endings mean nothing, people rename files."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hotspan_collector import schema
from hotspan_collector.errors import BadInputError
from hotspan_collector.importers.log_formats import ALIASES, LOG_FORMATS, LogFormat
from hotspan_collector.importers.source import HEAD_BYTES, Source

if TYPE_CHECKING:
    import duckdb

TRACE_FORMATS = ("otlp-json", "otlp-protobuf", "jaeger", "zipkin", "parquet")
SAMPLE_LINES = 200

_OTLP_KEYS = re.compile(
    rb'"(resource_?[sS]pans|batches|scope_?[sS]pans|instrumentation_?[lL]ibrary_?[sS]pans|resource_?[mM]etrics'
    rb'|resource_?[lL]ogs)"\s*:\s*\['
)
_JAEGER_KEYS = (b'"traceID"', b'"operationName"', b'"processes"')
_ZIPKIN_KEYS = (b'"traceId"', b'"localEndpoint"', b'"remoteEndpoint"', b'"annotations"', b'"duration"', b'"timestamp"')
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_RESOURCE_SPANS = re.compile(rb"\n[\x80-\xff]*[\x00-\x7f][\n\x12\x1a]")  # field 1 with its length, then field 1, 2 or 3
_FRAME = re.compile(rb"\x00...(?:\n|\x28\xb5\x2f\xfd|\{)", re.DOTALL)  # the Collector's file exporter: length, message


@dataclass(frozen=True)
class Format:
    """A trace format by its name, or `log` with the formats that explain its lines, the most frequent first."""

    name: str
    logs: tuple[LogFormat, ...] = ()


def detect(source: Source, connection: "duckdb.DuckDBPyConnection") -> Format:
    """The format of a file; raises BadInputError when it is none that is known."""
    if source.head.startswith(b"PAR1"):
        return Format("parquet")
    if _NOT_TEXT.search(source.head, 0, 4096) and (_RESOURCE_SPANS.match(source.head) or _FRAME.match(source.head)):
        return Format("otlp-protobuf")
    if name := _json_format(source.head.lstrip()):
        return Format(name)
    if logs := _log_formats(lines_of(source), connection):
        return Format("log", logs)
    raise BadInputError(
        f"{source.path}: no trace format and no access log that hotspan knows; if you know it, name it: "
        f"{', '.join([*TRACE_FORMATS, *LOG_FORMATS])}, or give the log's own format string"
    )


def named(name: str) -> Format:
    """The format somebody names; raises BadInputError for a name that is none."""
    name = ALIASES.get(name, name)
    if name in LOG_FORMATS:
        return Format("log", (LOG_FORMATS[name],))
    if name in TRACE_FORMATS:
        return Format(name)
    raise BadInputError(f"no format is called {name}; there are {', '.join([*TRACE_FORMATS, *LOG_FORMATS, *ALIASES])}")


def lines_of(source: Source) -> list[str]:
    """The first lines of a text file, whole ones only."""
    lines = source.head.decode("utf-8", errors="replace").split("\n")
    if len(source.head) >= HEAD_BYTES and len(lines) > 1:
        lines.pop()
    return [line for line in lines if line.strip()][:SAMPLE_LINES]


def _json_format(text: bytes) -> str | None:
    if _OTLP_KEYS.search(text):
        return "otlp-json"
    if not text.startswith((b"{", b"[")):
        return None
    if sum(key in text for key in _JAEGER_KEYS) >= 2:
        return "jaeger"
    if sum(key in text for key in _ZIPKIN_KEYS) >= 2 and b'"id"' in text:
        return "zipkin"
    return None


def _log_formats(lines: Sequence[str], connection: "duckdb.DuckDBPyConnection") -> tuple[LogFormat, ...]:
    """The formats that explain the lines, each line counted for the first that does."""
    patterns = {each.name: each.pattern for each in LOG_FORMATS.values() if each.kind == "pattern"}
    bound = {"lines": list(lines), "names": list(patterns), "patterns": list(patterns.values())}
    counts = Counter(name for (name,) in connection.execute(schema.read("log_first_match"), bound).fetchall())
    counts.update(name for line in lines if (name := _keyed_format(line)))
    return tuple(LOG_FORMATS[name] for name, _ in counts.most_common())


def _keyed_format(line: str) -> str | None:
    """The JSON or LTSV format that finds a time and a request in a line."""
    fields = _fields(line)
    return next(
        (
            each.name
            for each in LOG_FORMATS.values()
            if fields is not None and each.kind == fields[0] and _tells(each, fields[1])
        ),
        None,
    )


def _fields(line: str) -> tuple[str, Any] | None:
    _, brace, rest = line.partition("{")
    if brace:
        try:
            return "json", json.loads(brace + rest)
        except ValueError:
            return None
    pairs = dict(part.split(":", 1) for part in line.split("\t") if ":" in part)
    return ("ltsv", pairs) if len(pairs) > 1 else None


def _tells(log_format: LogFormat, fields: Any) -> bool:
    def has(name: str) -> bool:
        return any(_at(fields, key) not in (None, "", "-") for key in log_format.keys.get(name, ()))

    return has("time") and (has("request") or has("target"))


def _at(fields: Any, key: str) -> Any:
    """What a JSON pointer (or a label) leads to, None when it leads nowhere."""
    for part in key.removeprefix("/").split("/"):
        if isinstance(fields, list):
            fields = dict(enumerate(fields)).get(int(part)) if part.isdecimal() else None
        else:
            fields = fields.get(part) if isinstance(fields, dict) else None
    return fields
