"""Route templates of Quart: its request_started and websocket_started signals, which come after routing."""

import sys
from typing import Any

from hotspan_collector.record import MARK, RequestRecord


def watch() -> None:
    """Makes every Quart app note the route of each captured request. Does nothing where Quart is not loaded."""
    quart = sys.modules.get("quart")
    if quart is None:
        return
    quart.signals.request_started.connect(_note_request)  # a second connect of the same function changes nothing
    quart.signals.websocket_started.connect(_note_websocket)


def _note_request(_: Any, **__: Any) -> None:
    _note(sys.modules["quart"].request)


def _note_websocket(_: Any, **__: Any) -> None:
    _note(sys.modules["quart"].websocket)


def _note(request: Any) -> None:
    record = request.scope.get(MARK)
    if isinstance(record, RequestRecord) and request.url_rule is not None:
        record.route = request.url_rule.rule
