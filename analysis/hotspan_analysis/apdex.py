"""Apdex: how content people are with an endpoint, from 0 to 1.

Apdex Technical Specification 1.1: satisfied up to T seconds, tolerating up to 4 T, frustrated beyond; a request that
ended in a server error is frustrated however fast it was. Apdex = (satisfied + tolerating / 2) / all.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from hotspan_analysis.window import SECOND_NS
from hotspan_collector.errors import BadInputError

DEFAULT_S: Final = 0.5
"""T unless something else is said, as New Relic has it."""

FEW_SAMPLES: Final = 100
"""Below this many requests an Apdex or a percentile says little; New Relic marks the same number."""


@dataclass(frozen=True, slots=True)
class Apdex:
    """The thresholds T in seconds: one for all, and those of endpoints that people expect to be faster or slower."""

    threshold_s: float = DEFAULT_S
    of_endpoint: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def parse(cls, texts: Iterable[str]) -> "Apdex":
        """Out of `0.5` (for all) and `PUT /save=2` (for one), seconds; the last word on each counts."""
        threshold_s, of_endpoint = DEFAULT_S, dict[str, float]()
        for text in texts:
            endpoint, separator, seconds = text.rpartition("=")
            if separator:
                of_endpoint[endpoint.strip()] = _seconds(text, seconds)
            else:
                threshold_s = _seconds(text, text)
        return cls(threshold_s, of_endpoint)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None) -> "Apdex":
        """Out of HOTSPAN_APDEX: the same as for `parse`, separated by semicolons."""
        text = (os.environ if environ is None else environ).get("HOTSPAN_APDEX", "")
        return cls.parse(part for part in text.split(";") if part.strip())


def thresholds(threshold_s: float) -> dict[str, int]:
    """The values that queries bind for a threshold: up to where people are satisfied, and up to where they tolerate."""
    satisfied_ns = round(threshold_s * SECOND_NS)
    return {"satisfied_ns": satisfied_ns, "tolerated_ns": 4 * satisfied_ns}


def _seconds(text: str, seconds: str) -> float:
    try:
        value = float(seconds)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise BadInputError(f"Apdex threshold {text!r} cannot be used; write seconds, like 0.5 or 'PUT /save=2'")
    return value
