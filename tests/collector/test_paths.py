from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotspan_collector import schema
from hotspan_collector.paths import MAX_LENGTH, path_template

CASES = [
    ("/", "/"),
    ("", ""),
    ("/users", "/users"),
    ("/users/17/posts/-4", "/users/{number}/posts/{number}"),
    ("/v1/items", "/v1/items"),
    ("/u/550e8400-e29b-41d4-a716-446655440000/save", "/u/{uuid}/save"),
    ("/days/2026-09-21", "/days/{date}"),
    ("/commit/deadbeef12", "/commit/{hex}"),
    ("/word/deadbeef", "/word/deadbeef"),
    ("/t/aAbBcCdDeEfFgGhHiI9jKk", "/t/{token}"),
    ("/mail/ann@example.org", "/mail/{email}"),
    ("/" + "x" * 40, "/{token}"),
    ("/news/17-what-happened", "/news/{slug}"),
    ("/img/photo-17.png", "/img/photo-{number}.png"),
    ("/assets/app.3f2a1b9c4d.js", "/assets/app.{hex}.js"),
    ("/odd/{id}", "/odd/{id}"),
]


@pytest.mark.parametrize(("path", "template"), CASES)
def test_what_makes_a_path_one_of_many_is_replaced(path: str, template: str) -> None:
    assert path_template(path) == template


def test_only_the_beginning_of_a_path_is_looked_at() -> None:
    assert len(path_template("/a" * 100_000)) <= MAX_LENGTH


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        schema.define_macros(connection)
        yield connection


PARTS = st.one_of(
    st.text(alphabet="abcXYZ0189-_.@%~={}<:+ ", max_size=40),
    st.from_regex(r"[0-9a-f]{4,14}|[A-Z0-9]{6,10}|[0-9]{4}-[0-9]{2}(-[0-9]{2})?|[a-z]+-[0-9]+\.[a-z]+", fullmatch=True),
    st.uuids().map(str),
    st.text(max_size=40).filter(lambda text: "\0" not in text and text.isprintable()),
)


@given(st.lists(st.lists(PARTS, max_size=4).map(lambda parts: "/" + "/".join(parts)), min_size=1, max_size=40))
def test_it_says_what_the_macro_says(connection: duckdb.DuckDBPyConnection, paths: list[str]) -> None:
    said = connection.execute(
        "select path_template(left(path, $length)) from (select unnest($paths::varchar[]) as path)",
        {"paths": paths, "length": MAX_LENGTH},
    ).fetchall()
    assert [path_template(path) for path in paths] == [template for (template,) in said]
