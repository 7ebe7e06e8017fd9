"""What somebody does to the store's directory while an app runs: takes the permissions, the directory, or both back."""

import os
import shutil
from pathlib import Path

import servers
import stores
from hotspan_collector.layout import Layout

FAST = {"HOTSPAN_FLUSH_INTERVAL_S": "0.05", "HOTSPAN_MERGE_INTERVAL_S": "0.05"}
AS_ANYBODY = [
    "setpriv",
    "--inh-caps=-dac_override,-dac_read_search",
    "--bounding-set=-dac_override,-dac_read_search",
]
"""Before a command: root, without the right to do what the permissions of a file forbid. Others are that already."""


def stored(root: Path) -> int:
    """How many requests are in the store; 0 while there is none."""
    if not Layout(root).exists():
        return 0
    ((count, distinct),) = stores.rows(root, "select count(*), count(distinct (worker, seq)) from requests")
    assert count == distinct
    return int(count)


def prefix() -> list[str]:
    """What takes root's privileges where there are any."""
    return AS_ANYBODY if os.geteuid() == 0 else []


def test_permissions_that_go_and_come_back_cost_two_messages_and_no_request(tmp_path: Path) -> None:
    root = tmp_path / "store"
    with servers.serving("starlette", tmp_path, prefix=prefix(), **FAST) as running:
        assert running.get("/sleep/1") == 200
        stores.eventually(lambda: stored(root) == 1, "the first is stored")
        for folder in (Layout(root).inbox, Layout(root).open, root):
            folder.chmod(0o500)
        assert [running.get("/sleep/1") for _ in range(3)] == [200] * 3
        stores.eventually(lambda: "may not write" in running.log.read_text(), "it is told")
        for folder in (root, Layout(root).open, Layout(root).inbox):
            folder.chmod(0o700)
        stores.eventually(lambda: "can write again" in running.log.read_text(), "its end is told")
        stores.eventually(lambda: stored(root) == 4, "what waited is stored")
        running.stop()
    assert stores.rows(root, "from losses") == []
    assert running.log.read_text().count("hotspan cannot write") == 1


def test_a_directory_removed_under_a_running_app_is_made_again(tmp_path: Path) -> None:
    """What it held is gone with it; what comes after is recorded, and clients are hashed with a secret of the new one."""
    root = tmp_path / "store"
    with servers.serving("starlette", tmp_path, server="workers", **FAST) as running:
        for round_ in range(3):
            assert running.get("/sleep/1") == 200
            stores.eventually(lambda: stored(root) == 1, f"round {round_} is stored")
            root.rename(tmp_path / "gone")
            shutil.rmtree(tmp_path / "gone")
        running.stop()
    assert "hotspan" not in running.log.read_text()


def test_a_directory_that_cannot_be_made_again_keeps_requests_waiting(tmp_path: Path) -> None:
    """A file lies where the store was; when it is gone, all that waited is stored."""
    root = tmp_path / "store"
    with servers.serving("starlette", tmp_path, **FAST) as running:
        assert running.get("/sleep/1") == 200
        stores.eventually(lambda: stored(root) == 1, "the first is stored")
        root.rename(tmp_path / "gone")
        root.touch()
        assert [running.get("/sleep/1") for _ in range(3)] == [200] * 3
        stores.eventually(lambda: "hotspan cannot write" in running.log.read_text(), "it is told")
        root.unlink()
        stores.eventually(lambda: stored(root) == 3, "what waited is stored")
        running.stop()
    assert running.log.read_text().count("hotspan cannot write") == 1
