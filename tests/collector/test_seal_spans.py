"""What a sealed span says: conventions old and new, statements without literals, routes, clients, and no secrets."""

import hashlib
import hmac
import json
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hotspan_collector import schema
from hotspan_collector.exchanges import METHODS
from raw_spans import raw_span, sealed, sealed_one, sealing, server_span

OLD = {
    "http.method": "PUT",
    "http.status_code": "204",
    "http.target": "/tests/7/sections/3?left=9",
    "http.url": "http://exam.example:8000/tests/7/sections/3?left=9",
    "http.route": "/tests/{test_id}/sections/{section_id}",
    "http.user_agent": "Browser/1",
    "net.peer.ip": "::ffff:10.0.0.7",
    "http.flavor": "1.1",
    "http.scheme": "http",
}
NEW = {
    "http.request.method": "PUT",
    "http.response.status_code": "204",
    "url.path": "/tests/7/sections/3",
    "url.query": "left=9",
    "http.route": "/tests/{test_id}/sections/{section_id}",
    "user_agent.original": "Browser/1",
    "client.address": "10.0.0.7",
    "network.protocol.version": "1.1",
    "url.scheme": "http",
}
REQUEST_COLUMNS = (
    "request_kind", "method", "route", "target", "twin_key", "client", "client_tier", "address", "agent", "http_status",
    "error", "aborted", "http_version",
)  # fmt: skip


def hashed(value: str) -> int:
    """The keyed hash, worked out with the standard library."""
    return int.from_bytes(hmac.new(b"0" * 32, value.encode(), hashlib.sha256).digest()[:8], "big")


def scalar(sql: str, *values: Any) -> Any:
    """What a macro answers."""
    return sealing().execute(f"select {sql}", list(values)).fetchall()[0][0]


# Kinds and statuses


@pytest.mark.parametrize("kind", ["SERVER", "SPAN_KIND_SERVER", "server", "2"])
def test_a_kind_is_read_in_every_spelling(kind: str) -> None:
    assert sealed_one(raw_span(kind=kind))["kind"] == "SERVER"


def test_other_kinds_are_told_apart_and_none_is_unspecified() -> None:
    kinds = ["1", "client", "PRODUCER", "SPAN_KIND_CONSUMER", None, "0", ""]
    assert [row["kind"] for row in sealed(*[raw_span(kind=kind) for kind in kinds])] == [
        "INTERNAL", "CLIENT", "PRODUCER", "CONSUMER", "UNSPECIFIED", "UNSPECIFIED", "UNSPECIFIED",
    ]  # fmt: skip


def test_a_status_is_read_in_every_spelling() -> None:
    statuses = ["ERROR", "STATUS_CODE_ERROR", "2", "OK", "1", "UNSET", "0", None]
    assert [row["status"] for row in sealed(*[raw_span(status=status) for status in statuses])] == [
        "ERROR", "ERROR", "ERROR", "OK", "OK", "UNSET", "UNSET", "UNSET",
    ]  # fmt: skip


def test_a_span_without_end_ends_where_it_starts_and_without_service_is_unknown() -> None:
    row = sealed_one(raw_span(ms=None, service=None, parent_span_id=""))
    assert (row["end_ns"], row["service"], row["parent_span_id"]) == (row["start_ns"], "unknown", None)


def test_an_error_type_is_the_attribute_or_that_of_the_exception_of_a_failed_span() -> None:
    rows = sealed(
        raw_span(attributes={"error.type": "Timeout"}, exception_type="ValueError"),
        raw_span(status="ERROR", exception_type="ValueError"),
        raw_span(exception_type="ValueError"),
    )
    assert [row["error_type"] for row in rows] == ["Timeout", "ValueError", None]


# What a request row needs


def test_old_and_new_conventions_say_the_same() -> None:
    old, new = sealed(raw_span(attributes=OLD, kind="SERVER"), raw_span(attributes=NEW, kind="SERVER"))
    assert {name: old[name] for name in REQUEST_COLUMNS} == {name: new[name] for name in REQUEST_COLUMNS}
    assert (old["method"], old["route"], old["http_status"], old["agent"]) == (
        "PUT", "/tests/{test_id}/sections/{section_id}", 204, "Browser/1",
    )  # fmt: skip
    assert old["is_request"] is True
    assert old["address"] == hashed("10.0.0.7")


