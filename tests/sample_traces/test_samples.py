"""What makes a recording good, and that the samples tell the scenarios they name."""

import pytest

from hotspan_analysis import Traces, open_traces
from hotspan_sample_traces.samples import SAMPLES, Sample
from traces import database, request


def sample(name: str) -> Sample:
    return next(sample for sample in SAMPLES if sample.name == name)


def seen(*statuses: int | None) -> Traces:
    """Traces of one request for each status; None: nobody waited for the answer."""
    return open_traces(database([request(status=status) for status in statuses]))


def test_a_request_that_nobody_waited_for_is_no_flaw() -> None:
    assert sample("exam_fixed").flaw(seen(200, None), handed_in=27) is None


@pytest.mark.parametrize(
    ("name", "statuses", "handed_in", "flaw"),
    [
        ("exam_incident", [200, 500], 12, "1 requests ended in an error"),
        ("exam_incident", [200], 13, "13 tests were handed in, not 12"),
        ("exam_incident", [200, None], 12, "0 incidents are found in it, not 1"),
        ("exam_fixed", [200], 26, "26 tests were handed in, not 27"),
        ("healthy_day", [404], 72, "1 requests were answered with 404, not 0"),
        ("hourly_job", [404] * 5, 39, "5 requests were answered with 404, not 6"),
    ],
)
def test_another_story_is_a_flaw(name: str, statuses: list[int | None], handed_in: int, flaw: str) -> None:
    assert sample(name).flaw(seen(*statuses), handed_in) == flaw


@pytest.mark.parametrize("each", SAMPLES, ids=lambda each: each.name)
def test_all_hand_in_but_those_whom_the_story_stops(each: Sample) -> None:
    scenario = each.scenario
    in_class = scenario.students * scenario.classes * scenario.rounds
    assert each.handed_in == scenario.early + (0 if scenario.bug else in_class - each.missed)


def test_days_begin_at_midnight_and_no_two_samples_share_one() -> None:
    assert {each.day_ns % (86_400 * 10**9) for each in SAMPLES} == {0}
    assert len({each.day_ns for each in SAMPLES}) == len(SAMPLES)
