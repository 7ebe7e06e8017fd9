"""Clients that a person can follow by hand, one for each mechanism, as request rows."""

from typing import Any

from traces import request

SAVE = "PUT /exams/{exam}"
Rows = list[dict[str, Any]]


def calm(times: int = 20, every_s: float = 10.0, start_s: float = 0.0, **more: Any) -> Rows:
    """Answered at once, at a steady pace."""
    return [request(SAVE, at=start_s + index * every_s, ms=100, **more) for index in range(times)]


def story(client: str = "ann", start_s: float = 300.0, attempts: int = 9, **more: Any) -> Rows:
    """One save that takes 20 s, sent again every second until there is an answer."""
    return [
        request(SAVE, at=start_s + index, ms=20_000 - 100 * index, client=client, **more) for index in range(attempts)
    ]


def failing(pauses: list[float], start_s: float = 300.0, **more: Any) -> Rows:
    """Failures at once, each followed by the next attempt after such a pause; at last an answer."""
    rows, at = [], start_s
    for pause in [0.0, *pauses]:
        at += pause
        rows.append(request(SAVE, at=at, ms=10, status=503, **more))
        at += 0.01
    return [*rows, request(SAVE, at=at + 5, ms=100, **more)]


def leaving(patience: list[float], start_s: float = 300.0, **more: Any) -> Rows:
    """Given up after so long each, and asked again at that moment; the handler ends two seconds later. The last is answered."""
    rows, at = [], start_s
    for seconds in patience:
        rows.append(request(SAVE, at=at, ms=1000 * seconds + 2000, aborted=True, **more))
        at += seconds
    return [*rows, request(SAVE, at=at, ms=100, **more)]


def hedged(times: int = 20, start_s: float = 300.0, **more: Any) -> Rows:
    """Every operation gets a second copy after 0.8 s; the slower one is dropped."""
    rows: Rows = []
    for index in range(times):
        at = start_s + 5.0 * index
        rows += [request(SAVE, at=at, ms=2000, aborted=True, **more), request(SAVE, at=at + 0.8, ms=900, **more)]
    return rows


def proxied(operations: int = 4, start_s: float = 300.0, **more: Any) -> Rows:
    """Three tries for each operation, a few milliseconds apart, numbered in a header."""
    return [
        request(SAVE, at=start_s + 20 * operation + 0.05 * attempt, ms=20, status=503, attempt=attempt, **more)
        for operation in range(operations)
        for attempt in (1, 2, 3)
    ]
