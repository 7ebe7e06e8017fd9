"""Answers out: one function and one .sql file per question a person asks.

from hotspan_analysis import open_traces
open_traces(".hotspan").endpoints(window="15m")
"""

from hotspan_analysis.storm_settings import StormSettings
from hotspan_analysis.traces import Traces, open_traces
from hotspan_analysis.window import Window

__all__ = ["StormSettings", "Traces", "Window", "open_traces"]