def test_spans_of_a_process_that_captures_become_no_requests_but_stand_for_some() -> None:
    row = sealed_one(server_span(captured=True))
    assert row["is_request"] is True
    assert row["request_kind"] is row["method"] is row["twin_key"] is None


def test_a_root_without_kind_that_speaks_http_is_a_request_and_its_child_is_none() -> None:
    root, child, plain = sealed(
        server_span(kind=None), server_span(kind="0", parent_span_id="00000000000000aa"), raw_span(kind=None)
    )
    assert (root["is_request"], child["is_request"], plain["is_request"]) == (True, False, False)


def test_client_and_internal_spans_are_no_requests() -> None:
    assert not any(row["is_request"] for row in sealed(server_span(kind="CLIENT"), server_span(kind="INTERNAL")))


@pytest.mark.parametrize(
    ("attributes", "status", "expected"),
    [
        ({"http.response.status_code": "503"}, "UNSET", (503, True, False)),
        ({"http.response.status_code": "503"}, "ERROR", (503, True, False)),
        ({"http.response.status_code": "404"}, "ERROR", (404, False, False)),
        ({"http.response.status_code": "200"}, "ERROR", (200, True, False)),
        ({"http.response.status_code": "499"}, "UNSET", (499, False, True)),
        ({"http.response.status_code": "200", "response_flags": "DC"}, "UNSET", (200, False, True)),
        ({"http.response.status_code": ""}, "ERROR", (500, True, False)),
        ({"http.response.status_code": ""}, "UNSET", (None, False, True)),
        ({"http.response.status_code": "0"}, "UNSET", (None, False, True)),
        ({"http.response.status_code": ""}, "OK", (None, False, False)),
        ({"http.response.status_code": ""}, None, (None, False, False)),
    ],
)
def test_status_error_and_aborted(attributes: dict[str, str], status: str | None, expected: tuple[Any, ...]) -> None:
    row = sealed_one(server_span(attributes=attributes, status=status))
    assert (row["http_status"], row["error"], row["aborted"]) == expected


@pytest.mark.parametrize(
    ("method", "original", "stored"),
    [
        ("_OTHER", "propfind", "PROPFIND"),
        ("_OTHER", "BREW", "_OTHER"),
        ("_OTHER", None, "_OTHER"),
        ("BREW", None, "_OTHER"),
        ("get", None, "GET"),
        ("QUERY", "BREW", "QUERY"),
    ],
)
def test_a_client_cannot_make_up_methods(method: str, original: str | None, stored: str) -> None:
    told = {"http.request.method": method} | ({"http.request.method_original": original} if original else {})
    assert sealed_one(server_span(attributes=told))["method"] == stored


def test_methods_are_those_that_captured_requests_may_have() -> None:
    listed = re.search(r"macro known_method.*?in \((.*?)\)", schema.read("macros_spans"), re.DOTALL)
    assert listed is not None
    assert frozenset(re.findall(r"'([^']+)'", listed[1])) == METHODS


def test_a_name_says_method_and_path_where_attributes_do_not() -> None:
    named, zipkin, silent = sealed(
        raw_span("GET /owners/7", kind="SERVER"),
        raw_span("get", {"http.path": "/owners/7"}, kind="SERVER"),
        raw_span("resolveBoolean", kind="SERVER"),
    )
    assert (named["method"], named["route"]) == (zipkin["method"], zipkin["route"]) == ("GET", "/owners/{number}")
    assert silent["is_request"] is False


def test_rpc_servers_are_ranked_by_their_method_and_never_aborted() -> None:
    old, new, stream = sealed(
        raw_span(kind="SERVER", attributes={"rpc.system": "grpc", "rpc.service": "a.Cart", "rpc.method": "Get"}),
        raw_span(kind="SERVER", attributes={"rpc.system.name": "grpc", "rpc.method": "a.Cart/Get"}),
        raw_span(
            kind="SERVER", attributes={"rpc.system": "grpc", "rpc.service": "a.Flags", "rpc.method": "EventStream"}
        ),
    )
    for row in (old, new):
        assert (row["method"], row["route"], row["request_kind"]) == ("GRPC", "/a.Cart/Get", "web")
        assert (row["aborted"], row["http_status"], row["error"]) == (False, None, False)
    assert stream["request_kind"] == "held_open"


