"""Open-loop load: requests leave when they are due, however long the answers take, and each has a path of its own."""

import asyncio
import time
from array import array
from collections import deque

from soak_app import ANSWER

TICK_S = 0.005
LATE_S = 1.0
"""What could not leave for so long, for all connections were waiting, is left out and counted: no backlog builds up."""

PATIENCE_S = 30.0
"""How long the last answers are waited for."""

SESSIONS = 200
UNSENT, SENT, ANSWERED = 0, 1, 2


class Load:
    """Requests by number: when each was sent, and whether it was answered with 200 in full."""

    def __init__(self, port: int, per_second: float, connections: int = 256) -> None:
        self.sent_ns = array("q")
        self.state = bytearray()
        self.latencies_s = array("d")
        self._port, self._per_second, self._connections = port, per_second, connections
        self._idle: deque[_Connection] = deque()
        self._open = 0

    @property
    def answered(self) -> int:
        """How many were answered with 200."""
        return self.state.count(ANSWERED)

    @property
    def sent(self) -> int:
        """How many left."""
        return self.state.count(SENT) + self.answered

    async def run(self, seconds: float) -> None:
        """Sends for so long, then waits for the last answers."""
        began_s = time.monotonic()
        number = 0
        while (elapsed_s := time.monotonic() - began_s) < seconds:
            due = int(elapsed_s * self._per_second)
            while number < due and await self._send(number):
                number += 1
            late = int((elapsed_s - LATE_S) * self._per_second)
            while number < late:
                self._note(0, UNSENT)
                number += 1
            await asyncio.sleep(TICK_S)
        deadline = time.monotonic() + PATIENCE_S
        while len(self._idle) < self._open and time.monotonic() < deadline:
            await asyncio.sleep(TICK_S)
        for connection in list(self._idle):
            connection.close()

    def _note(self, sent_ns: int, state: int) -> None:
        self.sent_ns.append(sent_ns)
        self.state.append(state)

    async def _send(self, number: int) -> bool:
        """Whether there was a connection to send it on."""
        if not self._idle and self._open < self._connections:
            await asyncio.get_running_loop().create_connection(lambda: _Connection(self), "127.0.0.1", self._port)
        if not self._idle:
            return False
        self._note(time.time_ns(), SENT)
        self._idle.pop().send(number)
        return True

    def opened(self, connection: "_Connection") -> None:
        """A connection is there."""
        self._open += 1
        self._idle.append(connection)

    def closed(self, connection: "_Connection") -> None:
        """It is gone; what it was waiting for stays unanswered."""
        self._open -= 1
        if connection in self._idle:
            self._idle.remove(connection)

    def told(self, connection: "_Connection", number: int, is_good: bool, latency_s: float) -> None:
        """An answer came in full."""
        if is_good:
            self.state[number] = ANSWERED
            self.latencies_s.append(latency_s)
        self._idle.append(connection)


class _Connection(asyncio.Protocol):
    """One keep-alive connection with one request at a time on it."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._number = 0
        self._sent_s = 0.0
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  # for mypy: TCP is such a one
        self._transport = transport
        self._load.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        self._load.closed(self)

    def send(self, number: int) -> None:
        self._number, self._sent_s, self._received = number, time.perf_counter(), b""
        self._transport.write(
            f"GET /items/{number} HTTP/1.1\r\nhost: soak\r\ncookie: sessionid=s{number % SESSIONS}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        if len(body) == len(ANSWER):
            is_good = head.startswith(b"HTTP/1.1 200 ")
            self._load.told(self, self._number, is_good, time.perf_counter() - self._sent_s)

    def close(self) -> None:
        self._transport.close()
