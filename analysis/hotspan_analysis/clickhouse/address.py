"""Where a ClickHouse is: `clickhouse://user:password@host:8123/database?table=otel_traces`."""

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from hotspan_collector.errors import BadInputError

if TYPE_CHECKING:
    from hotspan_collector.secret import Secret

PASSWORD_VARIABLE: Final = "HOTSPAN_CLICKHOUSE_PASSWORD"  # noqa: S105  # the name of a variable, no password
_SCHEME = re.compile(r"clickhouse(s?):/+")  # one slash is what is left of two once the shell's argument was a path
_NAME = re.compile(r"\w[\w .$-]*")
_EXAMPLE = "clickhouse://user@host:8123/database?table=otel_traces"


@dataclass(frozen=True, slots=True)
class Address:
    """One table of one server, who asks, and how much a question may take."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    table: str
    secure: bool
    limit_s: float
    """seconds that one statement may run"""
    max_rows: int
    """spans that one question may bring here where the server cannot work it out itself"""
    exact_rows: int
    """requests up to which percentiles are exact; of more, servers would hold each duration in memory"""
    last_ns: int | None
    """how far back from now data are looked for; None: as far as they go"""

    @classmethod
    def of(cls, url: str) -> "Address":
        """The address that a URL means; raises BadInputError for one that cannot be."""
        scheme = _SCHEME.match(url)
        if scheme is None:
            raise BadInputError(f"{url} is no address of a ClickHouse; write {_EXAMPLE}")
        try:
            parts = urlsplit(f"//{url[scheme.end() :]}")
            port = parts.port or (8443 if scheme[1] else 8123)
        except ValueError as error:
            raise BadInputError(f"the address of the ClickHouse has no port that can be; write {_EXAMPLE}") from error
        options = dict(parse_qsl(parts.query))
        if unknown := set(options) - {"table", "limit", "rows", "exact", "last"}:
            raise BadInputError(
                f"{', '.join(sorted(unknown))}: no option of a ClickHouse; there are table, limit, rows, exact, last"
            )
        password = unquote(parts.password) if parts.password else os.environ.get(PASSWORD_VARIABLE, "")
        return cls(
            host=parts.hostname or "localhost",
            port=port,
            user=unquote(parts.username or "default"),
            password=password,
            database=_name(unquote(parts.path.strip("/")) or "default"),
            table=_name(options.get("table", "otel_traces")),
            secure=bool(scheme[1]),
            limit_s=_length_ns(options.get("limit", "60s")) / 1e9,
            max_rows=_count("rows", options.get("rows", "2000000")),
            exact_rows=_count("exact", options.get("exact", "20000000")),
            last_ns=_length_ns(options["last"]) if "last" in options else None,
        )

    @property
    def name(self) -> str:
        """The table as SQL names it."""
        return f"`{self.database}`.`{self.table}`"

    @property
    def shown(self) -> str:
        """The address as messages name it, without the password."""
        return f"ClickHouse at {self.host}:{self.port}"

    @property
    def secret(self) -> "Secret":
        """What clients are hashed with: the same for all who read this table, so that a client keeps its name."""
        import hashlib

        from hotspan_collector.secret import Secret

        return Secret.of(hashlib.sha256(f"{self.host}:{self.port}/{self.name}".encode()).digest())


def is_address(given: object) -> bool:
    """Whether somebody means a ClickHouse by this."""
    return _SCHEME.match(str(given)) is not None


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise BadInputError(f"{text!r} is no name of a database or table; write {_EXAMPLE}")
    return text


def _length_ns(text: str) -> int:
    from hotspan_analysis.window import parse_duration

    return parse_duration(text)


def _count(option: str, text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise BadInputError(f"{option}={text} is no number of spans; write for example {option}=2000000")
    return int(text)
