"""Around every page: errors are one clear line, and nothing heavy stands before the first words."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dashboards import Page
from hotspan_collector.errors import StoreBusyError
from hotspan_dashboard import answers, navigation
from stores import seal
from traces import database, request

PAGES = list(navigation.PAGES)


def test_the_first_words_wait_for_no_data_frames_and_no_database() -> None:
    code = "import hotspan_dashboard.frame, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert set(loaded).isdisjoint({"pandas", "pyarrow", "duckdb", "hotspan_analysis"})


@pytest.mark.parametrize("name", PAGES)
def test_a_store_of_a_newer_hotspan_is_one_clear_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "newer.duckdb"
    with database([request()], path=str(path)) as connection:
        connection.execute("update meta set value = '99' where key = 'schema_version'")
    page = Page(monkeypatch, path, name)
    assert page.text.count("written by a newer hotspan") == 1
    assert page.test.title[0].value == navigation.PAGES[name]


def test_a_store_that_is_busy_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    def busy(*_: object, **__: object) -> None:
        raise StoreBusyError("<b>.hotspan</b> has been in use for 10 s: try again")

    monkeypatch.setattr(answers, "ask", busy)
    page = Page(monkeypatch, incident)
    assert "<b>.hotspan</b> has been in use for 10 s: try again." in page.text
    assert "<b>" not in page.markup


def test_a_file_that_is_no_database_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "broken.duckdb"
    path.write_bytes(b"no database" * 500)
    page = Page(monkeypatch, path)
    assert "broken.duckdb" in page.text
    assert not page.test.metric


def test_a_store_that_is_written_to_is_live_and_a_file_is_read_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seal(tmp_path / "store", [request("GET /a", seq=1)])
    assert "looking again every 5 s" in Page(monkeypatch, tmp_path / "store", live="true").text
    log = tmp_path / "access.log"
    log.write_text(
        '127.0.0.1 - - [21/Sep/2026:14:13:20 +0000] "GET /x HTTP/1.1" 200 5 "-" "curl"\n' * 3, encoding="utf-8"
    )
    page = Page(monkeypatch, log)
    assert page.figures["Requests / min"] == "180"
    assert "come from a log without durations" in page.text


def test_thousands_of_requests_of_one_client_are_drawn_on_a_canvas(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = [request("PUT /save", at=-600 + 10 * at, ms=200, client="ann") for at in range(50)]
    rows += [request("PUT /save", at=at / 4, ms=60_000, client="ann") for at in range(1200)]
    path = tmp_path / "many.duckdb"
    database([row | {"seq": n} for n, row in enumerate(rows)], path=str(path)).close()
    page = Page(monkeypatch, path, "storms")
    assert "Zoom with the wheel or W and S" in page.text
    assert "Lanes of 1," in page.text


def test_what_it_reads_it_leaves_as_it_was(monkeypatch: pytest.MonkeyPatch, incident: Path) -> None:
    before = incident.read_bytes()
    for name in PAGES:
        Page(monkeypatch, incident, name)
    assert incident.read_bytes() == before
    with duckdb.connect(str(incident)) as connection:
        assert connection.table("requests").count("*").fetchall()[0][0] > 400
