"""What spans say is learnt once, for as long as it is remembered, by each connection that is asked."""

import dataclasses
from typing import Any

import duckdb
import pytest

from hotspan_collector import schema, span_contents
from hotspan_collector.span_contents import Contents
from raw_spans import SECRET

CONSTANTS = dataclasses.asdict(SECRET) | {"captured": False}


def key(name: str = "work", kind: str = "INTERNAL", **attributes: Any) -> tuple[Any, ...]:
    """The fields of a content as spans bring them."""
    return (name, "tests", kind, "UNSET", "", tuple(attributes), tuple(attributes.values()))


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    schema.define_macros(connection)
    return connection


def numbers(contents: Contents, keys: list[tuple[Any, ...]]) -> list[int]:
    """The numbers of spans that say this."""
    return contents.numbers(list(zip(*keys, strict=True)))


def known(connection: duckdb.DuckDBPyConnection) -> list[tuple[int, str]]:
    """What a connection has been taught."""
    return connection.execute("select content, name from contents order by content").fetchall()


def test_a_content_is_learnt_once() -> None:
    contents, connection = Contents(), connect()
    assert numbers(contents, [key("a"), key("b"), key("a")]) == [0, 1, 0]
    contents.teach(connection, CONSTANTS)
    assert numbers(contents, [key("b"), key("c")]) == [1, 2]
    contents.teach(connection, CONSTANTS)
    contents.teach(connection, CONSTANTS)
    assert known(connection) == [(0, "a"), (1, "b"), (2, "c")]


def test_nothing_is_asked_of_the_connection_where_nothing_is_new() -> None:
    contents, connection = Contents(), connect()
    numbers(contents, [key()])
    contents.teach(connection, CONSTANTS)
    connection.close()
    numbers(contents, [key()])
    contents.teach(connection, CONSTANTS)


def test_another_connection_is_taught_everything() -> None:
    contents = Contents()
    numbers(contents, [key("a"), key("b")])
    contents.teach(connect(), CONSTANTS)
    numbers(contents, [key("c")])
    other = connect()
    contents.teach(other, CONSTANTS)
    assert known(other) == [(0, "a"), (1, "b"), (2, "c")]


def test_a_process_that_begins_to_capture_makes_no_more_requests_of_its_spans() -> None:
    contents, connection = Contents(), connect()
    numbers(contents, [key("GET /a", "SERVER", **{"http.request.method": "GET", "url.path": "/a"})])
    for captured, expected in ((False, ("web",)), (True, (None,))):
        contents.teach(connection, CONSTANTS | {"captured": captured})
        assert connection.execute("select request_kind from contents").fetchall() == [expected]


def test_with_too_many_contents_all_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(span_contents, "MAX_CONTENTS", 2)
    contents, connection = Contents(), connect()
    assert numbers(contents, [key("a"), key("b"), key("c")]) == [0, 1, 2]
    contents.teach(connection, CONSTANTS)
    assert numbers(contents, [key("c")]) == [0]
    contents.teach(connection, CONSTANTS)
    assert known(connection) == [(0, "c")]


def test_long_contents_are_not_kept_in_mind() -> None:
    contents = Contents()
    long = [key(a="x" * 1_900, b="x" * 1_900, c="x" * 1_900)]
    assert numbers(contents, long * 2) == [0, 1]
    assert numbers(contents, long) == [2]


def test_a_failure_to_learn_leaves_nothing_half_known() -> None:
    contents, connection = Contents(), connect()
    numbers(contents, [key("a")])
    with pytest.raises(KeyError):
        contents.teach(connection, {"captured": False})
    assert numbers(contents, [key("b")]) == [0]
    contents.teach(connection, CONSTANTS)
    assert known(connection) == [(0, "b")]
