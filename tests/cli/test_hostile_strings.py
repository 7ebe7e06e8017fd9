"""Text that would like to be SQL, a path or an option: wherever it stands it is text, and answers find it again."""

import json
from pathlib import Path
from typing import Any

import pytest

from command_line import CommandLine
from foreign_files import otlp_document, otlp_span, served
from hotspan_collector.importers.into_store import import_into
from stores import rows

TEXTS = [
    "'; drop table requests; --",
    "' or 1=1 --",
    '" union select * from spans --',
    "$from_ns $$; attach '/tmp/x.duckdb'; $$",
    "../../../../etc/cron.d/x",
    "read_csv('/etc/passwd')",
    "\\'; copy requests to 'x.csv'; --",
    "--to=%s {0} é\u202e\u0000\n☃",
]
TABLES = ("requests", "spans", "segments", "losses", "meta")


def store_with(folder: Path, text: str) -> Path:
    """A store whose every string is this one: of the service, the request, its client, and the statement inside."""
    attributes = {
        "http.request.method": text,
        "http.route": text,
        "url.path": text,
        "url.query": text,
        "user_agent.original": text,
        "user.id": text,
        "http.request.header.idempotency-key": text,
    }
    inner = {"db.system.name": text, "db.query.text": text, "db.collection.name": text, text or "key": text}
    spans = [
        served(1, attributes=attributes),
        served(2, attributes={"http.route": text}, at_ms=20),
        otlp_span(
            text, number=3, at_ms=1, ms=5, kind=3, traceId=f"{1:032x}", parentSpanId=f"{1:016x}", attributes=inner
        ),
        otlp_span(text, number=4, at_ms=40),
    ]
    file = folder / "spans.jsonl"
    file.write_text(
        json.dumps(otlp_document(spans, **{"service.name": text, "service.version": text})), encoding="utf-8"
    )
    import_into(folder / "store", [file])
    return folder / "store"


def contents(store: Path) -> list[list[tuple[Any, ...]]]:
    return [rows(store, f"select * from {table} order by all") for table in TABLES]  # noqa: S608  # the names above


@pytest.mark.parametrize("text", TEXTS)
def test_text_in_the_data_is_found_again_and_nothing_else_happens(
    hotspan: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    store = store_with(tmp_path, text)
    before = contents(store)
    ranked = json.loads(hotspan("top", store, "--format", "json").out)["endpoints"]
    assert {row["service"] for row in ranked} == {text}
    assert sorted(row["requests"] for row in ranked) == [1, 1, 1], "two endpoints by their methods, and a job"
    for each in ranked:
        same = ["--service", each["service"], "--endpoint", each["endpoint"], "--format", "json"]
        found = json.loads(hotspan("top", *same, "--", store).out)["endpoints"]
        assert [row["endpoint"] for row in found] == [each["endpoint"]]
        for command in ("breakdown", "slowest"):
            assert hotspan(command, "--format", "json", "--", each["endpoint"], store).code == 0
    for command in ("storms", "clients", "timeline", "jobs", "compare", "check", "what-if"):
        assert hotspan(command, store, "--format", "json").code in (0, 2)
    for name in ("copy.parquet", "copy.jsonl.gz", "report.html"):
        assert hotspan("export", store, "--to", tmp_path / name).code == 0
    assert contents(store) == before
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert {path.name for path in tmp_path.iterdir()} == {
        "elsewhere", "spans.jsonl", "store", "copy.parquet", "copy.jsonl.gz", "report.html"
    }  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return store_with(tmp_path_factory.mktemp("options"), "shop")


@pytest.mark.parametrize(
    "option",
    [
        ["top", "--service"],
        ["top", "--service-version"],
        ["top", "--endpoint"],
        ["top", "--method"],
        ["top", "--route"],
        ["top", "--status"],
        ["top", "--client"],
        ["top", "--window"],
        ["top", "--from"],
        ["top", "--apdex"],
        ["compare", "--before"],
        ["storms", "--set"],
        ["jobs", "--timezone"],
        ["check", "--max-share"],
    ],
    ids=" ".join,
)
def test_text_in_an_option_is_an_answer_or_one_line(hotspan: CommandLine, shop: Path, option: list[str]) -> None:
    before = contents(shop)
    for text in TEXTS[:5]:
        run = hotspan(option[0], f"{option[1]}={text}", "--format", "json", "--", shop)
        assert run.code in (0, 1, 2)
        assert run.code != 2 or run.err.count("\n") == 1
    assert contents(shop) == before
