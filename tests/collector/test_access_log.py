from pathlib import Path

import pytest

from foreign_files import T0_NS, imported, log_requests, rows, written

S = 1_000_000_000


def _line(
    target: str = "/", second: int = 20, client: str = "192.0.2.7", agent: str = "test", status: int = 200
) -> str:
    return f'{client} - - [21/Sep/2026:14:13:{second:02} +0000] "GET {target} HTTP/1.1" {status} 5 "-" "{agent}"'


def test_a_row_has_its_line_number_for_seq_and_the_file_for_worker(tmp_path: Path) -> None:
    found = log_requests(tmp_path, _line("/a"), "", "nonsense", _line("/b"))
    assert [(row["seq"], row["route"]) for row in found] == [(1, "/a"), (4, "/b")]
    assert len({row["worker"] for row in found}) == 1


def test_skipped_lines_are_counted_by_reason_with_their_numbers(tmp_path: Path) -> None:
    lines = [_line(), "#Version: 1.0", "nonsense", _line().replace("Sep", "Foo"), "   ", "more nonsense"]
    _, summary = imported(written(tmp_path, "log", "\n".join(lines)))
    (file,) = summary.files
    assert [str(each) for each in file.skipped] == [
        "2 skipped: not in the format combined (lines 3, 6)",
        "1 skipped: a comment (line 2)",
        "1 skipped: no time that can be read (line 4)",
    ]
    assert (file.rows, file.requests) == (5, 1)


def test_lines_that_end_as_windows_ends_them_lose_nothing(tmp_path: Path) -> None:
    path = written(tmp_path, "log", "\r\n".join([_line("/a"), _line("/b"), ""]))
    connection, _ = imported(path)
    assert [row["route"] for row in rows(connection)] == ["/a", "/b"]


def test_bytes_that_are_no_text_lose_no_line(tmp_path: Path) -> None:
    content = b"\n".join(
        [_line("/a").encode(), _line("/b").encode().replace(b"test", b"\xff\xfe\x80"), _line("/c").encode()]
    )
    connection, summary = imported(written(tmp_path, "log", content))
    assert [row["route"] for row in rows(connection)] == ["/a", "/b", "/c"]
    assert rows(connection)[1]["agent"] == "\ufffd\ufffd\ufffd"
    assert not summary.files[0].skipped


def test_the_client_is_the_address_and_the_agent(tmp_path: Path) -> None:
    found = log_requests(tmp_path, _line(agent="a"), _line(agent="b"), _line(client="192.0.2.8", agent="a"))
    assert [row["client_tier"] for row in found] == ["address_agent", "address_agent", "address"]
    assert len({row["client"] for row in found}) == 3
    assert len({row["address"] for row in found}) == 2


def test_behind_a_proxy_the_client_is_what_the_proxy_wrote_down(tmp_path: Path) -> None:
    behind = _line(client="10.0.0.1") + ' "203.0.113.9, 192.0.2.7"'
    in_front, spoofed = _line(), _line() + ' "203.0.113.9"'
    proxied, direct, claimed = log_requests(tmp_path, behind, in_front, spoofed)
    assert proxied["address"] == direct["address"] == claimed["address"]


def test_nothing_that_identifies_anybody_is_kept_in_the_clear(tmp_path: Path) -> None:
    connection, _ = imported(written(tmp_path, "log", _line("/a?token=s3cret", client="192.0.2.77")))
    text = repr(rows(connection))
    assert "192.0.2.77" not in text
    assert "s3cret" not in text


def test_cache_busters_do_not_make_another_target(tmp_path: Path) -> None:
    first, second, third, other = log_requests(
        tmp_path, _line("/a?x=1&_=1"), _line("/a?_=2&x=1"), _line("/a?x=1&r=0.8431120931"), _line("/a?x=2")
    )
    assert first["target"] == second["target"] == third["target"] != other["target"]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/users/77/items", "/users/{number}/items"),
        ("/jobs/1b4e28ba-2fa1-11d2-883f-0016d3cca427", "/jobs/{uuid}"),
        ("/days/2026-09-21", "/days/{date}"),
        ("/a" * 400, "/a" * 250),
    ],
)
def test_routes_are_made_of_paths(tmp_path: Path, path: str, route: str) -> None:
    assert log_requests(tmp_path, _line(path))[0]["route"] == route


def test_what_nobody_serves_is_one_bucket(tmp_path: Path) -> None:
    assert {row["route"] for row in log_requests(tmp_path, _line("/a", status=404), _line("/b", status=404))} == {
        "(unmatched)"
    }


def test_rare_routes_share_a_bucket_beyond_the_bound(tmp_path: Path) -> None:
    names = [f"/p{chr(97 + n // 676)}{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}" for n in range(2_100)]
    found = log_requests(tmp_path, *(_line(name) for name in [*names, names[-1]]))
    routes = [row["route"] for row in found]
    assert len(set(routes)) == 2_001
    assert routes.count("(other)") == 100
    assert names[-1] in routes


@pytest.mark.parametrize(
    ("target", "status", "kind"),
    [
        ("/socket.io/?transport=polling", 200, "held_open"),
        ("/api/ws", 101, "held_open"),
        ("/news", 101, "held_open"),
        ("/wsdl", 200, "web"),
        ("/classes", 200, "web"),
    ],
)
def test_long_polls_and_sockets_are_held_open(tmp_path: Path, target: str, status: int, kind: str) -> None:
    assert log_requests(tmp_path, _line(target, status=status))[0]["kind"] == kind


def test_lines_out_of_order_keep_their_own_times(tmp_path: Path) -> None:
    found = log_requests(tmp_path, _line(second=30), _line(second=20))
    assert [row["start_ns"] for row in found] == [T0_NS + 10 * S, T0_NS]


def test_a_service_is_named_on_request(tmp_path: Path) -> None:
    assert log_requests(tmp_path, _line(), service="shop")[0]["service"] == "shop"


def test_the_summary_says_what_a_log_does_not_tell(tmp_path: Path) -> None:
    _, summary = imported(written(tmp_path, "log", _line()))
    assert summary.files[0].missing == {"duration": 1, "route": 1}
    assert summary.files[0].services == ("access-log",)


@pytest.mark.parametrize(
    ("time", "offset_s", "precision_ns"),
    [
        ("2026-09-21T14:13:20Z", 0, S),
        ("2026-09-21T16:13:20+02:00", 0, S),
        ("2026-09-21T08:43:20.5-0530", 0.5, S // 10),
        ("2026-09-21 14:13:20,123", 0.123, S // 1_000),
        ("21/Sep/2026:16:13:20 +0200", 0, S),
        ("1790000000", 0, S),
        ("1790000000.25", 0.25, S // 100),
        ("1790000000250", 0.25, S // 1_000),
        ("1790000000250000", 0.25, S // 1_000_000),
    ],
)
def test_times_in_every_notation(tmp_path: Path, time: str, offset_s: float, precision_ns: int) -> None:
    (row,) = log_requests(tmp_path, f'{{"time": "{time}", "uri": "/", "status": 200}}')
    assert row["start_ns"] == T0_NS + round(offset_s * S)
    assert row["time_precision_ns"] == precision_ns
