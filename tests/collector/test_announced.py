import pytest
from hypothesis import given
from hypothesis import strategies as st

import traces
from hotspan_collector import announced

START_NS = traces.EPOCH_NS
START_S = START_NS / 1e9


@pytest.mark.parametrize(
    ("name", "value", "attempt"),
    [
        ("x-envoy-attempt-count", "1", 1),
        ("x-envoy-attempt-count", "3", 3),
        ("x-envoy-attempt-count", "0", None),
        ("grpc-previous-rpc-attempts", "1", 2),
        ("amz-sdk-request", "attempt=1; max=3", 1),
        ("amz-sdk-request", "attempt=2; max=3", 2),
        ("amz-sdk-request", "ttl=20260921T141320Z; attempt=2; max=3", 2),
        ("amz-sdk-request", "max=3", None),
        ("x-stainless-retry-count", "0", 1),
        ("x-stainless-retry-count", "2", 3),
        ("retry-attempt", "1", 2),
        ("retry-attempt", "-1", None),
        ("retry-attempt", "", None),
        ("retry-attempt", "two", None),
        ("retry-attempt", "²", None),
        ("retry-attempt", "9" * 5000, None),
        ("x-envoy-attempt-count", "20000", None),
    ],
)
def test_attempt_counts_from_one_whatever_the_header_counts_from(name: str, value: str, attempt: int | None) -> None:
    assert announced.attempt({name.encode(): value.encode()}) == attempt


def test_the_highest_attempt_counts() -> None:
    assert announced.attempt({b"x-envoy-attempt-count": b"1", b"x-stainless-retry-count": b"2"}) == 3


def test_no_header_announces_nothing() -> None:
    assert announced.attempt({}) is None


@pytest.mark.parametrize("name", [b"idempotency-key", b"x-idempotency-key", b"amz-sdk-invocation-id"])
def test_operation_key(name: bytes) -> None:
    assert announced.operation_key({name: b"8e03978e"}) == "8e03978e"


def test_an_empty_operation_key_is_none() -> None:
    assert announced.operation_key({b"idempotency-key": b""}) is None


@pytest.mark.parametrize(
    ("name", "value", "speculative"),
    [
        ("sec-purpose", "prefetch", True),
        ("sec-purpose", "prefetch;prerender", True),
        ("purpose", "prefetch", True),
        ("x-moz", "prefetch", True),
        ("x-purpose", "preview", True),
        ("purpose", "something", False),
    ],
)
def test_prefetches_are_speculative(name: str, value: str, speculative: bool) -> None:
    assert announced.is_speculative({name.encode(): value.encode()}) is speculative


@pytest.mark.parametrize(
    "value",
    ["t={s:.3f}", "{s:.3f}", "{s:.6f}", "{ms:.0f}", "t={us:.0f}", "{ns:.0f}", " t= {s:.3f} "],
)
def test_arrival_in_any_unit(value: str) -> None:
    arrived_s = START_S - 2.5
    header = value.format(s=arrived_s, ms=arrived_s * 1e3, us=arrived_s * 1e6, ns=arrived_s * 1e9).encode()
    for name in announced.ARRIVAL_HEADERS:
        found = announced.arrival_ns({name: header}, START_NS)
        assert abs(found - (START_NS - 2_500_000_000)) <= 1_500_000  # a millisecond is all some of them say


@pytest.mark.parametrize(
    ("offset_s", "expected_s"),
    [(-59.0, -59.0), (-61.0, -60.0), (-3600.0, -60.0), (0.0, 0.0), (5.0, 0.0), (-90_000.0, 0.0), (90_000.0, 0.0)],
)
def test_arrival_is_clamped_to_a_minute_before_the_start(offset_s: float, expected_s: float) -> None:
    header = f"t={START_S + offset_s:.3f}".encode()
    found_s = (announced.arrival_ns({b"x-request-start": header}, START_NS) - START_NS) / 1e9
    assert found_s == pytest.approx(expected_s, abs=0.002)


@given(st.binary())
def test_arrival_of_anything_is_between_a_minute_before_and_the_start(value: bytes) -> None:
    found = announced.arrival_ns({b"x-request-start": value}, START_NS)
    assert START_NS - announced.MAX_QUEUE_NS <= found <= START_NS


@pytest.mark.parametrize("value", [b"", b"t=", b"soon", b"nan", b"inf", b"-1", b"0", b"1e400", b"\xff"])
def test_an_arrival_that_cannot_be_read_is_the_start(value: bytes) -> None:
    assert announced.arrival_ns({b"x-queue-start": value}, START_NS) == START_NS


TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize(
    ("value", "trace"),
    [
        (f"00-{TRACE}-b7ad6b7169203331-01", TRACE),
        (f"00-{TRACE}-b7ad6b7169203331-00", TRACE),
        (f"cc-{TRACE}-b7ad6b7169203331-01-what-the-future-will-bring", TRACE),
        (f"ff-{TRACE}-b7ad6b7169203331-01", None),
        (f"00-{'0' * 32}-b7ad6b7169203331-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (f"00-{TRACE.upper()}-b7ad6b7169203331-01", None),
        ("", None),
        ("nonsense", None),
    ],
)
def test_the_callers_trace_whether_it_samples_or_not(value: str, trace: str | None) -> None:
    assert announced.caller_trace({b"traceparent": value.encode()}) == trace
