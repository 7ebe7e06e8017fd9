"""The receiver does what its OpenAPI says, whatever schemathesis makes of that: valid bodies, invalid ones, other methods."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection

from receivers import receiving

DOCUMENT = Path(__file__).parents[2] / "docs/collect.openapi.json"
schema = schemathesis.openapi.from_path(DOCUMENT)
LENIENT: list[Any] = [negative_data_rejection]  # Any: a list of its union of kinds is asked for
"""Not asked for: OTLP wants what a receiver does not know to be skipped, and bad spans to be a partial success of a 200."""


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with receiving(tmp_path_factory.mktemp("openapi") / "store") as client:
        yield client


@pytest.mark.slow  # making valid bodies costs half a minute of processor time
@schema.parametrize()
@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
def test_it_does_what_it_says(receiver: httpx.Client, case: schemathesis.Case[Any]) -> None:
    case.call_and_validate(base_url=str(receiver.base_url), excluded_checks=LENIENT)
