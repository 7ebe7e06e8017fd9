import signal
import threading
import time
from pathlib import Path

import duckdb
import pytest

import stores
from hotspan_analysis.running import Run
from hotspan_collector.errors import HotspanError

ENDLESS = "select sum(hash(range)) from range(1000000000000)"


def test_columns_and_rows() -> None:
    with duckdb.connect() as connection:
        assert Run(connection, "select $a as a, 2 as b", {"a": 1}).result() == (("a", "b"), [(1, 2)])


def test_what_duckdb_refuses_is_raised_as_it_is() -> None:
    with duckdb.connect() as connection, pytest.raises(duckdb.BinderException):
        Run(connection, "select nothing").result()


def test_too_little_memory_says_what_to_do() -> None:
    with (
        duckdb.connect(config={"memory_limit": "30MB", "temp_directory": ""}) as connection,
        pytest.raises(HotspanError, match="HOTSPAN_MEMORY_LIMIT_BYTES"),
    ):
        Run(connection, "select quantile_cont(hash(range), 0.5) from range(30000000)").result()


def test_no_room_for_what_exceeds_the_memory_says_what_to_do(tmp_path: Path) -> None:
    """The limit on files is that of a process of its own: the temporary file may not grow as large as it must."""
    script = """
import duckdb, resource, sys
from hotspan_analysis.running import Run
from hotspan_collector.errors import HotspanError
resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, 2**16))
with duckdb.connect(config={"memory_limit": "30MB", "threads": 1, "temp_directory": sys.argv[1]}) as connection:
    try:
        Run(connection, "select * from range(9000000) order by hash(range) limit 1 offset 8000000").result()
    except HotspanError as error:
        print(error)
"""
    told = stores.run(script, tmp_path / "spilled").out
    assert "takes no more of what exceeds it" in told
    assert told.count("\n") == 1


def test_an_interrupt_stops_the_query_and_leaves_the_connection_usable() -> None:
    with duckdb.connect() as connection:
        interrupt = threading.Timer(0.5, lambda: signal.raise_signal(signal.SIGINT))
        interrupt.start()
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            Run(connection, ENDLESS).result()
        interrupt.join()
        assert time.monotonic() - began < 60
        assert Run(connection, "select 1").result()[1] == [(1,)]
