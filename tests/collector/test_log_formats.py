"""Each log format read from lines in its shape: what it says, in our units."""

import json
from pathlib import Path
from typing import Any

import pytest

from foreign_files import T0_NS, log_requests
from hotspan_collector.importers.log_formats import FIELDS, LOG_FORMATS

S = 1_000_000_000
MS = 1_000_000
CLF_T0 = "21/Sep/2026:14:13:20 +0000"
ISO_T0 = "2026-09-21T14:13:20"


def _one(folder: Path, line: str, **options: Any) -> dict[str, Any]:
    (found,) = log_requests(folder, line, **options)
    return found


def _told(row: dict[str, Any], *names: str) -> tuple[Any, ...]:
    return tuple(row[name] for name in names)


def test_every_group_of_a_pattern_is_a_field() -> None:
    for log_format in LOG_FORMATS.values():
        if log_format.kind == "pattern":
            assert sorted(log_format.groups()[1]) == sorted(FIELDS)
        else:
            assert set(log_format.keys) <= set(FIELDS)


def test_common_has_no_duration(tmp_path: Path) -> None:
    row = _one(tmp_path, f'192.0.2.7 - - [{CLF_T0}] "POST /login HTTP/1.0" 302 17')
    assert _told(row, "method", "route", "status", "response_bytes", "http_version") == (
        "POST",
        "/login",
        302,
        17,
        "1.0",
    )
    assert _told(row, "start_ns", "end_ns", "start_known", "time_precision_ns") == (T0_NS, T0_NS, False, S)
    assert _told(row, "agent", "client_tier", "service", "source") == (None, "address", "access-log", "log")


def test_combined_with_request_time_is_written_at_the_end(tmp_path: Path) -> None:
    row = _one(tmp_path, f'192.0.2.7 - ann [{CLF_T0}] "GET /a?b=1 HTTP/1.1" 200 5 "-" "curl/8" "-" 1.500')
    assert _told(row, "start_ns", "end_ns", "start_known") == (T0_NS - 1_500 * MS, T0_NS, True)
    assert _told(row, "agent", "client_tier") == ("curl/8", "session")


@pytest.mark.parametrize(
    "tail",
    [
        "0.250",
        '"-" 0.250',
        '"-" - 0.250',
        'rt=0.250 uct="0.000" urt=0.249',
        '"-" "req-77-1.2.3" 0.250 0.240 .',
        "250ms",
    ],
)
def test_a_duration_is_found_among_what_people_add(tmp_path: Path, tail: str) -> None:
    row = _one(tmp_path, f'192.0.2.7 - - [{CLF_T0}] "GET / HTTP/1.1" 200 5 "-" "curl/8" {tail}')
    assert _told(row, "start_ns", "end_ns") == (T0_NS - 250 * MS, T0_NS)


def test_traefiks_common_log_counts_requests_before_it_tells_the_time(tmp_path: Path) -> None:
    line = f'192.0.2.7 - - [{CLF_T0}] "GET / HTTP/1.1" 200 5 "-" "curl/8" 190 "web@docker" "http://172.17.0.3:80" 7ms'
    assert _told(_one(tmp_path, line), "start_ns", "end_ns") == (T0_NS - 7 * MS, T0_NS)


def test_apaches_microseconds_begin_at_the_time(tmp_path: Path) -> None:
    row = _one(tmp_path, f'192.0.2.7 - - [{CLF_T0}] "GET / HTTP/1.1" 200 5 "-" "curl/8" 250000')
    assert _told(row, "start_ns", "end_ns", "start_known") == (T0_NS, T0_NS + 250 * MS, True)


def test_a_virtual_host_and_spaces_before_the_time_are_read_over(tmp_path: Path) -> None:
    row = _one(tmp_path, f'shop.example:443 192.0.2.7 -  -  [{CLF_T0}] "GET /a HTTP/1.1" 200 5 "-" "x \\"y\\" z"')
    assert _told(row, "route", "agent", "client_tier") == ("/a", 'x \\"y\\" z', "address")


@pytest.mark.parametrize(
    ("request_line", "method", "route"),
    [
        ("GET http://shop.example/a?b=1#c HTTP/1.1", "GET", "/a"),
        ("GET //a//b HTTP/1.1", "GET", "/a/b"),
        ("GET /with space HTTP/1.1", "GET", "/with space"),
        ("GET /old", "GET", "/old"),
        ("OPTIONS * HTTP/1.0", "OPTIONS", "*"),
        ("CONNECT shop.example:443 HTTP/1.1", "CONNECT", "(malformed)"),
        ("\\x16\\x03\\x01", "_OTHER", "(malformed)"),
        ("", "_OTHER", "(malformed)"),
        ("-", "_OTHER", "(malformed)"),
        ("0", "_OTHER", "(malformed)"),
    ],
)
def test_request_lines_as_the_internet_sends_them(tmp_path: Path, request_line: str, method: str, route: str) -> None:
    row = _one(tmp_path, f'192.0.2.7 - - [{CLF_T0}] "{request_line}" 400 - "-" "-"')
    assert _told(row, "method", "route", "response_bytes") == (method, route, None)


