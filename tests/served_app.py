"""A small app that real servers serve in tests: `served_app:app`. HOTSPAN_STORE says where it records."""

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hotspan_collector import instrument


async def item(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.path_params["number"])


async def slow(_: Request) -> PlainTextResponse:
    await asyncio.sleep(30)
    return PlainTextResponse("late")


app = instrument(Starlette(routes=[Route("/items/{number}", item), Route("/slow", slow)]))
