import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette

import asgi
from hotspan_collector import HotspanMiddleware, instrument
from hotspan_collector.lifespan import Lifespan

STARTUP, SHUTDOWN = {"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}


class Life:
    """A lifespan of an app, and what became known of it, in its order."""

    def __init__(self, app: Any) -> None:
        self.events: list[str] = []
        self.threads: list[threading.Thread] = []
        self._app = app

    def live(self, *received: asgi.Message) -> list[str]:
        """The app lives through these messages."""
        wire = asgi.Wire(*(received or (STARTUP, SHUTDOWN)))
        receive, _ = wire.connect()

        async def send(message: asgi.Message) -> None:
            self.events.append(message["type"])

        lifespan = Lifespan(self._app, lambda: self.events.append("start"), self._close)
        asyncio.run(asyncio.wait_for(lifespan.run({"type": "lifespan"}, receive, send), timeout=60))
        return self.events

    def _close(self) -> None:
        self.events.append("close")
        self.threads.append(threading.current_thread())


WHOLE = ["start", "lifespan.startup.complete", "close", "lifespan.shutdown.complete"]


async def knowing(scope: Any, receive: Any, send: Any) -> None:
    """Follows the protocol."""
    while (message := await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    assert message["type"] == "lifespan.shutdown"
    await send({"type": "lifespan.shutdown.complete"})


async def refusing(scope: Any, receive: Any, send: Any) -> None:
    """What Django does."""
    raise ValueError("Django can only handle ASGI/HTTP connections, not lifespan.")


async def ignoring(scope: Any, receive: Any, send: Any) -> None:
    return


async def leaving(scope: Any, receive: Any, send: Any) -> None:
    """Returns when it has started."""
    await receive()
    await send({"type": "lifespan.startup.complete"})


async def forgetting(scope: Any, receive: Any, send: Any) -> None:
    """Hears, and does not answer."""
    await receive()


@pytest.mark.parametrize("app", [knowing, refusing, ignoring, leaving, forgetting])
def test_everything_is_saved_before_the_server_hears_of_the_end(app: Any) -> None:
    assert Life(app).live() == WHOLE


def test_saving_does_not_hold_up_the_event_loop() -> None:
    life = Life(knowing)
    life.live()
    assert life.threads != [threading.main_thread()]


def test_starlettes_own_lifespan_runs_within() -> None:
    seen: list[str] = []
    life = Life(None)

    @asynccontextmanager
    async def around(app: Starlette) -> AsyncIterator[None]:
        seen.append(f"up, {life.events}")
        yield
        seen.append(f"down, {life.events}")

    life._app = Starlette(lifespan=around)
    assert life.live() == WHOLE
    assert seen == ["up, []", "down, ['start', 'lifespan.startup.complete']"]


def test_a_startup_that_fails_stays_a_failure() -> None:
    @asynccontextmanager
    async def around(app: Starlette) -> AsyncIterator[None]:
        raise ZeroDivisionError("theirs")
        yield

    life = Life(Starlette(lifespan=around))
    with pytest.raises(ZeroDivisionError, match="theirs"):
        life.live()
    assert life.events[:2] == ["close", "lifespan.startup.failed"]
    assert "start" not in life.events


def test_a_shutdown_that_fails_stays_a_failure_and_everything_is_saved() -> None:
    @asynccontextmanager
    async def around(app: Starlette) -> AsyncIterator[None]:
        yield
        raise ZeroDivisionError("theirs")

    life = Life(Starlette(lifespan=around))
    with pytest.raises(ZeroDivisionError, match="theirs"):
        life.live()
    assert life.events.index("close") < life.events.index("lifespan.shutdown.failed")


@pytest.mark.parametrize("error", [ZeroDivisionError, asyncio.CancelledError, KeyboardInterrupt])
def test_an_app_that_dies_in_its_life_is_saved(error: type[BaseException]) -> None:
    async def dying(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        raise error

    life = Life(dying)
    with pytest.raises(error):
        life.live()
    assert life.events == ["start", "lifespan.startup.complete", "close"]


@pytest.mark.parametrize("broken", ["start", "close"])
def test_errors_of_ours_do_not_end_the_app(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = asgi.unwatched(monkeypatch)
    sent: list[str] = []

    async def send(message: asgi.Message) -> None:
        sent.append(message["type"])

    steps = {"start": lambda: None, "close": lambda: None, broken: lambda: 1 / 0}
    receive, _ = asgi.Wire(STARTUP, SHUTDOWN).connect()
    asyncio.run(Lifespan(knowing, steps["start"], steps["close"]).run({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert sum(errors.values()) == 1


def test_without_asyncio_it_is_saved_in_place() -> None:
    life = Life(knowing)
    receive, send = asgi.Wire(STARTUP, SHUTDOWN).connect()
    coroutine = Lifespan(knowing, lambda: None, life._close).run({"type": "lifespan"}, receive, send)
    with pytest.raises(StopIteration):
        coroutine.send(None)
    assert life.threads == [threading.main_thread()]


@pytest.mark.parametrize("wrap", [HotspanMiddleware, instrument])
def test_the_recorder_is_closed_once_however_often_the_app_is_wrapped(
    wrap: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = asgi.recording(monkeypatch)
    app = wrap(HotspanMiddleware(Starlette(), spans="off"), spans="off")
    receive, send = asgi.Wire(STARTUP, SHUTDOWN).connect()
    asyncio.run(app({"type": "lifespan", "asgi": {}, "state": {}}, receive, send))
    assert recorder.captures
    assert recorder.closed == 1


def test_a_second_life_is_recorded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = asgi.recording(monkeypatch)
    app = instrument(Starlette(), spans="off")
    for _ in range(2):
        receive, send = asgi.Wire(STARTUP, SHUTDOWN).connect()
        asyncio.run(app({"type": "lifespan", "asgi": {}, "state": {}}, receive, send))
        asgi.call(app)
    assert (len(recorder.finished), recorder.closed) == (2, 2)