def test_nginx_json(tmp_path: Path) -> None:
    fields = {
        "time_local": CLF_T0, "remote_addr": "::ffff:192.0.2.7", "request": "GET /a HTTP/2.0", "status": "499",
        "body_bytes_sent": "0", "request_time": "2.000", "http_user_agent": "x", "http_x_forwarded_for": "-",
    }  # fmt: skip
    row = _one(tmp_path, json.dumps(fields))
    assert _told(row, "start_ns", "status", "aborted", "http_version") == (T0_NS - 2 * S, 499, True, "2.0")


def test_caddy(tmp_path: Path) -> None:
    request = {
        "client_ip": "192.0.2.7",
        "remote_ip": "10.0.0.1",
        "proto": "HTTP/3.0",
        "method": "PUT",
        "uri": "/a/7?x=1",
    }
    request["headers"] = {"User-Agent": ["curl/8"]}  # type: ignore[assignment]  # the other values are texts
    fields = {"ts": 1_790_000_000.5, "request": request, "duration": 0.25, "size": 12, "status": 201, "user_id": ""}
    row = _one(tmp_path, json.dumps(fields))
    assert _told(row, "start_ns", "end_ns") == (T0_NS + 250 * MS, T0_NS + 500 * MS)
    assert _told(row, "method", "route", "status", "agent") == ("PUT", "/a/{number}", 201, "curl/8")


def test_traefik_tells_the_start_in_nanoseconds(tmp_path: Path) -> None:
    fields = {
        "ClientAddr": "192.0.2.7:5000", "ClientHost": "192.0.2.7", "Duration": 3_000_001, "DownstreamStatus": 502,
        "RequestMethod": "GET", "RequestPath": "/a", "RequestProtocol": "HTTP/1.1", "ServiceName": "web@docker",
        "StartUTC": f"{ISO_T0}.000000005Z", "time": f"{ISO_T0}Z",
    }  # fmt: skip
    row = _one(tmp_path, json.dumps(fields))
    assert _told(row, "start_ns", "end_ns", "time_precision_ns") == (T0_NS + 5, T0_NS + 5 + 3_000_001, 1)
    assert _told(row, "service", "error") == ("web@docker", True)


def test_envoy_as_text_and_json_in_one_container_log(tmp_path: Path) -> None:
    prefix = f"{ISO_T0}.9+00:00 stdout F "
    text = f'[{ISO_T0}.000Z] "GET /a HTTP/2" 0 DC 0 0 30000 - "192.0.2.7" "x" "id" "shop.example" "-"'
    fields = {
        "start_time": f"{ISO_T0}.500Z", "method": "GET", "path": "/b", "protocol": "HTTP/2", "response_code": 200,
        "duration": 11, "bytes_sent": 7, "downstream_remote_address": "[2001:db8::7]:5000", "response_flags": "-",
    }  # fmt: skip
    first, second = log_requests(tmp_path, prefix + text, prefix + json.dumps(fields))
    assert _told(first, "status", "aborted", "start_ns", "end_ns") == (None, True, T0_NS, T0_NS + 30 * S)
    assert _told(second, "aborted", "start_ns", "end_ns") == (False, T0_NS + 500 * MS, T0_NS + 511 * MS)
    assert [first["seq"], second["seq"]] == [1, 2]


def test_haproxy_begins_at_the_accept_date(tmp_path: Path) -> None:
    line = (
        "Sep 21 14:13:20 lb-1 haproxy[77]: 192.0.2.7:5000 [21/Sep/2026:14:13:20.500] https~ shop/web-1 "
        '0/1/0/168/169 504 1541 - - cH-- 5/4/3/2/0 0/0 "GET /a HTTP/1.1"'
    )
    row = _one(tmp_path, line)
    assert _told(row, "start_ns", "end_ns", "time_precision_ns") == (T0_NS + 500 * MS, T0_NS + 669 * MS, MS)
    assert _told(row, "service", "status", "aborted") == ("shop", 504, False)
    assert _one(tmp_path, line.replace("cH--", "CD--"))["aborted"]


