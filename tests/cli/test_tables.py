import csv
import io
import json

import pytest

from hotspan_cli import tables
from hotspan_cli.tables import Shown

Fruit = tuple[str, int, float]
FRUIT: list[Fruit] = [("apple", 3, 0.5), ("a very long name that no narrow terminal could ever show in full", 12, 1.25)]
COLUMNS: list[Shown[Fruit]] = [
    Shown("Name", lambda row: row[0], is_name=True),
    Shown("Count", lambda row: str(row[1])),
    Shown("Price of one", lambda row: f"{row[2]:.2f}", gives_way=1),
    Shown("Price of all", lambda row: f"{row[1] * row[2]:.2f}", gives_way=2),
]


def printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int, rows: list[Fruit] = FRUIT
) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    tables.print_table(rows, COLUMNS, title="Fruit")
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_names_stand_left_and_numbers_right(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert printed(capsys, monkeypatch, 120, FRUIT[:1]) == [
        "Fruit",
        "Name   Count  Price of one  Price of all",
        "apple      3          0.50          1.50",
    ]


def test_a_long_name_is_cut_before_a_number_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = printed(capsys, monkeypatch, 60)
    assert lines[3] == "a very long name that no…     12          1.25         15.00"
    assert len(lines[3]) <= 60


def test_columns_give_way_in_order_and_it_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = printed(capsys, monkeypatch, 40)
    assert lines[1].split() == ["Name", "Count", "Price", "of", "one"]
    assert " ".join(lines[-2:]) == "A wider terminal also shows: Price of all."
    assert printed(capsys, monkeypatch, 20)[1].split() == ["Name", "Count"]


def test_without_a_hint_nothing_is_said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    tables.print_table(FRUIT, COLUMNS, hint=False)
    assert "wider" not in capsys.readouterr().out


def test_a_table_of_nothing_has_headings(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(capsys, monkeypatch, 80, [])[1] == "Name  Count  Price of one  Price of all"


def test_markup_in_a_name_is_text(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lines = printed(capsys, monkeypatch, 120, [("[red]x[/red] :smile: [link=http://x]", 1, 1.0)])
    assert lines[2].startswith("[red]x[/red] :smile: [link=http://x]")


def test_wide_characters_count_as_wide(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = printed(capsys, monkeypatch, 120, [("東京", 1, 1.0), ("abcd", 1, 1.0)])[2:]
    assert first.replace("東京", "abcd") == second


def test_json_is_ascii_and_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    tables.print_json({"name": "straße\x9b\u202e"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"name": "straße\x9b\u202e"}


def test_csv_quotes_what_it_must(capsys: pytest.CaptureFixture[str]) -> None:
    tables.print_csv(["a", "b"], [{"a": 'one, "two"', "b": [1, {"c": None}]}, {"a": "line\nbreak", "b": None}])
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert rows == [["a", "b"], ['one, "two"', '[1, {"c": null}]'], ["line\\nbreak", ""]]


def test_lines_of_text_are_wrapped_and_safe(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    tables.say("[bold]\x1b[31m" + "word " * 12)
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 30
    assert out.startswith("[bold]\\x1b[31mword")
