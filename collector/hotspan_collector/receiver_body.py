"""What a client posted: its body within limits, decompressed, and understood as one of the two encodings of OTLP."""

import zlib
from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from starlette.requests import Request

from hotspan_collector.receiver_journal import digest_of
from hotspan_collector.receiver_sealing import Body

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"

_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class RefusedError(Exception):
    """A request that is not taken, and the status that says why. `retry_after_s` only where trying again may help."""

    def __init__(self, status: int, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a body may be, as it comes and unpacked: what is small on the wire may be huge in memory."""

    body_bytes: int = 16 * 1024**2
    unpacked_bytes: int = 64 * 1024**2


def encoding_of(request: Request) -> str:
    """PROTOBUF or JSON; raises RefusedError for another content type.

    A web page of another origin cannot send either without asking first (a preflight), which nobody answers here.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type in (PROTOBUF, JSON):
        return content_type
    raise RefusedError(415, f"content type {content_type or 'missing'}: send {PROTOBUF} or {JSON}")


async def read_body(request: Request, limits: Limits) -> bytes:
    """The body, decompressed; raises RefusedError where it is too large or not compressed as it says."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.body_bytes:
            raise RefusedError(413, f"more than {limits.body_bytes} bytes: send smaller batches")
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding in ("", "identity"):
        return bytes(body)
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise RefusedError(415, f"content encoding {coding}: send gzip, deflate or none")
    return _unpacked(bytes(body), limits.unpacked_bytes)


def parsed(data: bytes, encoding: str) -> Body:
    """The body as spans can be taken out of it; raises RefusedError when it is damaged."""
    try:
        if encoding == JSON:
            return Body(data.decode("utf-8"), len(data), digest_of(data))
        return Body(ExportTraceServiceRequest.FromString(data).resource_spans, len(data), digest_of(data))
    except (DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(400, f"no OTLP: {error}") from error


def _unpacked(body: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        data = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        raise RefusedError(400, f"not compressed as it says: {error}") from error
    if len(data) > limit:
        raise RefusedError(413, f"more than {limit} bytes unpacked: send smaller batches")
    if not unpacker.eof:
        raise RefusedError(400, "the compressed body ends in the middle")
    return data
