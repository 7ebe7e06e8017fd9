"""From records to rows of the store: columns by hand, then everything through DuckDB against a slow plain oracle."""

import hashlib
import hmac
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import asgi
import stores
import traces
from hotspan_collector import request_rows, schema
from hotspan_collector.arrow_columns import Table
from hotspan_collector.record import RequestRecord
from hotspan_collector.recorder import Recorder
from hotspan_collector.secret import Secret
from hotspan_collector.settings import Settings

KEY = bytes(range(32))
SECRET = Secret.of(KEY)
CONSTANTS = {"worker": 7, "service": "exam", "service_version": "1.0", "instance": "host:1"}


def made(
    path: str = "/a",
    *,
    method: str = "GET",
    seq: int = 1,
    headers: Any = (),
    client: Any = ("192.0.2.1", 5),
    query: bytes = b"",
    ms: float | None = 10.0,
    **more: Any,
) -> RequestRecord:
    """A finished record (open with ms=None) that started at second zero."""
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    record = RequestRecord(seq, traces.EPOCH_NS, method, path, query, pairs, client, "1.1", 1)
    record.end_ns = None if ms is None else traces.EPOCH_NS + round(ms * 1e6)
    record.status = None if ms is None else 200
    for name, value in more.items():
        setattr(record, name, value)
    return record


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        schema.create(connection)
        yield connection


@pytest.fixture
def sealed(connection: duckdb.DuckDBPyConnection) -> Any:
    """Seals records of one process; the rows as dicts, in the order of the records."""
    recorder = Recorder(Settings())

    def seal(*records: RequestRecord, recorder: Any = recorder) -> list[dict[str, Any]]:
        return rows_of(connection, records, recorder)

    return seal


def rows_of(connection: duckdb.DuckDBPyConnection, records: Any, recorder: Any) -> list[dict[str, Any]]:
    columns = request_rows.request_columns(records, recorder)
    connection.register("columns", Table(columns, request_rows.TYPES))
    fixed = ", ".join(f"${name}::{request_rows.TYPES[name]} as {name}" for name in CONSTANTS)
    query = schema.read("seal_requests").rstrip().rstrip(";")
    secret = {"inner_block": SECRET.inner_block, "outer_block": SECRET.outer_block, "salt": SECRET.salt}
    answer = connection.execute(
        f"with raw_requests as (select *, {fixed} from columns) select * from ({query}) order by seq",  # noqa: S608  # ours
        {**CONSTANTS, **secret},
    )
    names = [column[0] for column in answer.description or ()]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def keyed(text: str) -> int:
    """The hash that stands in the store for a text."""
    return int(hmac.new(KEY, text.encode(errors="replace"), hashlib.sha256).hexdigest()[:16], 16)


def test_a_row_in_full(sealed: Any) -> None:
    headers = [
        ("user-agent", "Firefox"),
        ("cookie", "sessionid=s1"),
        ("idempotency-key", "k1"),
        ("x-stainless-retry-count", "1"),
        ("x-request-start", f"t={traces.EPOCH_NS / 1e9 - 2:.3f}"),
        ("sec-purpose", "prefetch"),
    ]
    record = made(
        "/tests/5/sections/7",
        method="PUT",
        query=b"b=2&a=1",
        headers=headers,
        route="/tests/{test_id}/sections/{section_id}",
        status=503,
        aborted=True,
        response_headers=[(b"retry-after", b"30")],
        response_bytes=17,
        in_flight=4,
        trace_id=0xABC,
        span_id=0xDEF,
    )
    (row,) = sealed(record)
    target, arrival_ns = row.pop("target"), row.pop("arrival_ns")
    assert row == {
        "worker": 7,
        "seq": 1,
        "source": "capture",
        "service": "exam",
        "service_version": "1.0",
        "instance": "host:1",
        "kind": "web",
        "method": "PUT",
        "route": "/tests/{test_id}/sections/{section_id}",
        "client": keyed("s1"),
        "client_tier": "session",
        "address": keyed("192.0.2.1"),
        "agent": "Firefox",
        "start_ns": traces.EPOCH_NS,
        "end_ns": traces.ns(0.01),
        "status": 503,
        "error": True,
        "aborted": True,
        "unfinished": False,
        "attempt": 2,
        "operation_key": keyed("k1"),
        "retry_after_s": 30.0,
        "speculative": True,
        "http_version": "1.1",
        "response_bytes": 17,
        "in_flight": 4,
        "trace_id": f"{0xABC:032x}",
        "span_id": f"{0xDEF:016x}",
        "start_known": True,
        "time_precision_ns": 1,
    }
    assert target is not None
    assert arrival_ns == pytest.approx(traces.ns(-2), abs=1_000_000)


