"""The stretch in which requests were heavier: found where there is one, and not where there is none."""

import pytest

from hotspan_analysis.queue_model import NO_TRIGGER
from hotspan_analysis.trigger_fit import find_trigger
from hotspan_analysis.works import Work

USUAL = [0.3, 0.35, 0.4] * 10


def test_a_trigger_is_where_requests_were_heavier() -> None:
    works = [Work(float(at), 2.8 if 20 <= at < 30 else 0.35, True) for at in range(60)]
    trigger = find_trigger(works, USUAL)
    assert (trigger.from_s, trigger.to_s) == (19.5, 29.5)
    assert trigger.factor == pytest.approx(8, rel=0.1)


def test_one_heavy_request_is_no_trigger() -> None:
    works = [Work(float(at), 1.0 if at == 20 else USUAL[at % 30], True) for at in range(60)]
    assert find_trigger(works, [0.1, 0.3, 0.35, 0.4, 0.7] * 6) == NO_TRIGGER


def test_open_requests_speak_for_a_trigger_as_far_as_they_got() -> None:
    works = [Work(float(at), 7.0 if 20 <= at < 30 else 0.35, not 20 <= at < 30) for at in range(60)]
    assert find_trigger(works, USUAL).factor >= 15  # 7 s and not done: 20 times the usual work at least
