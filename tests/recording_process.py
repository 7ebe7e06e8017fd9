"""A process that records and tells, flush by flush, what must be in the store from then on; made to be killed.

python recording_process.py STORE: prints one line of JSON after every flush: the worker's number, the last sealed
request, and the requests in flight.
"""

import json
import random
import sys
import time
from pathlib import Path

import stores
from hotspan_collector import in_flight
from hotspan_collector.record import RequestRecord
from hotspan_collector.recorder import Recorder
from hotspan_collector.settings import Settings


def record_for_ever(root: Path) -> None:
    recorder = Recorder(Settings(store=root, flush_interval_s=3600, max_buffered_requests=10**6))
    in_flight.COST_SHARE = 1e9  # flushes come so fast here that not each would write them down
    chance = random.Random()  # a new one every time: kills must meet everything once
    held: list[RequestRecord] = []
    finished = 0
    while True:
        for _ in range(chance.randrange(1, 60)):
            stores.record(recorder)
            finished += 1
        while held and chance.random() < 0.5:
            stores.finish(recorder, held.pop(0))
            finished += 1
        if chance.random() < 0.5:
            held.append(stores.record(recorder, finished=False))
        recorder.flush(merge=chance.random() < 0.5)
        open_now = [request.seq for request in held]
        sys.stdout.write(json.dumps({"worker": recorder.worker, "finished": finished, "open": open_now}) + "\n")
        sys.stdout.flush()
        time.sleep(chance.random() * 0.02)


if __name__ == "__main__":
    record_for_ever(Path(sys.argv[1]))
