"""Pages of other sites, and names that were made to point here, get nothing out of a dashboard and nothing into it."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

import chromium
import outbound
import stores
from dashboard_browser import dashboard
from traces import request

KEY = "AAAAAAAAAAAAAAAAAAAAAA=="
PATHS = ["/", "/_stcore/health", "/_stcore/host-config", "/endpoint"]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = tmp_path_factory.mktemp("sites") / "store"
    stores.seal(store, [request("GET /a", at=0)])
    with dashboard(store) as address:
        yield address


def status(address: str, path: str, **headers: str) -> int:
    """How a request is answered that is sent letter by letter; a browser cannot be made to send such a path or host."""
    return int(answer(address, path, **headers).split(None, 2)[1])


def answer(address: str, path: str, **headers: str) -> bytes:
    parts = urlsplit(address)
    given = {"Host": parts.netloc, "Connection": "close"} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items())
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=60) as raw:
        raw.sendall(f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode())
        if headers.get("Upgrade"):
            return raw.recv(65536)  # an open socket says no more by itself
        return b"".join(iter(lambda: raw.recv(65536), b""))


def opens(address: str, **headers: str) -> bool:
    """Whether the page's socket, over which all data goes, opens for such a browser."""
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": KEY}
    found = status(address, "/_stcore/stream", **upgrade, **headers)
    assert found in (101, 400, 403)
    return found == 101


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example"])
@pytest.mark.parametrize("path", PATHS)
def test_a_name_that_was_made_to_point_here_is_refused(address: str, path: str, host: str) -> None:
    assert status(address, path, Host=host) == 400
    assert status(address, path) == 200


def test_the_socket_opens_for_the_dashboards_own_page(address: str) -> None:
    assert opens(address, Origin=address)


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "http://localhost.evil.example:8501", "http://localhost:3000", "null", "file://"]
)
def test_the_socket_opens_for_no_other_sites_page(address: str, origin: str) -> None:
    assert not opens(address, Origin=origin)


def test_a_page_of_a_name_that_was_made_to_point_here_gets_no_socket(address: str) -> None:
    assert not opens(address, Origin="http://evil.example", Host="evil.example")


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
def test_no_page_of_another_site_is_answered(address: str, method: str, origin: str) -> None:
    for path in (*PATHS, "/_stcore/upload_file/a/b", "/media/a.csv"):
        answer = httpx.request(method, address + path, headers={"origin": origin})
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/../script.py",
        "/static/../../config.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/app/static/../script.py",
        "//etc/passwd",
    ],
)
def test_no_file_beside_the_pages_is_served(address: str, path: str) -> None:
    found = answer(address, path)
    assert b"hotspan_dashboard" not in found
    assert b"root:" not in found


def test_the_dashboard_asks_no_other_machine_whoever_comes(tmp_path: Path) -> None:
    """Streamlit by itself asks a host on the internet for this machine's address before it refuses a page."""
    stores.seal(tmp_path / "store", [request("GET /a", at=0)])
    with dashboard(tmp_path / "store") as address:  # fails at its end if another machine was asked
        for headers in ({"Host": "evil.example"}, {"Origin": "http://evil.example"}, {"Origin": "http://192.0.2.1"}):
            assert not opens(address, **headers)
        with chromium.opened(address) as page:
            page.get_by_text("/a").first.wait_for(state="attached")


def test_whoever_asks_another_machine_is_found_out(tmp_path: Path) -> None:
    """So that the silence above means something."""
    script = """
import contextlib, socket
with contextlib.suppress(OSError):
    socket.getaddrinfo("nowhere.invalid", 80)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, contextlib.suppress(OSError):
    udp.connect(("192.0.2.1", 9))
with socket.create_server(("127.0.0.1", 0)) as server, contextlib.suppress(OSError):
    socket.create_connection(server.getsockname()).close()
"""
    subprocess.run([sys.executable, "-c", script], env=outbound.watched(tmp_path), check=True)
    assert outbound.foreign(tmp_path) == {"nowhere.invalid", "192.0.2.1"}
    assert "127.0.0.1" in outbound.hosts(tmp_path)
