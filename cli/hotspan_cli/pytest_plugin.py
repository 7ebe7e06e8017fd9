"""The pytest plugin: a fixture that captures the app under test, and storms told readably where an assertion fails.

It is loaded in every pytest run of an environment that has hotspan installed, so it imports nothing before the fixture
is used, and looks at no assertion that is not about an answer of ours.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from hotspan_cli.app_under_test import AppUnderTest


@pytest.fixture
def hotspan(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator["AppUnderTest"]:
    """Captures the requests of an ASGI app in this test, and answers questions about them.

    app = hotspan.instrument(app); ...; assert hotspan.traces().storms() == []
    """
    from hotspan_cli.app_under_test import AppUnderTest

    store = tmp_path_factory.mktemp("hotspan")
    monkeypatch.setenv("HOTSPAN_STORE", str(store))  # for servers that the test starts as processes of their own
    under_test = AppUnderTest(store)
    yield under_test
    under_test.close()


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """What is there although nothing should be, in words."""
    if op != "==" or right != [] or not isinstance(left, list) or not left:
        return None
    if type(left[0]).__module__ not in ("hotspan_analysis.storm_results", "hotspan_analysis.check"):
        return None
    from hotspan_cli.app_under_test import told

    return told(left)
