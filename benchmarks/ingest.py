"""How fast files come in, against what reads the same file and does less: DuckDB's JSON parser, and GoAccess.

Every measurement is a process of its own, and the rounds go round-robin, so that a noisy moment hits each alike. A
ratio is taken per round; printed are median and range over the rounds.

    python benchmarks/ingest.py                     # OTLP JSON against DuckDB, logs against GoAccess where it is there
    python benchmarks/ingest.py --memory 5000000    # peak memory of importing so many spans
"""

import argparse
import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SPANS_A_LINE = 100
EPOCH_NS = 1_790_000_000_000_000_000
ROUTES = [f"/api/{name}/{{id}}{more}" for name in ("users", "orders", "carts", "exams") for more in ("", "/items")]
STATEMENTS = [
    f"SELECT id, name, total FROM {table} WHERE {column} = $1 AND state = $2 ORDER BY id LIMIT $3"  # noqa: S608  # text to import, nothing runs it
    for table in ("orders", "users", "carts", "items", "exams", "answers")
    for column in ("user_id", "session_id", "exam_id", "shop_id")
]
"""With placeholders, as instrumentations record them."""
AGENTS = [f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{major}.0.0.0" for major in range(100, 140)]


def main() -> None:
    arguments = _arguments()
    if arguments.child:
        _child(*arguments.child)
        return
    with tempfile.TemporaryDirectory(prefix="hotspan-bench-", dir=arguments.directory) as folder:
        if arguments.memory:
            _memory(Path(folder), arguments.memory)
            return
        _compare(Path(folder), "otlp.jsonl", _write_spans, arguments.spans, ("parse", "import"), arguments.rounds)
        if shutil.which("goaccess"):
            names = ("goaccess", "import")
            _compare(Path(folder), "access.log", _write_log, arguments.lines, names, arguments.rounds)
        else:
            print("GoAccess is not installed: no comparison for logs")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spans", type=int, default=500_000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--memory", type=int, metavar="SPANS", help="only the peak memory of one import")
    parser.add_argument("--directory", type=Path, help="where the files go, else the system's temporary directory")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def _compare(folder: Path, name: str, write: object, rows: int, contestants: tuple[str, str], rounds: int) -> None:
    """Prints how long `import` takes against the other, round by round."""
    path = folder / name
    write(path, rows)  # type: ignore[operator]  # one of the two writers below
    times: dict[str, list[float]] = {contestant: [] for contestant in contestants}
    for _ in range(rounds):
        for contestant in contestants:
            times[contestant].append(_measured(contestant, path)["wall_s"])
    ratios = [ours / theirs for theirs, ours in zip(times[contestants[0]], times["import"], strict=True)]
    print(f"{name}: {rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB, {rounds} rounds")
    for contestant, seconds in times.items():
        print(f"  {contestant:9} {_spread(seconds, 's')}, {rows / statistics.median(seconds):,.0f} rows/s")
    print(f"  ratio     {_spread(ratios, 'x')}\n")


def _memory(folder: Path, spans: int) -> None:
    path = folder / "otlp.jsonl"
    _write_spans(path, spans)
    measured = _measured("import", path)
    print(
        f"{spans:,} spans, {path.stat().st_size / 1e9:.2f} GB: {measured['wall_s']:.1f} s, "
        f"peak {measured['peak_bytes'] / 1e6:,.0f} MB, store {measured['store_bytes'] / 1e6:,.0f} MB"
    )


def _spread(values: list[float], unit: str) -> str:
    return f"{statistics.median(values):7.2f} {unit} ({min(values):.2f} to {max(values):.2f})"


def _measured(contestant: str, path: Path) -> dict[str, float]:
    child = [sys.executable, __file__, "--child", contestant, str(path)]
    out = subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True).stdout
    measured: dict[str, float] = json.loads(out.splitlines()[-1])
    return measured


