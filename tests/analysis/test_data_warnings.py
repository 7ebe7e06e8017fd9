from typing import Any

import pytest

from hotspan_analysis import open_traces
from traces import database, ns, request

Row = dict[str, Any]


def told(rows: list[Row]) -> list[tuple[str, str]]:
    """What both the ranking and the clients warn of."""
    with database(rows) as connection:
        traces = open_traces(connection, now_ns=ns(60))
        ranking, clients = traces.endpoints(), traces.clients()
    assert ranking.warnings == clients.warnings
    return [(warning.code, warning.message) for warning in ranking.warnings]


def crowd(count: int, **more: Any) -> list[Row]:
    return [request(at=n / 100, **more) for n in range(count)]


def test_sound_data_need_no_warning() -> None:
    assert told(crowd(200)) == []
    assert told([]) == []


@pytest.mark.parametrize("tier", ["address", "address_agent"])
def test_one_address_for_nearly_all_is_probably_a_proxy(tier: str) -> None:
    rows = crowd(180, client_tier=tier) + crowd(20, client_tier=tier, address="10.0.0.2")
    ((code, message),) = told(rows)
    assert code == "one_address"
    assert "180 of 200 requests" in message
    assert "HOTSPAN_TRUSTED_PROXIES" in message


@pytest.mark.parametrize(
    "rows",
    [
        crowd(180, client_tier="session"),
        crowd(60, client_tier="address"),
        [request(at=n / 100, client_tier="address", address=f"10.0.0.{n % 5}") for n in range(200)],
    ],
    ids=["told apart by session", "few requests", "many addresses"],
)
def test_one_address_is_no_reason_to_warn_when(rows: list[Row]) -> None:
    assert told(rows) == []


def test_a_log_without_durations_makes_every_total_too_low() -> None:
    ((code, message),) = told(crowd(10) + crowd(5, start_known=False, ms=0))
    assert code == "no_durations"
    assert message.startswith("5 of 15 requests")
