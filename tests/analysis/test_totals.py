from hotspan_analysis import Window, open_traces
from traces import database, ns, request, span


def test_totals_by_hand() -> None:
    rows = [
        request("GET /a", at=0, ms=3000, status=500),
        request("GET /a", at=1, ms=1000, aborted=True),
        request("GET /b", at=2, ms=None),
        request("GET /events", at=3, ms=2000, kind="held_open"),
    ]
    with database(rows, [span("tidy", at=4, ms=500)]) as connection:
        totals = open_traces(connection, now_ns=ns(10)).endpoints(Window(ns(0), ns(60))).totals
    everything = totals.everything
    assert (everything.endpoints, everything.requests, everything.throughput_rpm) == (4, 5, 5.0)
    assert (everything.total_time_ns, everything.total_time_s) == (14_500_000_000, 14.5)
    assert (everything.load_erlangs, everything.error_rate) == (14.5 / 60, 0.2)
    assert (everything.errors, everything.aborted, everything.still_open) == (1, 1, 1)
    assert (everything.duplicates, everything.avoidable_s) == (1, 1.0)
    assert {kind: (total.endpoints, total.requests) for kind, total in totals.kinds.items()} == {
        "web": (2, 3),
        "held_open": (1, 1),
        "job": (1, 1),
    }


def test_as_a_dictionary_the_kinds_are_below_the_sums() -> None:
    with database([request()]) as connection:
        totals = open_traces(connection, now_ns=ns(10)).endpoints().totals.as_dict()
    assert totals["requests"] == totals["kinds"]["web"]["requests"] == 1
    assert set(totals) - {"kinds"} == set(totals["kinds"]["web"])
