from pathlib import Path

import click
import pytest

from hotspan_analysis.endpoints import SORTS
from hotspan_analysis.selection import KINDS, Filters
from hotspan_cli import options


@pytest.mark.parametrize(
    ("given", "window"),
    [
        ({}, None),
        ({"window": "15m"}, "15m"),
        ({"from_": "09:40"}, "09:40/"),
        ({"to": "10:00"}, "/10:00"),
        ({"from_": "09:40", "to": "10:00"}, "09:40/10:00"),
    ],
)
def test_the_three_options_are_one_window(given: dict[str, str], window: str | None) -> None:
    assert options.chosen(given) == window


def test_a_length_and_an_edge_exclude_each_other() -> None:
    with pytest.raises(click.UsageError, match="--window is the last stretch"):
        options.chosen({"window": "15m", "to": "10:00"})


def test_what_was_not_given_is_no_filter() -> None:
    assert options.filters({"service": "shop", "route": None, "limit": 3}) == {"service": "shop"}


def test_every_filter_of_the_library_has_an_option() -> None:
    assert set(options.FILTERS) == set(Filters.__annotations__)


def test_choices_are_those_of_the_library() -> None:
    """They are written down again because the library is not imported for --help."""
    assert options.SORTS == SORTS
    (kind,) = (option for option in _filter_options() if option.name == "kind")
    assert isinstance(kind.type, click.Choice)
    assert tuple(kind.type.choices) == KINDS


def _filter_options() -> list[click.Parameter]:
    @click.command()
    @options.filter_options
    def command() -> None:
        """Nothing."""

    return command.params


def test_without_a_source_it_is_the_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOTSPAN_STORE", str(tmp_path))
    assert options.opened([]) is not None