@pytest.mark.parametrize(
    "attributes",
    [
        {"url.scheme": "ws"},
        {"http.response.status_code": "101"},
        {"http.response.header.content_type": '["text/event-stream"]'},
        {"http.request.header.accept": '["text/event-stream"]'},
        {"url.query": "EIO=4&transport=polling"},
    ],
)
def test_web_sockets_streams_and_long_polls_are_held_open(attributes: dict[str, str]) -> None:
    assert sealed_one(server_span(attributes=attributes))["request_kind"] == "held_open"


def test_a_web_socket_without_method_is_one() -> None:
    row = sealed_one(raw_span("/ws", {"http.scheme": "ws", "http.target": "/ws"}, kind="SERVER"))
    assert (row["method"], row["request_kind"], row["route"]) == ("WEBSOCKET", "held_open", "/ws")


# Clients


@pytest.mark.parametrize(
    "key",
    [
        "client.address", "http.client_ip", "net.sock.peer.addr", "network.peer.address", "net.peer.ip", "peer.address",
        "peer.ipv4",
    ],
)  # fmt: skip
def test_every_attribute_that_names_the_client_is_understood(key: str) -> None:
    assert sealed_one(server_span(attributes={key: "10.0.0.7"}))["address"] == hashed("10.0.0.7")


def test_the_client_is_believed_before_the_peer() -> None:
    row = sealed_one(server_span(attributes={"network.peer.address": "10.0.0.1", "client.address": "192.0.2.9"}))
    assert row["address"] == hashed("192.0.2.9")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("::ffff:172.25.0.22", "172.25.0.22"),
        ("::FFFF:172.25.0.22", "172.25.0.22"),
        ("10.0.0.1:5123", "10.0.0.1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("host.internal", "host.internal"),
        ("", None),
    ],
)
def test_addresses_have_one_spelling(written: str, meant: str | None) -> None:
    assert scalar("bare_address(?)", written) == meant


def test_the_best_identity_wins_and_says_its_tier() -> None:
    base = {"client.address": "10.0.0.1", "user_agent.original": "UA"}
    header = "http.request.header."
    rows = sealed(
        server_span(attributes=base | {"session.id": "s1", header + "authorization": '["Bearer x"]'}),
        server_span(attributes=base | {header + "authorization": '["Bearer x"]', header + "x-client-id": '["d1"]'}),
        server_span(attributes=base | {header + "x-client-id": '["d1"]'}),
        server_span(attributes=base),
        server_span(attributes={"client.address": "10.0.0.1"}),
        server_span(),
    )
    assert [row["client_tier"] for row in rows] == [
        "session", "credential", "device", "address", "address", "unknown",
    ]  # fmt: skip
    assert len({row["client"] for row in rows}) == 6
    assert rows[0]["client"] == hashed("s1")
    assert rows[3]["client"] == hashed("10.0.0.1 UA")
    assert rows[5]["client"] is None


def test_agents_earn_their_tier_where_they_tell_clients_apart() -> None:
    def asked(address: str, agent: str) -> dict[str, Any]:
        return server_span(attributes={"client.address": address, "user_agent.original": agent})

    rows = sealed(asked("10.0.0.1", "A"), asked("10.0.0.1", "B"), asked("10.0.0.2", "A"), asked("10.0.0.2", "A"))
    assert [row["client_tier"] for row in rows] == ["address_agent", "address_agent", "address", "address"]


def test_attempts_and_operations_are_read_from_recorded_headers() -> None:
    header = "http.request.header."
    envoy, sdk, resent, keyed, silent = sealed(
        server_span(attributes={header + "x-envoy-attempt-count": '["3"]'}),
        server_span(attributes={header + "x_stainless_retry_count": '["1"]'}),
        server_span(attributes={"http.request.resend_count": "2"}),
        server_span(attributes={header + "idempotency_key": '["k"]', header + "sec_purpose": '["prefetch"]'}),
        server_span(),
    )
    assert [row["attempt"] for row in (envoy, sdk, resent, keyed, silent)] == [3, 2, 3, None, None]
    assert keyed["operation_key"] == hashed("k")
    assert [keyed["speculative"], silent["speculative"]] == [True, False]


