"""Apps for real servers to serve, each captured as a user would have it captured; the store is HOTSPAN_STORE's.

Where there is /hold, it answers once /release has been asked for: tests wait for each other, not for the clock.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

from hotspan_collector import HotspanMiddleware, instrument


def plain() -> Any:
    """No framework and no lifespan: answers /<milliseconds>/<anything> after so long, and fails at /fail."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        _, delay_ms, *_ = scope["path"].split("/")
        if delay_ms == "fail":
            raise ZeroDivisionError("theirs")
        await asyncio.sleep(float(delay_ms) / 1000)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    return instrument(app, spans="off")


def starlette() -> Any:
    """Sleeps, holds, fails, streams events for ever, and holds web sockets open."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse, Response, StreamingResponse
    from starlette.routing import Route, WebSocketRoute
    from starlette.websockets import WebSocket

    released = asyncio.Event()

    async def hold(request: Request) -> Response:
        await released.wait()
        return PlainTextResponse("ok")

    async def release(request: Request) -> Response:
        released.set()
        return PlainTextResponse("ok")

    async def sleep(request: Request) -> Response:
        await request.body()
        await asyncio.sleep(float(request.path_params["ms"]) / 1000)
        return PlainTextResponse("ok")

    async def fail(request: Request) -> Response:
        raise ZeroDivisionError("theirs")

    async def ticks() -> AsyncIterator[bytes]:
        while True:
            yield b"data: tick\n\n"
            await asyncio.sleep(0.01)

    async def events(request: Request) -> Response:
        return StreamingResponse(ticks(), media_type="text/event-stream")

    async def talk(socket: WebSocket) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(text)

    routes = [
        Route("/sleep/{ms}", sleep, methods=["GET", "PUT"]),
        Route("/hold/{what}", hold),
        Route("/release", release),
        Route("/fail", fail),
        Route("/events", events),
        WebSocketRoute("/talk/{room}", talk),
    ]
    return instrument(Starlette(routes=routes), spans="off")


def fastapi() -> Any:
    """The default: with spans, which FastAPI makes itself."""
    return instrument(_fastapi())


def fastapi_inside() -> Any:
    """The same with capture as one of the app's own middlewares."""
    app = _fastapi()
    app.add_middleware(HotspanMiddleware)
    return app


def _fastapi() -> Any:
    from fastapi import FastAPI

    app, released = FastAPI(), asyncio.Event()

    @app.get("/hold/{what}")
    async def hold(what: str) -> str:
        await released.wait()
        return what

    @app.get("/release")
    async def release() -> None:
        released.set()

    @app.get("/sleep/{ms}")
    async def sleep(ms: int) -> str:
        await asyncio.sleep(ms / 1000)
        return "ok"

    return app


def django() -> Any:
    """Rejects lifespans, and cancels the view when the client leaves."""
    import django  # type: ignore[import-untyped]  # Django ships no types
    from django.conf import settings  # type: ignore[import-untyped]  # Django ships no types
    from django.core.asgi import get_asgi_application  # type: ignore[import-untyped]  # Django ships no types
    from django.http import HttpResponse  # type: ignore[import-untyped]  # Django ships no types
    from django.urls import path  # type: ignore[import-untyped]  # Django ships no types

    async def sleep(request: Any, ms: int) -> Any:
        await asyncio.sleep(ms / 1000)
        return HttpResponse("ok")

    urls = type(sys)("urls")
    urls.urlpatterns = [path("sleep/<int:ms>/", sleep)]  # type: ignore[attr-defined]  # what Django looks for
    sys.modules["urls"] = urls
    settings.configure(ROOT_URLCONF="urls", ALLOWED_HOSTS=["*"], SECRET_KEY="test", LOGGING_CONFIG=None)  # noqa: S106  # signs nothing
    django.setup()
    return HotspanMiddleware(get_asgi_application(), spans="off")
