"""What one look at a period says of it."""

from hotspan_analysis.clickhouse.survey import Survey


def test_survey_says_what_can_be_left_out() -> None:
    survey = Survey(requests=5, nested=0, jobs=0, said={"url.path": 5, "http.route": 4, "client.address": 0})
    assert survey.all_say_one_of(["http.method", "url.path"])
    assert not survey.all_say_one_of(["http.route", "client.address"])
    assert survey.some_say_one_of(["http.route"])
    assert not survey.some_say_one_of(["client.address", "http.method"])


def test_survey_of_attributes_that_cannot_be_listed_leaves_nothing_out() -> None:
    survey = Survey(requests=5, nested=0, jobs=0, said=None)
    assert survey.some_say_one_of(["http.route"])
    assert not survey.all_say_one_of(["http.route"])


def test_row_without_a_name_counts_all_and_the_others_who_says_what() -> None:
    rows = [("", 5, 2, 1), ("url.path", 4, 2, 1)]
    assert Survey.of(rows, is_listed=True) == Survey(requests=5, nested=2, jobs=1, said={"url.path": 4})
    assert Survey.of(rows[:1], is_listed=False) == Survey(requests=5, nested=2, jobs=1, said=None)


def test_survey_of_nothing_leaves_everything_out() -> None:
    survey = Survey.of([], is_listed=True)
    assert (survey.requests, survey.jobs) == (0, 0)
    assert not survey.some_say_one_of(["url.path"])
