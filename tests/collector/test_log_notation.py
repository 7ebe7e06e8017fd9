from pathlib import Path

import pytest

from foreign_files import T0_NS, imported, log_requests, written
from hotspan_collector.errors import BadInputError
from hotspan_collector.importers.log_notation import log_format_of

CLF_T0 = "21/Sep/2026:14:13:20 +0000"


def test_nginx_notation_whole_as_in_the_configuration(tmp_path: Path) -> None:
    notation = r"""log_format main '$remote_addr - $remote_user [$time_local] "$request" '
                      '$status $body_bytes_sent "$http_referer" '
                      '"$http_user_agent" "$http_x_forwarded_for" rt=$request_time';"""
    line = f'10.0.0.1 - - [{CLF_T0}] "GET /a HTTP/1.1" 200 5 "-" "a \\"b\\"" "198.51.100.1, 192.0.2.7" rt=0.250'
    (row,) = log_requests(tmp_path, line, log_format=notation)
    assert (row["route"], row["agent"], row["end_ns"] - row["start_ns"]) == ("/a", 'a \\"b\\"', 250_000_000)


def test_nginx_notation_only_its_string(tmp_path: Path) -> None:
    notation = "$time_iso8601|$request_method|$uri|$args|$status|$request_time|$server_name"
    line = "2026-09-21T14:13:20+00:00|GET|/a|b=1|200|0.250|shop"
    (row,) = log_requests(tmp_path, line, log_format=notation)
    assert (row["method"], row["route"], row["service"], row["start_ns"]) == ("GET", "/a", "shop", T0_NS - 250_000_000)


def test_a_variable_that_stands_twice_counts_where_it_stands_first(tmp_path: Path) -> None:
    line = "[21/Sep/2026:14:13:20 +0000] GET /a 200 200"
    (row,) = log_requests(tmp_path, line, log_format="[$time_local] $request_method $request_uri $status $status")
    assert row["status"] == 200


@pytest.mark.parametrize(
    "notation",
    [
        r'LogFormat "%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %D" combined',
        r"%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %D",
        '%a %l %u %t "%m %U%q %H" %s %b "%{Referer}i" "%{User-agent}i" %{us}T',
    ],
)
def test_apache_notation_begins_at_the_time(tmp_path: Path, notation: str) -> None:
    line = f'192.0.2.7 - - [{CLF_T0}] "GET /a?b=1 HTTP/1.1" 200 5 "-" "curl/8" 250000'
    (row,) = log_requests(tmp_path, line, log_format=notation)
    assert (row["route"], row["agent"]) == ("/a", "curl/8")
    assert (row["start_ns"], row["end_ns"]) == (T0_NS, T0_NS + 250_000_000)


@pytest.mark.parametrize("group", ["?P<", "?<"])
def test_a_regular_expression_names_its_groups(tmp_path: Path, group: str) -> None:
    pattern = rf"^({group}time>\S+) ({group}method>\w+) ({group}target>\S+) took ({group}duration_ms>\d+)$"
    (row,) = log_requests(tmp_path, "2026-09-21T14:13:20Z GET /a took 250", log_format=pattern)
    assert (row["route"], row["start_ns"]) == ("/a", T0_NS - 250_000_000)


def test_lines_in_another_format_are_counted(tmp_path: Path) -> None:
    path = written(tmp_path, "log", "2026-09-21T14:13:20Z /a\nother\n2026-09-21T14:13:21Z /b\n")
    _, summary = imported(path, log_format=r"^(?P<time>\S+) (?P<target>/\S+)")
    assert [str(each) for each in summary.files[0].skipped] == ["1 skipped: not in the format given (line 2)"]


@pytest.mark.parametrize(
    ("notation", "words"),
    [
        ("access", "names nothing"),
        ("$status $request_time", "no time or no request"),
        ("%h %>s", "no time or no request"),
        ("(?P<when>x)", "groups nobody reads, when"),
        ("(?P<time>(", "no regular expression"),
    ],
)
def test_a_notation_that_cannot_be_used_is_said(notation: str, words: str) -> None:
    with pytest.raises(BadInputError, match=words):
        log_format_of(notation)


def test_what_only_other_regular_expressions_know_is_said_in_one_line(tmp_path: Path) -> None:
    path = written(tmp_path, "log", "2026-09-21T14:13:20Z /a\n")
    with pytest.raises(BadInputError, match="cannot be read") as caught:
        imported(path, log_format=r"(?P<time>\S+)(?= )(?P<target>.*)")
    assert "\n" not in str(caught.value)
