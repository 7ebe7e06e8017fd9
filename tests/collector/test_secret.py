import hashlib
import hmac
import stat
import time
from pathlib import Path

import pytest

import stores
import traces
from hotspan_collector.errors import StoreError
from hotspan_collector.secret import Secret, secret_of


def test_the_blocks_make_an_hmac_in_sql() -> None:
    key = bytes(range(32))
    secret = Secret.of(key)
    found = traces.database().execute(
        "select keyed_hash($inner, $outer, 'ann')", {"inner": secret.inner_block, "outer": secret.outer_block}
    )
    expected = int.from_bytes(hmac.new(key, b"ann", hashlib.sha256).digest()[:8], "big")
    assert found.fetchall() == [(expected,)]


def test_a_store_keeps_its_secret(tmp_path: Path) -> None:
    assert secret_of(tmp_path / "store") == secret_of(tmp_path / "store")


def test_two_stores_have_different_secrets(tmp_path: Path) -> None:
    assert secret_of(tmp_path / "a") != secret_of(tmp_path / "b")


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    secret_of(tmp_path)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_nothing_else_is_left_in_the_directory(tmp_path: Path) -> None:
    secret_of(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_processes_that_come_at_the_same_time_agree(tmp_path: Path) -> None:
    script = """
import sys, time
from pathlib import Path
from hotspan_collector.secret import secret_of
time.sleep(max(0, float(sys.argv[2]) - time.time()))
print(secret_of(Path(sys.argv[1])).salt)
"""
    at = time.time() + 1.5
    processes = [stores.python(script, tmp_path / "store", at) for _ in range(6)]
    assert len({stores.said(process) for process in processes}) == 1


def test_a_secret_cut_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"short")
    with pytest.raises(StoreError, match="not a secret of 32 bytes"):
        secret_of(tmp_path)


def test_a_secret_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    with pytest.raises(StoreError, match="a directory lies where a file should be") as caught:
        secret_of(tmp_path)
    assert "\n" not in str(caught.value)
