"""A clock that is set back and forward while an app runs: nothing is lost, doubled, pruned or of negative length."""

import json
from pathlib import Path

import stores

HOUR_S = 3600
STEPS_S = [0, HOUR_S, -3 * HOUR_S, 26 * HOUR_S, -24 * HOUR_S, 1, -1]

APP = """
import asyncio, json, sys, time
real_ns, ahead_ns = time.time_ns, 0
time.time_ns = lambda: real_ns() + ahead_ns  # before anybody has taken it from there

import asgi
from hotspan_collector import instrument
from hotspan_collector.recorder import recorder_for
from hotspan_collector.settings import Settings

def step(seconds):
    global ahead_ns
    ahead_ns += int(seconds * 1e9)

async def answer(scope, receive, send):
    step(float(scope["path"].removeprefix("/steps/")))
    await asgi.answer()(scope, receive, send)

app = instrument(answer, spans="off")
recorder = recorder_for(Settings.from_environment())
for place, seconds in enumerate(json.loads(sys.argv[1])):
    asgi.call(app, f"/steps/{seconds}")
    asgi.call(app, "/steps/0")
    recorder.flush(merge=place % 2 == 0)
recorder.close()
"""


def test_steps_of_the_clock_cost_no_request_and_make_none_longer(tmp_path: Path) -> None:
    """Each request sees the clock step while it is served; some are merged at once, some later."""
    ended = stores.run(APP, json.dumps(STEPS_S), HOTSPAN_STORE=str(tmp_path))
    assert ended.err == ""
    counted = "select count(*), count(distinct (worker, seq)), count(*) filter (unfinished) from requests"
    assert stores.rows(tmp_path, counted) == [(2 * len(STEPS_S), 2 * len(STEPS_S), 0)]
    ((shortest_ns, longest_ns),) = stores.rows(tmp_path, "select min(duration_ns), max(duration_ns) from requests")
    assert 0 <= shortest_ns <= longest_ns < stores.LONG_S * 1e9
    assert stores.rows(tmp_path, "from losses") == []
    assert stores.waiting(tmp_path) == []


IN_FLIGHT = """
import sys, time
real_ns, ahead_ns = time.time_ns, 0
time.time_ns = lambda: real_ns() + ahead_ns
from pathlib import Path
import stores
from hotspan_collector import in_flight
from hotspan_collector.recorder import Recorder
from hotspan_collector.settings import Settings
in_flight.COST_SHARE = 1e9  # no pause between two writes
recorder = Recorder(Settings(store=Path(sys.argv[1]), flush_interval_s=3600))
requests = []
for seconds in (0, -3600, 7200):
    ahead_ns += seconds * 10**9
    requests.append(stores.record(recorder, finished=False))
    recorder.flush(merge=True)
    print(stores.rows(Path(sys.argv[1]), "select count(*), count(*) filter (unfinished) from requests"))
for request in requests:
    stores.finish(recorder, request)
recorder.close()
"""


def test_requests_in_flight_stay_in_flight_whatever_the_clock_says(tmp_path: Path) -> None:
    assert stores.run(IN_FLIGHT, tmp_path).out.splitlines() == ["[(1, 0)]", "[(2, 0)]", "[(3, 0)]"]
    assert stores.rows(tmp_path, "select count(*), count(*) filter (unfinished) from requests") == [(3, 0)]
