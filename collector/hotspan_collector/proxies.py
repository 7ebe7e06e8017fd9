"""The client's address behind proxies: who counts, and when to say that nobody does.

X-Forwarded-For and Forwarded can be written by anybody. They count only for as many hops as the user says are his own
proxies; with none, the peer of the connection is the client.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from ipaddress import IPv6Address, ip_address
from typing import Any

from hotspan_collector.guard import LOG

PROXY_HEADERS = (b"x-forwarded-for", b"forwarded")

MIN_REQUESTS = 100
"""Fewer requests say nothing about who sends them all."""

MAX_SHARE = 0.9
"""A private address with a larger share of all requests is taken for a proxy."""

_FOR = re.compile(r'for=("[^"]*"|[^;,\s]*)', re.IGNORECASE)


def peer_of(client: Any) -> str | None:
    """The peer's address out of the scope's `client`, whatever a server puts there."""
    try:
        host = client[0]
    except (TypeError, IndexError, KeyError):
        return None
    return canonical(host) if isinstance(host, str) else None


def client_address(headers: Mapping[bytes, bytes], peer: str | None, trusted_proxies: int) -> str | None:
    """The peer, or the hop that stands `trusted_proxies` further in X-Forwarded-For (Forwarded where that is missing).

    A chain that is shorter than the count gives its first hop.
    """
    if trusted_proxies <= 0:
        return peer
    hops = [*forwarded(headers), peer]
    return hops[max(-len(hops), -1 - trusted_proxies)]


def forwarded(headers: Mapping[bytes, bytes]) -> list[str | None]:
    """The hops that proxies wrote down, the client's first."""
    if value := headers.get(b"x-forwarded-for"):
        hops = value.decode("latin-1").split(",")
    else:
        hops = [hop.strip('"') for hop in _FOR.findall(headers.get(b"forwarded", b"").decode("latin-1"))]
    return [canonical(hop) for hop in hops if hop.strip()]


def canonical(hop: str) -> str | None:
    """One spelling for one address: no port, no brackets, IPv4 not wrapped in IPv6. What is none stays as it is."""
    text = hop.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        parsed = ip_address(text)
    except ValueError:
        return text or None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)


def suspected_proxy(headers: Mapping[bytes, bytes], peer: str | None, trusted_proxies: int) -> str | None:
    """The peer, if it has a private address and hands on a request for somebody else that nobody was told to trust."""
    if trusted_proxies > 0 or peer is None or not any(name in headers for name in PROXY_HEADERS):
        return None
    try:
        private = ip_address(peer).is_private
    except ValueError:
        return None
    # A server that was told of its proxies has put the client in the peer's place already.
    return peer if private and peer not in forwarded(headers) else None


class ProxyWatch:
    """Warns once when one private address carries nearly all requests although proxy headers name others."""

    def __init__(self) -> None:
        self._requests = 0
        self._of: Counter[str | None] = Counter()
        self._warned = False

    def note(self, suspects: Sequence[str | None]) -> None:
        """Takes the suspected proxy (or None) of each request of a batch."""
        if self._warned:
            return
        self._requests += len(suspects)
        self._of.update(suspects)
        proxy, count = self._of.most_common(1)[0] if self._of else (None, 0)
        if proxy and self._requests >= MIN_REQUESTS and count > MAX_SHARE * self._requests:
            self._warned = True
            LOG.warning(
                "proxy headers off: %s carries %d of %d requests and forwards them for others, so all its clients "
                "count as one; say how many proxies are yours with HOTSPAN_TRUSTED_PROXIES",
                proxy,
                count,
                self._requests,
            )
