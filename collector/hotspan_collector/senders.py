"""What the headers of a request tell of its sender, read once per distinct set of the headers that matter.

The same browser sends the same headers again, so a batch of requests has far fewer senders than rows.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from hotspan_collector import announced, identity, proxies
from hotspan_collector.record import Headers, RequestRecord
from hotspan_collector.settings import Settings

MAX_AGENT = 500
"""Characters of a user agent that are stored; longer ones are attacks or mistakes."""

STABLE = frozenset(
    (
        b"user-agent",
        b"cookie",
        *identity.CREDENTIAL_HEADERS,
        *identity.DEVICE_HEADERS,
        *proxies.PROXY_HEADERS,
        *announced.ATTEMPT_HEADERS,
        *announced.PURPOSE_HEADERS,
    )
)
"""Headers that many requests of one sender share; only they decide about a Sender."""


class Sender(NamedTuple):
    """Who sent a request, and what for. '' and 0 where nothing is known; `client` and `address` are still raw."""

    client: str = ""  # to be hashed
    client_tier: str = "unknown"
    address: str = ""  # to be hashed
    agent: str = ""
    attempt: int = 0
    speculative: bool = False
    suspect: str | None = None  # the peer, where it looks like a proxy that nobody declared


class Senders:
    """The distinct senders of one batch of requests, each known by the first row it has in it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rows: dict[Any, int] = {}
        self.of_row: dict[int, Sender] = {}

    def row_of(self, record: RequestRecord, stable: Headers, row: int) -> int:
        """The first row of this request's sender; `stable` are those of its headers that STABLE names."""
        client = record.client
        try:
            first = self._rows.setdefault((record.explicit_client, client and client[0], *stable), row)
        except TypeError:  # a server that hands out lists where pairs are due
            first = self._rows.setdefault((record.explicit_client, repr(client), *map(tuple, stable)), row)
        if first == row:
            self.of_row[row] = self._read(record, _joined(stable))
        return first

    def _read(self, record: RequestRecord, headers: Mapping[bytes, bytes]) -> Sender:
        peer = proxies.peer_of(record.client)
        address = proxies.client_address(headers, peer, self._settings.trusted_proxies)
        tier, who = identity.identity(headers, address, record.explicit_client, self._settings.session_cookies)
        return Sender(
            str(who or ""),
            tier,
            address or "",
            _text(headers.get(b"user-agent", b""))[:MAX_AGENT],
            announced.attempt(headers) or 0,
            announced.is_speculative(headers),
            proxies.suspected_proxy(headers, peer, self._settings.trusted_proxies),
        )

    def label(self, agents: identity.SeenAgents) -> None:
        """Leaves the tier `address_agent` to those whom agents have told apart (identity.py says why)."""
        by_agent = {row: sender for row, sender in self.of_row.items() if sender.client_tier == "address_agent"}
        for sender in by_agent.values():
            agents.note(sender.address, sender.agent)
        for row, sender in by_agent.items():
            if not agents.tell_apart(sender.address):
                self.of_row[row] = sender._replace(client_tier="address")


def _joined(pairs: Headers) -> Mapping[bytes, bytes]:
    """Headers by name; a list sent in several lines is one list (RFC 9110 5.2), cookies too (RFC 9113 8.2.3)."""
    joined: dict[bytes, bytes] = {}
    for name, value in pairs:
        separator = b"; " if name == b"cookie" else b", "
        joined[name] = joined[name] + separator + value if name in joined else value
    return joined


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