def test_a_row_of_which_hardly_anything_is_known(sealed: Any) -> None:
    (row,) = sealed(made(client=None, http_version=None, ms=None))
    unknown = ("client", "address", "agent", "end_ns", "status", "attempt", "operation_key", "retry_after_s")
    assert [row[name] for name in (*unknown, "http_version", "trace_id", "span_id")] == [None] * 11
    assert (row["client_tier"], row["error"], row["speculative"]) == ("unknown", False, False)
    assert row["arrival_ns"] == row["start_ns"]


def test_the_columns_are_those_of_the_table(sealed: Any, connection: duckdb.DuckDBPyConnection) -> None:
    """All of them, in the types of the table, or close enough that nothing is lost on the way in."""
    (row,) = sealed(made())
    connection.begin()
    try:
        connection.execute(
            "insert into requests by name select * from (select unnest([$row], recursive := true))", {"row": row}
        )
        wanted = connection.execute("describe requests").fetchall()
    finally:
        connection.rollback()
    assert set(row) == {name for name, *_ in wanted} - {"duration_ns"}


def test_no_records_are_no_rows(sealed: Any) -> None:
    assert sealed() == []


def test_fifteen_students_with_nothing_to_tell_them_apart_are_one_address(sealed: Any) -> None:
    rows = sealed(*(made(seq=seq, headers=[("user-agent", "Firefox")]) for seq in range(15)))
    assert {row["client_tier"] for row in rows} == {"address"}
    assert len({row["client"] for row in rows}) == 1
    rows = sealed(*(made(seq=seq) for seq in range(15)))
    assert {(row["client_tier"], row["client"]) for row in rows} == {("address", keyed("192.0.2.1"))}


@pytest.mark.parametrize(
    ("header", "value", "tier"),
    [
        ("cookie", "sessionid={}", "session"),
        ("authorization", "Bearer {}", "credential"),
        ("x-client-id", "{}", "device"),
        ("user-agent", "Browser {}", "address_agent"),
    ],
)
def test_fifteen_students_with_anything_to_tell_them_apart_are_fifteen(
    header: str, value: str, tier: str, sealed: Any
) -> None:
    rows = sealed(*(made(seq=seq, headers=[(header, value.format(seq))]) for seq in range(15)))
    assert {row["client_tier"] for row in rows} == {tier}
    assert len({row["client"] for row in rows}) == 15
    assert len({row["address"] for row in rows}) == 1


def test_what_identifies_somebody_is_hashed_before_it_is_on_disk(tmp_path: Path) -> None:
    secrets = {
        "cookie": "sessionid=secret-session",
        "authorization": "Bearer secret-token",
        "x-api-key": "secret-key",
        "x-client-id": "secret-device",
        "idempotency-key": "secret-operation",
        "x-forwarded-for": "203.0.113.77",
    }
    recorder = Recorder(Settings(store=tmp_path / "store", flush_interval_s=3600))
    for name, value in secrets.items():
        record = made("/secret-path", query=b"token=secret-query", headers=[(name, value)], seq=recorder.next_seq())
        record.route, record.explicit_client = "/a", "secret-person"
        record.start_ns = record.end_ns = time.time_ns()
        recorder.begin(record)
        recorder.finish(record)
    open_record = made("/secret-path", seq=recorder.next_seq(), headers=list(secrets.items()), ms=None, route="/a")
    recorder.begin(open_record)
    recorder.flush(merge=True)
    assert stores.rows(tmp_path / "store", "select count(*) from requests") == [(7,)]
    written = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert b"capture" in written  # so the next line can fail
    for text in (b"secret-", b"203.0.113.77", b"192.0.2.1"):
        assert text not in written
    recorder.close()


