"""Capture under real servers: what a load tool saw answered is in the store once, whoever serves and however it ends."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import websockets.sync.client

import servers
import stores
from hotspan_collector.layout import Layout

FAST = {"HOTSPAN_FLUSH_INTERVAL_S": "0.05"}
SLOW = {"HOTSPAN_FLUSH_INTERVAL_S": "3600"}
"""Nothing is flushed before the end: what is in the store came there at the shutdown."""


def eventually(folder: Path, sql: str, expected: list[tuple[object, ...]]) -> None:
    """Waits until a reader of the store is told so."""
    stores.eventually(lambda: Layout(folder / "store").exists() and stores.rows(folder / "store", sql) == expected, sql)


@pytest.mark.parametrize("server", ["httptools", "workers", "gunicorn"])
def test_sigterm_loses_nothing_of_an_app_that_rejects_lifespans(server: str, tmp_path: Path) -> None:
    with servers.serving("django", tmp_path, server=server, **SLOW) as running:
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(running.get, [f"/sleep/{n % 5}/" for n in range(60)]))
        running.stop()
    assert statuses == [200] * 60
    counted = stores.rows(
        tmp_path / "store",
        "select count(*), count(distinct (worker, seq)), any_value(route), count(distinct route) from requests",
    )
    assert counted == [(60, 60, "/sleep/<int:ms>/", 1)]


def test_without_lifespans_the_interval_bounds_what_can_be_lost(tmp_path: Path) -> None:
    with servers.serving("starlette", tmp_path, server="no lifespan", **FAST) as running:
        assert running.get("/sleep/1") == 200
        eventually(tmp_path, "select count(*) from requests", [(1,)])


def test_an_app_that_knows_no_lifespan_and_fails(tmp_path: Path) -> None:
    with servers.serving("plain", tmp_path, **SLOW) as running:
        assert running.get("/1/users/17") == 200
        assert running.get("/fail") == 500
        running.stop()
    rows = stores.rows(tmp_path / "store", "select route, status, error from requests order by seq")
    assert rows == [("/{number}/users/{number}", 200, False), ("/fail", 500, True)]
    assert "ZeroDivisionError: theirs" in running.log.read_text()


@pytest.mark.parametrize("server", ["h11", "httptools", "uvloop"])
def test_pipelined_requests_are_each_counted(server: str, tmp_path: Path) -> None:
    with servers.serving("starlette", tmp_path, server=server, **SLOW) as running:
        with running.connect() as connection:
            connection.sendall(servers.request("/sleep/5") * 4 + servers.request("/sleep/6", "connection: close"))
            assert servers.read_all(connection).count(b"200 OK") == 5
        running.stop()
    rows = stores.rows(tmp_path / "store", "select status, aborted, duration_ns >= 4e6 from requests order by seq")
    assert rows == [(200, False, True)] * 5


@pytest.mark.parametrize(
    ("app", "server"),
    [("starlette", "h11"), ("starlette", "httptools"), ("starlette", "uvloop"), ("fastapi", "httptools")],
)
def test_who_leaves_early_is_noted_beside_the_status(app: str, server: str, tmp_path: Path) -> None:
    """Through FastAPI's own tracing too, which stands between capture and the server."""
    held = "select route, status, aborted from requests where route = '/hold/{what}'"
    with servers.serving(app, tmp_path, server=server, **FAST) as running:
        with running.connect() as leaving:
            leaving.sendall(servers.request("/hold/a"))
            eventually(tmp_path, held, [("/hold/{what}", None, False)])
        assert running.get("/release") == 200
        eventually(tmp_path, held, [("/hold/{what}", 200, True)])


def test_django_cancels_for_who_leaves_early(tmp_path: Path) -> None:
    with servers.serving("django", tmp_path, **FAST) as running:
        with running.connect() as connection:
            connection.sendall(servers.request("/sleep/60000/"))
            eventually(tmp_path, "select end_ns from requests", [(None,)])
        eventually(
            tmp_path, "select route, status, aborted, error from requests", [("/sleep/<int:ms>/", None, True, False)]
        )


def test_an_open_request_is_seen_with_its_route_and_client(tmp_path: Path) -> None:
    with servers.serving("starlette", tmp_path, **FAST) as running, running.connect() as connection:
        connection.sendall(servers.request("/hold/a", "cookie: sessionid=s1"))
        wanted = "select route, client_tier, status, end_ns, unfinished from requests"
        eventually(tmp_path, wanted, [("/hold/{what}", "session", None, None, False)])


