"""The receiver: OTLP over HTTP, as https://opentelemetry.io/docs/specs/otlp/#otlphttp has it, into a store.

It answers 200 when the spans are on the disk, 429 and 503 with Retry-After when the client should try again, and other
errors when it should not.
"""

import asyncio
import hmac
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]  # ships no types
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hotspan_collector.receiver_body import JSON, PROTOBUF, Limits, RefusedError, encoding_of, parsed, read_body
from hotspan_collector.receiver_intake import FullError, Intake, NotStoredError
from hotspan_collector.receiver_sealing import NotOtlpError

LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")
RETRY_AFTER_S = 1
UNAVAILABLE_S = 5

_GRPC_CODES = {400: 3, 401: 16, 403: 7, 413: 8, 415: 3, 429: 8, 503: 14}
"""The codes of google.rpc.Code that say the same as the status."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may post. Without a token only this machine: requests whose Host is another name are refused, since that is
    how a web page reaches a local port under a name of its own (DNS rebinding)."""

    token: str | None = None
    hosts: tuple[str, ...] = LOCAL_HOSTS

    def check(self, request: Request) -> None:
        """Raises RefusedError for a request that may not come in."""
        if self.token is not None:
            given = request.headers.get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
                raise RefusedError(401, "a bearer token is required: set OTEL_EXPORTER_OTLP_HEADERS")
        elif _host(request) not in self.hosts:
            raise RefusedError(403, "this receiver answers to local names only")
        elif "origin" in request.headers:
            raise RefusedError(403, "web pages may not post here without a token")


@dataclass(frozen=True, slots=True)
class Receiver:
    """The HTTP side of an Intake."""

    intake: Intake
    access: Access = field(default_factory=Access)
    limits: Limits = field(default_factory=Limits)

    def app(self) -> Starlette:
        """The ASGI application, while its intake runs."""
        return Starlette(
            routes=[
                Route("/v1/traces", self.traces, methods=["POST"]),
                Route("/v1/metrics", partial(self.ignored, ExportMetricsServiceResponse), methods=["POST"]),
                Route("/v1/logs", partial(self.ignored, ExportLogsServiceResponse), methods=["POST"]),
                Route("/healthz", self.health, methods=["GET"]),
            ],
        )

    async def traces(self, request: Request) -> Response:
        """Spans: acknowledged when they are on the disk."""
        try:
            self.access.check(request)
            encoding = encoding_of(request)
            body = parsed(await read_body(request, self.limits), encoding)
            kept = await asyncio.wrap_future(self.intake.take(body))
        except FullError:
            return _refusal(request, RefusedError(429, "too much is waiting: try again", RETRY_AFTER_S))
        except NotOtlpError as error:
            return _refusal(request, RefusedError(400, f"no OTLP: {error}"))
        except RefusedError as refused:
            return _refusal(request, refused)
        except NotStoredError as error:
            return _refusal(request, RefusedError(503, f"cannot be stored now: {error}", UNAVAILABLE_S))
        answer = ExportTraceServiceResponse()
        if kept.rejected:
            answer.partial_success.rejected_spans = kept.rejected
            answer.partial_success.error_message = "spans without a trace id, a span id or a start time"
        return _response(encoding, 200, answer)

    async def ignored(self, response: Any, request: Request) -> Response:
        """Metrics and logs: read, thrown away, and said so, so that no client retries."""
        try:
            self.access.check(request)
            encoding = encoding_of(request)
            await read_body(request, self.limits)
        except RefusedError as refused:
            return _refusal(request, refused)
        answer = response()
        answer.partial_success.error_message = "hotspan keeps traces only"
        return _response(encoding, 200, answer)

    async def health(self, _request: Request) -> Response:
        """Whether spans can be stored."""
        state = {"status": "ok" if self.intake.failing is None else "failing", "spans": self.intake.spans}
        return JSONResponse(state, 200 if self.intake.failing is None else 503)


def _host(request: Request) -> str:
    """The name a request was sent to, without its port."""
    host = request.headers.get("host", "")
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0].lower()


def _response(encoding: str, status: int, message: Message, headers: dict[str, str] | None = None) -> Response:
    if encoding == JSON:
        return JSONResponse(MessageToDict(message), status, headers)
    return Response(message.SerializeToString(), status, headers, PROTOBUF)


def _refusal(request: Request, refused: RefusedError) -> Response:
    """A google.rpc.Status in the client's encoding, as OTLP wants errors told."""
    headers = {}
    if refused.retry_after_s is not None:
        headers["Retry-After"] = str(refused.retry_after_s)
    if refused.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    try:
        encoding = encoding_of(request)
    except RefusedError:
        encoding = JSON
    status = Status(code=_GRPC_CODES.get(refused.status, 2), message=refused.message)
    return _response(encoding, refused.status, status, headers)
