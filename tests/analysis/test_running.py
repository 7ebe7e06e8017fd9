import signal
import threading
import time

import duckdb
import pytest

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
