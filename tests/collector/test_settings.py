import os
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from hotspan_collector.errors import BadInputError
from hotspan_collector.settings import DEFAULT_STORE, VARIABLES, GivenSettings, Settings


def test_every_setting_can_be_given() -> None:
    assert set(GivenSettings.__annotations__) == {field.name for field in fields(Settings)}


def test_defaults() -> None:
    settings = Settings.from_environment({})
    assert (settings.store, settings.service, settings.spans) == (DEFAULT_STORE, "app", "auto")


def test_what_is_given_comes_before_the_environment() -> None:
    environment = {"HOTSPAN_SERVICE": "theirs", "HOTSPAN_STORE": "/somewhere", "HOTSPAN_TRUSTED_PROXIES": "2"}
    settings = Settings.from_environment(environment, service="ours", store=None)
    assert (settings.service, settings.store, settings.trusted_proxies) == ("ours", Path("/somewhere"), 2)


def test_opentelemetrys_service_name_is_the_last_resort() -> None:
    named = {"OTEL_SERVICE_NAME": "otel"}
    assert Settings.from_environment(named).service == "otel"
    assert Settings.from_environment(named | {"HOTSPAN_SERVICE": "ours"}).service == "ours"
    assert Settings.from_environment(named, service="given").service == "given"


def test_an_empty_variable_is_none() -> None:
    assert Settings.from_environment({"HOTSPAN_SERVICE": "", "OTEL_SERVICE_NAME": ""}).service == "app"


def test_names_of_cookies() -> None:
    assert Settings.from_environment({"HOTSPAN_SESSION_COOKIES": " a, b,,"}).session_cookies == ("a", "b")
    assert Settings.from_environment({}, session_cookies="sid").session_cookies == ("sid",)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("HOTSPAN_SPANS", "on"), ("HOTSPAN_MAX_ROUTES", "many"), ("HOTSPAN_FLUSH_INTERVAL_S", "1s")],
)
def test_a_value_that_cannot_be_used_is_named(variable: str, value: str) -> None:
    with pytest.raises(BadInputError, match=f"{variable}='{value}'"):
        Settings.from_environment({variable: value})


def test_a_setting_that_does_not_exist_is_named() -> None:
    with pytest.raises(TypeError, match="spanz"):
        Settings.from_environment({}, spanz="off")


def documented() -> dict[str, tuple[str, str]]:
    """Of docs/settings.md: each setting's variable and default, as they are written there."""
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    lines = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| `")]
    return {cells[0].strip(" `"): (cells[1].strip(), cells[2].strip()) for cells in lines}


def test_every_setting_is_documented_with_its_variable_and_default() -> None:
    told = documented()
    assert set(told) == {field.name for field in fields(Settings)}
    for name, (variable, _) in VARIABLES.items():
        assert f"`{variable}`" in told[name][0]
    for field in fields(Settings):
        default = field.default
        if default is not MISSING and default is not None:
            assert (", ".join(default) if isinstance(default, tuple) else str(default)) in told[field.name][1]


def test_a_question_may_use_half_the_machine_at_most() -> None:
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert Settings().memory_limit_bytes == min(2 * 1024**3, whole // 2)
