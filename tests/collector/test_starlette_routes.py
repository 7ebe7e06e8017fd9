"""Routes of real Starlette and FastAPI apps, as capture records them."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import Response
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route, Router, WebSocketRoute
from starlette.staticfiles import StaticFiles

import asgi
from hotspan_collector import HotspanMiddleware, instrument
from hotspan_collector.frameworks import starlette


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> asgi.MemoryRecorder:
    return asgi.recording(monkeypatch)


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def plain(scope: asgi.Scope, receive: asgi.Receive, send: asgi.Send) -> None:
    await PlainTextResponse("plain")(scope, receive, send)


def starlette_routes() -> list[Any]:
    return [
        Route("/", hello),
        Route("/items/{item_id:int}", hello, methods=["GET", "PUT"]),
        Route("/twice/a", hello),
        Route("/files/{path:path}", hello),
        Mount("/mounted", routes=[Route("/", hello), Route("/in/{x}", hello)]),
        Mount("/teams/{team}", routes=[Route("/in/{x}", hello), Mount("/{deep}", routes=[Route("/end", hello)])]),
        Mount("/plain", app=plain),
        Mount("/apps", app=Starlette(routes=[Route("/{x}/y", hello)])),
        Host("api.example.org", Router(routes=[Route("/{version}/status", hello)])),
    ]


STARLETTE_CASES = [
    ("/", "/"),
    ("/items/17", "/items/{item_id}"),
    ("/twice/a", "/twice/a"),
    ("/files/a/b/c", "/files/{path}"),
    ("/mounted/", "/mounted/"),
    ("/mounted/in/3", "/mounted/in/{x}"),
    ("/teams/red/in/3", "/teams/{team}/in/{x}"),
    ("/teams/red/in/in", "/teams/{team}/in/{x}"),
    ("/teams/red/blue/end", "/teams/{team}/{deep}/end"),
    ("/plain/a/b", "/plain/{path}"),
    ("/apps/1/y", "/apps/{x}/y"),
    ("/nowhere", "(unmatched)"),
    ("/items/seventeen", "(unmatched)"),
    ("/mounted/nowhere", "(unmatched)"),
]


@pytest.mark.parametrize(("path", "route"), STARLETTE_CASES)
def test_starlette(path: str, route: str, recorder: asgi.MemoryRecorder) -> None:
    asgi.call(instrument(Starlette(routes=starlette_routes()), spans="off"), path)
    assert recorder.only.route == route


@pytest.mark.parametrize(("path", "route"), STARLETTE_CASES)
def test_starlette_from_the_inside(path: str, route: str, recorder: asgi.MemoryRecorder) -> None:
    app = Starlette(routes=starlette_routes(), middleware=[Middleware(HotspanMiddleware, spans="off")])
    asgi.call(app, path)
    assert recorder.only.route == route


class ForgetfulRouter(Router):
    """Leaves no route in the scope, as Starlette did before 1.7."""

    async def app(self, scope: Any, receive: Any, send: Any) -> None:
        await super().app(scope, receive, lambda message: self._forget(scope, send, message))

    async def _forget(self, scope: Any, send: Any, message: Any) -> None:
        scope.pop("route", None)
        await send(message)


@pytest.mark.parametrize(("path", "route"), STARLETTE_CASES)
def test_a_starlette_that_tells_no_routes(path: str, route: str, recorder: asgi.MemoryRecorder) -> None:
    for _ in range(2):  # the second time from memory, where there is one
        app = instrument(ForgetfulRouter(routes=starlette_routes()), spans="off")
        asgi.call(app, path)
        asgi.call(app, path)
    assert [record.route for record in recorder.finished] == [route] * 4


def test_hosts(recorder: asgi.MemoryRecorder) -> None:
    asgi.call(
        instrument(Starlette(routes=starlette_routes()), spans="off"),
        "/v1/status",
        headers=[("Host", "api.example.org")],
    )
    assert recorder.only.route == "/{version}/status"


def test_one_endpoint_for_two_routes_is_not_remembered(recorder: asgi.MemoryRecorder) -> None:
    app = instrument(ForgetfulRouter(routes=[Route("/a/{x}", hello), Route("/b/{x}", hello)]), spans="off")
    for path in ("/a/1", "/b/1", "/a/2"):
        asgi.call(app, path)
    assert [record.route for record in recorder.finished] == ["/a/{x}", "/b/{x}", "/a/{x}"]


def test_a_method_that_is_not_allowed_has_the_route(recorder: asgi.MemoryRecorder) -> None:
    asgi.call(instrument(Starlette(routes=starlette_routes()), spans="off"), "/items/17", "DELETE")
    assert (recorder.only.status, recorder.only.route) == (405, "/items/{item_id}")


def test_a_servers_root_path_is_not_part_of_the_route(recorder: asgi.MemoryRecorder) -> None:
    asgi.call(instrument(Starlette(routes=starlette_routes()), spans="off"), "/api/teams/red/in/3", root_path="/api")
    assert recorder.only.route == "/teams/{team}/in/{x}"


class Gate(BaseHTTPMiddleware):
    """Answers before the router is asked."""

    async def dispatch(self, request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        return PlainTextResponse("slow down", status_code=429)


@pytest.mark.parametrize(
    ("path", "route"), [("/items/17", "/items/{item_id}"), ("/apps/1/y", "/apps/{x}/y"), ("/nowhere", "(unmatched)")]
)
def test_what_a_middleware_answers_belongs_to_the_route_it_kept_it_from(
    path: str, route: str, recorder: asgi.MemoryRecorder
) -> None:
    asgi.call(instrument(Starlette(routes=starlette_routes(), middleware=[Middleware(Gate)]), spans="off"), path)
    assert (recorder.only.status, recorder.only.route) == (429, route)


def test_a_preflight_has_the_route(recorder: asgi.MemoryRecorder) -> None:
    app = Starlette(routes=starlette_routes(), middleware=[Middleware(CORSMiddleware, allow_origins=["*"])])
    asgi.call(
        instrument(app, spans="off"),
        "/items/17",
        "OPTIONS",
        headers=[("Origin", "https://example.org"), ("Access-Control-Request-Method", "PUT")],
    )
    assert recorder.only.route == "/items/{item_id}"


def test_a_web_socket_has_a_route(recorder: asgi.MemoryRecorder) -> None:
    async def talk(socket: Any) -> None:
        await socket.accept()
        await socket.close()

    cycle = asgi.Cycle({"type": "websocket.connect"})
    app = instrument(Starlette(routes=[WebSocketRoute("/ws/{room}", talk)]), spans="off")
    asgi.call(app, "/ws/7", type="websocket", cycle=cycle)
    assert (recorder.only.method, recorder.only.route, recorder.only.status) == ("WEBSOCKET", "/ws/{room}", 101)


def fastapi_app(tmp_path: Path) -> FastAPI:
    """Routers with prefixes, nested and included twice, sub-apps of either kind, and plain routes."""
    inner, outer, shared = APIRouter(prefix="/inner"), APIRouter(prefix="/outer"), APIRouter()
    app, sub = FastAPI(), FastAPI()

    @inner.get("/{x}")
    async def deep(x: str) -> str:
        return x

    @shared.get("/shared/{x}")
    async def twice(x: str) -> str:
        return x

    @app.get("/plain/{x}")
    async def flat(x: str) -> str:
        return x

    @sub.get("/in/{x}")
    async def below(x: str) -> str:
        return x

    outer.include_router(inner)
    outer.add_route("/starlette/{x}", hello)
    app.include_router(outer, prefix="/api")
    app.include_router(shared, prefix="/v1")
    app.include_router(shared, prefix="/v2")
    app.add_route("/added/{x}", hello)
    app.mount("/sub", sub)
    app.mount("/tenants/{tenant}", sub)
    app.mount("/starlette/{t}", Starlette(routes=[Route("/in/{y}", hello)]))
    (tmp_path / "style.css").write_text("body {}")
    app.mount("/static", StaticFiles(directory=tmp_path))
    return app


FASTAPI_CASES = [
    ("/plain/1", "/plain/{x}"),
    ("/api/outer/inner/1", "/api/outer/inner/{x}"),
    ("/api/starlette/1", "/api/starlette/{x}"),
    ("/v1/shared/1", "/v1/shared/{x}"),
    ("/v2/shared/1", "/v2/shared/{x}"),
    ("/added/1", "/added/{x}"),
    ("/sub/in/1", "/sub/in/{x}"),
    ("/tenants/red/in/1", "/tenants/{tenant}/in/{x}"),
    ("/starlette/red/in/1", "/starlette/{t}/in/{y}"),
    ("/static/style.css", "/static/{path}"),
    ("/openapi.json", "/openapi.json"),
    ("/nowhere", "(unmatched)"),
    ("/sub/nowhere", "(unmatched)"),
]


@pytest.mark.parametrize(("path", "route"), FASTAPI_CASES)
def test_fastapi(path: str, route: str, recorder: asgi.MemoryRecorder, tmp_path: Path) -> None:
    app = instrument(fastapi_app(tmp_path), spans="off")
    asgi.call(app, path)
    asgi.call(app, path)
    assert [record.route for record in recorder.finished] == [route] * 2


@pytest.mark.parametrize(("path", "route"), FASTAPI_CASES)
def test_fastapi_from_the_inside(path: str, route: str, recorder: asgi.MemoryRecorder, tmp_path: Path) -> None:
    app = fastapi_app(tmp_path)
    app.add_middleware(HotspanMiddleware, spans="off")
    asgi.call(app, path)
    assert recorder.only.route == route


def test_fastapi_behind_its_own_root_path(recorder: asgi.MemoryRecorder) -> None:
    app = FastAPI()
    app.root_path = "/behind"

    @app.get("/a/{x}")
    async def a(x: str) -> str:
        return x

    asgi.call(instrument(app, spans="off"), "/a/1")
    assert recorder.only.route == "/a/{x}"


def test_an_open_request_has_its_route_already(recorder: asgi.MemoryRecorder) -> None:
    from hotspan_collector.routes import route_of

    seen: list[str | None] = []

    async def slow(request: Request) -> Response:
        (record,) = recorder.open.values()
        seen.append(route_of(record))
        return PlainTextResponse("at last")

    asgi.call(instrument(Starlette(routes=[Route("/slow/{x}", slow)]), spans="off"), "/slow/1")
    assert seen == ["/slow/{x}"]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starlette, "MAX_REMEMBERED", 3)
    app = Starlette(routes=starlette_routes())
    routes = starlette.routes_of(app)
    assert routes is not None
    leaf = Route("/in/{x}", hello)
    for team in range(10):
        scope = {"route": leaf, "app_root_path": "", "root_path": f"/teams/{team}"}
        assert routes.template(scope) == "/teams/{team}/in/{x}"
    assert len(routes._mounts) <= 3


def test_a_mount_that_is_not_among_the_routes_keeps_its_path() -> None:
    routes = starlette.routes_of(Router())
    assert routes is not None
    scope = {"route": Route("/in/{x}", hello), "app_root_path": "", "root_path": "/elsewhere"}
    assert routes.template(scope) == "/elsewhere/in/{x}"


def test_routes_are_looked_for_through_middlewares() -> None:
    app = Starlette(routes=starlette_routes())
    assert starlette.routes_of(CORSMiddleware(CORSMiddleware(app))) is not None
    assert starlette.routes_of(plain) is None


def test_middlewares_in_a_circle_have_no_routes() -> None:
    circle = CORSMiddleware(plain)
    circle.app = circle
    assert starlette.routes_of(circle) is None
