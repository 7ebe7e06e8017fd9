"""What a client or a proxy says about a request in its headers: attempt, operation, arrival, trace, prefetch.

A number above 1 proves a retry. 1, 0 or nothing proves nothing: Envoy has announced 1 on every retry, some SDKs
hard-code 0, and browsers say nothing at all. So a first attempt is written down as announced, and read as no evidence.
"""

import math
import re
from collections.abc import Callable, Mapping

MAX_ATTEMPT = 10_000
"""A larger number is no attempt count; it is ignored."""

MAX_QUEUE_NS = 60 * 1_000_000_000
"""A request that waited longer in front of the app has been given up by every proxy: clocks disagree."""

NO_CLOCK_NS = 86_400 * 1_000_000_000
"""An arrival more than a day off is no time of arrival at all, but a wrong unit or another kind of value."""

_AMZ_ATTEMPT = re.compile(rb"(?:^|;)\s*attempt=(\d{1,9})\s*(?:;|$)")
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(?:-.*)?")


def attempt(headers: Mapping[bytes, bytes]) -> int | None:
    """The highest attempt number the headers announce, 1 = first; None when none does."""
    found = [number for name, read in _ATTEMPTS.items() if (value := headers.get(name)) and (number := read(value))]
    return max(found, default=None)


def operation_key(headers: Mapping[bytes, bytes]) -> str | None:
    """The raw key that all attempts of one operation share; to be hashed before it is stored."""
    for name in OPERATION_HEADERS:
        if value := headers.get(name):
            return value.decode("latin-1")
    return None


def is_speculative(headers: Mapping[bytes, bytes]) -> bool:
    """Is this a prefetch or a prerender, which nobody waits for?"""
    return any(b"prefetch" in value or b"preview" in value for name in PURPOSE_HEADERS if (value := headers.get(name)))


def arrival_ns(headers: Mapping[bytes, bytes], start_ns: int) -> int:
    """When the first proxy took the request, out of X-Request-Start or X-Queue-Start; the start if neither can be read.

    Seconds, milli-, micro- or nanoseconds, with `t=` or without; clamped to the 60 s before the start.
    """
    value = next((headers[name] for name in ARRIVAL_HEADERS if name in headers), b"")
    try:
        number = float(value.strip().removeprefix(b"t=").strip())
    except ValueError:
        return start_ns
    if not math.isfinite(number) or number <= 0:
        return start_ns
    arrived_ns = int(number * _unit_ns(number))
    if abs(start_ns - arrived_ns) > NO_CLOCK_NS:
        return start_ns
    return min(start_ns, max(start_ns - MAX_QUEUE_NS, arrived_ns))


def _unit_ns(number: float) -> int:
    """Nanoseconds in the unit of an epoch time, by its size: 1e11 s is the year 5138, 1e11 ms was 1973."""
    for limit, unit_ns in ((1e11, 1_000_000_000), (1e14, 1_000_000), (1e17, 1_000)):
        if number < limit:
            return unit_ns
    return 1


def caller_trace(headers: Mapping[bytes, bytes]) -> str | None:
    """The trace id of the traceparent header; None when it is invalid (https://www.w3.org/TR/trace-context/)."""
    value = headers.get(b"traceparent", b"").strip()
    match = _TRACEPARENT.fullmatch(value)
    if match is None or value.startswith(b"ff") or not match[1].strip(b"0") or not match[2].strip(b"0"):
        return None
    return match[1].decode("ascii")


def _counted_from_one(value: bytes) -> int | None:
    number = int(value) if value.isdigit() and len(value) < 10 else 0
    return number if 1 <= number <= MAX_ATTEMPT else None


def _counted_from_zero(value: bytes) -> int | None:
    number = int(value) + 1 if value.isdigit() and len(value) < 10 else 0
    return number if 1 <= number <= MAX_ATTEMPT else None


def _amz(value: bytes) -> int | None:
    match = _AMZ_ATTEMPT.search(value)
    return _counted_from_one(match[1]) if match else None


_ATTEMPTS: dict[bytes, Callable[[bytes], int | None]] = {
    b"x-envoy-attempt-count": _counted_from_one,  # Envoy, Istio: 1 = first
    b"amz-sdk-request": _amz,  # AWS SDKs: attempt=1; max=3
    b"grpc-previous-rpc-attempts": _counted_from_zero,  # gRPC: absent on the first, then 1, 2, …
    b"x-stainless-retry-count": _counted_from_zero,  # SDKs made with Stainless: 0 = first
    b"retry-attempt": _counted_from_zero,  # Microsoft Kiota: the number of the retry
}

OPERATION_HEADERS = (b"idempotency-key", b"x-idempotency-key", b"amz-sdk-invocation-id")
PURPOSE_HEADERS = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
ARRIVAL_HEADERS = (b"x-request-start", b"x-queue-start")
ATTEMPT_HEADERS = tuple(_ATTEMPTS)