def _alb(time: str, durations: str, status: str, created: str) -> str:
    return (
        f"h2 {time} app/shop/50dc6c495c0c9188 192.0.2.7:5000 10.0.0.1:80 {durations} {status} 200 34 366 "
        '"GET https://shop.example:443/a?b=1 HTTP/2.0" "curl/8" ECDHE TLSv1.2 arn:aws:x "Root=1-5" "shop.example" '
        f'"arn:aws:y" 0 {created} "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"'
    )


def test_alb_tells_both_ends(tmp_path: Path) -> None:
    line = _alb(f"{ISO_T0}.500000Z", "0.001 0.100 0.002", "200", f"{ISO_T0}.250000Z")
    row = _one(tmp_path, line)
    assert _told(row, "start_ns", "end_ns") == (T0_NS + 250 * MS, T0_NS + 500 * MS)
    assert _told(row, "service", "route", "response_bytes") == ("app/shop", "/a", 366)


def test_alb_whose_clocks_disagree_falls_back_on_the_three_durations(tmp_path: Path) -> None:
    row = _one(tmp_path, _alb(f"{ISO_T0}.500000Z", "0.001 0.100 0.002", "200", "2018-07-02T22:22:48.364000Z"))
    assert row["end_ns"] - row["start_ns"] == 103 * MS
    failed = _one(tmp_path, _alb(f"{ISO_T0}.500000Z", "-1 -1 -1", "460", "2018-07-02T22:22:48.364000Z"))
    assert _told(failed, "start_known", "aborted") == (False, True)


def test_cloudfront(tmp_path: Path) -> None:
    fields = (
        "2026-09-21 14:13:20 CDG50 703 192.0.2.7 GET d1.cloudfront.net /a 200 - curl/8 x=1 - Hit id shop.example https "
        "62 0.113 - TLSv1.3 AES Hit HTTP/2.0 - - 51754 0.113 Hit text/plain 20 - -"
    )
    row = _one(tmp_path, "\t".join(fields.split(" ")))
    assert _told(row, "start_ns", "end_ns", "http_version") == (T0_NS - 113 * MS, T0_NS, "2.0")
    assert _told(row, "method", "route", "service") == ("GET", "/a", "d1.cloudfront.net")


def test_ltsv(tmp_path: Path) -> None:
    pairs = (
        f"time:{ISO_T0}+00:00 host:192.0.2.7 req:GET_/a?b:c_HTTP/1.1 status:200 size:5 apptime:- reqtime:0.25 vhost:v"
    )
    row = _one(tmp_path, pairs.replace(" ", "\t").replace("_", " "))
    assert _told(row, "start_ns", "end_ns", "route", "service") == (T0_NS - 250 * MS, T0_NS, "/a", "v")


@pytest.mark.parametrize(
    "head", [f"{ISO_T0}.000000+00:00 heroku[router]:", f"<158>1 {ISO_T0}.000000+00:00 host heroku router -"]
)
def test_heroku_adds_connect_and_service(tmp_path: Path, head: str) -> None:
    line = (
        f'{head} at=info method=PUT path="/answers/7" host=shop.example request_id=1 fwd="198.51.100.1, 192.0.2.7" '
        "dyno=web.1 connect=1ms service=2040ms status=200 bytes=17 protocol=https"
    )
    row = _one(tmp_path, line)
    assert _told(row, "start_ns", "end_ns", "route") == (T0_NS - 2_041 * MS, T0_NS, "/answers/{number}")


def test_heroku_says_when_the_client_left(tmp_path: Path) -> None:
    line = (
        f'{ISO_T0}Z heroku[router]: at=error code=H18 desc="Server Request Interrupted" method=GET path="/a" host=x '
        'fwd="192.0.2.7" dyno=web.1 connect=1ms service=5ms status=503 bytes=0'
    )
    assert _told(_one(tmp_path, line), "status", "error", "aborted") == (503, True, True)


def test_iis_event(tmp_path: Path) -> None:
    names = {"c-ip": "192.0.2.7", "cs-username": "-", "s-sitename": "W3SVC1", "cs-method": "GET", "cs-uri-stem": "/a"}
    names |= {"cs-uri-query": "b=1", "sc-status": "200", "sc-bytes": "5", "time-taken": "49", "csUser-Agent": "x"}
    data = " ".join(f'<Data Name="{name}">{value}</Data>' for name, value in names.items())
    row = _one(tmp_path, f'<Event><TimeCreated SystemTime="{ISO_T0}.0000000Z" />{data}</Event>')
    assert _told(row, "start_ns", "route", "service") == (T0_NS - 49 * MS, "/a", "W3SVC1")
