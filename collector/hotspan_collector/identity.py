"""Who sent a request: the best identity known, and how far it can be trusted (its tier).

Tiers, the first that applies: `explicit` (a callable of the user's) > `session` (a session cookie) > `credential`
(Authorization, an API key) > `device` (X-Client-Id) > `address_agent` > `address` > `unknown`.

The two address tiers stand for an address, not for a person. A user agent is a part of the identity wherever there
is one, but it earns the tier `address_agent` only where it has told clients apart: when the process has seen a second
agent at the same address. A classroom of identical browsers behind one address is one client of tier `address`.
The identity itself never depends on what was seen before, so a client keeps its number when its tier changes.
"""

import re
from collections.abc import Mapping, Sequence

CREDENTIAL_HEADERS = (b"authorization", b"x-api-key", b"api-key", b"apikey")
DEVICE_HEADERS = (b"x-client-id", b"x-device-id")

MAX_ADDRESSES = 100_000
"""Addresses whose agents are remembered; beyond it, learning starts anew."""

# Starlette and Flask sign payload.time.signature, Django payload:time:signature, and issue both anew all the time.
_SIGNED = re.compile(r"(?P<payload>.+)(?:\.[\w-]{6}\.[\w-]{27}|:[0-9A-Za-z]{6}:[\w-]{43})")


def identity(
    headers: Mapping[bytes, bytes], peer: str | None, explicit: str | None, session_cookies: Sequence[str]
) -> tuple[str, str | None]:
    """The tier and the raw identity of a request; `peer` is the client's address, as proxies.py sees it.

    The raw identity is to be hashed before it is stored; None with the tier `unknown`.
    """
    agent = headers.get(b"user-agent", b"").decode("latin-1")
    if explicit:
        return "explicit", explicit
    if session := _session(headers.get(b"cookie", b""), session_cookies, f"{peer} {agent}"):
        return "session", session
    for tier, names in (("credential", CREDENTIAL_HEADERS), ("device", DEVICE_HEADERS)):
        for name in names:
            if value := headers.get(name, b"").strip():
                return tier, value.decode("latin-1")
    if peer is None:
        return "unknown", None
    return ("address_agent", f"{peer} {agent}") if agent else ("address", peer)


class SeenAgents:
    """Which addresses have shown more than one user agent in this process."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._several: set[str] = set()

    def note(self, address: str, agent: str) -> None:
        if len(self._first) >= MAX_ADDRESSES:
            self._first.clear()
            self._several.clear()
        if self._first.setdefault(address, agent) != agent:
            self._several.add(address)

    def tell_apart(self, address: str) -> bool:
        """Do agents tell the clients at this address apart?"""
        return address in self._several


def _session(cookies: bytes, names: Sequence[str], context: str) -> str | None:
    """The session cookie that counts first among `names`.

    A cookie that holds the session's data, signed with the time, is new in every answer: only its data is taken. Two
    people may hold the same data, so the address and the agent (`context`) are added to it.
    """
    if not cookies:
        return None
    jar = dict(_cookie(part) for part in cookies.decode("latin-1").split(";"))
    value = next((value for name in names if (value := jar.get(name))), None)
    if value and (signed := _SIGNED.fullmatch(value)):
        return f"{signed['payload']} {context}"
    return value


def _cookie(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name.strip().removeprefix("__Host-").removeprefix("__Secure-"), value.strip().strip('"')
