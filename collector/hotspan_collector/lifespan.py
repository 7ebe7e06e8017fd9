"""The app's life as ASGI's lifespan protocol tells it: spans are set up when it has started, rows saved when it ends.

At lifespan.shutdown everything buffered is on disk before the server hears that the app is done: a server that ends by
re-raising SIGTERM (uvicorn, gunicorn's workers, granian) gives atexit no chance. A server's signal handlers are left
alone: it puts them in place before it loads the app and takes them away before it dies, so one of ours in between
would be called for nothing. Where lifespans are off, SIGTERM costs what the last flush has not reached, a second by
default; every other end is covered by exits.py.
"""

import asyncio
from collections.abc import Callable

from hotspan_collector.asgi import AsgiApp, Message, Receive, Scope, Send
from hotspan_collector.guard import guarded


class Lifespan:
    """One lifespan of an app: passes its messages on, and answers in its place where it does not know the protocol."""

    def __init__(self, app: AsgiApp, start: Callable[[], object], close: Callable[[], object]) -> None:
        self._app = app
        self._start = start
        self._close = close
        self._asked: str | None = None  # lifespan.startup or lifespan.shutdown, received and not answered yet
        self._over = False

    async def run(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves the scope to its end. Errors of an app that knows the protocol pass; Django, which does not, lives."""
        used = False

        async def noted_receive() -> Message:
            nonlocal used
            used = True
            message = await receive()
            self._asked = message["type"]
            return message

        async def noted_send(message: Message) -> None:
            await self._before(message["type"])
            await send(message)

        try:
            await self._app(scope, noted_receive, noted_send)
        except BaseException as error:
            if used or not isinstance(error, Exception):
                with guarded("saving at the end of the app"):
                    self._close()
                raise
        while not self._over:  # it knows nothing of lifespans, or returned before its end: go on without it
            asked = self._asked or (await receive())["type"]
            await self._before(f"{asked}.complete")
            await send({"type": f"{asked}.complete"})

    async def _before(self, answer: str) -> None:
        """What is ours to do before the server hears an answer of the app's."""
        self._asked = None
        if answer == "lifespan.startup.complete":
            with guarded("starting"):
                self._start()
        elif answer.startswith("lifespan.shutdown.") or answer == "lifespan.startup.failed":
            self._over = True
            with guarded("saving at the end of the app"):
                await _in_thread(self._close)


async def _in_thread(work: Callable[[], object]) -> None:
    """Off the event loop, where other requests may still be served; in place where the loop is not asyncio's."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        work()
    else:
        await asyncio.to_thread(work)
