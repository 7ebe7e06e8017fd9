"""ASGI without a server: scopes, apps that answer, a client that calls them, and a recorder that keeps records."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import pytest

from hotspan_collector import guard, middleware
from hotspan_collector.record import RequestRecord
from hotspan_collector.settings import Settings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class MemoryRecorder:
    """Stands in for the recorder: keeps what it is given."""

    def __init__(self, **settings: Any) -> None:
        self.settings = Settings(**settings)
        self.captures = False
        self.open: dict[int, RequestRecord] = {}
        self.finished: list[RequestRecord] = []
        self.closed = 0
        self.next_seq = itertools.count(1).__next__

    def begin(self, record: RequestRecord) -> None:
        self.open[record.seq] = record

    def finish(self, record: RequestRecord) -> None:
        del self.open[record.seq]
        self.finished.append(record)

    def close(self) -> None:
        self.closed += 1

    @property
    def only(self) -> RequestRecord:
        """The one request that was recorded."""
        assert not self.open
        (record,) = self.finished
        return record


def recording(patch: pytest.MonkeyPatch) -> MemoryRecorder:
    """From now on every middleware that starts hands its records to this recorder."""
    recorder = MemoryRecorder()
    patch.setattr(middleware, "recorder_for", lambda settings: recorder)
    return recorder


def unwatched(patch: pytest.MonkeyPatch) -> Counter[str]:
    """Outside of pytest, as far as guard.py can tell, until the test ends; the errors it counts."""
    patch.delenv("PYTEST_CURRENT_TEST")
    patch.setattr(guard, "errors", Counter())
    return guard.errors


class Cycle:
    """What uvicorn puts behind `receive` and `send`, flags included. The client stays until `disconnected` is set."""

    def __init__(self, *received: Message) -> None:
        self.disconnected = False
        self.response_complete = False
        self.sent: list[Message] = []
        self._received = iter(received or [{"type": "http.request", "body": b"", "more_body": False}])

    async def receive(self) -> Message:
        if (message := next(self._received, None)) is not None:
            return message
        while not self.disconnected and not self.response_complete:
            await asyncio.sleep(0.001)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self.disconnected:
            return
        self.sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.response_complete = True


class Wire:
    """A server of another kind, which tells nothing but what the protocol has: no flags, `send` fails when told to."""

    def __init__(self, *received: Message, send_fails: bool = False) -> None:
        self.sent: list[Message] = []
        self._received = list(received or [{"type": "http.request", "body": b"", "more_body": False}])
        self._send_fails = send_fails

    def connect(self) -> tuple[Receive, Send]:
        """Functions, not methods."""

        async def receive() -> Message:
            if not self._received:
                await asyncio.Event().wait()
            return self._received.pop(0)

        async def send(message: Message) -> None:
            self.sent.append(message)
            if self._send_fails:
                raise OSError("gone")

        return receive, send


def scope(path: str = "/", method: str = "GET", *, headers: Iterable[tuple[str, str]] = (), **more: Any) -> Scope:
    """An HTTP scope as servers make it."""
    plain, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": plain,
        "raw_path": plain.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        "client": ("192.0.2.1", 50_000),
        "server": ("192.0.2.80", 80),
        "state": {},
        **more,
    }


def call(app: Any, path: str = "/", method: str = "GET", *, cycle: Cycle | None = None, **more: Any) -> list[Message]:
    """What the app answers, message by message. Its exceptions pass."""
    cycle = cycle or Cycle()
    asyncio.run(app(scope(path, method, **more), cycle.receive, cycle.send))
    return cycle.sent


def answer(body: bytes = b"hi", status: int = 200, headers: Iterable[tuple[bytes, bytes]] = ()) -> Any:
    """An app that gives the same answer to everything."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": body})

    return app
