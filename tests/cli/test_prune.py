import time
from pathlib import Path

import click
import pytest

import stores
from command_line import CommandLine
from hotspan_cli.prune import parse_size
from traces import EPOCH_NS, request

DAY_NS = 86_400 * 10**9


def recent(days_ago: float) -> dict[str, object]:
    """A request that was made so many days ago."""
    start_ns = time.time_ns() - round(days_ago * DAY_NS)
    return request("GET /a") | {"start_ns": start_ns, "arrival_ns": start_ns, "end_ns": start_ns + 10**7}


def kept(store: Path) -> int:
    ((count,),) = stores.rows(store, "select count(*) from requests")
    return int(count)


def test_what_is_older_than_asked_for_goes(hotspan: CommandLine, tmp_path: Path) -> None:
    stores.seal(tmp_path, [recent(days_ago) for days_ago in (0.1, 1, 3, 5)])
    run = hotspan("prune", tmp_path, "--keep", "2d", columns=200)
    assert (run.code, run.err) == (0, "")
    assert run.out.startswith("2 requests and 0 spans are gone")
    assert kept(tmp_path) == 2


def test_without_a_length_the_settings_count(
    hotspan: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores.seal(tmp_path, [recent(1), recent(3)])
    monkeypatch.setenv("HOTSPAN_STORE", str(tmp_path))
    monkeypatch.setenv("HOTSPAN_RETENTION_DAYS", "2")
    assert "1 request" in hotspan("prune").out
    assert kept(tmp_path) == 1


def test_nothing_is_pruned_that_is_no_store(hotspan: CommandLine, tmp_path: Path) -> None:
    run = hotspan("prune", tmp_path)
    assert run.code == 2
    assert "there is no store at" in run.err
    assert EPOCH_NS


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1000", 1000),
        ("500MB", 500_000_000),
        ("1.5 GiB", 1_610_612_736),
        ("10g", 10**10),
        ("2kb", 2000),
        ("1 TiB", 2**40),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "big", "-5MB", "0", "5 XB", "MB", "1e400"])
def test_what_is_no_size_says_how_to_write_one(text: str) -> None:
    with pytest.raises(click.UsageError, match="500MB"):
        parse_size(text)
