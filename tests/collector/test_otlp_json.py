import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from foreign_files import T0_NS, imported, json_lines, otlp_document, otlp_span, otlp_value, rows, served, written

DOCUMENT = otlp_document([served(1), otlp_span("child", number=2, parentSpanId=f"{1:016x}", traceId=f"{1:032x}")])


def _stable(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without what depends on the file's bytes."""
    return [{name: value for name, value in row.items() if name != "worker"} for row in found]


def _spans(folder: Path, content: str | bytes) -> list[dict[str, Any]]:
    connection, _ = imported(written(folder, "file", content))
    return _stable(rows(connection, "spans"))


def _snake(document: Any) -> Any:
    """The same with the keys of protobuf's MessageToDict in Python."""
    if isinstance(document, dict):
        return {
            "".join("_" + c.lower() if c.isupper() else c for c in key): _snake(value)
            for key, value in document.items()
        }
    return [_snake(each) for each in document] if isinstance(document, list) else document


def _base64_ids(document: Any) -> Any:
    if isinstance(document, dict):
        return {
            key: base64.b64encode(bytes.fromhex(value)).decode()
            if key in ("traceId", "spanId", "parentSpanId")
            else _base64_ids(value)
            for key, value in document.items()
        }
    return [_base64_ids(each) for each in document] if isinstance(document, list) else document


def _old_scopes(document: Any) -> Any:
    text = json.dumps(document).replace('"scopeSpans"', '"instrumentationLibrarySpans"')
    return json.loads(text.replace('"scope"', '"instrumentationLibrary"'))


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(DOCUMENT),
        json.dumps(DOCUMENT, indent=2),
        json.dumps([DOCUMENT]),
        "\ufeff" + json.dumps(DOCUMENT),
        json_lines({"resourceMetrics": [{}]}, DOCUMENT, {"resourceLogs": [{}]}),
        json.dumps({"batches": DOCUMENT["resourceSpans"]}),
        json.dumps({"trace": DOCUMENT}),
        json.dumps({"trace": {"batches": DOCUMENT["resourceSpans"]}}),
        json.dumps(_snake(DOCUMENT)),
        json.dumps(_base64_ids(DOCUMENT)),
        json.dumps(_old_scopes(DOCUMENT)),
        gzip.compress(json.dumps(DOCUMENT).encode()),
    ],
    ids=["line", "pretty", "list", "mark", "mixed", "batches", "trace", "tempo", "snake", "base64", "old", "gzip"],
)
def test_everybodys_spelling_gives_the_same_spans(tmp_path: Path, content: str | bytes) -> None:
    expected = _spans(tmp_path, json_lines(DOCUMENT))
    assert len(expected) == 2
    assert expected[1]["parent_span_id"] == expected[0]["span_id"] == f"{1:016x}"
    found = _spans(tmp_path, content)
    if isinstance(content, str) and "resourceMetrics" in content:  # its rows come after the others'
        found = [row | {"seq": row["seq"] - 1} for row in found]
    assert found == expected


def test_a_server_span_is_a_request(tmp_path: Path) -> None:
    connection, summary = imported(written(tmp_path, "file", json_lines(DOCUMENT)))
    (row,) = rows(connection)
    assert (row["method"], row["route"], row["status"], row["service"]) == ("GET", "/orders/{number}", 200, "shop")
    assert (row["start_ns"], row["end_ns"], row["start_known"]) == (T0_NS, T0_NS + 10_000_000, True)
    assert (row["source"], row["client_tier"], row["span_id"]) == ("span", "address", f"{1:016x}")
    assert (summary.requests, summary.spans, summary.rows) == (1, 2, 2)
    assert summary.files[0].missing == {"route": 1}


@pytest.mark.parametrize("status", [{}, {"code": 0}, {"code": "STATUS_CODE_UNSET"}, None])
def test_a_status_that_is_not_set(tmp_path: Path, status: Any) -> None:
    span = otlp_span() if status is None else otlp_span(status=status)
    assert _spans(tmp_path, json_lines(otlp_document([span])))[0]["status"] == "UNSET"


@pytest.mark.parametrize("code", [2, "STATUS_CODE_ERROR"])
def test_an_error_with_its_exception(tmp_path: Path, code: Any) -> None:
    attributes = [{"key": "exception.type", "value": otlp_value("ValueError")}]
    attributes.append({"key": "exception.message", "value": otlp_value("password=s3cret")})
    events = [{"name": "log"}, {"name": "exception", "attributes": attributes}]
    (span,) = _spans(tmp_path, json_lines(otlp_document([otlp_span(status={"code": code}, events=events)])))
    assert (span["status"], span["error_type"]) == ("ERROR", "ValueError")
    assert "s3cret" not in repr(span)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (7, "7"),
        (0.5, "0.5"),
        (True, "true"),
        (["a", 'b"'], '["a","b\\""]'),
        ([1, 2], "[1,2]"),
        ([], "[]"),
        ("", ""),
        ("ü\x1f☃", "ü ☃"),
    ],
)
def test_values_of_every_kind_become_text(tmp_path: Path, value: Any, text: str) -> None:
    (span,) = _spans(tmp_path, json_lines(otlp_document([otlp_span(attributes={"app.value": value, "app.last": "z"})])))
    assert span["attributes"] == {"app.value": text, "app.last": "z"}


