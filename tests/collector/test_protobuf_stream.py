import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, TracesData

from hotspan_collector.importers import protobuf_stream
from hotspan_collector.importers.protobuf_stream import DamagedError, frames, resource_spans


def _messages(*sizes: int) -> list[ResourceSpans]:
    return [
        ResourceSpans(scope_spans=[ScopeSpans(spans=[Span(name="x" * 100, span_id=bytes(8)) for _ in range(size)])])
        for size in sizes
    ]


@given(st.lists(st.integers(0, 30), max_size=5))
def test_every_message_comes_out_as_it_went_in(sizes: list[int]) -> None:
    given_messages = _messages(*sizes)
    data = TracesData(resource_spans=given_messages).SerializeToString()
    found = [ResourceSpans.FromString(content) for _, content in resource_spans(io.BytesIO(data))]
    assert found == given_messages


def test_fields_that_nobody_knows_are_read_over() -> None:
    strange = b"\x78\x01" + b"\x7d" + bytes(4) + b"\x79" + bytes(8) + b"\x7a\x03abc"
    data = TracesData(resource_spans=_messages(1)).SerializeToString()
    assert len(list(resource_spans(io.BytesIO(strange + data + strange)))) == 1


def test_the_position_of_the_damage_is_told() -> None:
    data = TracesData(resource_spans=_messages(3, 3)).SerializeToString()
    with pytest.raises(DamagedError, match=rf"ends at byte {len(data) - 10}, inside"):
        list(resource_spans(io.BytesIO(data[:-10])))
    with pytest.raises(DamagedError, match="no OTLP message at byte 0"):
        list(resource_spans(io.BytesIO(b"\x0f\x01")))
    with pytest.raises(DamagedError, match="no number at byte"):
        list(resource_spans(io.BytesIO(b"\n" + b"\xff" * 12)))


def test_an_absurd_length_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protobuf_stream, "MAX_MESSAGE_BYTES", 1_000)
    with pytest.raises(DamagedError, match="a message of 2047 bytes is announced at byte 3"):
        list(resource_spans(io.BytesIO(b"\n\xff\x0f" + bytes(3_000))))


@pytest.mark.parametrize("compressed", [False, True])
def test_frames_of_the_collectors_file_exporter(compressed: bool) -> None:
    zstd = pytest.importorskip("backports.zstd", reason="the standard library has zstd from Python 3.14 only")
    contents = [TracesData(resource_spans=_messages(size)).SerializeToString() for size in (1, 3)]
    packed = [zstd.compress(content) if compressed else content for content in contents]
    data = b"".join(len(each).to_bytes(4, "big") + each for each in packed)
    assert [content for _, content in frames(io.BytesIO(data))] == contents
    with pytest.raises(DamagedError, match="inside a message"):
        list(frames(io.BytesIO(data[:-1])))


def test_a_damaged_frame_is_told() -> None:
    broken = b"\x28\xb5\x2f\xfd" + b"\xff" * 20
    with pytest.raises(DamagedError, match="message at byte 4 is damaged"):
        list(frames(io.BytesIO(len(broken).to_bytes(4, "big") + broken)))
