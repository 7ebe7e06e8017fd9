"""How fast storms are found: python benchmarks/storms/speed.py [--rows 20_000_000] [--directory DIR].

Against a full window pass over the same rows, which is what finding duplicates costs without pruning. Each is run in a
process of its own on a database file, three times in turns; the medians of CPU seconds are compared, for the machine
may be busy with other things. Peak memory is the process's.
The day is made up in SQL: people who look at pages, pages that poll, services with a credential, probes, requests that
fail, a slow quarter of an hour, and 200 clients with the story's timer in it.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import duckdb

from hotspan_analysis import open_traces
from hotspan_collector import schema

START_NS = 1_790_000_000_000_000_000
DAY_S = 86_400
STORMERS = 200
MEMORY = "2GB"
THREADS = 2
GOAL = 0.5

FILL = """
insert into requests by name
with drawn as (
    select
        range as i,
        hash(range) as h,
        hash(range + 1_000_000_007) as g,
        hash(range + 2_000_000_011) as k
    from range($first, $last)
),
kinds as (
    select
        *,
        case
            when i % 4 = 0 then 'poll' when h % 100 < 60 then 'page' when h % 100 < 87 then 'item' else 'call'
        end as what,
        (g % 1_000_000_007) / 1_000_000_007.0 as u,
        (k % 1_000_000_007) / 1_000_000_007.0 as v
    from drawn
),
placed as (
    select
        *,
        case what
            when 'poll' then i // 4 % $pollers
            when 'page' then 1_000_000 + g % $people
            when 'item' then 1_000_000 + g % $people
            else 9_000_000 + g % 50
        end as who,
        -- a poller's n-th request comes n periods after its first; everybody else comes when they come
        case
            when what = 'poll' then (i // 4) // $pollers * 30.0 + (i // 4 % $pollers) % 30 + u / 100
            else $day_s * v
        end as at_s
    from kinds
)
select
    1 + i % 8 as worker,
    i as seq,
    'capture' as source,
    'shop' as service,
    'web' as kind,
    case when what = 'call' then 'POST' else 'GET' end as method,
    case what
        when 'poll' then '/messages' when 'page' then '/page/' || k % 200 when 'item' then '/items/{id}' else '/api/' || k % 20
    end as route,
    case what when 'item' then hash(k % 500_000) when 'page' then hash(k % 200) when 'poll' then hash(who) else k end as target,
    hash(who) as client,
    'session' as client_tier,
    hash(who % 1000) as address,
    'Mozilla/5.0' as agent,
    $start_ns + (at_s * 1e9)::bigint as arrival_ns,
    arrival_ns as start_ns,
    arrival_ns + (1e6 * (5 + 40 * -ln(1 - u * 0.999)) * case when at_s between 36000 and 36900 then 20 else 1 end)::bigint as end_ns,
    case when k % 200 = 0 then 503 when k % 50 = 0 then 404 else 200 end as status,
    k % 200 = 0 as error,
    false as aborted,
    false as unfinished,
    false as speculative,
    4 as in_flight,
    true as start_known,
    1 as time_precision_ns
from placed
"""

STORM = """
insert into requests by name
select
    9 as worker,
    1_000_000_000 + c * 1_000 + n as seq,
    'capture' as source, 'shop' as service, 'web' as kind, 'PUT' as method, '/exams/{exam}' as route,
    hash(c) as target, hash(77_000_000 + c) as client, 'session' as client_tier,
    $start_ns + ((36000 + c % 60 + case when n < 30 then n * 10 else 300 + (n - 30) end) * 1e9)::bigint as arrival_ns,
    arrival_ns as start_ns,
    arrival_ns + case when n < 30 then 200_000_000 else 40_000_000_000 end as end_ns,
    200 as status, false as error, false as aborted, false as unfinished, false as speculative,
    4 as in_flight, true as start_known, 1 as time_precision_ns
from range($stormers) as clients(c), range(60) as attempts(n)
"""

FULL_WINDOW = """
select count(*), sum(ovl::int), sum(inc) from (
    select
        arrival_ns < pme as ovl,
        greatest(0, e - greatest(arrival_ns, coalesce(pme, arrival_ns))) as inc,
        pst, pd, arrival_ns - pa as iat
    from (
        select
            arrival_ns, end_ns as e,
            max(end_ns) over earlier as pme,
            lag(arrival_ns) over in_order as pa,
            lag(status) over in_order as pst,
            lag(aborted) over in_order as pd
        from requests
        where kind = 'web' and method <> 'OPTIONS' and not speculative
        window
            in_order as (partition by service, client, method, route, target order by arrival_ns, end_ns),
            earlier as (
                partition by service, client, method, route, target order by arrival_ns, end_ns
                rows between unbounded preceding and 1 preceding
            )
    )
)
"""


def fill(path: Path, rows: int) -> None:
    """Makes the day; the order in the file is that of time, as a store's is."""
    with duckdb.connect(str(path), config={"threads": THREADS, "memory_limit": MEMORY}) as connection:
        schema.create(connection)
        values = {
            "people": max(1, rows // 100),
            "pollers": max(1, -(-rows // 4 // 2880)),
            "day_s": DAY_S,
            "start_ns": START_NS,
        }
        step = 2_000_000
        for first in range(0, rows, step):
            connection.execute(FILL, values | {"first": first, "last": min(rows, first + step)})
        connection.execute(STORM, {"start_ns": START_NS, "stormers": STORMERS})
        connection.execute("create table sorted as select * exclude (duration_ns) from requests order by start_ns")
        connection.execute("delete from requests")
        connection.execute("insert into requests by name from sorted")
        connection.execute("drop table sorted")
        connection.execute("checkpoint")


def measure(what: str, path: Path) -> None:
    """Runs one of the two in this process and prints what it took as JSON."""
    config = {"threads": THREADS, "memory_limit": MEMORY, "temp_directory": str(path.parent)}
    with duckdb.connect(str(path), read_only=True, config=config) as connection:
        began, started = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
        if what == "full":
            answer = str(connection.execute(FULL_WINDOW).fetchone())
        else:
            report = open_traces(connection, now_ns=START_NS + DAY_S * 1_000_000_000).storms()
            answer = f"{len(report.storms)} storms, {len(report.incidents)} incidents, {len(report.findings)} findings"
        seconds = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = used.ru_utime + used.ru_stime - started.ru_utime - started.ru_stime
    print(json.dumps({"seconds": seconds, "cpu_s": cpu_s, "peak_mb": used.ru_maxrss / 1024, "answer": answer}))


def compare(rows: int, directory: Path, repeats: int) -> None:
    """Prints both, their ratio and the peak memory."""
    path = directory / f"day-{rows}.duckdb"
    if not path.exists():
        # Not here: a process that is started from one which was large counts as having been as large itself.
        subprocess.run([sys.executable, __file__, "--fill", str(rows), "--path", str(path)], check=True)
    taken: dict[str, list[dict[str, float]]] = {"full": [], "storms": []}
    for _ in range(repeats):
        for what, results in taken.items():
            ran = subprocess.run(
                [sys.executable, __file__, "--measure", what, "--path", str(path)],
                capture_output=True,
                text=True,
                check=True,
            )
            results.append(json.loads(ran.stdout))
    full, storms = (median(each["cpu_s"] for each in taken[what]) for what in ("full", "storms"))
    full_s, storms_s = (median(each["seconds"] for each in taken[what]) for what in ("full", "storms"))
    peak = max(each["peak_mb"] for each in taken["storms"])
    print(
        f"{rows:>12,} rows  full window pass {full:6.2f} s CPU ({full_s:.1f} s)  storms {storms:6.2f} s CPU ({storms_s:.1f} s)  "
        f"ratio {storms / full:.2f} (goal {GOAL})  peak {peak:,.0f} MB (goal 2,048)\n{'':14}{taken['storms'][0]['answer']}",
        flush=True,
    )


def main() -> None:
    """Runs it at three sizes, so that growth can be seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[2_000_000, 6_000_000, 20_000_000])
    parser.add_argument("--directory", type=Path, help="where to keep the databases; a temporary one by default")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--measure", choices=("full", "storms"), help=argparse.SUPPRESS)
    parser.add_argument("--fill", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.fill:
        fill(arguments.path, arguments.fill)
        return
    if arguments.measure:
        measure(arguments.measure, arguments.path)
        return
    with tempfile.TemporaryDirectory() as temporary:
        for rows in arguments.rows:
            compare(rows, arguments.directory or Path(temporary), arguments.repeats)


if __name__ == "__main__":
    main()
