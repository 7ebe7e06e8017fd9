import pytest

from hotspan_collector.proxies import MIN_REQUESTS, ProxyWatch, canonical, client_address, peer_of, suspected_proxy

CHAIN = {b"x-forwarded-for": b"203.0.113.7, 198.51.100.9, 10.0.0.1"}


@pytest.mark.parametrize(
    ("trusted", "address"),
    [
        (0, "10.0.0.2"),
        (1, "10.0.0.1"),
        (2, "198.51.100.9"),
        (3, "203.0.113.7"),
        (4, "203.0.113.7"),
        (99, "203.0.113.7"),
    ],
)
def test_the_client_stands_as_many_hops_away_as_proxies_are_trusted(trusted: int, address: str) -> None:
    assert client_address(CHAIN, "10.0.0.2", trusted) == address


def test_without_the_header_the_peer_is_the_client() -> None:
    assert client_address({}, "10.0.0.2", 3) == "10.0.0.2"


def test_a_client_cannot_choose_its_address_by_writing_the_header() -> None:
    forged = {b"x-forwarded-for": b"6.6.6.6, 203.0.113.7"}  # our one proxy added the last hop
    assert client_address(forged, "10.0.0.2", 1) == "203.0.113.7"


@pytest.mark.parametrize(
    "value",
    [
        b"for=203.0.113.7",
        b"For=203.0.113.7;proto=https;by=10.0.0.1",
        b"for=198.51.100.1, for=203.0.113.7",
        b'for="203.0.113.7:4711"',
    ],
)
def test_forwarded_counts_where_x_forwarded_for_is_missing(value: bytes) -> None:
    assert client_address({b"forwarded": value}, "10.0.0.2", 1) == "203.0.113.7"


def test_x_forwarded_for_comes_first() -> None:
    assert client_address({**CHAIN, b"forwarded": b"for=1.1.1.1"}, None, 3) == "203.0.113.7"


@pytest.mark.parametrize(
    ("hop", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7:4711 ", "203.0.113.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unknown", "unknown"),
        ("_hidden", "_hidden"),
        ("", None),
        ("  ", None),
        ("[", None),
        ("testclient", "testclient"),
    ],
)
def test_one_spelling_for_one_address(hop: str, address: str | None) -> None:
    assert canonical(hop) == address


@pytest.mark.parametrize(
    ("client", "peer"),
    [
        (("192.0.2.1", 5), "192.0.2.1"),
        (["192.0.2.1", "5"], "192.0.2.1"),
        (("::ffff:192.0.2.1", 0), "192.0.2.1"),
        (None, None),
        ((), None),
        (("", 0), None),
        ((None, None), None),
        (5, None),
        ({}, None),
    ],
)
def test_the_peer_of_whatever_a_server_says(client: object, peer: str | None) -> None:
    assert peer_of(client) == peer


def test_a_private_peer_that_forwards_for_others_is_suspected() -> None:
    assert suspected_proxy({b"x-forwarded-for": b"203.0.113.7"}, "10.0.0.2", 0) == "10.0.0.2"


@pytest.mark.parametrize(
    ("headers", "peer", "trusted"),
    [
        ({}, "10.0.0.2", 0),  # forwards nothing
        (CHAIN, "203.0.113.7", 0),  # a public address
        (CHAIN, "10.0.0.2", 1),  # declared
        (CHAIN, None, 0),
        (CHAIN, "testclient", 0),
        ({b"x-forwarded-for": b"10.0.0.2"}, "10.0.0.2", 0),  # the server has read the header already
    ],
)
def test_nobody_else_is(headers: dict[bytes, bytes], peer: str | None, trusted: int) -> None:
    assert suspected_proxy(headers, peer, trusted) is None


def test_the_warning_comes_once_when_one_address_carries_nearly_all(caplog: pytest.LogCaptureFixture) -> None:
    watch = ProxyWatch()
    watch.note(["10.0.0.2"] * (MIN_REQUESTS - 1))
    assert not caplog.records
    watch.note(["10.0.0.2"])
    watch.note(["10.0.0.2"] * MIN_REQUESTS)
    (logged,) = caplog.records
    assert logged.getMessage().startswith("proxy headers off: 10.0.0.2 carries 100 of 100")


@pytest.mark.parametrize("others", [None, "10.0.0.3"])
def test_no_warning_when_it_carries_less(others: str | None, caplog: pytest.LogCaptureFixture) -> None:
    watch = ProxyWatch()
    watch.note([*["10.0.0.2"] * 90, *[others] * 10])
    watch.note([])
    assert not caplog.records
