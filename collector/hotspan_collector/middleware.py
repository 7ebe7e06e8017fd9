"""Request capture: an ASGI middleware that writes down one record per request, without any span.

A request's path holds references and reads two clocks; what can wait is derived when the record is sealed. Errors of
ours go to guard.py and never reach the app; errors of the app pass through untouched.
"""

import contextlib
from time import perf_counter_ns, time_ns
from typing import Any, Unpack

from hotspan_collector import frameworks, guard
from hotspan_collector.asgi import AsgiApp, Receive, Scope, Send
from hotspan_collector.connection import cycle_of, has_left, listening, watching, watching_websocket
from hotspan_collector.frameworks.starlette import Routes, routes_of
from hotspan_collector.lifespan import Lifespan
from hotspan_collector.record import MARK, RequestRecord
from hotspan_collector.recorder import Recorder, recorder_for
from hotspan_collector.routes import route_of
from hotspan_collector.settings import GivenSettings, Settings

_NORMAL_ENDS = frozenset(("ClientDisconnect", "ClientDisconnected", "WebSocketDisconnect"))
"""Exceptions of Starlette and uvicorn that say the client left; by name, for neither need be there."""

_OPTIONAL = {"query_string": b"", "headers": (), "client": None, "http_version": None}
"""What an ASGI scope may lack."""


class HotspanMiddleware:
    """Wraps an ASGI app and records each of its requests once, however often it is wrapped.

    The further outside the better: only there does it see the whole duration, and what other middlewares answer;
    `instrument` finds that place. Settings are those of settings.py, by keyword. What is asked of the middleware and
    is not its own is asked of the app, so that it can take the app's place.
    """

    def __init__(self, app: AsgiApp, **settings: Unpack[GivenSettings]) -> None:
        self.app = app
        self.settings = Settings.from_environment(**settings)
        self.original = app  # what to call so that the app runs
        self._inner = app  # the same, within whatever makes spans of requests
        self._identify = self.settings.identify
        self._recorder: Recorder | None = None
        self._routes: Routes | None = None

    def __getattr__(self, name: str) -> Any:
        if name == "app":  # not there yet: asked for while this object is copied
            raise AttributeError(name)
        return getattr(self.app, name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or MARK in scope:
            await self._beside(scope, receive, send)
            return
        try:
            cycle = cycle_of(receive)
            record = self._begin(scope, scope["method"])
            record.cycle = cycle
            watched_receive = listening(record, receive) if cycle is None else receive
            watched_send = watching(record, send, self._finish)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and must not reach the app
            guard.report("beginning to capture a request", error)
            await self._pass(scope, receive, send)
            return
        try:
            await self._inner(scope, watched_receive, watched_send)
        except BaseException as error:
            self._finish_failed(record, error)
            raise
        if record.end_ns is None:
            self._finish_incomplete(record)

    async def _beside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """What is no HTTP request, or is captured already by another instance, or is the captured app being called."""
        if scope["type"] == "websocket" and MARK not in scope:
            await self._websocket(scope, receive, send)
        elif scope["type"] == "lifespan" and MARK not in scope:
            scope[MARK] = self
            await Lifespan(self.original, lambda: self.start(scope), self._close).run(scope, receive, send)
        else:
            await self._pass(scope, receive, send)

    async def _pass(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault(MARK, self)  # what is not captured here is not to be captured further inside
        await self.original(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            record = self._begin(scope, "WEBSOCKET")
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and must not reach the app
            guard.report("beginning to capture a web socket", error)
            await self._pass(scope, receive, send)
            return
        try:
            await self._inner(scope, receive, watching_websocket(record, send))
        except BaseException as error:
            self._finish_failed(record, error)
            raise
        self._finish(record)

    def start(self, scope: Scope) -> Recorder:
        """The recorder, once everything is ready that had to wait for the app to run: framework hooks, spans."""
        if self._recorder is None:
            recorder = recorder_for(self.settings)
            recorder.captures = True
            self._routes = routes_of(self.app)
            self._recorder = recorder
            self._inner = self.original
            with guard.guarded("preparing frameworks and spans"):
                frameworks.watch()
                if self.settings.spans != "off":
                    from hotspan_collector import tracing  # only where spans are wanted: it loads OpenTelemetry

                    app = scope.get("app", self.app)
                    self._inner = tracing.set_up(self.original, app, self.settings, recorder)
        return self._recorder

    def _close(self) -> None:
        if self._recorder is not None:
            self._recorder.close()

    def _begin(self, scope: Scope, method: str) -> RequestRecord:
        recorder = self._recorder or self.start(scope)
        try:
            record = RequestRecord(
                recorder.next_seq(),
                time_ns(),
                method,
                scope["path"],
                scope["query_string"],
                scope["headers"],
                scope["client"],
                scope["http_version"],
                len(recorder.open) + 1,
                perf_counter_ns(),
                scope,
                self._routes,
            )
        except KeyError:
            if scope.keys() >= _OPTIONAL.keys():
                raise
            scope.update({**_OPTIONAL, **scope})
            return self._begin(scope, method)
        if self._identify is not None:
            with contextlib.suppress(Exception):  # asked again at the end, when errors are reported
                record.explicit_client = _identified(self._identify(scope))
        scope[MARK] = record
        recorder.begin(record)
        return record

    def _finish(self, record: RequestRecord) -> None:
        """The request is over, now: its duration, its route, and whether anybody was there to hear the answer."""
        record.end_ns = record.start_ns + perf_counter_ns() - record.clock_ns
        try:
            try:
                cycle = record.cycle
                if cycle is not None and cycle.disconnected:
                    record.aborted = has_left(record)
                record.route = route_of(record)
                if self._identify is not None and record.explicit_client is None:
                    record.explicit_client = _identified(self._identify(record.scope or {}))
            finally:
                record.scope = record.cycle = record.routes = None
                if self._recorder is not None:
                    self._recorder.finish(record)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is ours and must not reach the app
            guard.report("finishing a request", error)

    def _finish_failed(self, record: RequestRecord, error: BaseException) -> None:
        """The app raised. What it raises after its answer was complete is no matter of the request."""
        if record.end_ns is not None:
            return
        if not isinstance(error, Exception):
            record.aborted = record.aborted or record.cycle is None  # cancelled, most likely for a client that left
        elif type(error).__name__ not in _NORMAL_ENDS:
            record.raised = True
            record.status = record.status or 500
        self._finish(record)

    def _finish_incomplete(self, record: RequestRecord) -> None:
        """The app returned, its answer begun or not; the server makes it a 500 if there is anybody to tell."""
        if not has_left(record):
            record.raised = True
            record.status = record.status or 500
        self._finish(record)


def _identified(who: object) -> str | None:
    return None if who is None or who == "" else str(who)
