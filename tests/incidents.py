"""A storm worked out by hand, with hostile names around it: what the dashboard's tests show to a reader."""

from typing import Any

from traces import request, served, span, statement

Row = dict[str, Any]

SAVE = "PUT /exams/{exam}"
STUDENTS = ("ann", "bob", "eve")
HOSTILE_ROUTE = "/<img src=x onerror=alert(1)><b>$x^2$</b>:rocket:**md**\u202egnp"
HOSTILE_SERVICE = "</script><script>alert(2)</script>"
HOSTILE_AGENT = "</title><h1>agent</h1>"


def hostile() -> tuple[list[Row], list[Row]]:
    """A storm on an endpoint, by clients and of a service whose names would all like to be obeyed; and a job like that."""
    names = {"service": HOSTILE_SERVICE, "agent": HOSTILE_AGENT + "\u202e" + "long" * 2500}
    endpoint = f"GET {HOSTILE_ROUTE}{'long' * 2500}"
    requests = [request(endpoint, at=10 * turn, ms=100, client="ann", **names) for turn in range(29)]
    requests += [request(endpoint, at=300 + turn, ms=20_000 - 100 * turn, client="ann", **names) for turn in range(9)]
    slow, server = served(endpoint, 500, 21_000, client="ann", target="other", **names)
    spans = [server, statement(server, f"SELECT {HOSTILE_ROUTE} {'long' * 2500}", 500.5, 400, service=HOSTILE_SERVICE)]
    spans += [span(f"={HOSTILE_ROUTE}{'long' * 2500}", 60 * turn, 700, service=HOSTILE_SERVICE) for turn in range(9)]
    return [row | {"seq": number} for number, row in enumerate([*requests, slow])], spans


def incident() -> tuple[list[Row], list[Row]]:
    """Ten minutes: calm saves, then each student sends one save again every second until the answer comes.

    Each sends 9 requests from second 300 on, of which one was needed; they take 20 s and a little less each.
    """
    requests, spans = [], []
    for place, student in enumerate(STUDENTS):
        requests += [request(SAVE, at=10.0 * turn + place, ms=100, client=student) for turn in range(29)]
        requests += [
            request(SAVE, at=300 + place / 10 + turn, ms=20_000 - 100 * turn, client=student) for turn in range(9)
        ]
    slowest, server = served(SAVE, 500, 21_000, client="ann", target="other")
    requests.append(slowest)
    spans += [server, statement(server, "SELECT <b>a</b> FROM t", 500.5, 400)]
    requests += [
        request(f"GET {HOSTILE_ROUTE}", at=30, ms=50, client="x", service=HOSTILE_SERVICE, agent=HOSTILE_AGENT),
        request(f"GET /{'long' * 2500}", at=31, ms=5, client="x"),
    ]
    return [row | {"seq": number} for number, row in enumerate(requests)], spans
