"""The pytest plugin as a project has it: tests of an app of its own, run by a pytest of their own.

A pytest of its own takes seconds to start on a busy machine, so what belongs together runs in one.
"""

import subprocess
import sys
from pathlib import Path

APP = """
import asyncio
import httpx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

async def save(request):
    await asyncio.sleep(float(request.query_params.get("takes", 0)))
    return PlainTextResponse("saved")

def create_app():
    return Starlette(routes=[Route("/save/{id}", save, methods=["GET", "PUT"])])

app = create_app()

async def _asked(app, paths, gap_s):
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app", cookies={"sid": "ann"}) as client:
        waiting = []
        for path in paths:
            waiting.append(asyncio.create_task(client.put(path)))
            await asyncio.sleep(gap_s)
        assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}

def ask(app, *paths, gap_s=0.0):
    asyncio.run(_asked(app, paths, gap_s))
"""


def run(directory: Path, tests: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """What pytest says of these tests of the app, where every warning is an error."""
    (directory / "myapp.py").write_text(APP)
    (directory / "test_app.py").write_text(tests)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=240, check=False)


UNUSED = """
import sys

def test_nothing_of_it_is_loaded():
    ours = {name for name in sys.modules if name.startswith("hotspan_")}
    assert ours == {"hotspan_cli", "hotspan_cli.pytest_plugin"}
    assert not {"duckdb", "rich", "pandas", "click", "opentelemetry.sdk"} & set(sys.modules)
"""


def test_a_project_that_does_not_use_it_loads_nothing_of_it(tmp_path: Path) -> None:
    done = run(tmp_path, UNUSED)
    assert done.returncode == 0, done.stdout


USED = """
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
import uvicorn

from hotspan_collector import HotspanMiddleware, instrument
from hotspan_collector.errors import HotspanError
from hotspan_collector.recorder import _recorders
from myapp import app, ask, create_app

kind = type(app)
own = instrument(create_app(), store="own", spans="off")
own_kind = type(own)

async def plain(scope, receive, send):
    await create_app()(scope, receive, send)

wrapped = instrument(plain, store="own", spans="off")

def test_a_calm_app_has_no_storms_and_its_routes_are_there(hotspan):
    assert hotspan.instrument(app) is app
    ask(app, "/save/1", "/save/2")
    traces = hotspan.traces()
    assert traces.storms() == []
    assert [(row.endpoint, row.requests) for row in traces.endpoints()] == [("PUT /save/{id}", 2)]
    ask(app, "/save/3")
    assert hotspan.traces().endpoints()[0].requests == 3

def test_the_next_test_has_a_store_of_its_own(hotspan):
    assert type(app) is kind
    hotspan.instrument(app)
    ask(app, "/save/1")
    assert hotspan.traces().endpoints()[0].requests == 1

def test_an_app_that_captures_itself(hotspan):
    hotspan.instrument(own)
    ask(own, "/save/1")
    assert hotspan.traces().endpoints()[0].requests == 1

def test_a_function_that_is_captured(hotspan):
    ask(hotspan.instrument(wrapped), "/save/1", "/save/2")
    assert hotspan.traces().endpoints()[0].requests == 2

def test_an_app_with_the_middleware_instrumented_twice(hotspan):
    app = create_app()
    app.add_middleware(HotspanMiddleware, store="own", spans="off")
    ask(hotspan.instrument(hotspan.instrument(app)), "/save/1")
    assert hotspan.traces().endpoints()[0].requests == 1

def test_a_live_server(hotspan):
    server = uvicorn.Server(uvicorn.Config(hotspan.instrument(app), port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    for number in range(5):
        assert httpx.get(f"http://127.0.0.1:{port}/save/{number}").status_code == 200
    (row,) = hotspan.traces(settle_s=30).endpoints()
    server.should_exit = True
    thread.join()
    assert (row.endpoint, row.requests, row.still_open) == ("GET /save/{id}", 5, 0)

def test_a_process_of_its_own(hotspan):
    serve = "from hotspan_collector import instrument; from myapp import app, ask; "
    serve += "ask(instrument(app, spans='off'), '/save/1')"
    subprocess.run([sys.executable, "-c", serve], check=True)
    assert hotspan.traces().endpoints()[0].requests == 1

def test_nothing_yet(hotspan):
    hotspan.instrument(app)
    assert hotspan.traces().storms() == []
    assert hotspan.traces().endpoints() == []

def test_settings_that_would_outlive_the_test(hotspan):
    with pytest.raises(HotspanError, match="spans and store cannot be set"):
        hotspan.instrument(app, store="x", spans="auto")

def test_afterwards_all_is_as_it_was():
    assert (type(app), type(own)) == (kind, own_kind)
    assert not Path("own").exists()
    assert not _recorders
    assert "hotspan" not in {thread.name for thread in threading.enumerate()}
"""


def test_a_project_that_uses_it(tmp_path: Path) -> None:
    done = run(tmp_path, USED)
    assert done.returncode == 0, done.stdout + done.stderr


FAILING = """
from hotspan_analysis.rules import Rules
from myapp import app, ask

def test_storm(hotspan):
    hotspan.instrument(app)
    ask(app, *["/save/1?takes=4"] * 9, gap_s=0.4)
    assert hotspan.traces().storms() == []

def test_rule(hotspan):
    hotspan.instrument(app)
    ask(app, *["/save/1?takes=1"] * 3)
    assert hotspan.traces().check(Rules.of(max_duplicates=0)).broken == []

def test_lists():
    assert [1] == []
"""


def test_what_fails_is_told_readably(tmp_path: Path) -> None:
    done = run(tmp_path, FAILING)
    assert done.returncode == 1, done.stdout
    storm, rule, lists = done.stdout.partition("= FAILURES =")[2].split("def test_")[1:]
    assert "E       assert nothing should be there, but:" in storm
    assert "PUT /save/{id}: client " in storm
    assert "(session), timer (suspected): 9 requests for 1 operation, one every" in storm
    assert "Fix: Guard the call" in storm
    assert "broken max_duplicates: PUT /save/{id}: 2 of its requests are duplicates, allowed 0" in rule
    assert "Left contains one more item: 1" in lists


PARALLEL = """
import pytest
from myapp import app, ask

@pytest.mark.parametrize("many", [1, 2, 3])
def test_of_three(hotspan, many):
    hotspan.instrument(app)
    ask(app, *["/save/1"] * many)
    assert hotspan.traces().endpoints()[0].requests == many
"""


def test_it_works_under_xdist(tmp_path: Path) -> None:
    done = run(tmp_path, PARALLEL, "-n", "2")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_fixture_explains_itself(tmp_path: Path) -> None:
    assert "Captures the requests of an ASGI app in this test" in run(tmp_path, "", "--fixtures").stdout