# Routes and targets


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/", "/"),
        ("/health", "/health"),
        ("/users/42/orders/7", "/users/{number}/orders/{number}"),
        ("/a/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/a/{uuid}"),
        ("/commit/deadbeef01", "/commit/{hex}"),
        ("/reports/2026-11-23", "/reports/{date}"),
        ("/users/bob@example.org", "/users/{email}"),
        ("/api/products/L9ECAV7KIM", "/api/products/{token}"),
        ("/reset/aGVsbG8gd29ybGQ3Zm9v", "/reset/{token}"),
        ("/watch/dQw4w9WgXcQ", "/watch/{token}"),
        ("/blog/12-how-to-retry", "/blog/{slug}"),
        ("/page-2", "/page-{number}"),
        ("/v1/items", "/v1/items"),
        ("/oauth2/token", "/oauth2/token"),
        ("/items/{item_id}", "/items/{item_id}"),
        ("/<int:pk>/:slug", "/<int:pk>/:slug"),
        ("/s3/sha256/base64/h264", "/s3/sha256/base64/h264"),
        ("/" + "x" * 40, "/{token}"),
    ],
)
def test_paths_become_templates(path: str, template: str) -> None:
    assert scalar("path_template(?)", path) == template


@settings(deadline=None)  # the time of a query depends on the machine
@given(st.text(alphabet="abcXYZ0123456789-_./@{}<>:%~ ", max_size=60))
@example(">0000000000000000000000.0")  # so many characters as a template that it would be taken for a token
def test_a_template_is_its_own_template(path: str) -> None:
    once = scalar("path_template(?)", path)
    assert scalar("path_template(?)", once) == once


def test_a_missing_route_is_a_template_of_the_path_wherever_that_stands() -> None:
    rows = sealed(
        server_span("GET /items/7"),
        raw_span(kind="SERVER", attributes={"http.method": "GET", "http.target": "//items//7?x=1"}),
        raw_span(kind="SERVER", attributes={"http.method": "GET", "http.url": "https://user:pw@h:1/items/7?x=1#y"}),
        raw_span(kind="SERVER", attributes={"http.method": "GET", "http.url": "https://h"}),
    )
    assert [row["route"] for row in rows] == ["/items/{number}"] * 3 + ["/"]


@pytest.mark.parametrize("no_route", ["/*", "*", "/**", "/{path:path}", "/{full_path}", "GET /items/7", ""])
def test_a_catch_all_is_no_route(no_route: str) -> None:
    assert sealed_one(server_span("GET /items/7", {"http.route": no_route}))["route"] == "/items/{number}"


def test_a_route_without_leading_slash_gets_one() -> None:
    assert sealed_one(server_span("GET /a/7/", {"http.route": "a/<int:pk>/"}))["route"] == "/a/<int:pk>/"


def test_what_no_route_answers_is_one_bucket() -> None:
    lost, known = sealed(
        server_span("GET /wp-login.php", {"http.response.status_code": "404"}),
        server_span("GET /items/7", {"http.response.status_code": "404", "http.route": "/items/{id}"}),
    )
    assert (lost["route"], known["route"]) == ("(unmatched)", "/items/{id}")


def test_targets_are_equal_but_for_order_and_cache_busters() -> None:
    one, other, different, method = sealed(
        server_span("GET /items?a=1&b=2&_=1790000000000"),
        server_span("GET /items?b=2&a=1"),
        server_span("GET /items?a=1"),
        server_span("POST /items?a=1&b=2"),
    )
    assert one["target"] == other["target"]
    assert len({one["target"], different["target"], method["target"]}) == 3
    assert one["twin_key"] == different["twin_key"] != method["twin_key"]


# Databases