def test_a_stream_is_held_open_until_its_client_leaves(tmp_path: Path) -> None:
    with servers.serving("starlette", tmp_path, **FAST) as running:
        with running.connect() as connection:
            connection.sendall(servers.request("/events"))
            received = b""
            while b"tick" not in received:
                received += connection.recv(65_536)
            eventually(tmp_path, "select kind, end_ns from requests", [("held_open", None)])
        eventually(tmp_path, "select kind, status, aborted, error from requests", [("held_open", 200, True, False)])


def test_a_web_socket_is_held_open(tmp_path: Path) -> None:
    with servers.serving("starlette", tmp_path, **FAST) as running:
        with websockets.sync.client.connect(f"ws://127.0.0.1:{running.port}/talk/7") as connection:
            connection.send("hello")
            assert connection.recv() == "hello"
            eventually(tmp_path, "select method, route, end_ns from requests", [("WEBSOCKET", "/talk/{room}", None)])
        wanted = "select kind, status, aborted, error, end_ns is null from requests"
        eventually(tmp_path, wanted, [("held_open", 101, False, False, False)])


def test_a_client_that_sends_rubbish_harms_nobody(tmp_path: Path) -> None:
    rubbish = [
        servers.request("/sleep/0", "cookie: " + "x" * 50_000, "connection: close"),
        servers.request("/%ff%00%ed%a0%80?%ff=\xff", "user-agent: \xff\xfe", "connection: close"),
        servers.request("/sleep/0", "x-request-start: " + "9" * 400, "retry-attempt: -1", "connection: close"),
        b"\x16\x03\x01\x00\xa5\x01\x00\x00",
        b"PUT /sleep/0 HTTP/1.1\r\ncontent-length: 1000\r\n\r\nshort",
    ]
    with servers.serving("starlette", tmp_path, server="h11", **SLOW) as running:
        for sent in rubbish:
            with running.connect() as connection:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                servers.read_all(connection)
        assert running.get("/sleep/0") == 200
        running.stop()
    assert "hotspan failed" not in running.log.read_text()
    statuses = stores.rows(tmp_path / "store", "select status from requests where not aborted order by seq")
    assert statuses[-1] == (200,)


@pytest.mark.parametrize("app", ["fastapi", "fastapi_inside"])
def test_fastapis_spans_and_capture_are_one_request(app: str, tmp_path: Path) -> None:
    with servers.serving(app, tmp_path, **SLOW) as running:
        for _ in range(3):
            assert running.get("/sleep/1", "user-agent: Firefox", "x-client-id: d1") == 200
        running.stop()
    rows = stores.rows(
        tmp_path / "store",
        "select r.source, r.client_tier, r.agent, r.route, s.kind from requests r left join spans s using (trace_id, span_id)",
    )
    assert rows == [("capture", "device", "Firefox", "/sleep/{ms}", "SERVER")] * 3


def test_students_behind_one_address(tmp_path: Path) -> None:
    with servers.serving("starlette", tmp_path, **SLOW) as running:
        for student in range(15):
            assert running.get("/sleep/0", "user-agent: Firefox", f"cookie: sessionid={student}") == 200
        for _ in range(15):
            assert running.get("/sleep/1", "user-agent: Firefox") == 200
        running.stop()
    tiers = stores.rows(
        tmp_path / "store",
        "select client_tier, count(*), count(distinct client) from requests group by client_tier order by client_tier",
    )
    assert tiers == [("address", 15, 1), ("session", 15, 15)]


def test_the_duration_is_what_the_client_waited_for(tmp_path: Path) -> None:
    with servers.serving("starlette", tmp_path, **SLOW) as running:
        running.get("/sleep/0")  # the app is up
        began_s = time.perf_counter()
        running.get("/sleep/200")
        waited_s = time.perf_counter() - began_s
        running.stop()
    ((duration_s,),) = stores.rows(tmp_path / "store", "select max(duration_ns) / 1e9 from requests")
    assert 0.2 <= duration_s <= waited_s


def test_a_proxy_that_nobody_declared_is_warned_of(tmp_path: Path) -> None:
    with servers.serving("starlette", tmp_path, FORWARDED_ALLOW_IPS="203.0.113.1", **SLOW) as running:
        for client in range(110):
            running.get("/sleep/0", f"x-forwarded-for: 203.0.113.{client}")
        running.stop()
    assert running.log.read_text().count("proxy headers off: 127.0.0.1 carries 110 of 110 requests") == 1