def test_the_trace_is_the_spans_else_the_callers(sealed: Any) -> None:
    parent = [("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")]
    rows = sealed(made(seq=1, headers=parent), made(seq=2, headers=parent, trace_id=1, span_id=2), made(seq=3))
    assert [(row["trace_id"], row["span_id"]) for row in rows] == [
        ("0af7651916cd43dd8448eb211c80319c", None),
        (f"{1:032x}", f"{2:016x}"),
        (None, None),
    ]


def test_a_web_socket_is_held_open_and_has_no_bytes(sealed: Any) -> None:
    (row,) = sealed(made(method="WEBSOCKET", status=101))
    assert (row["kind"], row["response_bytes"], row["method"]) == ("held_open", None, "WEBSOCKET")


@pytest.mark.parametrize(("status", "raised", "error"), [(200, False, False), (200, True, True), (500, False, True)])
def test_what_is_an_error(status: int, raised: bool, error: bool, sealed: Any) -> None:
    assert sealed(made(status=status, raised=raised))[0]["error"] is error


def test_equal_requests_have_equal_targets(sealed: Any) -> None:
    same = (b"a=1&b=2", b"b=2&a=1", b"a=1&b=2&_=1695294000123", b"a=1&b=2&t=1695294000")
    rows = sealed(*(made(query=query, seq=seq) for seq, query in enumerate(same)))
    assert len({row["target"] for row in rows}) == 1


def test_requests_for_something_else_have_other_targets(sealed: Any) -> None:
    others = [made("/a", seq=1), made("/b", seq=2), made("/a", method="PUT", seq=3), made("/a", query=b"a=1", seq=4)]
    assert len({row["target"] for row in sealed(*others)}) == 4


def test_made_up_methods_are_one(sealed: Any) -> None:
    rows = sealed(made(method="BREW", seq=1), made(method="brew", seq=2), made(method="get", seq=3))
    assert [row["method"] for row in rows] == ["_OTHER", "_OTHER", "GET"]
    assert rows[0]["target"] == rows[1]["target"]


def test_routes_are_bounded_over_all_batches(caplog: pytest.LogCaptureFixture, sealed: Any) -> None:
    recorder = Recorder(Settings(max_routes=2))
    first = sealed(made(route="/a", seq=1), made(route="/b", seq=2), recorder=recorder)
    second = sealed(made(route="/c", seq=1), made(route="/a", seq=2), made("/d", status=404, seq=3), recorder=recorder)
    assert [row["route"] for row in first + second] == ["/a", "/b", "(other)", "/a", "(unmatched)"]
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_proxy_headers_that_are_off_are_warned_of_over_batches(caplog: pytest.LogCaptureFixture, sealed: Any) -> None:
    recorder = Recorder(Settings())
    forwarded = [("x-forwarded-for", "203.0.113.7")]
    for _ in range(2):
        sealed(*(made(seq=seq, client=("10.0.0.2", 1), headers=forwarded) for seq in range(60)), recorder=recorder)
    (logged,) = caplog.records
    assert logged.getMessage().startswith("proxy headers off: 10.0.0.2")


def test_a_trusted_proxy_is_not_warned_of_and_its_clients_are_told_apart(
    caplog: pytest.LogCaptureFixture, sealed: Any
) -> None:
    recorder = Recorder(Settings(trusted_proxies=1))
    records = [
        made(seq=seq, client=("10.0.0.2", 1), headers=[("x-forwarded-for", f"203.0.113.{seq % 20}")])
        for seq in range(200)
    ]
    assert len({row["client"] for row in sealed(*records, recorder=recorder)}) == 20
    assert not caplog.records


