import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from foreign_files import imported, json_lines, otlp_document, rows, served, written
from hotspan_collector.errors import BadInputError, StoreBusyError
from hotspan_collector.export import export
from hotspan_collector.importers import importing, into_store
from hotspan_collector.importers.into_store import import_into
from hotspan_collector.layout import Layout
from hotspan_collector.store import Store

LOG_LINE = '192.0.2.7 - - [21/Sep/2026:14:13:20 +0000] "GET /a HTTP/1.1" 200 5 "-" "test" 0.250\n'
TRACE = json_lines(otlp_document([served(number) for number in range(1, 11)]))


def _counts(store: Path) -> tuple[int, ...]:
    with Store(store).reading() as connection:
        return tuple(
            connection.execute(f"select count(*) from {table}").fetchall()[0][0]  # noqa: S608  # constants
            for table in ("requests", "spans", "segments")
        )


def test_files_are_added_to_a_store_that_is_made_for_them(tmp_path: Path) -> None:
    summary = import_into(tmp_path / "store", [written(tmp_path, "a", LOG_LINE), written(tmp_path, "b", TRACE)])
    assert (summary.requests, summary.spans) == (11, 10)
    assert _counts(tmp_path / "store") == (11, 10, 2)
    left = {path.name for path in (tmp_path / "store").iterdir()}
    assert left == {"hotspan.duckdb", "secret", "inbox", "open", "lock"}


def test_importing_the_same_file_again_adds_nothing(tmp_path: Path) -> None:
    store, log = tmp_path / "store", written(tmp_path, "a", LOG_LINE)
    import_into(store, [log])
    again = import_into(store, [written(tmp_path, "copy", LOG_LINE), written(tmp_path, "b", TRACE)])
    assert [file.already_there for file in again.files] == [True, False]
    assert import_into(store, [log]).files[0].already_there
    assert _counts(store) == (11, 10, 2)


def test_an_export_of_a_store_adds_nothing_to_it(tmp_path: Path) -> None:
    store = tmp_path / "store"
    import_into(store, [written(tmp_path, "b", TRACE)])
    with Store(store).reading() as connection:
        export(connection, tmp_path / "all.parquet")
    import_into(store, [tmp_path / "all.parquet"])
    assert _counts(store)[:2] == (10, 10)


@pytest.mark.parametrize("content", ["", "neither a trace nor a log", None])
def test_nothing_to_read_adds_nothing_and_leaves_nothing(tmp_path: Path, content: str | None) -> None:
    """No directory, and no secret in it, where somebody has mistyped a name."""
    file = tmp_path / "a" if content is None else written(tmp_path, "a", content)
    with pytest.raises(BadInputError):
        import_into(tmp_path / "new" / "store", [file])
    assert not (tmp_path / "new").exists()


def test_an_import_that_fails_leaves_to_others_what_they_began_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "store"

    def fails(*_: object, **__: object) -> None:
        Layout(store).make()
        raise KeyboardInterrupt

    monkeypatch.setattr(into_store, "import_files", fails)
    with pytest.raises(KeyboardInterrupt):
        import_into(store, [written(tmp_path, "a", LOG_LINE)])
    assert {path.name for path in store.iterdir()} >= {"secret", "inbox"}


def test_an_import_that_fails_leaves_a_store_as_it_was(tmp_path: Path) -> None:
    store = tmp_path / "store"
    Layout(store).make()
    with pytest.raises(BadInputError):
        import_into(store, [tmp_path / "missing"])
    assert Layout(store).inbox.is_dir()


def test_a_store_has_one_secret_for_imports_and_live_data(tmp_path: Path) -> None:
    import_into(tmp_path / "store", [written(tmp_path, "a", LOG_LINE)])
    import_into(tmp_path / "store", [written(tmp_path, "b", LOG_LINE * 2)])
    with Store(tmp_path / "store").reading() as connection:
        assert len({row["client"] for row in rows(connection)}) == 1
    assert rows(imported(tmp_path / "a")[0])[0]["client"] not in {None}


def test_a_reader_is_kept_waiting_only_while_rows_are_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = tmp_path / "store"
    import_into(store, [written(tmp_path, "a", LOG_LINE)])
    read: list[int] = []
    prepared = importing.import_files

    def watched(*args: object, **more: object) -> object:
        read.append(_counts(store)[0])  # while files are being read the store is open to everybody
        return prepared(*args, **more)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(into_store, "import_files", watched)
    import_into(store, [written(tmp_path, "b", TRACE)])
    assert read == [1]


def test_two_imports_of_the_same_file_at_a_time_add_it_once(tmp_path: Path) -> None:
    store, trace = tmp_path / "store", written(tmp_path, "b", TRACE)
    failures: list[Exception] = []

    def run() -> None:
        try:
            import_into(store, [trace])
        except StoreBusyError as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _counts(store) == (10, 10, 1)
    assert all("another import added the same file" in str(error) or "in use" in str(error) for error in failures)


def _importing(store: Path, path: Path) -> "subprocess.Popen[bytes]":
    code = "import sys; from pathlib import Path; from hotspan_collector.importers.into_store import import_into; "
    return subprocess.Popen([sys.executable, "-c", f"{code}import_into(Path(sys.argv[1]), [sys.argv[2]])", store, path])


@pytest.mark.slow
def test_killed_at_any_moment_an_import_is_whole_or_not_there(tmp_path: Path) -> None:
    spans = 3_000
    documents = [otlp_document([served(n) for n in range(start, start + 100)]) for start in range(1, spans, 100)]
    trace = written(tmp_path, "b", json_lines(*documents))
    started = time.monotonic()
    assert _importing(tmp_path / "first", trace).wait() == 0
    length_s = time.monotonic() - started
    outcomes = set()
    for step in range(25):
        store = tmp_path / f"store-{step}"
        process = _importing(store, trace)
        time.sleep(length_s * step / 20)
        process.send_signal(signal.SIGKILL)
        process.wait()
        found = _counts(store)[1] if Layout(store).database.exists() else 0
        assert found in (0, spans)
        outcomes.add(found)
        import_into(store, [trace])
        assert _counts(store)[1] == spans
    assert 0 in outcomes
    assert os.getpid()
