"""The app of the real-HTTP tier, captured by the real middleware: quick while calm, slow or failing while in trouble."""

import asyncio
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from hotspan_collector import instrument

CALM_S = 0.03
SLOW_S = 4.0
SLOW = ("timer", "timeout", "polite")
FAILING = ("immediate", "fixed", "backoff", "poller")


def app() -> Any:
    """One endpoint for each kind of client; `/trouble/on` and `/trouble/off` begin and end the trouble."""
    state = {"trouble": False}

    async def trouble(request: Request) -> Response:
        state["trouble"] = request.path_params["what"] == "on"
        return PlainTextResponse("ok")

    async def hello(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def slow(request: Request) -> Response:
        await request.body()
        await asyncio.sleep(SLOW_S if state["trouble"] else CALM_S)
        return PlainTextResponse("ok")

    async def failing(request: Request) -> Response:
        await asyncio.sleep(CALM_S)
        return PlainTextResponse("ok", status_code=503 if state["trouble"] else 200)

    routes = [
        Route("/trouble/{what}", trouble, methods=["POST"]),
        *[Route(f"/hello/{number}", hello) for number in range(100)],
        *[Route(f"/{kind}/{{client}}", slow, methods=["PUT"]) for kind in SLOW],
        *[Route(f"/{kind}/{{client}}", failing, methods=["PUT"]) for kind in FAILING],
    ]
    return instrument(Starlette(routes=routes), spans="off")
