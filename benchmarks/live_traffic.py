"""Traffic for a dashboard to look at: ten calm minutes of sixty endpoints, then a retry storm that goes on and on."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from stores import seal  # beside the tests
from traces import EPOCH_NS, request  # the same

SAVE = "PUT /exams/{exam}/answers"
CLIENTS = 15
CALM_S = 600
ENDPOINTS = 60
REQUESTS_PER_S = 20
_ANSWER_S = 8
"""So long a save takes in the storm; the page that waits for it sends it again every second."""


def ended(from_s: int, to_s: int) -> Iterator[dict[str, Any]]:
    """The requests that ended in these seconds, of which the storm begins with the first."""
    for second in range(from_s, to_s):
        for client in range(CLIENTS):
            share = client / CLIENTS
            if second >= _ANSWER_S:
                yield request(SAVE, second - _ANSWER_S + share, _ANSWER_S * 1000, client=client + 1, target=client)
            elif second < 0 and (second + client) % 10 == 0:
                yield request(SAVE, second + share, 90 + client, client=client + 1, target=client)
        for turn in range(REQUESTS_PER_S):
            number = (second * REQUESTS_PER_S + turn) * 7
            endpoint = f"GET /reports/{number % ENDPOINTS}/{{report}}"
            status = 500 if number % 97 == 0 else 200
            yield request(
                endpoint, second + turn / REQUESTS_PER_S, 5 + number % 211, client=100 + number % 40, status=status
            )


@contextmanager
def flowing(store: Path) -> Iterator[None]:
    """A store that holds the calm minutes and a minute of the storm, and into which more is written every second."""
    began_s = int(time.time() - EPOCH_NS / 1e9) - 60
    _write(store, began_s, -CALM_S, 60)
    ending = threading.Event()
    writer = threading.Thread(target=_keep_writing, args=(store, began_s, ending), daemon=True)
    writer.start()
    try:
        yield
    finally:
        ending.set()
        writer.join()


def _keep_writing(store: Path, began_s: int, ending: threading.Event) -> None:
    written_s = 60
    while not ending.wait(0.5):
        now_s = int(time.time() - EPOCH_NS / 1e9) - began_s
        if now_s > written_s:
            _write(store, began_s, written_s, now_s)
            written_s = now_s


def _write(store: Path, began_s: int, from_s: int, to_s: int) -> None:
    moved_ns = began_s * 10**9
    times = ("arrival_ns", "start_ns", "end_ns")
    seal(store, [row | {name: row[name] + moved_ns for name in times} for row in ended(from_s, to_s)])