HOSTILE: list[tuple[str, dict[str, Any]]] = [
    ("surrogates in the path", {"path": "/\ud800\udfff"}),
    ("a NUL in the path", {"path": "/a\0b"}),
    ("bytes that are no text", {"headers": [("user-agent", "\xff\xfe\x00"), ("cookie", "sessionid=\xff\x00")]}),
    ("a long cookie", {"headers": [("cookie", "x=" + "y" * 100_000 + "; sessionid=s1")]}),
    ("a long path", {"path": "/" + "x" * 100_000, "query": b"y" * 100_000}),
    ("a long explicit client", {"explicit_client": "\ud800" * 100_000}),
    ("a query that is no text", {"query": b"\xff\x00&\xfe=%00"}),
    ("a route with surrogates", {"route": "/\udcff"}),
    ("an odd version", {"http_version": "3\ud800"}),
    ("an odd client", {"client": ("\ud800", None)}),
    ("no headers at all", {"headers": ()}),
    ("a huge answer", {"response_bytes": 2**62}),
]


@pytest.mark.parametrize("more", [more for _, more in HOSTILE], ids=[name for name, _ in HOSTILE])
def test_hostile_requests_are_rows_like_others(more: dict[str, Any], sealed: Any) -> None:
    rows = sealed(made(seq=1), made(seq=2, **more), made(seq=3))
    assert [row["seq"] for row in rows] == [1, 2, 3]
    assert len(rows[1]["route"]) <= 500


AGAINST_THE_PROTOCOL: list[dict[str, Any]] = [
    *({"headers": headers} for headers in (None, 5, [None], [()], [(b"user-agent",)], [(b"user-agent", "text")])),
    *({"headers": headers} for headers in ([(b"x-request-start", "t=1")], [(b"x-request-start", None)])),
    *({"response_headers": headers} for headers in (5, [None], [(b"retry-after", 5)], [(b"content-type", None)])),
    *({"path": path} for path in (None, b"/a", 5)),
    *({"query_string": query} for query in (None, "a=1", 5)),
    {"method": None},
    {"method": b"GET"},
    {"method": []},
    {"client": 5},
    {"client": "192.0.2.1"},
    {"client": {}},
    {"client": [None]},
    {"client": [[1]]},
    {"http_version": 1.1},
    {"status": []},
    {"explicit_client": 5},
    {"route": 5},
]


@pytest.mark.parametrize("wrong", AGAINST_THE_PROTOCOL, ids=str)
def test_what_is_against_the_protocol_costs_no_row(
    wrong: dict[str, Any], sealed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asgi.unwatched(monkeypatch)
    record = made(seq=2, aborted=True)
    for name, value in wrong.items():
        setattr(record, name, value)
    rows = sealed(made(seq=1), record, made(seq=3, headers=[("x-client-id", "d1")]))
    assert [(row["seq"], row["aborted"], row["client_tier"]) for row in (rows[0], rows[2])] == [
        (1, False, "address"),
        (3, False, "device"),
    ]
    assert (rows[1]["seq"], rows[1]["aborted"]) == (2, True)


HEADERS = st.lists(
    st.one_of(
        st.tuples(st.just("user-agent"), st.sampled_from(["", "Firefox", "Safari"])),
        st.tuples(st.just("cookie"), st.sampled_from(["sessionid=1", "sessionid=2", "theme=dark", ""])),
        st.tuples(st.just("authorization"), st.sampled_from(["Bearer a", "Bearer b"])),
        st.tuples(st.just("x-client-id"), st.sampled_from(["d1", "d2"])),
        st.tuples(st.just("idempotency-key"), st.sampled_from(["k1", "k2"])),
        st.tuples(st.just("x-envoy-attempt-count"), st.sampled_from(["1", "2", "x"])),
        st.tuples(st.just("accept"), st.just("*/*")),
    ),
    max_size=5,
    unique_by=lambda header: header[0],
)
RECORDS: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(
        dict,
        path=st.sampled_from(["/a", "/a/1", "/a/2", "/b"]),
        method=st.sampled_from(["GET", "PUT", "get", "BREW", "WEBSOCKET"]),
        query=st.sampled_from([b"", b"x=1", b"y=2&x=1", b"x=1&y=2"]),
        headers=HEADERS,
        client=st.sampled_from([("192.0.2.1", 1), ("192.0.2.2", 1), None]),
        route=st.sampled_from([None, "/a/{x}", "/b"]),
        status=st.sampled_from([None, 200, 404, 500]),
        raised=st.booleans(),
        aborted=st.booleans(),
    ),
    max_size=30,
)


