"""Two real ClickHouse servers on this machine, and tables spread over both: started, waited for, and ended for certain."""

import contextlib
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import duckdb

import otel_traces
import stores
from hotspan_analysis import Traces, open_traces
from hotspan_analysis.clickhouse.address import Address
from hotspan_collector import schema
from hotspan_collector.importers import import_files

HERE = Path(__file__).parent
LIBRARY = HERE / "cluster" / "node_modules" / "@chdb" / "lib-linux-x64-gnu" / "libchdb.so"
PASSWORD = "s3cret"  # noqa: S105  # of a server that lives for a minute on 127.0.0.1
LISTEN = "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; SELECT count() FROM file('/dev/stdin', LineAsString)"

_CONFIG = """<clickhouse>
  <users_config>users.xml</users_config>
  <listen_host>127.0.0.1</listen_host>
  <max_server_memory_usage>3000000000</max_server_memory_usage>
  <background_pool_size>2</background_pool_size>
  <remote_servers><both>{shards}</both></remote_servers>
</clickhouse>"""
_SHARD = "<shard><replica><host>127.0.0.1</host><port>{port}</port></replica></shard>"
_USERS = f"""<clickhouse>
  <users>
    <default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile><quota>default</quota></default>
    <reader><password>{PASSWORD}</password><networks><ip>127.0.0.1</ip></networks><profile>reading</profile><quota>default</quota></reader>
    <keeper><password>{PASSWORD}</password><networks><ip>127.0.0.1</ip></networks><profile>keeping</profile><quota>default</quota></keeper>
  </users>
  <profiles>
    <default><max_threads>2</max_threads><max_memory_usage>2000000000</max_memory_usage></default>
    <reading><max_threads>2</max_threads><max_memory_usage>2000000000</max_memory_usage><readonly>1</readonly></reading>
    <keeping>
      <max_threads>2</max_threads><max_memory_usage>2000000000</max_memory_usage><readonly>1</readonly>
      <enable_materialized_cte>1</enable_materialized_cte>
    </keeping>
  </profiles>
  <quotas><default></default></quotas>
</clickhouse>"""


@dataclass
class Node:
    """One server: a process that ends when its stdin is closed, so that none is left behind whatever happens."""

    process: "subprocess.Popen[bytes]"
    native_port: int
    http_port: int
    log: Path

    def is_up(self) -> bool:
        """Whether it answers; raises when it never will."""
        if self.process.poll() is not None:
            raise RuntimeError(f"the server ended: {self.log.read_text(errors='replace')[-2000:]}")
        with contextlib.suppress(OSError):
            with socket.create_connection(("127.0.0.1", self.native_port), timeout=1):
                pass
            return self.execute("select 1") == b"1\n"
        return False

    def execute(self, sql: str, data: bytes = b"") -> bytes:
        """Runs a statement as the user who may do everything."""
        asked = urllib.parse.urlencode({"query": sql, "distributed_foreground_insert": 1})
        url = f"http://127.0.0.1:{self.http_port}/?{asked}"
        try:
            with urllib.request.urlopen(url, data, timeout=120) as response:  # our own server
                return bytes(response.read())
        except urllib.error.HTTPError as error:
            with error:
                raise RuntimeError(error.read().decode(errors="replace")[:2000]) from None

    def end(self) -> None:
        """Ends it gently, and then not."""
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(timeout=20)


@dataclass
class Cluster:
    """Two servers that know each other as the cluster `both`."""

    nodes: list[Node]

    def load(self, name: str, rows: Iterable[dict[str, Any]], variant: str = "newest") -> None:
        """Makes a table on each, and `name`_all, a Distributed one over both; every other row goes to the second."""
        parts: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], [])
        for number, row in enumerate(rows):
            parts[number % 2].append(row)
        self.create(name, variant)
        for node, part in zip(self.nodes, parts, strict=True):
            node.execute(f"insert into {name} format JSONEachRow", otel_traces.json_lines(part))

    def create(self, name: str, variant: str = "newest") -> None:
        """The empty tables of `load`."""
        for node in self.nodes:
            node.execute(otel_traces.create_table(variant, name))
            node.execute(f"create table {name}_all as {name} engine = Distributed(both, default, {name})")

    def url(self, table: str, *, user: str = f"reader:{PASSWORD}", node: int = 0, more: str = "") -> str:
        """The address of a table, for the user who may only read and change no setting."""
        return f"clickhouse://{user}@127.0.0.1:{self.nodes[node].http_port}/default?table={table}{more}"

    def in_duckdb(self, table: str, folder: Path, now_ns: int, *, as_of: str | None = None) -> Traces:
        """The same spans, imported into DuckDB out of a Parquet file; clients hashed as those of the table `as_of`."""
        file = folder / f"{table}.parquet"
        file.write_bytes(self.nodes[0].execute(f"from {table} select * format Parquet"))
        connection = duckdb.connect()
        schema.create(connection)
        import_files([file], connection, secret=Address.of(self.url(as_of or table)).secret)
        return open_traces(connection, now_ns=now_ns)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Cluster]:
    """A cluster whose data are in `folder`; both servers are ended and their data gone afterwards."""
    if not LIBRARY.exists():
        raise RuntimeError("no ClickHouse is here: `make test-cluster` fetches it")
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        ports = _free_ports(4)
        shards = "".join(_SHARD.format(port=port) for port in ports[:2])
        nodes = []
        for number, (native_port, http_port) in enumerate(zip(ports[:2], ports[2:], strict=True)):
            nodes.append(_start(folder / f"node-{number}", shards, native_port, http_port))
            stack.callback(nodes[-1].end)
        stores.eventually(lambda: all(node.is_up() for node in nodes), "both servers answer")
        yield Cluster(nodes)


def _start(folder: Path, shards: str, native_port: int, http_port: int) -> Node:
    folder.mkdir(parents=True)
    (folder / "config.xml").write_text(_CONFIG.format(shards=shards))
    (folder / "users.xml").write_text(_USERS)
    ports = ["--tcp_port", str(native_port), "--http_port", str(http_port), "--listen_host", "127.0.0.1"]
    options = ["--config-file", str(folder / "config.xml"), "--path", str(folder / "data"), *ports, "--query", LISTEN]
    log = folder / "log"
    with log.open("wb") as output:
        process = _process([sys.executable, str(HERE / "clickhouse_node.py"), str(LIBRARY), *options], folder, output)
    return Node(process, native_port, http_port, log)


def _process(command: list[str], folder: Path, output: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)


def _free_ports(how_many: int) -> list[int]:
    """Ports that nobody has right now; all are held until the last is known, so that none is given twice."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(how_many)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
