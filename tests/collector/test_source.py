import gzip
from pathlib import Path

import pytest

from foreign_files import written
from hotspan_collector.errors import BadInputError
from hotspan_collector.importers.source import HEAD_BYTES, Source

zstd = pytest.importorskip("backports.zstd", reason="the standard library has zstd from Python 3.14 only")
LINES = b"".join(b"line %d\n" % number for number in range(50_000))


@pytest.mark.parametrize(
    ("compression", "content"),
    [("none", LINES), ("gzip", gzip.compress(LINES)), ("zstd", zstd.compress(LINES))],
    ids=["none", "gzip", "zstd"],
)
def test_head_is_the_decompressed_beginning(tmp_path: Path, compression: str, content: bytes) -> None:
    source = Source.of(written(tmp_path, "file", content))
    assert source.compression == compression
    assert source.head.startswith(b"line 0\nline 1\n")
    assert LINES.startswith(source.head.rstrip(b"\n"))
    assert len(source.head) <= HEAD_BYTES


@pytest.mark.parametrize("content", [LINES, gzip.compress(LINES), zstd.compress(LINES)], ids=["none", "gzip", "zstd"])
def test_open_gives_the_whole_content(tmp_path: Path, content: bytes) -> None:
    stream = Source.of(written(tmp_path, "file", content)).open()
    assert stream.read(len(LINES) + 1) == LINES
    stream.close()


def test_members_of_a_rotated_gzip_are_read_in_a_row(tmp_path: Path) -> None:
    content = gzip.compress(b"a\n") + gzip.compress(b"b\n")
    assert Source.of(written(tmp_path, "file", content)).head == b"a\nb\n"


def test_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    assert Source.of(written(tmp_path, "file", b"\xef\xbb\xbf{}")).head == b"{}"


def test_equal_content_is_the_same_file_under_any_name(tmp_path: Path) -> None:
    one, other = Source.of(written(tmp_path, "one", "x")), Source.of(written(tmp_path, "other", "x"))
    assert one.digest == other.digest
    assert one.worker == other.worker < 2**63
    assert one.worker != Source.of(written(tmp_path, "third", "y")).worker


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (gzip.compress(b"", mtime=0), "damaged or empty gzip"),
        (b"\x1f\x8bxx", "damaged"),
    ],
)
def test_nothing_to_read_is_said(tmp_path: Path, content: bytes, words: str) -> None:
    path = written(tmp_path, "file", content)
    with pytest.raises(BadInputError, match=words) as caught:
        Source.of(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_directory_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="No such file"):
        Source.of(tmp_path / "missing")
    with pytest.raises(BadInputError, match="directory"):
        Source.of(tmp_path)


def test_a_damaged_gzip_is_known_by_what_comes_before_the_damage(tmp_path: Path) -> None:
    whole = gzip.compress(bytes(LINES))
    assert Source.of(written(tmp_path, "file", whole[: len(whole) // 2])).head.startswith(b"line 0\n")


def test_a_damaged_zstd_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="damaged or empty zstd"):
        Source.of(written(tmp_path, "file", zstd.compress(LINES)[:4] + b"xxxx"))
