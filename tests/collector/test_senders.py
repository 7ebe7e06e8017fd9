from typing import Any

import pytest

from hotspan_collector.identity import SeenAgents
from hotspan_collector.record import RequestRecord
from hotspan_collector.senders import MAX_AGENT, Sender, Senders
from hotspan_collector.settings import Settings


def record(client: Any = ("192.0.2.1", 5), explicit: str | None = None) -> RequestRecord:
    made = RequestRecord(1, 0, "GET", "/", b"", [], client, "1.1", 1)
    made.explicit_client = explicit
    return made


def read(*headers: tuple[str, str], explicit: str | None = None, **settings: Any) -> Sender:
    """The sender of one request with these headers."""
    senders = Senders(Settings(**settings))
    stable = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    assert senders.row_of(record(explicit=explicit), stable, 0) == 0
    return senders.of_row[0]


def test_a_sender_in_full() -> None:
    sender = read(
        ("user-agent", "Firefox"),
        ("cookie", "sessionid=s1"),
        ("x-envoy-attempt-count", "2"),
        ("sec-purpose", "prefetch"),
    )
    assert sender == Sender("s1", "session", "192.0.2.1", "Firefox", 2, True, None)


def test_a_client_known_by_its_address_is_that_address() -> None:
    sender = read()
    assert sender.client == sender.address == "192.0.2.1"


def test_an_explicit_client() -> None:
    assert read(explicit="ann").client == "ann"


def test_trusted_proxies_decide_about_the_address() -> None:
    assert read(("x-forwarded-for", "203.0.113.7"), trusted_proxies=1).address == "203.0.113.7"


def test_a_suspected_proxy_is_named() -> None:
    senders = Senders(Settings())
    senders.row_of(record(client=("10.0.0.2", 1)), [(b"x-forwarded-for", b"203.0.113.7")], 0)
    assert senders.of_row[0].suspect == "10.0.0.2"


def test_cookies_in_several_lines_are_one_jar() -> None:
    assert read(("cookie", "theme=dark"), ("cookie", "sessionid=s1")).client == "s1"


def test_forwarding_in_several_lines_is_one_chain() -> None:
    lines = (("x-forwarded-for", "203.0.113.7"), ("x-forwarded-for", "198.51.100.9"))
    assert read(*lines, trusted_proxies=2).address == "203.0.113.7"


@pytest.mark.parametrize(("sent", "stored"), [("Fire\xc3\xa9fox", "Fireéfox"), ("Fire\xe9fox", "Fireéfox")])
def test_agents_in_utf8_and_in_latin1(sent: str, stored: str) -> None:
    assert read(("user-agent", sent)).agent == stored


def test_a_long_agent_is_cut() -> None:
    assert len(read(("user-agent", "x" * 100_000)).agent) == MAX_AGENT


def test_a_sender_is_read_once_for_all_its_requests() -> None:
    senders = Senders(Settings())
    rows = [senders.row_of(record(), [(b"user-agent", agent)], row) for row, agent in enumerate((b"a", b"b", b"a"))]
    assert rows == [0, 1, 0]
    assert set(senders.of_row) == {0, 1}


def test_the_port_makes_no_other_sender() -> None:
    senders = Senders(Settings())
    assert [senders.row_of(record(client=("192.0.2.1", port)), [], port) for port in (7, 8)] == [7, 7]


def test_servers_that_hand_out_lists() -> None:
    senders = Senders(Settings())
    pairs: Any = [[b"user-agent", b"Firefox"]]
    assert [senders.row_of(record(client=["192.0.2.1", 5]), pairs, row) for row in (0, 1)] == [0, 0]
    assert senders.of_row[0].agent == "Firefox"


def labelled(*requests: tuple[str, str], agents: SeenAgents) -> list[str]:
    """The tiers of a batch of requests, each an address and an agent."""
    senders = Senders(Settings())
    rows = [
        senders.row_of(record(client=(address, 1)), [(b"user-agent", agent.encode())] if agent else [], row)
        for row, (address, agent) in enumerate(requests)
    ]
    senders.label(agents)
    return [senders.of_row[row].client_tier for row in rows]


def test_a_classroom_of_equal_browsers_is_an_address() -> None:
    assert labelled(*[("192.0.2.1", "Firefox")] * 15, agents=SeenAgents()) == ["address"] * 15


def test_agents_that_differ_make_the_tier_address_agent() -> None:
    requests = (("192.0.2.1", "Firefox"), ("192.0.2.1", "Safari"), ("192.0.2.2", "Safari"), ("192.0.2.1", ""))
    assert labelled(*requests, agents=SeenAgents()) == ["address_agent", "address_agent", "address", "address"]


def test_what_was_seen_before_counts_in_later_batches() -> None:
    agents = SeenAgents()
    labelled(("192.0.2.1", "Firefox"), agents=agents)
    assert labelled(("192.0.2.1", "Safari"), agents=agents) == ["address_agent"]
    assert labelled(("192.0.2.1", "Firefox"), agents=agents) == ["address_agent"]


def test_the_identity_does_not_depend_on_what_was_seen() -> None:
    agents, senders = SeenAgents(), Senders(Settings())
    senders.row_of(record(), [(b"user-agent", b"Firefox")], 0)
    senders.label(agents)
    alone = senders.of_row[0]
    agents.note(alone.address, "Safari")
    senders = Senders(Settings())
    senders.row_of(record(), [(b"user-agent", b"Firefox")], 0)
    senders.label(agents)
    assert (alone.client_tier, senders.of_row[0].client_tier) == ("address", "address_agent")
    assert alone.client == senders.of_row[0].client