def test_values_that_are_missing_become_empty(tmp_path: Path) -> None:
    span = otlp_span() | {
        "attributes": [{"key": "app.a", "value": {}}, {"key": "app.b"}, {"key": "app.c", "value": otlp_value("c")}]
    }
    (found,) = _spans(tmp_path, json_lines(otlp_document([span])))
    assert found["attributes"] == {"app.a": "", "app.b": "", "app.c": "c"}


def test_a_key_that_stands_twice_counts_once(tmp_path: Path) -> None:
    span = otlp_span() | {"attributes": [{"key": "app.a", "value": otlp_value(text)} for text in ("first", "second")]}
    assert _spans(tmp_path, json_lines(otlp_document([span])))[0]["attributes"] == {"app.a": "first"}


def test_no_resource_is_an_unknown_service(tmp_path: Path) -> None:
    document = {"resourceSpans": [{"scopeSpans": [{"spans": [otlp_span()]}]}]}
    (span,) = _spans(tmp_path, json_lines(document))
    assert (span["service"], span["scope"], span["attributes"]) == ("unknown", None, {})


def test_what_the_resource_says(tmp_path: Path) -> None:
    resource: dict[str, Any] = {"service.version": "1.2", "host.name": "web-1", "process.pid": 7}
    document = otlp_document([otlp_span()], **resource)
    (span,) = _spans(tmp_path, json_lines(document))
    assert (span["service_version"], span["instance"], span["scope"]) == ("1.2", "web-1:7", "tests")


def test_spans_that_cannot_be_kept_are_counted(tmp_path: Path) -> None:
    bad = [
        otlp_span(traceId=""),
        otlp_span(spanId="0" * 16),
        otlp_span(startTimeUnixNano="0"),
        otlp_span(startTimeUnixNano="x"),
    ]
    _, summary = imported(written(tmp_path, "file", json_lines(otlp_document([*bad, otlp_span()]))))
    (file,) = summary.files
    assert sorted(str(each) for each in file.skipped) == [
        "1 skipped: span without a span id",
        "1 skipped: span without a trace id",
        "2 skipped: span without a start time",
    ]
    assert (file.rows, file.spans) == (5, 1)


def test_a_span_that_ends_before_it_starts_lasts_no_time(tmp_path: Path) -> None:
    (span,) = _spans(tmp_path, json_lines(otlp_document([otlp_span(ms=-5)])))
    assert span["start_ns"] == span["end_ns"]


def test_lines_that_hold_no_spans_are_counted_by_reason(tmp_path: Path) -> None:
    content = "\n".join(
        [
            "",
            "not json",
            json.dumps(DOCUMENT),
            '{"resourceMetrics":[]}',
            '{"other":1}',
            "{cut",
            "[]",
            json.dumps({"resourceLogs": []}),
        ]
    )
    _, summary = imported(written(tmp_path, "file", content))
    assert [str(each) for each in summary.files[0].skipped] == [
        "2 skipped: metrics or logs (lines 4, 8)",
        "2 skipped: no span in it (lines 5, 7)",
        "2 skipped: not JSON (lines 2, 6)",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        '{"resourceSpans":"x"}',
        '{"resourceSpans":[{"scopeSpans":{"spans":1}}]}',
        '{"resourceSpans":[{"scopeSpans":[{"spans":["x"]}]}]}',
    ],
)
def test_a_line_of_another_shape_costs_only_itself(tmp_path: Path, wrong: str) -> None:
    connection, summary = imported(written(tmp_path, "file", wrong + "\n" + json_lines(DOCUMENT)))
    assert len(rows(connection, "spans")) == 2
    assert sum(each.rows for each in summary.files[0].skipped) == 1


def test_bytes_that_are_no_text_cost_only_their_line(tmp_path: Path) -> None:
    content = b'{"resourceSpans":"\xff\xfe"}\n' + json_lines(DOCUMENT).encode()
    connection, summary = imported(written(tmp_path, "file", content))
    assert len(rows(connection, "spans")) == 2
    assert summary.skipped == 1


def test_a_line_longer_than_duckdbs_buffers_is_read(tmp_path: Path) -> None:
    long = otlp_document([otlp_span(attributes={"app.long": "x" * 20_000_000})])
    spans = _spans(tmp_path, json_lines(long, DOCUMENT))
    assert len(spans) == 3
    assert max(len(value) for span in spans for value in span["attributes"].values()) <= 2_000
