"""Spans and requests in: the ASGI middleware, OpenTelemetry spans, and the store they land in.

Importing this package loads neither DuckDB nor OpenTelemetry; both are imported when first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotspan_collector.drop_in import instrument as instrument
    from hotspan_collector.middleware import HotspanMiddleware as HotspanMiddleware

__all__ = ["HotspanMiddleware", "instrument"]


def __getattr__(name: str) -> Any:
    if name == "instrument":
        from hotspan_collector.drop_in import instrument

        return instrument
    if name == "HotspanMiddleware":
        from hotspan_collector.middleware import HotspanMiddleware

        return HotspanMiddleware
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
