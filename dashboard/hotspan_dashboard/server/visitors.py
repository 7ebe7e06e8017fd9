"""Who may talk to the dashboard: pages that it served itself, under a name of this machine.

Streamlit looks at names only where data goes over its socket, takes a page of any other local port for its own, and asks a
host on the internet for this machine's address before it turns a stranger down. So strangers are turned down here.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse

LOCAL_NAMES: Final = ("127.0.0.1", "localhost")
"""The names of the one address that is listened on. Another name that leads here was made to (DNS rebinding)."""

_Message = MutableMapping[str, Any]


class OwnPagesOnly:
    """ASGI middleware: 403 for what a browser sends on behalf of a page from elsewhere."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(
        self, scope: _Message, receive: Callable[[], Awaitable[_Message]], send: Callable[[_Message], Awaitable[None]]
    ) -> None:
        if scope["type"] == "lifespan" or _is_own(Headers(scope=scope)):
            await self.app(scope, receive, send)
        else:
            await PlainTextResponse("this dashboard answers to its own pages only", 403)(scope, receive, send)


def turnstile() -> list[Middleware]:
    """The middleware that lets nobody else in, outermost first."""
    return [Middleware(TrustedHostMiddleware, allowed_hosts=list(LOCAL_NAMES)), Middleware(OwnPagesOnly)]


def _is_own(headers: Headers) -> bool:
    """Whether there is no page behind a request (no Origin), or one of the host that it was sent to."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")
