import pytest

from hotspan_collector.identity import SeenAgents, identity
from hotspan_collector.settings import Settings

COOKIES = Settings().session_cookies


def who(peer: str | None = "192.0.2.1", explicit: str | None = None, **headers: str) -> tuple[str, str | None]:
    """Tier and identity of a request with these headers; `_` in a name stands for `-`."""
    given = {name.replace("_", "-").encode(): value.encode("latin-1") for name, value in headers.items()}
    return identity(given, peer, explicit, COOKIES)


def test_the_best_tier_wins() -> None:
    everything = {
        "cookie": "sessionid=s1",
        "authorization": "Bearer t1",
        "x_api_key": "k1",
        "x_client_id": "d1",
        "user_agent": "Firefox",
    }
    assert who(explicit="ann", **everything) == ("explicit", "ann")
    assert who(**everything) == ("session", "s1")
    del everything["cookie"]
    assert who(**everything) == ("credential", "Bearer t1")
    del everything["authorization"]
    assert who(**everything) == ("credential", "k1")
    del everything["x_api_key"]
    assert who(**everything) == ("device", "d1")
    del everything["x_client_id"]
    assert who(**everything) == ("address_agent", "192.0.2.1 Firefox")
    del everything["user_agent"]
    assert who(**everything) == ("address", "192.0.2.1")
    assert who(peer=None) == ("unknown", None)


def test_an_agent_without_an_address_is_nobody() -> None:
    assert who(peer=None, user_agent="Firefox") == ("unknown", None)


@pytest.mark.parametrize(
    "cookie",
    [
        "sessionid=s1",
        "theme=dark; sessionid=s1; lang=en",
        ' sessionid = "s1" ',
        "__Host-sessionid=s1",
        "__Secure-sessionid=s1",
        "broken; =; sessionid=s1;;",
        "session=later; sessionid=s1",
    ],
)
def test_the_session_cookie_is_found_among_others(cookie: str) -> None:
    assert who(cookie=cookie) == ("session", "s1")


@pytest.mark.parametrize("cookie", ["", "theme=dark", "sessionid=", "sessionid", "mysessionid=x", ";;;"])
def test_other_cookies_are_no_session(cookie: str) -> None:
    assert who(cookie=cookie)[0] == "address"


def test_the_users_own_cookie_names() -> None:
    assert identity({b"cookie": b"exam=7; sessionid=1"}, None, None, ("exam",)) == ("session", "7")


@pytest.mark.parametrize(
    "sign",
    [
        "eyJ1c2VyIjo1fQ==.{time}.vCnmOkIFYEDlZaqTLYTZGWRBuE4",  # Starlette's SessionMiddleware
        "eyJ1c2VyIjo1fQ.{time}.vCnmOkIFYEDlZaqTLYTZGWRBuE4",  # Flask and Quart
        "eyJ1c2VyIjo1fQ:{time}:2TF_wNLiQ6zHZ0BQxjSbRmRXQUFyYSBZbGb6mYb8xyQ",  # Django's signed cookies
    ],
)
def test_a_signed_session_stays_the_same_when_it_is_issued_anew(sign: str) -> None:
    first, second = (who(cookie=f"session={sign.format(time=time)}") for time in ("aOEyUg", "aOEyVh"))
    assert first == second
    assert first[0] == "session"


def test_two_people_whose_signed_sessions_hold_the_same_are_two() -> None:
    cookie = "session=e30.aOEyUg.vCnmOkIFYEDlZaqTLYTZGWRBuE4"
    assert who(cookie=cookie) != who(cookie=cookie, peer="192.0.2.2")


def test_a_token_in_three_parts_is_not_taken_for_a_signed_session() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"  # noqa: S105  # made up
    assert who(cookie=f"session={token}") == ("session", token)


def test_bytes_that_are_no_text_are_still_an_identity() -> None:
    assert identity({b"authorization": b"\xff\xfe"}, None, None, ()) == ("credential", "\xff\xfe")


def test_blank_credentials_do_not_count() -> None:
    assert who(authorization="  ", x_client_id="d1") == ("device", "d1")


def test_agents_tell_an_addresss_clients_apart_once_there_are_two() -> None:
    agents = SeenAgents()
    agents.note("a", "Firefox")
    agents.note("a", "Firefox")
    assert not agents.tell_apart("a")
    agents.note("a", "Safari")
    agents.note("b", "Safari")
    assert agents.tell_apart("a")
    assert not agents.tell_apart("b")


def test_agents_are_remembered_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hotspan_collector.identity.MAX_ADDRESSES", 2)
    agents = SeenAgents()
    agents.note("a", "Firefox")
    agents.note("a", "Safari")
    agents.note("b", "Firefox")
    assert agents.tell_apart("a")
    agents.note("c", "Firefox")
    assert not agents.tell_apart("a")
