"""A source of traces, and the questions one can ask of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hotspan_analysis.inside_questions import InsideQuestions
from hotspan_analysis.request_questions import RequestQuestions
from hotspan_analysis.sources import source_of
from hotspan_analysis.storm_questions import StormQuestions

if TYPE_CHECKING:
    from hotspan_analysis.rolling_up import RollingBar
    from hotspan_analysis.sources import Bar, Given


def open_traces(
    source: Given = None,
    *,
    now_ns: int | None = None,
    bar: Bar | None = None,
    rolling_bar: RollingBar | None = None,
) -> Traces:
    """Opens a store directory, a .duckdb file, trace files or logs (a list or a glob too), or a DuckDB connection;
    or a ClickHouse that a Collector writes to: `clickhouse://user@host:8123/database?table=otel_traces`.

    Without a source it is the store that HOTSPAN_STORE names, else `.hotspan`. Nothing is read yet, and nothing is
    held open between questions. `now_ns` fixes the moment until which open requests last; else that is now for a
    store, and the last moment recorded for anything else. `bar` shows how far files are read, `rolling_bar`
    how much of a large store is rolled up.
    """
    return Traces(source_of(source, bar), now_ns, rolling_bar)


class Traces(RequestQuestions, InsideQuestions, StormQuestions):
    """Answers questions about one source. Each method is one question; each opens the source only while it runs."""
