"""Whatever is sent to the receiver: an answer that says so in one line, never a 5xx, and the next body is kept."""

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from foreign_files import otlp_document, otlp_protobuf, otlp_span, served
from hotspan_collector.receiver_body import JSON, PROTOBUF, Limits
from hotspan_collector.store import Store
from receivers import receiving

GOOD = otlp_document([served(1), otlp_span("child", number=2)])
BODIES = {JSON: json.dumps(GOOD).encode(), PROTOBUF: otlp_protobuf(GOOD)}
PACKED: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "identity": bytes}
ANSWERS = (200, 400, 413, 415)
DEEP = 20_000


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    limits = Limits(body_bytes=1_000_000, unpacked_bytes=4_000_000)
    with receiving(tmp_path_factory.mktemp("fuzz") / "store", limits=limits) as client:
        yield client


def send(client: httpx.Client, body: bytes, content_type: str, coding: str = "identity") -> httpx.Response:
    return client.post("/v1/traces", content=body, headers={"content-type": content_type, "content-encoding": coding})


def length_delimited(field: int, content: bytes) -> bytes:
    size, length = bytearray(), len(content)
    while length > 0x7F:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    return bytes([field << 3 | 2]) + bytes([*size, length]) + content


def nested_protobuf(depth: int) -> bytes:
    """An attribute of a span whose value is a list in a list in a list …"""
    value = b""
    for _ in range(depth):
        value = length_delimited(5, length_delimited(1, value))
    attribute = length_delimited(1, b"deep") + length_delimited(2, value)
    span = length_delimited(9, attribute)
    return length_delimited(1, length_delimited(2, length_delimited(2, span)))


def nested_json(depth: int) -> bytes:
    value = b'{"arrayValue":{"values":[' * depth + b"]}}" * depth
    return b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"deep","value":' + value + b"}]}]}]}]}"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (nested_json(DEEP), JSON),
        (nested_protobuf(2_000), PROTOBUF),
        (b"[" * 500_000, JSON),
        (b'{"resourceSpans":' * 50_000, JSON),
        (b"\x0b" * 100_000, PROTOBUF),
        (b'{"resourceSpans":[' + b"{}," * 200_000 + b"{}]}", JSON),
        (b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":' + b"9" * 5_000 + b"}]}]}]}", JSON),
        (b'{"a":1,' + b",".join(b'"k%d":0' % number for number in range(50_000)) + b"}", JSON),
    ],
    ids=["deep JSON", "deep protobuf", "open lists", "open objects", "groups", "many resources", "digits", "many keys"],
)
def test_what_is_made_to_break_parsers_breaks_nothing(client: httpx.Client, body: bytes, content_type: str) -> None:
    assert send(client, body, content_type).status_code in ANSWERS
    assert send(client, BODIES[content_type], content_type).status_code == 200


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_refused_before_it_is_unpacked(client: httpx.Client, coding: str, layers: int) -> None:
    body = b" " * 200_000_000
    for _ in range(layers):
        body = gzip.compress(body) if coding == "gzip" else zlib.compress(body)
    answer = send(client, body, JSON, coding)
    assert answer.status_code == (413 if layers == 1 else 400)  # packed twice it is no JSON
    assert client.get("/healthz").status_code == 200


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([JSON, PROTOBUF]),
    st.sampled_from(["identity", "gzip", "deflate"]),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 8), st.binary(max_size=6)), max_size=4),
    st.booleans(),
)
@example(JSON, "identity", [(0, 400, b"")], True)
@example(PROTOBUF, "gzip", [(0, 0, b"\xff")], False)
def test_a_damaged_body_is_answered_in_one_line(
    client: httpx.Client, content_type: str, coding: str, edits: list[tuple[int, int, bytes]], packs: bool
) -> None:
    body = BODIES[content_type]
    for at, length, instead in edits:
        body = body[:at] + instead + body[at + length :]
    if packs:
        body = PACKED[coding](body)
    answer = send(client, body, content_type, coding)
    assert answer.status_code in ANSWERS
    if content_type == JSON and answer.status_code != 200:
        assert "\n" not in answer.json()["message"]


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = (
    "traceId",
    "spanId",
    "parentSpanId",
    "name",
    "kind",
    "startTimeUnixNano",
    "endTimeUnixNano",
    "attributes",
    "status",
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(KEYS), JSON_VALUES, min_size=1, max_size=3))
def test_any_values_in_a_span_cost_its_neighbours_nothing(client: httpx.Client, values: dict[str, Any]) -> None:
    answer = send(client, json.dumps(otlp_document([served(1) | values, served(3)])).encode(), JSON)
    assert answer.status_code in (200, 400)


def test_after_all_that_what_is_good_is_kept(tmp_path: Path) -> None:
    with receiving(tmp_path / "store") as client:
        for body, kind in ((b"[" * 10_000, JSON), (BODIES[PROTOBUF][:-1], PROTOBUF), (BODIES[JSON], JSON)):
            send(client, body, kind)
    with Store(tmp_path / "store").reading() as connection:
        assert connection.table("spans").count("*").fetchall() == [(2,)]
