"""Files that are small on the disk and huge unpacked: rows or one line, in bounded memory, and nothing half done."""

import os
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from foreign_files import json_lines, otlp_document, otlp_protobuf, served

pytestmark = pytest.mark.slow
UNPACKED_MB = 1_000
MOST_MB = 1_500
TRACES = json_lines(otlp_document([served(1)])).encode()
LOG = b'10.0.0.1 - - [21/Sep/2026:08:00:00 +0000] "GET /a HTTP/1.1" 200 5 "-" "x" 0.1\n'


def bomb(path: Path, head: bytes, filler: bytes, tail: bytes) -> Path:
    """A gzip of the head, a gigabyte of the filler, and the tail."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    megabyte = filler * (1_000_000 // len(filler))
    with path.open("wb") as file:
        file.write(packer.compress(head))
        for _ in range(UNPACKED_MB):
            file.write(packer.compress(megabyte))
        file.write(packer.compress(tail) + packer.flush())
    return path


@pytest.mark.parametrize(
    ("name", "head", "filler", "tail", "requests"),
    [
        ("spaces.jsonl.gz", TRACES, b" ", b"", 1),
        ("deep.jsonl.gz", TRACES, b"[", b"", 0),
        ("string.jsonl.gz", TRACES + b'{"resourceSpans":[{"x":"', b"a", b'"}]}\n', 0),
        ("path.log.gz", LOG * 5 + LOG[:50], b"a", b' HTTP/1.1" 200 5\n', 5),
        ("zeros.pb.gz", otlp_protobuf(otlp_document([served(1)])), b"\0", b"", 0),
        ("nothing.jsonl.gz", b"", b" ", b"", 0),
    ],
)
def test_a_bomb_gives_rows_or_one_line(
    tmp_path: Path, name: str, head: bytes, filler: bytes, tail: bytes, requests: int
) -> None:
    packed = bomb(tmp_path / name, head, filler, tail)
    assert packed.stat().st_size < 2_000_000
    command = [sys.executable, "-m", "hotspan_cli.main", "import", str(packed), "--into", str(tmp_path / "store")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout
        assert running.stderr
        said, complaint = running.stdout.read(), running.stderr.read()
        _, status, usage = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
    assert usage.ru_maxrss / 1024 < MOST_MB
    if requests:
        assert running.returncode == 0
        assert f"{requests} requests and " in said
    else:
        assert running.returncode == 2
        assert complaint.count("\n") == 1
        assert not (tmp_path / "store" / "hotspan.duckdb").exists()
