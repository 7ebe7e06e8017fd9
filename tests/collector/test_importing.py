import json
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

import traces
from foreign_files import SECRET, imported, json_lines, otlp_document, rows, served, written
from hotspan_collector import schema
from hotspan_collector.errors import BadInputError
from hotspan_collector.importers import import_files, importing
from hotspan_collector.importers.importing import STEPS, explained

LOG_LINE = '192.0.2.7 - - [21/Sep/2026:14:13:20 +0000] "GET / HTTP/1.1" 200 5 "-" "test" 0.250\n'
TRACE = json_lines(otlp_document([served()]))


def _counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, ...]:
    tables = ("requests", "spans", "segments")
    return tuple(connection.execute(f"select count(*) from {table}").fetchall()[0][0] for table in tables)  # noqa: S608  # three constants


def test_the_same_content_is_imported_once_under_any_name(tmp_path: Path) -> None:
    connection, _ = imported(written(tmp_path, "one.log", LOG_LINE))
    again = import_files([written(tmp_path, "other.log", LOG_LINE)], connection, secret=SECRET)
    assert again.files[0].already_there
    assert (again.requests, again.rows) == (0, 0)
    assert _counts(connection) == (1, 0, 1)


def test_several_files_in_one_database(tmp_path: Path) -> None:
    connection, summary = imported(written(tmp_path, "a.log", LOG_LINE), written(tmp_path, "b.json", TRACE))
    assert [file.format for file in summary.files] == ["combined", "otlp-json"]
    assert _counts(connection) == (2, 1, 2)
    assert {row["source"] for row in rows(connection)} == {"log", "span"}


def test_rows_join_those_that_are_there(tmp_path: Path) -> None:
    connection = traces.database([traces.request()], [traces.span(attributes={"a": "b"})])
    import_files([written(tmp_path, "b.json", TRACE)], connection, secret=SECRET)
    assert _counts(connection) == (2, 2, 1)


def test_one_bad_file_among_good_ones_is_told_and_costs_only_itself(tmp_path: Path) -> None:
    connection, summary = imported(
        written(tmp_path, "a.log", LOG_LINE), tmp_path / "missing", written(tmp_path, "c", "?")
    )
    assert [failure.path.name for failure in summary.failures] == ["missing", "c"]
    assert all("\n" not in failure.message for failure in summary.failures)
    assert _counts(connection) == (1, 0, 1)


def test_nothing_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"missing: No such file .* \(and 1 more like it\)"):
        imported(tmp_path / "missing", written(tmp_path, "c", "?"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (json_lines(otlp_document([])), "it holds no request and no span"),
        ('{\n "resourceSpans": [\n  {"scopeSpans": [}\n ]\n}', "not JSON at byte"),
        ('{\n "resourceSpans": [\n', "not JSON at byte .*unexpected end of data"),
        ("time:x\treq:y\n" + LOG_LINE.replace("14:13", "25:61"), "no time that can be read"),
    ],
)
def test_a_file_of_which_nothing_can_be_kept_leaves_nothing(tmp_path: Path, content: str, words: str) -> None:
    connection = duckdb.connect()
    path = written(tmp_path, "file", content)
    with pytest.raises(BadInputError, match=words) as caught:
        import_files([path], connection, secret=SECRET)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert _counts(connection) == (0, 0, 0)


def test_what_fails_at_the_end_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise duckdb.IOException("IO Error: No space left on device")

    monkeypatch.setattr(importing, "_note", broken)
    connection = duckdb.connect()
    with pytest.raises(BadInputError, match="No space left on device"):
        import_files([written(tmp_path, "a.log", LOG_LINE)], connection, secret=SECRET)
    assert _counts(connection) == (0, 0, 0)


def test_nothing_temporary_stays(tmp_path: Path) -> None:
    connection, _ = imported(written(tmp_path, "a.log", LOG_LINE), written(tmp_path, "b.json", TRACE))
    assert connection.execute("select table_name from duckdb_tables() where temporary").fetchall() == []
    assert connection.execute("select view_name from duckdb_views() where temporary and not internal").fetchall() == []


def test_a_named_format_is_taken_at_its_word(tmp_path: Path) -> None:
    path = written(tmp_path, "file", TRACE)
    with pytest.raises(BadInputError, match="nothing in it could be read"):
        imported(path, format="nginx")
    assert imported(path, format="otlp-json")[1].spans == 1


def test_progress_tells_each_step_and_can_be_asked_from_another_thread(tmp_path: Path) -> None:
    told: list[tuple[str, str]] = []
    shares: list[float] = []

    def progress(path: Path, step: str, share: object) -> None:
        told.append((path.name, step))
        asking = threading.Thread(target=lambda: shares.append(share()))  # type: ignore[operator]  # a callable
        asking.start()
        asking.join()

    imported(written(tmp_path, "a.log", LOG_LINE), written(tmp_path, "b.json", TRACE), progress=progress)
    assert told == [("a.log", "reading"), ("a.log", "storing"), *(("b.json", step) for step in STEPS)]
    assert all(0 <= share <= 1 for share in shares)


def test_between_two_files_the_last_one_is_done(tmp_path: Path) -> None:
    asked: list[Callable[[], float]] = []
    imported(written(tmp_path, "a.log", LOG_LINE), progress=lambda path, step, share: asked.append(share))
    assert asked[-1]() == 1.0


def test_the_summary_tells_what_was_read(tmp_path: Path) -> None:
    _, summary = imported(written(tmp_path, "a.log", LOG_LINE + "nonsense\n"))
    (file,) = summary.files
    assert (file.rows, file.requests, file.spans, summary.skipped) == (2, 1, 0, 1)
    assert file.last_ns is not None and file.first_ns is not None
    assert file.last_ns - file.first_ns == 250_000_000


def test_the_same_secret_gives_the_same_clients(tmp_path: Path) -> None:
    first, second = (imported(written(tmp_path, name, LOG_LINE + extra))[0] for name, extra in (("a", ""), ("b", "\n")))
    assert rows(first)[0]["client"] == rows(second)[0]["client"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("IO Error: Unexpected end of GZIP stream: x", "gzip file ends in the middle"),
        (
            'Invalid Input Error: Malformed JSON in file "x", at byte 4 in line 7: bad. Try',
            "not JSON at byte 4 of line 7: bad;",
        ),
        ("Out of Memory Error: could not allocate", "does not fit into memory"),
        ("Some Error: \n\nthe reason\nmore", r"cannot be read \(the reason\)"),
        ("", r"cannot be read \(unknown\)"),
    ],
)
def test_what_duckdb_says_becomes_one_line(text: str, words: str) -> None:
    message = str(explained(duckdb.Error(text), Path("x")))
    assert "\n" not in message
    import re

    assert re.search(words, message)


def test_a_database_of_an_older_kind_gets_what_it_lacks(tmp_path: Path) -> None:
    connection = duckdb.connect(str(tmp_path / "own.duckdb"))
    import_files([written(tmp_path, "a.log", LOG_LINE)], connection, secret=SECRET)
    found = connection.execute("select value from meta where key = 'schema_version'").fetchall()
    assert found == [(str(schema.VERSION),)]


def test_a_document_of_many_megabytes_on_many_lines(tmp_path: Path) -> None:
    document = otlp_document([served(number, attributes={"app.pad": "x" * 1_900}) for number in range(1, 10_000)])
    path = written(tmp_path, "big.json", json.dumps(document, indent=1))
    assert path.stat().st_size > 20_000_000
    assert imported(path)[1].spans == 9_999
