"""Damaged files: whatever is cut, flipped, shuffled or put in, there are rows or one clear line, never half a file."""

import gzip
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foreign_files import (
    SECRET,
    SHARED,
    jaeger_span,
    jaeger_trace,
    json_lines,
    needs_shared_data,
    otlp_document,
    otlp_protobuf,
    otlp_span,
    served,
    written,
    zipkin_span,
)
from hotspan_collector import schema
from hotspan_collector.errors import BadInputError
from hotspan_collector.importers import import_files

DAMAGES = 12
"""How many ways each file is damaged here; the slow proof tries many more."""


def _cut(data: bytes, seeded: random.Random) -> bytes:
    return data[: seeded.randrange(1, len(data))]


def _flipped(data: bytes, seeded: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(seeded.choice((1, 1, 3, 20))):
        changed[seeded.randrange(len(changed))] ^= 1 << seeded.randrange(8)
    return bytes(changed)


def _shuffled_lines(data: bytes, seeded: random.Random) -> bytes:
    lines = data.split(b"\n")
    seeded.shuffle(lines)
    return b"\n".join(lines)


def _shuffled_pieces(data: bytes, seeded: random.Random) -> bytes:
    cuts = sorted(seeded.randrange(len(data)) for _ in range(seeded.randrange(1, 20)))
    pieces = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    seeded.shuffle(pieces)
    return b"".join(pieces)


def _filled(data: bytes, seeded: random.Random) -> bytes:
    at = seeded.randrange(len(data))
    return data[:at] + seeded.randbytes(seeded.randrange(1, 40)) + data[at:]


WAYS: list[Callable[[bytes, random.Random], bytes]] = [_cut, _flipped, _shuffled_lines, _shuffled_pieces, _filled]


def _survives(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Imports a file that may be damaged; whether there were rows. The tables are emptied first."""
    connection.execute("delete from requests; delete from spans; delete from segments")
    try:
        (file,) = import_files([path], connection, secret=SECRET).files
    except BadInputError as error:
        assert "\n" not in str(error)
        assert str(path) in str(error)
        assert _counts(connection) == (0, 0, 0)
        return False
    assert _counts(connection) == (file.requests, file.spans, 1)
    return True


def _counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, ...]:
    tables = ("requests", "spans", "segments")
    return tuple(connection.execute(f"select count(*) from {table}").fetchall()[0][0] for table in tables)  # noqa: S608  # three constants


def _samples() -> dict[str, bytes]:
    spans = [served(number) for number in range(1, 20)] + [otlp_span("x", number=number) for number in range(20, 40)]
    documents = [otlp_document(spans[start : start + 10]) for start in range(0, 40, 10)]
    log = "".join(
        f'192.0.2.{n} - - [21/Sep/2026:14:13:{n:02} +0000] "GET /a/{n} HTTP/1.1" 200 5 "-" "x" 0.2\n' for n in range(50)
    )
    jaeger = jaeger_trace(*(jaeger_span(number) for number in range(1, 20)))
    return {
        "otlp-lines": json_lines(*documents).encode(),
        "otlp-document": json.dumps(otlp_document(spans), indent=1).encode(),
        "otlp-gzip": gzip.compress(json_lines(*documents).encode()),
        "protobuf": otlp_protobuf(otlp_document(spans)),
        "jaeger": json.dumps(jaeger).encode(),
        "zipkin": json.dumps([zipkin_span(number) for number in range(1, 20)]).encode(),
        "combined": log.encode(),
        "combined-gzip": gzip.compress(log.encode()),
        "ltsv": "".join(f"time:2026-09-21T14:13:{n:02}Z\turi:/a/{n}\tstatus:200\n" for n in range(50)).encode(),
        "json-log": "".join(f'{{"ts": 17900000{n:02}.5, "uri": "/a", "status": 200}}\n' for n in range(50)).encode(),
    }


SAMPLES = _samples()


@pytest.fixture(scope="module")
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        schema.create(connection)
        yield connection


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_are_good(tmp_path: Path, database: duckdb.DuckDBPyConnection, name: str) -> None:
    assert _survives(database, written(tmp_path, "file", SAMPLES[name]))


@pytest.mark.parametrize("name", SAMPLES)
def test_a_damaged_file_gives_rows_or_one_line(tmp_path: Path, database: duckdb.DuckDBPyConnection, name: str) -> None:
    seeded = random.Random(name)
    for number in range(DAMAGES):
        damaged = WAYS[number % len(WAYS)](SAMPLES[name], seeded)
        _survives(database, written(tmp_path, "file", damaged))


@pytest.mark.parametrize("name", ["combined", "ltsv", "json-log", "otlp-lines"])
def test_lines_in_any_order_lose_nothing(tmp_path: Path, database: duckdb.DuckDBPyConnection, name: str) -> None:
    for seed in range(3):
        assert _survives(database, written(tmp_path, "file", _shuffled_lines(SAMPLES[name], random.Random(seed))))
        expected = 19 if name == "otlp-lines" else 50
        assert _counts(database)[0] == expected


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(min_size=1, max_size=300))
def test_any_bytes_at_all(tmp_path: Path, database: duckdb.DuckDBPyConnection, content: bytes) -> None:
    _survives(database, written(tmp_path, "file", content))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    span=st.dictionaries(
        st.sampled_from(
            ["traceId", "spanId", "parentSpanId", "name", "kind", "startTimeUnixNano", "attributes", "status", "events"]
        ),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["key", "value", "code", "name"]), inner)
            ),
            max_leaves=5,
        ),
    )
)
def test_any_values_in_a_span(tmp_path: Path, database: duckdb.DuckDBPyConnection, span: dict[str, object]) -> None:
    documents = [otlp_document([otlp_span() | span]), otlp_document([otlp_span(number=2)])]
    assert _survives(database, written(tmp_path, "file", json_lines(*documents)))


@pytest.mark.slow
@needs_shared_data
def test_real_files_damaged_in_three_hundred_ways(tmp_path: Path, database: duckdb.DuckDBPyConnection) -> None:
    seeded = random.Random(7)
    files = sorted(path for path in SHARED.rglob("*") if path.is_file() and 0 < path.stat().st_size < 60_000)
    outcomes = [
        _survives(database, written(tmp_path, "file", seeded.choice(WAYS)(seeded.choice(files).read_bytes(), seeded)))
        for _ in range(300)
    ]
    assert 0 < sum(outcomes) < 300  # some are still read, some are refused
