"""Whatever a client makes up, an attacker's million of it cannot bury the endpoints or the store."""

import json
from pathlib import Path
from typing import Any

import pytest

from hotspan_analysis import Traces, open_traces
from hotspan_collector.importers.into_store import import_into
from traces import EPOCH_NS

MANY = 4_000


def span(number: int, **attributes: str) -> dict[str, Any]:
    given = {"http.request.method": "GET", "url.path": "/a", "client.address": "10.0.0.1"} | attributes
    return {
        "traceId": f"{number + 1:032x}",
        "spanId": f"{number + 1:016x}",
        "name": "GET",
        "kind": 2,
        "startTimeUnixNano": str(EPOCH_NS + number * 1_000_000),
        "endTimeUnixNano": str(EPOCH_NS + number * 1_000_000 + 500_000),
        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in given.items()],
    }


def imported(folder: Path, spans: list[dict[str, Any]]) -> Traces:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "app"}}]}
    file = folder / "made_up.jsonl"
    file.write_text(
        "".join(
            json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [each]}]}]}) + "\n"
            for each in spans
        )
    )
    import_into(folder / "store", [file])
    return open_traces(folder / "store")


@pytest.mark.parametrize(
    ("attribute", "pattern", "endpoints"),
    [
        ("http.request.method", "M{}", 1),
        ("url.path", "/p/{}", 1),
        ("url.path", "/page-{:x}q", 2_001),
        ("user_agent.original", "agent {}", 1),
        ("http.request.header.authorization", "Bearer {}", 1),
        ("client.address", "10.0.{}", 1),
        ("made.up.{}", "x", 1),
    ],
)
def test_every_request_counts_and_endpoints_are_bounded(
    tmp_path: Path, attribute: str, pattern: str, endpoints: int
) -> None:
    spans = [span(number, **{attribute.format(number): pattern.format(number)}) for number in range(MANY)]
    ranking = imported(tmp_path, spans).endpoints()
    assert ranking.totals.everything.requests == MANY
    assert len(ranking) == endpoints
