"""The requests in flight, on disk: what is left to tell of them if this process dies."""

import os
import time
from typing import TYPE_CHECKING

from hotspan_collector import request_rows, snapshots
from hotspan_collector.record import RequestRecord

if TYPE_CHECKING:
    from hotspan_collector.recorder import Recorder
    from hotspan_collector.writer import Writer

COST_SHARE = 0.05
"""At most this share of the time goes into writing them down: a hundred thousand open sockets take long each time."""

MIN_AGE_S = 0.1
"""A request younger than this is nearly always over before anybody can look, and writing them all down costs 15 ms."""


class InFlight:
    """This process's snapshot: replaced when requests came or went, touched when they are the same, gone when none."""

    def __init__(self, recorder: "Recorder", writer: "Writer") -> None:
        self._recorder = recorder
        self._writer = writer
        self._path = snapshots.path_of(writer.layout.open, recorder.worker)
        self._written: frozenset[int] = frozenset()
        self._is_settled = False
        self._not_before_s = 0.0

    def write(self) -> None:
        """Writes down what is in flight now. The file's time of modification is the process's heartbeat."""
        records = self._records()
        seqs = frozenset(record.seq for record in records)
        if not records:
            self._remove()
        elif seqs == self._written and self._is_settled and self._path.exists():
            os.utime(self._path)
        elif time.monotonic() >= self._not_before_s:
            # Written once more while they are the same: by then the router has said which route each one takes.
            self._is_settled = seqs == self._written
            self._replace(records, seqs)

    def _records(self) -> list[RequestRecord]:
        now_ns, min_age_ns = time.time_ns(), int(MIN_AGE_S * 1e9)
        # Those of the future are old: the clock has been set back.
        return [
            record for record in list(self._recorder.open.values()) if not 0 <= now_ns - record.start_ns < min_age_ns
        ]

    def _replace(self, records: list[RequestRecord], seqs: frozenset[int]) -> None:
        began_s = time.monotonic()
        columns = request_rows.request_columns(records, self._recorder)
        self._writer.write("requests", columns, request_rows.TYPES, self._path)
        self._written = seqs
        ended_s = time.monotonic()
        self._not_before_s = ended_s + (ended_s - began_s) / COST_SHARE

    def _remove(self) -> None:
        if self._written:
            self._path.unlink(missing_ok=True)
            self._written, self._is_settled, self._not_before_s = frozenset(), False, 0.0
