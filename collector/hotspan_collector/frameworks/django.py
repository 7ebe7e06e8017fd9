"""Route templates of Django: the resolver's own, noted on the request record at the moment it resolves."""

import functools
import sys
from typing import Any

from hotspan_collector.record import MARK, RequestRecord


def watch() -> None:
    """Makes Django's resolver note the route of each captured request. Does nothing where Django is not loaded."""
    base = sys.modules.get("django.core.handlers.base")
    if base is None or hasattr(base.BaseHandler.resolve_request, "hotspan"):
        return
    resolve = base.BaseHandler.resolve_request

    @functools.wraps(resolve)
    def resolve_request(self: Any, request: Any) -> Any:
        found = resolve(self, request)
        record = getattr(request, "scope", {}).get(MARK)
        if isinstance(record, RequestRecord):
            record.route = f"/{getattr(found, 'route', '')}"
        return found

    resolve_request.hotspan = True  # type: ignore[attr-defined] # the mark that it is watched already
    base.BaseHandler.resolve_request = resolve_request
