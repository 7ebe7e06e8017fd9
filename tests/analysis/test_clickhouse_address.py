"""Which ClickHouse an address means."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hotspan_analysis.clickhouse.address import Address, is_address
from hotspan_analysis.clickhouse.source import ClickHouse
from hotspan_analysis.sources import source_of
from hotspan_collector.errors import BadInputError


def test_address_names_server_user_database_and_table() -> None:
    address = Address.of("clickhouse://ann:p%40ss@db.example:9999/otel?table=spans&limit=5m&rows=10&last=7d")
    assert (address.host, address.port, address.user, address.password) == ("db.example", 9999, "ann", "p@ss")
    assert (address.name, address.secure, address.limit_s) == ("`otel`.`spans`", False, 300.0)
    assert (address.max_rows, address.last_ns) == (10, 7 * 86400 * 10**9)


def test_what_is_left_out_has_the_collectors_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOTSPAN_CLICKHOUSE_PASSWORD", raising=False)
    address = Address.of("clickhouse://localhost")
    assert (address.port, address.user, address.password, address.name) == (
        8123,
        "default",
        "",
        "`default`.`otel_traces`",
    )
    assert Address.of("clickhouses://host").port == 8443
    assert Address.of("clickhouses://host").secure


def test_password_may_come_from_the_environment_and_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTSPAN_CLICKHOUSE_PASSWORD", "hidden")
    address = Address.of("clickhouse://ann@host/otel")
    assert address.password == "hidden"  # noqa: S105  # what the variable above says
    assert "hidden" not in repr(address) + address.shown


def test_command_lines_path_of_an_address_is_one() -> None:
    assert is_address(Path("clickhouse://ann@host:8123/otel?table=spans"))
    source = source_of([Path("clickhouse://ann@host:8123/otel?table=spans")])
    assert isinstance(source, ClickHouse)
    assert source.address.name == "`otel`.`spans`"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("clickhouse://host:port/db", "no port that can be"),
        ("clickhouse://host/db?tabel=x", "tabel"),
        ("clickhouse://host/db?table=x`;drop", "no name of a database or table"),
        ("clickhouse://host/d'b", "no name of a database or table"),
        ("clickhouse://host/db?limit=soon", "no length of time"),
        ("clickhouse://host/db?rows=-1", "no number of spans"),
        ("http://host/db", "no address of a ClickHouse"),
    ],
)
def test_address_that_cannot_be_is_refused_in_one_line(url: str, told: str) -> None:
    with pytest.raises(BadInputError, match=told) as raised:
        Address.of(url)
    assert "\n" not in str(raised.value)


def test_clients_of_one_table_are_hashed_alike_and_of_another_not() -> None:
    one, same = Address.of("clickhouse://ann@host/otel"), Address.of("clickhouse://bob:x@host/otel?limit=5s")
    assert one.secret == same.secret
    assert one.secret != Address.of("clickhouse://ann@host/otel?table=other").secret


def test_whole_copy_of_a_server_is_refused() -> None:
    with (
        pytest.raises(BadInputError, match="its data stay where they are"),
        source_of("clickhouse://host/otel").reading(),
    ):
        pass


def test_server_that_is_away_is_told_of_in_one_line() -> None:
    """In a process of its own: whatever the client logs would stand beside it."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # nobody listens
        address = f"clickhouse://127.0.0.1:{held.getsockname()[1]}/otel"
        command = [sys.executable, "-m", "hotspan_cli.main", "top", address]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 2
    assert "no server answers there" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