class Oracle:
    """What a batch of records becomes, one record after the other, in plain Python."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self._agents: dict[str, set[str]] = {}
        for record in records:
            if self._tier(record) == "address_agent":
                self._agents.setdefault(record["client"][0], set()).add(dict(record["headers"])["user-agent"])

    def row(self, record: dict[str, Any]) -> dict[str, Any]:
        headers, tier = dict(record["headers"]), self._tier(record)
        address = record["client"] and record["client"][0]
        who = {
            "session": headers.get("cookie", "").removeprefix("sessionid="),
            "credential": headers.get("authorization"),
            "device": headers.get("x-client-id"),
            "address_agent": f"{address} {headers.get('user-agent')}",
            "address": address,
            "unknown": None,
        }[tier]
        if tier == "address_agent" and len(self._agents[address]) == 1:
            tier = "address"
        method, status = record["method"].upper(), record["status"]
        guessed = "(unmatched)" if status == 404 else record["path"].replace("1", "{number}").replace("2", "{number}")
        return {
            "client": who and keyed(who),
            "client_tier": tier,
            "address": address and keyed(address),
            "agent": headers.get("user-agent") or None,
            "method": method if method in ("GET", "PUT", "WEBSOCKET") else "_OTHER",
            "route": record["route"] or guessed,
            "kind": "held_open" if method == "WEBSOCKET" else "web",
            "status": status,
            "error": record["raised"] or status == 500,
            "aborted": record["aborted"],
            "attempt": {"1": 1, "2": 2}.get(headers.get("x-envoy-attempt-count", "")),
            "operation_key": keyed(headers["idempotency-key"]) if "idempotency-key" in headers else None,
        }

    def target(self, record: dict[str, Any]) -> tuple[Any, ...]:
        method = self.row(record)["method"]
        return method, record["path"], tuple(sorted(filter(None, record["query"].split(b"&"))))

    def _tier(self, record: dict[str, Any]) -> str:
        headers = dict(record["headers"])
        if headers.get("cookie", "").startswith("sessionid"):
            return "session"
        if "authorization" in headers:
            return "credential"
        if "x-client-id" in headers:
            return "device"
        if record["client"] is None:
            return "unknown"
        return "address_agent" if headers.get("user-agent") else "address"


@settings(deadline=None)
@given(RECORDS)
def test_sealing_says_what_plain_python_says(
    connection: duckdb.DuckDBPyConnection, records: list[dict[str, Any]]
) -> None:
    oracle = Oracle(records)
    rows = rows_of(connection, [made(seq=seq, **record) for seq, record in enumerate(records)], Recorder(Settings()))
    assert [row["seq"] for row in rows] == list(range(len(records)))
    for row, record in zip(rows, records, strict=True):
        expected = oracle.row(record)
        assert {name: row[name] for name in expected} == expected
    pairs = {(row["target"], oracle.target(record)) for row, record in zip(rows, records, strict=True)}
    assert len(pairs) == len({target for target, _ in pairs}) == len({asked for _, asked in pairs})
