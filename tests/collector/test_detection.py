import json
from pathlib import Path

import duckdb
import pytest

from foreign_files import json_lines, otlp_document, otlp_span, written
from hotspan_collector.errors import BadInputError
from hotspan_collector.importers.detection import SAMPLE_LINES, detect, lines_of, named
from hotspan_collector.importers.source import Source

OTLP = otlp_document([otlp_span()])
COMBINED = '192.0.2.7 - - [21/Sep/2026:14:13:20 +0000] "GET / HTTP/1.1" 200 5 "-" "test"\n'
ZIPKIN_SPAN = {"traceId": "1", "id": "2", "localEndpoint": {"serviceName": "a"}, "timestamp": 1, "duration": 2}
JAEGER_TRACE = {"traceID": "1", "spans": [{"traceID": "1", "operationName": "a"}], "processes": {}}


def _detected(folder: Path, content: str | bytes) -> tuple[str, list[str]]:
    found = detect(Source.of(written(folder, "file", content)), duckdb.connect())
    return found.name, [each.name for each in found.logs]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("otlp-json", json.dumps(OTLP)),
        ("otlp-json", json.dumps(OTLP, indent=2)),
        ("otlp-json", json_lines(OTLP, OTLP)),
        ("otlp-json", json.dumps({"batches": OTLP["resourceSpans"]})),
        ("otlp-json", json.dumps({"trace": OTLP})),
        ("otlp-json", json.dumps({"resource_spans": OTLP["resourceSpans"]})),
        ("otlp-json", "\n\n" + json_lines({"resourceMetrics": []}, {"resourceLogs": []}, OTLP)),
        ("otlp-json", "cut off at the front}\n" + json_lines(OTLP)),
        ("jaeger", json.dumps({"data": [JAEGER_TRACE]})),
        ("jaeger", json.dumps([JAEGER_TRACE])),
        ("zipkin", json.dumps([ZIPKIN_SPAN])),
        ("zipkin", json_lines(ZIPKIN_SPAN)),
        ("parquet", b"PAR1\x15\x04"),
        ("otlp-protobuf", b"\n\x9d\x04\n\x8b\x02\n!\n\x0cservice.name\x12\x11\n\x0fshop"),
        ("otlp-protobuf", b"\x00\x00\x02\x21\n\x9d\x04\n\x8b\x02\n!\n\x0cservice.name"),
        ("otlp-protobuf", b"\x00\x00\x02\x21\x28\xb5\x2f\xfd\x04\n\x8b\x02\n!\n\x0cservice.name"),
    ],
)
def test_a_trace_format_is_told_by_its_content(tmp_path: Path, name: str, content: str | bytes) -> None:
    assert _detected(tmp_path, content) == (name, [])


def test_a_log_is_told_by_its_lines(tmp_path: Path) -> None:
    assert _detected(tmp_path, COMBINED * 3) == ("log", ["combined"])


def test_a_log_that_begins_with_blank_lines_is_no_protobuf(tmp_path: Path) -> None:
    assert _detected(tmp_path, "\n\n\n" + COMBINED) == ("log", ["combined"])


def test_lines_of_two_formats_need_both_the_more_frequent_first(tmp_path: Path) -> None:
    json_line = json.dumps({"time": "2026-09-21T14:13:20Z", "uri": "/", "status": 200}) + "\n"
    assert _detected(tmp_path, COMBINED * 2 + json_line) == ("log", ["combined", "json"])
    assert _detected(tmp_path, COMBINED + json_line * 2) == ("log", ["json", "combined"])


def test_broken_lines_do_not_hide_the_format(tmp_path: Path) -> None:
    assert _detected(tmp_path, "garbage\n{broken\n" * 20 + COMBINED) == ("log", ["combined"])


@pytest.mark.parametrize("content", ["hello\nworld\n", "{}\n", '{"a": 1}', "<html></html>", b"\x89PNG\r\n\x1a\n\0\0\0"])
def test_what_is_none_of_ours_is_said(tmp_path: Path, content: str | bytes) -> None:
    with pytest.raises(BadInputError, match="no trace format and no access log"):
        _detected(tmp_path, content)


def test_formats_can_be_named_and_have_other_names() -> None:
    assert named("jaeger").name == "jaeger"
    assert [each.name for each in named("nginx").logs] == ["combined"]
    with pytest.raises(BadInputError, match="no format is called excel; there are otlp-json"):
        named("excel")


def test_a_line_cut_off_by_the_end_of_the_head_is_left_out(tmp_path: Path) -> None:
    long = "x" * 5_000
    lines = lines_of(Source.of(written(tmp_path, "file", f"{long}\n" * 200)))
    assert set(lines) == {long}
    assert len(lines_of(Source.of(written(tmp_path, "short", "a\n" * 1_000)))) == SAMPLE_LINES
