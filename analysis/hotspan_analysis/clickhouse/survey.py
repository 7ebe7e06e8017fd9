"""One look at a period before anything is asked about it, so that questions leave out what nobody there says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

ADDRESS_KEYS: Final = (
    "client.address", "http.client_ip", "net.sock.peer.addr", "network.peer.address", "net.peer.ip", "peer.address",
    "peer.ipv4", "peer.ipv6",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of the requests of a period before anything is asked about them."""

    requests: int
    nested: int
    """Those of the requests that have a parent."""
    jobs: int
    """Spans that may be jobs."""
    said: Mapping[str, int] | None
    """The attributes that any of them carries, and how many of the requests do; None where a column cannot list them."""

    def all_say_one_of(self, keys: Iterable[str]) -> bool:
        """Whether one of these attributes is on every request."""
        return self.said is not None and any(self.said.get(key, 0) == self.requests for key in keys)

    def some_say_one_of(self, keys: Iterable[str]) -> bool:
        """Whether one of these attributes may be on some request."""
        return self.said is None or any(self.said.get(key, 0) for key in keys)

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]], *, is_listed: bool) -> "Survey":
        """What the rows of survey.sql say."""
        found = {str(key): counts for key, *counts in rows}
        requests, nested, jobs = found.pop("", (0, 0, 0))
        return cls(requests, nested, jobs, {key: counts[0] for key, counts in found.items()} if is_listed else None)
