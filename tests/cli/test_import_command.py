import json
from pathlib import Path

import pytest

from command_line import HOSTILE, CommandLine, hotspan
from foreign_files import SHARED, json_lines, needs_shared_data, otlp_document, served, written

LOG_LINE = '192.0.2.7 - - [21/Sep/2026:14:13:20 +0000] "GET /a HTTP/1.1" 200 5 "-" "test" 0.250\n'
TRACE = json_lines(otlp_document([served(number) for number in range(1, 11)]))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CommandLine:
    monkeypatch.delenv("HOTSPAN_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    return CommandLine(capsys, monkeypatch)


def test_import_tells_what_it_read_and_what_to_do_next(run: CommandLine, tmp_path: Path) -> None:
    path = written(tmp_path, "access.log", LOG_LINE + "nonsense\n")
    done = run("import", path.name, "--into", "store", columns=200)
    assert done.code == 0
    assert done.out.splitlines() == [
        "access.log (combined): 2 rows read, 1 requests, 0 spans",
        "  from 2026-09-21T14:13:19.750Z to 2026-09-21T14:13:20.000Z (250 ms), service access-log",
        "  1 skipped: not in the format combined (line 2)",
        "  the file does not tell: route of 1 requests",
        *[line for line in done.out.splitlines() if "rows older than" in line],
        "1 requests and 0 spans are in store now.",
        "Next: hotspan top store",
    ]


def test_rows_that_retention_will_take_are_announced(
    run: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "old.log", LOG_LINE.replace("2026", "2016"))
    assert "HOTSPAN_RETENTION_DAYS=" in run("import", path.name, "--into", "store", columns=200).out
    monkeypatch.setenv("HOTSPAN_RETENTION_DAYS", "100000")
    assert "RETENTION" not in run("import", path.name, "--into", "other", columns=200).out


def test_import_goes_to_the_store_that_the_environment_names(
    run: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "a", TRACE)
    assert run("import", path.name).code == 0
    assert (tmp_path / ".hotspan" / "hotspan.duckdb").exists()
    monkeypatch.setenv("HOTSPAN_STORE", "named")
    assert run("import", path.name).code == 0
    assert (tmp_path / "named" / "hotspan.duckdb").exists()


def test_import_again_says_that_it_is_there(run: CommandLine, tmp_path: Path) -> None:
    path = written(tmp_path, "a", TRACE)
    run("import", path.name)
    done = run("import", path.name)
    assert (done.code, done.out) == (0, "a: already in the store, nothing added\n")


def test_the_summary_as_json(run: CommandLine, tmp_path: Path) -> None:
    written(tmp_path, "a", TRACE)
    written(tmp_path, "b", LOG_LINE + "nonsense\n")
    found = json.loads(run("import", "a", "b", "missing", "--format", "json").out)
    assert found["store"] == ".hotspan"
    assert found["files"][0] == {
        "path": "a",
        "format": "otlp-json",
        "rows": 10,
        "requests": 10,
        "spans": 10,
        "start": "2026-09-21T14:13:20.000Z",
        "end": "2026-09-21T14:13:20.010Z",
        "services": ["shop"],
        "missing": {"route": 10},
        "skipped": [],
        "already_there": False,
    }
    assert found["files"][1]["skipped"] == [{"reason": "not in the format combined", "rows": 1, "lines": [2]}]
    assert [each["path"] for each in found["failures"]] == ["missing"]


def test_one_bad_file_is_told_and_the_others_are_imported(run: CommandLine, tmp_path: Path) -> None:
    written(tmp_path, "a", TRACE)
    done = run("import", "a", "missing")
    assert done.code == 2
    assert done.err.startswith("not imported: missing: No such file")
    assert "10 requests" in done.out


def test_nothing_to_read_is_one_line_and_exit_code_2(run: CommandLine, tmp_path: Path) -> None:
    written(tmp_path, "empty", "")
    done = run("import", "empty")
    assert (done.code, done.out, done.err) == (2, "", "hotspan: empty: empty; there is nothing to import\n")


def test_a_format_can_be_named_or_described(run: CommandLine, tmp_path: Path) -> None:
    written(tmp_path, "a", "2026-09-21T14:13:20Z GET /a 200 0.250\n")
    assert run("import", "a", "--as", "jaeger").code == 2
    assert run("import", "a", "--as", "nonsense").err.startswith("hotspan: no format is called nonsense; there are")
    notation = "$time_iso8601 $request_method $request_uri $status $request_time"
    done = run("import", "a", "--log-format", notation, "--service", "shop", columns=200)
    assert "1 requests" in done.out
    assert "service shop" in done.out


def test_names_from_a_file_never_steer_the_terminal(run: CommandLine, tmp_path: Path) -> None:
    written(tmp_path, "a", json_lines(otlp_document([served()], service=HOSTILE)))
    done = run("import", "a")
    assert done.code == 0
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


def test_other_commands_work_on_a_file_directly(run: CommandLine, tmp_path: Path) -> None:
    written(tmp_path, "a.json", TRACE)
    done = run("top", "a.json", "--format", "json")
    (endpoint,) = json.loads(done.out)["endpoints"]
    assert (endpoint["endpoint"], endpoint["requests"], endpoint["service"]) == ("GET /orders/{number}", 10, "shop")
    assert not (tmp_path / ".hotspan").exists()


@pytest.mark.parametrize("ending", [".parquet", ".jsonl", ".jsonl.gz"])
def test_export_and_import_again(run: CommandLine, tmp_path: Path, ending: str) -> None:
    written(tmp_path, "a", TRACE)
    run("import", "a", "--into", "one")
    done = run("export", "one", "--to", f"all{ending}")
    assert done.code == 0
    assert done.out.startswith(f"all{ending}: 10 requests, 10 spans, ")
    assert run("import", f"all{ending}", "--into", "two").code == 0
    query = ("query", "select * exclude (duration_ns) from requests order by seq")
    assert run(*query, "two", "--format", "json").out == run(*query, "one", "--format", "json").out


def test_export_of_a_file_and_to_an_unknown_ending(run: CommandLine, tmp_path: Path) -> None:
    written(tmp_path, "a", TRACE)
    assert run("export", "a", "--to", "all.parquet").code == 0
    done = run("export", "a", "--to", "all.csv")
    assert (done.code, done.err) == (
        2,
        "hotspan: all.csv: the ending says no format to export to; use .parquet, .jsonl, .jsonl.gz\n",
    )


def test_help_needs_neither_duckdb_nor_a_store() -> None:
    for name in ("import", "export", "collect"):
        done = hotspan(name, "--help")
        assert done.code == 0
        assert "Usage: hotspan" in done.out


@needs_shared_data
def test_a_real_file_ranked_directly(run: CommandLine) -> None:
    done = run("top", SHARED / "otlp/otel-demo-mixed-signals.jsonl.gz", "--format", "json")
    kinds = [each["kind"] for each in json.loads(done.out)["endpoints"]]
    assert "held_open" in kinds
    web = [each for each in json.loads(done.out)["endpoints"] if each["kind"] == "web"]
    assert web[0]["endpoint"] == "POST /api/cart"