@pytest.mark.parametrize(
    ("statement", "system", "readable"),
    [
        ("SELECT a FROM t WHERE x = 'it''s' AND y IN (1, 2,3)", "postgresql", "SELECT a FROM t WHERE x = ? AND y IN (?)"),
        ("select a\n  from t -- don't\n where b=$1", "postgresql", "select a from t where b=?"),
        ("/* who's 'x' */ select $$sec'ret$$, E'a\\'b' from t", "postgresql", "select ?, ? from t"),
        ("select 'it\\'s', \"pw\" from `t`", "mysql", "select ?, ? from `t`"),
        ('select * from t where "a" = "secret"', "sqlite", 'select * from t where "a" = ?'),
        ('select * from t where t.a = "u"."b"', "sqlite", 'select * from t where t.a = "u"."b"'),
        ("INSERT INTO t (a) VALUES (1, 'x'), (2, 'y')", None, "INSERT INTO t (a) VALUES (?)"),
        ("update t set a = 0x1f, b = 1.5e3 where c = :id and d::text = %(n)s", None, "update t set a = ?, b = ? where c = ? and d::text = ?"),
        ("select t1.a2 from t1", None, "select t1.a2 from t1"),
        ("select 'it\\'s secret'", "", None),
        ("select 'not closed", "postgresql", None),
        ("SET key secret", "redis", None),
        ('{"find": "users"}', "mongodb", None),
    ],
)  # fmt: skip
def test_statements_lose_their_literals(statement: str, system: str | None, readable: str | None) -> None:
    attributes = {"db.statement": statement} | ({"db.system": system} if system else {})
    assert sealed_one(raw_span(kind="CLIENT", attributes=attributes))["statement"] == readable


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(["'secret'", "'it''s secret'", "'-- secret'", "'/* secret'", "'\"secret'"]), min_size=1),
    st.sampled_from(["-- it's\n", "/* it's */ ", " "]),
    st.sampled_from(["postgresql", "sqlite", "mysql", "oracle", ""]),
)
def test_no_literal_survives_beside_comments_and_other_literals(literals: list[str], comment: str, system: str) -> None:
    statement = " ".join(["select", comment, f", {comment}".join(literals), comment, "from t"])
    assert "secret" not in (scalar("without_literals(?, ?)", statement, system) or "")


def test_operation_and_table_are_told_or_read() -> None:
    told, read, query, quoted, summary = sealed(
        raw_span(kind="CLIENT", attributes={"db.operation.name": "find", "db.collection.name": "users", "db.system.name": "mongodb"}),
        raw_span(kind="CLIENT", attributes={"db.statement": "insert into public.answers (a) values (1)"}),
        raw_span(kind="CLIENT", attributes={"db.statement": "with x as (select 1 from y) update z set a = 1"}),
        raw_span(kind="CLIENT", attributes={"db.query.text": 'delete from "my"."t"', "db.response.returned_rows": "17"}),
        raw_span(kind="CLIENT", attributes={"db.query.text": "select 1", "db.query.summary": "SELECT answers"}),
    )  # fmt: skip
    assert [(row["db_operation"], row["db_table"]) for row in (told, read, query, quoted)] == [
        ("FIND", "users"), ("INSERT", "public.answers"), ("UPDATE", "y"), ("DELETE", "my.t"),
    ]  # fmt: skip
    assert quoted["db_rows"] == 17
    assert summary["statement"] == "SELECT answers"


@pytest.mark.parametrize(
    ("span", "category"),
    [
        (raw_span(kind="SERVER"), "server"),
        (raw_span(kind="CLIENT", attributes={"db.system": "postgresql"}), "database"),
        (raw_span(kind="CLIENT", attributes={"db.statement": "select 1"}), "database"),
        (raw_span(kind="CLIENT", attributes={"db.system": "redis"}), "cache"),
        (raw_span(kind="CLIENT", attributes={"http.request.method": "GET"}), "external"),
        (raw_span(kind="PRODUCER"), "messaging"),
        (raw_span(attributes={"messaging.system": "kafka"}), "messaging"),
        (raw_span("jinja2.render"), "template"),
        (raw_span("x", scope="opentelemetry.instrumentation.jinja2"), "template"),
        (raw_span("cache get"), "cache"),
        (raw_span("work"), "internal"),
    ],
)
def test_categories(span: dict[str, Any], category: str) -> None:
    assert sealed_one(span)["category"] == category


# Attributes, names and secrets


