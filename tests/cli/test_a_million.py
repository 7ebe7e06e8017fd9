"""A million routes, clients and agents, and a million services and attributes, all made up: an answer, in bounded memory."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

pytestmark = pytest.mark.slow
MANY = 1_000_000
MOST_MB = 3_000
"""What no command may take; a million rows are answered as a million objects, some 2 GB."""
LOG = """
copy (
    select format(
        '10.{}.{}.{} - - [21/Sep/2026:{:02d}:{:02d}:{:02d} +0000] "GET /p-{:x}q/x HTTP/1.1" 200 5 "-" "agent {}" 0.1',
        range // 65536, range // 256 % 256, range % 256, 8 + range // 360000, range // 6000 % 60, range // 100 % 60, range, range
    )
    from range($many)
) to $to (format csv, header false, quote '', escape '', delimiter '\t')
"""
SPANS = """
copy (
    select [{
        resource: {attributes: [{key: 'service.name', value: {stringValue: 's' || range}}]},
        scopeSpans: [{spans: [{
            traceId: format('{:032x}', range + 1),
            spanId: format('{:016x}', range + 1),
            name: 'GET',
            kind: 2,
            startTimeUnixNano: (1790000000000000000 + range * 1000000)::varchar,
            endTimeUnixNano: (1790000000000500000 + range * 1000000)::varchar,
            attributes: [
                {key: 'http.request.method', value: {stringValue: 'GET'}},
                {key: 'http.route', value: {stringValue: '/a'}},
                {key: 'user.id', value: {stringValue: 'u' || range}},
                {key: 'made.up.' || range, value: {stringValue: 'x' || range}}
            ]
        }]}]
    }] as "resourceSpans"
    from range($many)
) to $to (format json)
"""


def answer(*arguments: str | Path) -> Any:
    """What a command prints as JSON, in a process of its own that must stay within the bound."""
    command = [sys.executable, "-m", "hotspan_cli.main", *map(str, arguments), "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as running:
        assert running.stdout
        printed = running.stdout.read()
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0, arguments
    assert usage.ru_maxrss / 1024 < MOST_MB, f"{arguments}: {usage.ru_maxrss / 1024:.0f} MB"
    return json.loads(printed)


def test_of_a_million_routes_clients_and_agents_endpoints_are_bounded_and_all_is_counted(tmp_path: Path) -> None:
    log, store = tmp_path / "many.log", tmp_path / "store"
    duckdb.connect().execute(LOG, {"many": MANY, "to": str(log)})
    assert answer("import", log, "--into", store)["files"][0]["requests"] == MANY
    endpoints = answer("top", store)["endpoints"]
    assert len(endpoints) <= 2_001
    assert sum(row["requests"] for row in endpoints) == MANY
    assert answer("storms", store)["storms"] == []
    assert len(answer("clients", store, "--limit", "20")["clients"]) == 20


def test_a_million_services_and_attributes_are_told_apart(tmp_path: Path) -> None:
    file, store = tmp_path / "many.jsonl", tmp_path / "store"
    duckdb.connect().execute(SPANS, {"many": MANY, "to": str(file)})
    assert answer("import", file, "--into", store)["files"][0]["requests"] == MANY
    assert len(answer("top", store, "--limit", "20")["endpoints"]) == 20
    assert answer("storms", store)["storms"] == []
