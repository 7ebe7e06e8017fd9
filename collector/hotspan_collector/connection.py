"""What goes through a connection: what is answered, and whether the client left before its answer was complete.

uvicorn knows exactly: `receive` is a method of its request cycle, which has the flags. They are private, so everything
here is looked up with care. Elsewhere it is known when the app reads http.disconnect, or when sending fails.
"""

from collections.abc import Callable
from typing import Any

from hotspan_collector import guard
from hotspan_collector.asgi import Message, Receive, Send
from hotspan_collector.record import RequestRecord

_HANDSHAKES = {"websocket.accept": 101, "websocket.close": 403}
"""What a server answers when the app accepts a web socket, or closes it before."""


def cycle_of(receive: Any) -> Any:
    """uvicorn's request cycle behind `receive`, also where others have wrapped it in a closure; None if there is none."""
    try:
        cycle = receive.__self__
        cycle.disconnected, cycle.response_complete  # noqa: B018  # both there? AttributeError says no
        return cycle
    except AttributeError:
        inner = _wrapped(receive)
        return None if inner is None else cycle_of(inner)


def _wrapped(receive: Any) -> Any:
    """The `receive` that a closure calls, as FastAPI's telemetry has one."""
    names = getattr(getattr(receive, "__code__", None), "co_freevars", ())
    if "receive" not in names:
        return None
    try:
        return receive.__closure__[names.index("receive")].cell_contents
    except ValueError:  # not assigned yet
        return None


def has_left(record: RequestRecord) -> bool:
    """Is the client gone, its answer incomplete?"""
    cycle = record.cycle
    return record.aborted or (cycle is not None and bool(cycle.disconnected) and not cycle.response_complete)


def listening(record: RequestRecord, receive: Receive) -> Receive:
    """The same `receive`, noting on the record when it tells the app that the client has left."""

    async def listening_receive() -> Message:
        message = await receive()
        if record.end_ns is None and message.get("type") == "http.disconnect":
            record.aborted = True
        return message

    return listening_receive


def watching(record: RequestRecord, send: Send, finish: Callable[[RequestRecord], None]) -> Send:
    """The same `send`, noting on the record what is answered; calls `finish` when the last of the body has been sent."""

    async def watching_send(message: Message) -> None:
        try:
            if message["type"] == "http.response.start":
                record.status = message["status"]
                headers = message.get("headers", ())
                if type(headers) is not list:  # an iterator could be read only once, and that is for the server to do
                    headers = message["headers"] = list(headers)
                record.response_headers = headers
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and must not reach the app
            guard.report("reading the start of a response", error)
        try:
            await send(message)
        except OSError:  # how servers since ASGI 2.4 say that nobody is there any more
            record.aborted = True
            raise
        try:
            if message["type"] == "http.response.body":
                record.response_bytes += len(message.get("body", b""))
                if not message.get("more_body", False) and record.end_ns is None:
                    finish(record)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and must not reach the app
            guard.report("reading the body of a response", error)

    return watching_send


def watching_websocket(record: RequestRecord, send: Send) -> Send:
    """The same `send` of a web socket, noting how its handshake was answered."""

    async def watching_send(message: Message) -> None:
        if record.status is None:
            record.status = _HANDSHAKES.get(message.get("type", ""), message.get("status"))
        await send(message)

    return watching_send
