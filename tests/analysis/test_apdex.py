import pytest

from hotspan_analysis.apdex import Apdex, thresholds
from hotspan_collector.errors import BadInputError


def test_half_a_second_for_all_unless_said_otherwise() -> None:
    assert Apdex.parse([]) == Apdex() == Apdex(0.5, {})


def test_one_for_all_and_one_for_an_endpoint() -> None:
    assert Apdex.parse(["0.2", "PUT /a=b/{id}=2"]) == Apdex(0.2, {"PUT /a=b/{id}": 2.0})


def test_the_last_word_counts() -> None:
    assert Apdex.parse(["1", "2", "GET /=3", "GET /=4"]) == Apdex(2.0, {"GET /": 4.0})


def test_out_of_the_environment() -> None:
    assert Apdex.from_environment({"HOTSPAN_APDEX": "0.3; PUT /save=2;"}) == Apdex(0.3, {"PUT /save": 2.0})
    assert Apdex.from_environment({}) == Apdex()


@pytest.mark.parametrize("text", ["fast", "0", "-1", "GET /=soon", "nan", "inf"])
def test_what_is_no_threshold_says_how_to_write_one(text: str) -> None:
    with pytest.raises(BadInputError, match="write seconds"):
        Apdex.parse([text])


def test_people_tolerate_four_times_as_much() -> None:
    assert thresholds(1.5) == {"satisfied_ns": 1_500_000_000, "tolerated_ns": 6_000_000_000}
