import logging

import pytest

from hotspan_collector import guard


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "errors", type(guard.errors)())


def test_under_pytest_an_error_is_raised_again() -> None:
    with pytest.raises(ZeroDivisionError), guard.guarded("dividing"):
        _ = 1 / 0
    assert guard.errors == {"dividing": 1}


def test_elsewhere_it_is_counted_and_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    for _ in range(3):
        with guard.guarded("dividing"):
            _ = 1 / 0
    assert guard.errors == {"dividing": 3}


def test_each_place_is_logged_once_with_its_traceback(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    for place in ("one", "two", "one", "two"):
        guard.report(place, ValueError("no"))
    logged = [record for record in caplog.records if record.name == "hotspan"]
    assert [record.levelno for record in logged] == [logging.ERROR] * 2
    assert "while one" in logged[0].getMessage()
    assert logged[0].exc_info is not None


def test_no_error_is_nothing() -> None:
    with guard.guarded("nothing"):
        pass
    assert not guard.errors


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_exception_passes(error: type[BaseException], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with pytest.raises(error), guard.guarded("anything"):
        raise error
    assert not guard.errors
