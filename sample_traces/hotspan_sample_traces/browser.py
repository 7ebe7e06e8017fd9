"""One student's browser: a cookie jar, six connections to the host, and a note of every call and what it waited for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import time_ns
from typing import Any, Self

import httpx

from hotspan_sample_traces.scenario import Scenario

AGENT = "Mozilla/5.0 (X11; CrOS x86_64 16093.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
"""A school's devices are all alike, so the agent tells nobody apart."""


@dataclass(slots=True)
class Call:
    """One request as its browser saw it: the truth to hold what hotspan says against."""

    student: str
    method: str
    path: str
    sent_ns: int
    waiting: int
    """Earlier calls to the same method and path that had no answer yet: more than 0 makes this a duplicate."""
    answered_ns: int | None = None
    status: int | None = None


@dataclass(slots=True)
class Browser:
    """Close it when the student leaves; calls without an answer are given up then."""

    student: str
    client: httpx.AsyncClient
    calls: list[Call] = field(default_factory=list)
    _open: dict[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def at(
        cls, base_url: str, student: str, address: str, scenario: Scenario, transport: httpx.AsyncBaseTransport | None
    ) -> Self:
        """A browser behind a public address; all students of a class share theirs."""
        connections = scenario.browser_connections
        return cls(
            student,
            httpx.AsyncClient(
                base_url=base_url,
                headers={"user-agent": AGENT, "x-forwarded-for": address},
                limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
                timeout=None,  # noqa: S113  browsers wait for minutes, and so does this one
                transport=transport,
                trust_env=False,
            ),
        )

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> httpx.Response:
        """Sends one request and waits for its answer, first for a free connection if all are taken."""
        target = (method, path)
        call = Call(self.student, method, path, time_ns(), self._open.get(target, 0))
        self.calls.append(call)
        self._open[target] = call.waiting + 1
        try:
            response = await self.client.request(method, path, json=body)
            call.answered_ns, call.status = time_ns(), response.status_code
            return response
        finally:
            self._open[target] -= 1
