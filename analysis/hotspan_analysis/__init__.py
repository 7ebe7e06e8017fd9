"""Answers out: one function and one .sql file per question a person asks.

from hotspan_analysis import open_traces
open_traces(".hotspan").endpoints(window="15m")
"""

from typing import TYPE_CHECKING, Any

from hotspan_analysis.traces import Traces, open_traces
from hotspan_analysis.window import Window

if TYPE_CHECKING:
    from hotspan_analysis.storm_settings import StormSettings as StormSettings

__all__ = ["StormSettings", "Traces", "Window", "open_traces"]


def __getattr__(name: str) -> Any:
    if name == "StormSettings":
        from hotspan_analysis.storm_settings import StormSettings

        return StormSettings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
