"""Routes of real Django, Litestar and Quart apps, and of apps without a framework, as capture records them."""

from typing import Any

import django  # type: ignore[import-untyped]  # Django ships no types
import litestar
import pytest
import quart
from django.conf import settings  # type: ignore[import-untyped]  # Django ships no types
from django.core.asgi import get_asgi_application  # type: ignore[import-untyped]  # Django ships no types
from django.http import Http404, HttpRequest, HttpResponse  # type: ignore[import-untyped]  # Django ships no types
from django.urls import include, path, re_path  # type: ignore[import-untyped]  # Django ships no types

import asgi
from hotspan_collector import HotspanMiddleware, frameworks, instrument


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> asgi.MemoryRecorder:
    return asgi.recording(monkeypatch)


async def view(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    return HttpResponse("hello")


def missing(request: HttpRequest, **kwargs: Any) -> HttpResponse:
    raise Http404


def broken(request: HttpRequest) -> HttpResponse:
    raise ValueError("broken")


urlpatterns = [
    path("", view),
    path("items/<int:item_id>/", view),
    path("missing/<int:item_id>/", missing),
    path("broken/", broken),
    path("inc/<slug:s>/", include([path("deep/<int:y>/", view)])),
    re_path(r"^old/(?P<y>[0-9]{4})/$", view),
]


@pytest.fixture(scope="module")
def django_app() -> Any:
    """Django's handler; its settings are the process's."""
    if not settings.configured:
        settings.configure(
            ROOT_URLCONF=__name__,
            ALLOWED_HOSTS=["*"],
            SECRET_KEY="test",  # noqa: S106  # signs nothing
            MIDDLEWARE=["django.middleware.common.CommonMiddleware"],
            LOGGING_CONFIG=None,
        )
        django.setup()
    return get_asgi_application()


@pytest.mark.parametrize(
    ("url", "route", "status"),
    [
        ("/", "/", 200),
        ("/items/17/", "/items/<int:item_id>/", 200),
        ("/missing/17/", "/missing/<int:item_id>/", 404),
        ("/inc/a/deep/3/", "/inc/<slug:s>/deep/<int:y>/", 200),
        ("/old/2026/", "/^old/(?P<y>[0-9]{4})/$", 200),
        ("/nowhere/", None, 404),
    ],
)
def test_django(url: str, route: str | None, status: int, django_app: Any, recorder: asgi.MemoryRecorder) -> None:
    asgi.call(HotspanMiddleware(django_app, spans="off"), url)
    assert (recorder.only.route, recorder.only.status) == (route, status)


def test_django_answers_500_itself(django_app: Any, recorder: asgi.MemoryRecorder) -> None:
    asgi.call(HotspanMiddleware(django_app, spans="off"), "/broken/")
    assert (recorder.only.route, recorder.only.status, recorder.only.raised) == ("/broken/", 500, False)


def test_djangos_resolver_is_watched_once(django_app: Any, recorder: asgi.MemoryRecorder) -> None:
    from django.core.handlers.base import BaseHandler  # type: ignore[import-untyped]  # Django ships no types

    frameworks.watch()
    watched = BaseHandler.resolve_request
    frameworks.watch()
    assert BaseHandler.resolve_request is watched


def test_django_without_capture_works_all_the_same(django_app: Any) -> None:
    frameworks.watch()
    assert asgi.call(django_app, "/items/17/")[0]["status"] == 200


@pytest.mark.parametrize(
    ("url", "route", "status"),
    [
        ("/items/17", "/items/{item_id}", 200),
        ("/inc/deep/3", "/inc/deep/{y}", 200),
        ("/mounted/a/b", "/mounted/{path}", 200),
        ("/mounted", "/mounted/{path}", 200),
        ("/nowhere", "(unmatched)", 404),
    ],
)
def test_litestar(url: str, route: str, status: int, recorder: asgi.MemoryRecorder) -> None:
    @litestar.get("/items/{item_id:int}")
    async def item() -> None:
        return None

    @litestar.get("/deep/{y:str}")
    async def deep() -> None:
        return None

    @litestar.asgi("/mounted", is_mount=True, copy_scope=False)
    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        await asgi.answer()(scope, receive, send)

    app = litestar.Litestar([item, litestar.Router("/inc", route_handlers=[deep]), mounted])
    asgi.call(instrument(app, spans="off"), url)
    assert (recorder.only.route, recorder.only.status) == (route, status)


@pytest.mark.parametrize(
    ("url", "route", "status"),
    [
        ("/items/17", "/items/<int:item_id>", 200),
        ("/inc/deep/3", "/inc/deep/<y>", 200),
        ("/early/1", "/early/<x>", 401),
        ("/broken", "/broken", 500),
        ("/nowhere", None, 404),
    ],
)
def test_quart(url: str, route: str | None, status: int, recorder: asgi.MemoryRecorder) -> None:
    app, inner = quart.Quart(__name__), quart.Blueprint("inner", __name__)

    @app.route("/items/<int:item_id>")
    async def item(item_id: int) -> str:
        return str(item_id)

    @inner.route("/deep/<y>")
    async def deep(y: str) -> str:
        return y

    @app.route("/early/<x>")
    async def early(x: str) -> str:
        raise AssertionError("never called")

    @app.route("/broken")
    async def broken() -> str:
        raise ValueError("broken")

    @app.before_request
    async def gate() -> Any:
        return ("no", 401) if quart.request.path.startswith("/early") else None

    app.register_blueprint(inner, url_prefix="/inc")
    instrument(app, spans="off")
    asgi.call(app, url)
    assert (recorder.only.route, recorder.only.status) == (route, status)


def test_a_quart_web_socket(recorder: asgi.MemoryRecorder) -> None:
    app = quart.Quart(__name__)

    @app.websocket("/ws/<room>")
    async def talk(room: str) -> None:
        await quart.websocket.accept()

    scope: Any = {"type": "websocket", "scheme": "ws", "subprotocols": [], "extensions": {}}
    cycle = asgi.Cycle({"type": "websocket.connect"})
    asgi.call(instrument(app, spans="off"), "/ws/7", cycle=cycle, **scope)
    assert (recorder.only.method, recorder.only.route) == ("WEBSOCKET", "/ws/<room>")


def test_an_app_without_a_framework_leaves_the_route_to_sealing(recorder: asgi.MemoryRecorder) -> None:
    asgi.call(instrument(asgi.answer(), spans="off"), "/users/17")
    assert (recorder.only.route, recorder.only.path) == (None, "/users/17")
