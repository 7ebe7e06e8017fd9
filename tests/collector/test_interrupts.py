import signal
import threading
import time

import duckdb
import pytest

from hotspan_collector.interrupts import interruptible

ENDLESS = "select sum(hash(range)) from range(1000000000000)"


def interrupting(after_s: float) -> threading.Timer:
    timer = threading.Timer(after_s, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    return timer


def test_what_the_work_returns() -> None:
    with duckdb.connect() as connection:
        assert interruptible(connection, lambda: connection.execute("select 7").fetchall()) == [(7,)]


def test_what_the_work_raises() -> None:
    with duckdb.connect() as connection, pytest.raises(ZeroDivisionError):
        interruptible(connection, lambda: 1 // 0)


def test_a_part_of_the_work_stays_in_its_thread_and_ends_with_it() -> None:
    with duckdb.connect() as connection, duckdb.connect() as other:

        def whole() -> list[int]:
            threads = [threading.get_ident()]
            threads += [interruptible(each, threading.get_ident) for each in (connection, other)]
            return threads

        first, part, elsewhere = interruptible(connection, whole)
        assert first == part != elsewhere
        timer = interrupting(0.5)
        with pytest.raises(KeyboardInterrupt):
            interruptible(connection, lambda: interruptible(connection, lambda: connection.execute(ENDLESS)))
        timer.join()


def test_an_interrupt_ends_it_soon() -> None:
    with duckdb.connect() as connection:
        timer, began_s = interrupting(0.5), time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            interruptible(connection, lambda: connection.execute(ENDLESS))
        timer.join()
        assert time.monotonic() - began_s < 60
        assert connection.execute("select 1").fetchall() == [(1,)]


def test_work_that_begins_another_statement_is_interrupted_again() -> None:
    begun = []

    def stubborn() -> None:
        for number in range(3):
            begun.append(number)
            try:
                connection.execute(ENDLESS)
            except duckdb.InterruptException:
                continue

    with duckdb.connect() as connection:
        timer = interrupting(0.5)
        with pytest.raises(KeyboardInterrupt):
            interruptible(connection, stubborn)
        timer.join()
    assert begun == [0, 1, 2]


def test_from_another_thread_it_works_too() -> None:
    found: list[int] = []
    with duckdb.connect() as connection:
        thread = threading.Thread(target=lambda: found.append(interruptible(connection, lambda: 3)))
        thread.start()
        thread.join(60)
    assert found == [3]


def test_an_interrupt_while_the_thread_starts_waits_for_its_work(monkeypatch: pytest.MonkeyPatch) -> None:
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        start(thread)
        raise KeyboardInterrupt

    with duckdb.connect() as connection:
        monkeypatch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            interruptible(connection, lambda: connection.execute(ENDLESS))
        assert connection.execute("select 1").fetchall() == [(1,)]


def test_a_thread_that_comes_too_late_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[str] = []
    late: list[threading.Thread] = []
    start = threading.Thread.start

    def interrupted(thread: threading.Thread) -> None:
        late.append(thread)
        raise KeyboardInterrupt

    with duckdb.connect() as connection:
        monkeypatch.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            interruptible(connection, lambda: did.append("what nobody waits for any more"))
    start(late[0])
    late[0].join(60)
    assert not late[0].is_alive()
    assert did == []