def test_attributes_that_columns_tell_are_not_kept_twice() -> None:
    row = sealed_one(server_span("GET /a", {"client.address": "10.0.0.1", "order.size": "3", "code.function": "f"}))
    assert row["attributes"] == {"order.size": "3", "code.function": "f"}


def test_a_client_span_keeps_what_it_called_as_a_template() -> None:
    row = sealed_one(
        raw_span(
            kind="CLIENT", attributes={"http.method": "GET", "http.url": "https://u:p@api.example/v1/users/7?key=1"}
        )
    )
    assert row["attributes"] == {"http.method": "GET", "url.full": "https://api.example/v1/users/{number}"}


def test_empty_missing_and_doubled_attributes_do_no_harm() -> None:
    rows = sealed(
        raw_span(attribute_keys=None, attribute_values=None),
        raw_span(attributes={}),
        raw_span(attributes={"a": ""}),
        raw_span(attribute_keys="a\x1fa\x1fb", attribute_values="1\x1f2\x1f3"),
    )
    assert [row["attributes"] for row in rows] == [{}, {}, {"a": ""}, {"a": "1", "b": "3"}]


def test_names_keep_what_they_say_of_all_spans_of_a_kind() -> None:
    names = ["GET /users/7?token=x", "work", "SELECT answers", "load user bob@example.org", "GET http://u:p@h/a/1"]
    assert [row["name"] for row in sealed(*map(raw_span, names))] == [
        "GET /users/{number}", "work", "SELECT answers", "{email}", "GET http://h/a/{number}",
    ]  # fmt: skip


SECRETS = {
    "url.query": "token=hunter2",
    "http.target": "/reset/hunter2hunter2hunter2hunter2x9?key=hunter2",
    "http.url": "https://user:hunter2@h/a?password=hunter2",
    "http.request.header.authorization": '["Bearer hunter2"]',
    "http.request.header.cookie": '["sid=hunter2"]',
    "http.response.header.set-cookie": '["sid=hunter2"]',
    "db.statement": "select * from users where password = 'hunter2'",
    "db.connection_string": "postgres://u:hunter2@h/db",
    "db.user": "hunter2",
    "db.query.parameter.0": "hunter2",
    "enduser.id": "hunter2",
    "session.id": "hunter2",
    "user.email": "hunter2@example.org",
    "client.address": "hunter2",
    "exception.message": "no such key hunter2",
    "exception.stacktrace": "hunter2",
    "my.api_key": "hunter2",
    "note": "sent Authorization: Bearer hunter2hunter2",
    "callback": "https://h/cb?code=hunter2",
    "dsn": "redis://:hunter2@h:6379/0",
    "login": "password=hunter2",
    "graphql.document": "{ user(token: hunter2) }",
    "gen_ai.prompt": "hunter2",
}


@pytest.mark.parametrize("captured", [True, False])
@pytest.mark.parametrize("kind", ["SERVER", "CLIENT", "INTERNAL"])
@pytest.mark.parametrize("key", sorted(SECRETS))
def test_no_secret_is_in_a_sealed_row(key: str, kind: str, captured: bool) -> None:
    row = sealed_one(
        raw_span("GET /x?token=hunter2", {"http.method": "GET", key: SECRETS[key]}, kind=kind, captured=captured)
    )
    assert "hunter2" not in json.dumps(row, default=str)


def test_long_values_are_cut() -> None:
    row = sealed_one(raw_span("n" * 5_000, {"note": "v" * 5_000}))
    assert len(row["attributes"]["note"]) == 500
    assert len(row["name"]) <= 200


@settings(deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from([*SECRETS, *OLD, *NEW, "a", "http.re", "rpc.method", "db.rows", "messaging.system"])
            | st.text(),
            st.text(max_size=40) | st.sampled_from(["200", "503", "GET", "ws", "[", '["', "::1", "://", "?"]),
            max_size=8,
        ),
        max_size=5,
    ),
    st.sampled_from(["SERVER", "CLIENT", None]),
)
def test_every_raw_span_is_one_sealed_row_whatever_it_says(
    given_attributes: list[dict[str, str]], kind: str | None
) -> None:
    spans = [raw_span("\x00 %/?'\"", attributes, kind=kind) for attributes in given_attributes]
    assert [row["seq"] for row in sealed(*spans)] == [span["seq"] for span in spans]
