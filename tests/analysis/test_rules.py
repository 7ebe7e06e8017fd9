"""Rules as people write them: in Python, in a file, and wrongly."""

from pathlib import Path
from typing import Any

import pytest

from hotspan_analysis.rules import EVERY, Rule, Rules
from hotspan_collector.errors import BadInputError


def test_every_notation_becomes_a_limit_with_its_unit() -> None:
    rules = Rules.of(
        no_storms=True,
        max_amplification=1.2,
        max_duplicates={"PUT /a": 0, "PUT /b": "5%"},
        max_share={"PUT /a": "30%"},
        max_p95={"PUT /a": "300ms", "*": "1m30s"},
        max_error_rate="0.5%",
        max_regression="20%",
    )
    assert rules.rules == (
        Rule("no_storms", 0, "storms"),
        Rule("max_amplification", 1.2, "ratio"),
        Rule("max_duplicates", 0, "requests", "PUT /a"),
        Rule("max_duplicates", 0.05, "share", "PUT /b"),
        Rule("max_share", 0.3, "share", "PUT /a"),
        Rule("max_p95", 300, "ms", "PUT /a"),
        Rule("max_p95", 90_000, "ms", EVERY),
        Rule("max_error_rate", 0.005, "share"),
        Rule("max_regression", 0.2, "share"),
    )


def test_nothing_given_is_no_rule() -> None:
    assert Rules.of(no_storms=False, max_p95=None, max_share={}).rules == ()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"max_p59": "1s"}, "there is no rule 'max_p59'; there are no_storms, max_amplification"),
        ({"max_p95": 300}, "max_p95: 300 is no limit; write for example \"300ms\""),
        ({"max_p95": {"PUT /a": "fast"}}, "max_p95 of PUT /a: 'fast' is no length of time"),
        ({"max_share": 0.3}, "max_share: 0.3 is no limit; write for example \"30%\""),
        ({"max_share": "30"}, "write for example \"30%\""),
        ({"max_error_rate": "-1%"}, "'-1%' is no limit"),
        ({"max_error_rate": "nan%"}, "'nan%' is no limit"),
        ({"max_amplification": 0.5}, "0.5 is less than 1"),
        ({"max_amplification": True}, "True is no limit"),
        ({"max_amplification": ["a"]}, "is no limit"),
        ({"no_storms": "yes"}, "no_storms is true or false, not 'yes'"),
        ({"baseline": 3}, "baseline must be the name of a file"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused_in_one_line(given: dict[str, Any], words: str) -> None:
    with pytest.raises(BadInputError) as refused:
        Rules.of(**given)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file(tmp_path: Path) -> None:
    file = tmp_path / "hotspan.toml"
    file.write_text('no_storms = true\nbaseline = "good.parquet"\n[max_p95]\n"PUT /a" = "300ms"\n"*" = "1s"\n')
    assert Rules.read(file) == Rules(
        (Rule("no_storms", 0, "storms"), Rule("max_p95", 300, "ms", "PUT /a"), Rule("max_p95", 1000, "ms")),
        tmp_path / "good.parquet",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("max_p95 = [", "is no TOML"),
        ("\x00", "is no TOML"),
        ("[gate]\nno_storms = true", "there is no rule 'gate'"),
        ('max_p95 = "soon"', "max_p95: 'soon' is no length of time"),
    ],
)
def test_a_broken_file_is_one_line_that_names_it(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(text)
    with pytest.raises(BadInputError, match=r"rules\.toml") as refused:
        Rules.read(file)
    assert words in str(refused.value)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"cannot read the rules in .*--init"):
        Rules.read(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInputError, match="is no TOML"):
        Rules.read(tmp_path / "binary.toml")


def test_an_option_comes_before_the_file_for_the_same_endpoint_only() -> None:
    file = Rules.of(max_p95={"PUT /a": "300ms", "*": "1s"}, no_storms=True, baseline="old.parquet")
    options = Rules.of(max_p95={"PUT /a": "500ms"}, max_share="50%")
    assert file.overridden(options) == Rules.of(max_p95={"*": "1s"}, no_storms=True, baseline="old.parquet").overridden(
        Rules.of(max_p95={"PUT /a": "500ms"}, max_share="50%")
    )
    assert [rule.limit for rule in file.overridden(options).rules if rule.endpoint == "PUT /a"] == [500]
    assert file.overridden(options).baseline == Path("old.parquet")


def test_figures_are_written_in_the_unit_of_the_limit() -> None:
    (rule,) = Rules.of(max_p95="300ms").rules
    assert rule.written(1234.0) == "1.23 s"
    (rule,) = Rules.of(max_share="30%").rules
    assert rule.written(0.305) == "30.5%"
    (rule,) = Rules.of(max_duplicates=3).rules
    assert rule.written(1234.0) == "1,234"
    (rule,) = Rules.of(max_amplification=1.2).rules
    assert rule.written(9.2) == "9.20"
