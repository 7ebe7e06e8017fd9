import gzip
import json
import logging
from pathlib import Path

import duckdb
import pytest

import stores
from hotspan_analysis import open_traces
from hotspan_collector.errors import BadInputError, StoreBusyError, StoreError
from hotspan_collector.layout import Layout
from traces import EPOCH_NS, database, ns, request

SPAN = {
    "traceId": "0" * 31 + "1",
    "spanId": "0" * 15 + "1",
    "name": "GET /a",
    "kind": 2,
    "startTimeUnixNano": str(EPOCH_NS),
    "endTimeUnixNano": str(EPOCH_NS + 5_000_000),
    "attributes": [
        {"key": "http.request.method", "value": {"stringValue": "GET"}},
        {"key": "http.route", "value": {"stringValue": "/a"}},
        {"key": "client.address", "value": {"stringValue": "10.0.0.9"}},
    ],
}
SERVICE = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}


def otlp_line(**changes: object) -> str:
    """One line of OTLP JSON with one SERVER span."""
    return json.dumps({"resourceSpans": [{"resource": SERVICE, "scopeSpans": [{"spans": [SPAN | changes]}]}]}) + "\n"


def test_a_store_directory(tmp_path: Path) -> None:
    stores.seal(tmp_path, [request("GET /a", ms=10)])
    assert [row.endpoint for row in open_traces(tmp_path).endpoints()] == ["GET /a"]
    assert [row.endpoint for row in open_traces(str(tmp_path)).endpoints()] == ["GET /a"]


def test_without_a_source_it_is_the_store_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.seal(tmp_path / "here", [request("GET /a")])
    monkeypatch.setenv("HOTSPAN_STORE", str(tmp_path / "here"))
    assert len(open_traces().endpoints()) == 1


def test_requests_in_flight_are_seen_in_a_store_and_last_until_now(tmp_path: Path) -> None:
    stores.seal(tmp_path, [request("GET /a", ms=None, start_ns=ns(0))])
    (row,) = open_traces(tmp_path, now_ns=ns(7)).endpoints()
    assert row.requests == 1


def test_a_database_file(tmp_path: Path) -> None:
    path = tmp_path / "copy.duckdb"
    database([request("GET /a")], path=str(path)).close()
    traces = open_traces(path)
    assert [row.endpoint for row in traces.endpoints()] == ["GET /a"]
    duckdb.connect(path).close()  # it can be written to as soon as the question is answered


def test_a_recording_ends_with_its_last_moment(tmp_path: Path) -> None:
    path = tmp_path / "copy.duckdb"
    database([request("GET /a", at=0, ms=None), request("GET /b", at=1, ms=3000)], path=str(path)).close()
    found = {row.endpoint: row.total_time_s for row in open_traces(path).endpoints()}
    assert found == {"GET /a": 4.0, "GET /b": 3.0}


def test_a_database_file_that_is_open_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "copy.duckdb"
    with database([request()], path=str(path)), pytest.raises(StoreBusyError, match="close it there"):
        open_traces(path).endpoints()


def test_a_database_of_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    duckdb.connect(path).execute("create table t (i integer)").close()
    with pytest.raises(StoreError, match="not one of hotspan's"):
        open_traces(path).endpoints()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "text.duckdb"
    path.write_text("not a database" * 1000)
    with pytest.raises(StoreError, match="is no DuckDB database"):
        open_traces(path).endpoints()


def test_an_open_connection_stays_open() -> None:
    with database([request("GET /a")]) as connection:
        traces = open_traces(connection)
        assert len(traces.endpoints()) == len(traces.endpoints()) == 1
        assert connection.execute("select count(*) from requests").fetchall() == [(1,)]


def test_a_file_of_spans_a_list_and_a_pattern(tmp_path: Path) -> None:
    plain, packed = tmp_path / "one.jsonl", tmp_path / "two.jsonl.gz"
    plain.write_text(otlp_line())
    packed.write_bytes(gzip.compress(otlp_line(spanId="0" * 15 + "2", startTimeUnixNano=str(EPOCH_NS + 1)).encode()))
    for source, requests in ((plain, 1), (packed, 1), ([plain, packed], 2), (f"{tmp_path}/*.jsonl*", 2)):
        (row,) = open_traces(source).endpoints()
        assert (row.service, row.endpoint, row.requests) == ("shop", "GET /a", requests)


def test_a_file_that_is_named_like_a_pattern(tmp_path: Path) -> None:
    path = tmp_path / "spans[1].jsonl"
    path.write_text(otlp_line())
    assert len(open_traces(path).endpoints()) == 1


def test_the_same_file_read_twice_has_the_same_clients(tmp_path: Path) -> None:
    path = tmp_path / "spans.jsonl"
    path.write_text(otlp_line())
    first, second = (open_traces(path).clients()[0].client for _ in range(2))
    assert first == second
    assert first != "unknown"


def test_a_clients_address_cannot_be_guessed_without_the_file(tmp_path: Path) -> None:
    ids = set()
    for name in ("a", "b"):
        path = tmp_path / f"{name}.jsonl"
        path.write_text(otlp_line(name=name))
        ids.add(open_traces(path).clients()[0].client)
    assert len(ids) == 2


def test_what_a_file_holds_beside_spans_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path, empty = tmp_path / "spans.jsonl", tmp_path / "empty.jsonl"
    path.write_text(otlp_line() + "this is no JSON\n")
    empty.touch()
    with caplog.at_level(logging.WARNING, logger="hotspan"):
        assert len(open_traces([path, empty]).endpoints()) == 1
    assert "1 skipped" in caplog.text
    assert "empty.jsonl" in caplog.text


@pytest.mark.parametrize(
    ("source", "words"),
    [("nowhere.duckdb", "does not exist"), ("*.jsonl", "no file matches"), ([], "no file was given")],
)
def test_what_is_not_there(source: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInputError, match=words):
        open_traces(source)


def test_a_directory_that_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store at"):
        open_traces(tmp_path).endpoints()


def test_a_store_that_has_recorded_nothing_yet(tmp_path: Path) -> None:
    Layout(tmp_path).make()
    traces = open_traces(tmp_path)
    assert traces.endpoints() == []
    assert traces.clients() == []
    assert [row.requests for row in traces.timeline(buckets=1)] == [0]


def test_readers_keep_to_a_memory_limit_and_spill_away_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTSPAN_MEMORY_LIMIT_BYTES", str(200 * 2**20))
    stores.seal(tmp_path, [request()])
    (limits,) = (
        open_traces(tmp_path)
        .query("select current_setting('memory_limit') as memory, current_setting('temp_directory') as spill")
        .rows
    )
    assert limits[0] == "200.0 MiB"
    assert Path(limits[1]).is_absolute()
