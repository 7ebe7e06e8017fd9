"""The knobs of a run: what compressing changes and what it leaves, and what goes to the server and back."""

from dataclasses import fields, replace

import pytest

from hotspan_sample_traces.scenario import FIXED, HEALTHY_DAY, HOURLY_JOB, INCIDENT, Scenario


def test_compressing_divides_every_duration_and_nothing_else() -> None:
    run = replace(INCIDENT, roster_renamed_s=120.0)
    fast = run.compressed(4)
    for field in fields(Scenario):
        before, after = getattr(run, field.name), getattr(fast, field.name)
        if field.name.endswith("_s") and field.name != "story_start_s":
            assert after == before / 4, field.name
        else:
            assert after == before, field.name


def test_compressing_leaves_out_what_does_not_happen() -> None:
    assert INCIDENT.compressed(10).roster_renamed_s is None


@pytest.mark.parametrize("scenario", [INCIDENT, FIXED, HOURLY_JOB, HEALTHY_DAY], ids=lambda scenario: scenario.name)
def test_goes_to_the_server_and_back(scenario: Scenario) -> None:
    assert Scenario.from_json(scenario.to_json()) == scenario


def test_the_fix_is_the_only_difference_between_incident_and_fixed() -> None:
    assert replace(FIXED, name=INCIDENT.name, bug=True) == INCIDENT
    assert (INCIDENT.version, FIXED.version) == ("bug", "fixed")


def test_more_workers_get_heavier_saves_up_to_a_point() -> None:
    assert INCIDENT.on_workers(1) == INCIDENT
    assert INCIDENT.on_workers(2).save_work_s == pytest.approx(2 * INCIDENT.save_work_s)
    assert INCIDENT.on_workers(2).workers == 2
    assert INCIDENT.on_workers(50).save_work_s < INCIDENT.tick_s


def test_heavier_saves_and_compressing_may_come_in_any_order() -> None:
    one, other = INCIDENT.compressed(5).on_workers(4), INCIDENT.on_workers(4).compressed(5)
    assert one.save_work_s == pytest.approx(other.save_work_s)


def test_the_office_renames_before_the_forty_of_nine_and_students_come_after_it() -> None:
    """The second story needs: a rename, then a job, then a round of the renamed class."""
    job_s = (9 + 40 / 60 - HOURLY_JOB.story_start_s / 3600) * HOURLY_JOB.hour_s
    assert HOURLY_JOB.roster_renamed_s is not None
    assert job_s - HOURLY_JOB.hour_s < HOURLY_JOB.roster_renamed_s < job_s
    assert (HOURLY_JOB.rounds - 1) * HOURLY_JOB.round_s > job_s
