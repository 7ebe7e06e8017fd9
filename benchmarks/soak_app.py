"""The app that soak.py serves: an answer after a few milliseconds, captured with spans as a user would have it."""

import asyncio
import random

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from hotspan_collector import instrument

ANSWER = "ok"


async def item(_: Request) -> PlainTextResponse:
    await asyncio.sleep(random.random() * 0.005)
    return PlainTextResponse(ANSWER)


app = instrument(Starlette(routes=[Route("/items/{number}", item)]))
