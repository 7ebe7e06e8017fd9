"""A connection to a ClickHouse server, and what its refusals mean in one line."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hotspan_analysis.clickhouse.address import PASSWORD_VARIABLE, Address
from hotspan_collector.errors import BadInputError, HotspanError

if TYPE_CHECKING:
    from clickhouse_connect.driver.client import Client

_CODE = re.compile(r"[Cc]ode:? (\d+)")
_MESSAGE = re.compile(r"DB::Exception: (.*?)(?:\. \([A-Z_]+\)|$)", re.DOTALL)
_GRACE_S: Final = 10
"""How much longer than the server the client waits, so that the server is the one to say that time is up."""

_CONNECT_S: Final = 10
_KEEPING: Final = "enable_materialized_cte"
_SETTINGS: Final = f"select name, value from system.settings where name in ('readonly', '{_KEEPING}')"  # noqa: S608  # fixed
_MEANINGS: Final = {
    60: "there is no such table; name the one your Collector writes: clickhouse://…/database?table=otel_traces",
    81: "there is no such database; name the one your Collector writes to: clickhouse://user@host:8123/database",
    159: "the answer takes longer than the limit; ask about a shorter window, or allow more: …?limit=300s",
    209: "a shard did not answer in time; nothing is told of the rest alone",
    210: "a shard does not answer; nothing is told of the rest alone, try again when it is back",
    241: "the answer needs more memory than the server allows; ask about a shorter window",
    279: "a shard does not answer; nothing is told of the rest alone, try again when it is back",
    497: "the user may not read it; grant select on the table",
    516: f"the user or the password is wrong; put the password into {PASSWORD_VARIABLE}",
}
"""What the server's numbers of errors mean for who asks."""


class Server:
    """One session with a server. Statements only read, and rely on no setting: read-only users may not change any."""

    def __init__(self, address: Address) -> None:
        self._address = address
        with told(address):
            self._client = _client(address)
            known = {str(name): str(value) for name, value in self._client.query(_SETTINGS).result_rows}
        self._settings: dict[str, Any] = {}
        if known["readonly"] != "1":
            self._settings = {"max_execution_time": address.limit_s, "readonly": 2} | (
                {_KEEPING: 1} if _KEEPING in known else {}
            )
        self.keeps = known.get(_KEEPING) == "1" or _KEEPING in self._settings
        """Whether a subquery `as materialized` is worked out once, however often it is read."""
        self.bytes_received = 0

    def ask(
        self, sql: str, values: Mapping[str, Any], *, bytes_are_flags: bool = False
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Column names and rows of a statement; raises HotspanError, in one line, when there is no whole answer.

        A comparison is a byte there. In our own questions nothing else is, so that each byte can be true or false here.
        """
        with told(self._address):
            found = self._client.query(sql, parameters=dict(values), settings=self._settings)
        self.bytes_received += int(found.summary.get("result_bytes", 0))
        is_flag = [bytes_are_flags and each.name == "UInt8" for each in found.column_types]
        rows = [
            tuple(bool(value) if flag else value for value, flag in zip(row, is_flag, strict=True))
            for row in found.result_rows
        ]
        return tuple(found.column_names), rows

    def download(self, sql: str, values: Mapping[str, Any], target: Path) -> int:
        """Writes a statement's rows to a Parquet file; how many bytes they took."""
        with told(self._address):
            body = self._client.raw_query(sql, parameters=dict(values), settings=self._settings, fmt="Parquet")
        self.bytes_received += len(body)
        return target.write_bytes(body)


@contextmanager
def told(address: Address) -> Iterator[None]:
    """Turns what the client raises into one line that says what is wrong with which server, and what to do."""
    try:
        from clickhouse_connect.driver.exceptions import ClickHouseError
        from urllib3.exceptions import HTTPError
    except ImportError as error:
        raise BadInputError('clickhouse:// needs the client: pip install "hotspan[clickhouse]"') from error
    try:
        yield
    except (ClickHouseError, HTTPError, OSError) as error:
        raise HotspanError(f"{address.shown}, {address.name}: {meaning(str(error))}") from error


def meaning(message: str) -> str:
    """What a message of the server or of the connection says to who asks, in one line."""
    code = _CODE.search(message)
    if code and int(code[1]) in _MEANINGS:
        return _MEANINGS[int(code[1])]
    if code:
        said = _MESSAGE.search(message)
        return " ".join((said[1] if said else message).split())[:300]
    if "timed out" in message or "timeout" in message.lower():
        return "no answer in time; ask about a shorter window, or allow more: …?limit=300s"
    return "no server answers there; check host and port (HTTP: 8123), and that it runs"


def _client(address: Address) -> "Client":
    import clickhouse_connect
    from clickhouse_connect import common

    logging.getLogger("clickhouse_connect").addHandler(
        logging.NullHandler()
    )  # what it would log is raised too, and told once
    common.set_setting("autogenerate_session_id", False)  # one session cannot answer two questions at a time
    return clickhouse_connect.get_client(
        host=address.host,
        port=address.port,
        username=address.user,
        password=address.password,
        database=address.database,
        secure=address.secure,
        connect_timeout=_CONNECT_S,
        send_receive_timeout=int(address.limit_s) + _GRACE_S,
        query_limit=0,
        query_retries=0,
    )