def _child(contestant: str, name: str) -> None:
    """One measurement, in a process of its own; prints it as JSON."""
    path = Path(name)
    started = time.perf_counter()
    more = {"parse": _parse, "import": _import, "goaccess": _goaccess}[contestant](path)
    measured = {
        "wall_s": time.perf_counter() - started,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    print(json.dumps(measured | more))


def _parse(path: Path) -> dict[str, float]:
    """DuckDB alone: the same columns, parsed and kept."""
    import duckdb

    from hotspan_collector.importers.otlp_json import COLUMNS

    connection = duckdb.connect()
    connection.execute(
        "create temp table parsed as from read_json($path, format = 'newline_delimited', columns = $columns)",
        {"path": str(path), "columns": COLUMNS},
    )
    return {}


def _import(path: Path) -> dict[str, float]:
    from hotspan_collector.importers.into_store import import_into

    with tempfile.TemporaryDirectory(dir=path.parent) as store:
        import_into(Path(store), [path])
        return {"store_bytes": (Path(store) / "hotspan.duckdb").stat().st_size}


def _goaccess(path: Path) -> dict[str, float]:
    report = path.with_suffix(".report.json")
    command = ["goaccess", str(path), "--log-format=COMBINED", "--no-progress", "-o", str(report)]
    subprocess.run(command, check=True, capture_output=True)
    return {}


def _write_spans(path: Path, spans: int) -> None:
    """OTLP JSON lines as the Collector writes them: requests of ten spans each, a hundred spans a line."""
    seeded = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        for line in range(spans // SPANS_A_LINE):
            made = [span for request in range(SPANS_A_LINE // 10) for span in _request(seeded, line * 10 + request)]
            file.write(json.dumps(_document(made), separators=(",", ":")) + "\n")


def _document(spans: list[dict[str, object]]) -> dict[str, object]:
    resource_attributes = {"service.name": "shop", "service.version": "1.2.3", "host.name": "web-1", "process.pid": "7"}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource_attributes)},
                "scopeSpans": [{"scope": {"name": "bench", "version": "1"}, "spans": spans}],
            }
        ]
    }


def _request(seeded: random.Random, number: int) -> Iterator[dict[str, object]]:
    trace_id, root_id = f"{seeded.getrandbits(128):032x}", f"{seeded.getrandbits(64):016x}"
    start_ns, length_ns = EPOCH_NS + number * 3_000_000, int(seeded.lognormvariate(17, 1))
    route = seeded.choice(ROUTES)
    attributes = {
        "http.request.method": "GET",
        "http.response.status_code": 200 if seeded.random() < 0.98 else 500,
        "http.route": route,
        "url.path": route.replace("{id}", str(seeded.randrange(10**6))),
        "url.scheme": "https",
        "client.address": f"10.{number % 7}.{seeded.randrange(64)}.{seeded.randrange(256)}",
        "user_agent.original": seeded.choice(AGENTS),
        "network.protocol.version": "1.1",
    }
    yield _span(trace_id, root_id, "", f"GET {route}", 2, start_ns, length_ns, attributes)
    for step in range(9):
        query = {
            "db.system.name": "postgresql",
            "db.query.text": seeded.choice(STATEMENTS),
            "server.address": "db",
            "db.namespace": "shop",
        }
        at_ns = start_ns + length_ns * step // 10
        yield _span(
            trace_id, f"{seeded.getrandbits(64):016x}", root_id, "SELECT orders", 3, at_ns, length_ns // 12, query
        )


def _span(
    trace_id: str,
    span_id: str,
    parent: str,
    name: str,
    kind: int,
    start_ns: int,
    length_ns: int,
    attributes: dict[str, object],
) -> dict[str, object]:
    return {
        "traceId": trace_id,
        "spanId": span_id,
        "parentSpanId": parent,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + length_ns),
        "attributes": _attributes(attributes),
        "status": {},
    }


def _attributes(values: dict[str, object]) -> list[dict[str, object]]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in values.items()
    ]


def _write_log(path: Path, lines: int) -> None:
    """nginx's combined format with 5,000 clients and as many URLs as a shop has."""
    seeded = random.Random(2)
    clients = [f"10.{seeded.randrange(256)}.{seeded.randrange(256)}.{seeded.randrange(256)}" for _ in range(5_000)]
    with path.open("w", encoding="utf-8") as file:
        for number in range(lines):
            clock = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(1_790_000_000 + number // 50))
            target = seeded.choice(ROUTES).replace("{id}", str(seeded.randrange(20_000)))
            file.write(
                f'{seeded.choice(clients)} - - [{clock}] "GET {target}?page={number % 9} HTTP/1.1" 200 '
                f'{seeded.randrange(100, 90_000)} "https://shop.example/" "{seeded.choice(AGENTS)}"\n'
            )


if __name__ == "__main__":
    main()
