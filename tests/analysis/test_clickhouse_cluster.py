"""The same answers from two ClickHouse servers as from DuckDB, row by row. `make test-cluster` runs these."""

import itertools
import json
import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import clickhouse_cluster
import otel_traces
from clickhouse_cluster import Cluster, Node
from command_line import CommandLine
from hotspan_analysis import Traces, open_traces
from hotspan_analysis.clickhouse import table
from hotspan_analysis.clickhouse.candidates import Candidates
from hotspan_analysis.clickhouse.engine import PERCENTILE_ERROR
from hotspan_analysis.clickhouse.server import Server
from hotspan_analysis.difference import Box
from hotspan_analysis.replay import Change
from hotspan_analysis.results import percentile_error
from hotspan_analysis.window import Window
from hotspan_collector.errors import HotspanError
from otel_traces import span
from traces import EPOCH_NS

pytestmark = pytest.mark.cluster

NOW_NS = EPOCH_NS + 400 * 10**9
WHOLE = Window(EPOCH_NS, EPOCH_NS + 400 * 10**9)
MILLION_NOW_NS = EPOCH_NS + 3700 * 10**9
SAMPLES = Path(__file__).parents[2] / "sample_traces"
MOMENT = "2026-09-21T14:15:00Z"
BEFORE, AFTER = "2026-09-21T14:13:20Z/2026-09-21T14:15:20Z", "2026-09-21T14:15:20Z/2026-09-21T14:18:20Z"


@dataclass(frozen=True)
class Both:
    """The same spans twice."""

    there: Traces
    here: Traces
    url: str


@dataclass
class Brought:
    """What came from the servers in files: requests, and bytes of everything."""

    rows: int = 0
    size: int = 0


@pytest.fixture
def brought(monkeypatch: pytest.MonkeyPatch) -> Brought:
    seen = Brought()
    insert, download = Candidates._insert, Server.download

    def counted(candidates: Candidates, into: str, sql: str, values: Any) -> int:
        rows = insert(candidates, into, sql, values)
        seen.rows += rows if into == "requests" else 0
        return rows

    def measured(server: Server, sql: str, values: Any, target: Path) -> int:
        size = download(server, sql, values, target)
        seen.size += size
        return size

    monkeypatch.setattr(Candidates, "_insert", counted)
    monkeypatch.setattr(Server, "download", measured)
    return seen


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with clickhouse_cluster.running(tmp_path_factory.mktemp("cluster")) as started:
        yield started


@pytest.fixture(scope="module")
def shop(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Both:
    cluster.load("shop", otel_traces.shop(1500))
    return _both(cluster, "shop_all", tmp_path_factory.mktemp("shop"), NOW_NS)


@pytest.fixture(scope="module")
def exam(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Both:
    rows = list(otel_traces.told_again(SAMPLES / "exam_incident.duckdb"))
    cluster.load("exam", rows)
    return _both(cluster, "exam_all", tmp_path_factory.mktemp("exam"), max(row["Timestamp"] for row in rows) + 10**11)


def _both(cluster: Cluster, table: str, folder: Path, now_ns: int) -> Both:
    url = cluster.url(table)
    return Both(open_traces(url, now_ns=now_ns), cluster.in_duckdb(table, folder, now_ns), url)


def _costliest(traces: Traces) -> str:
    return next(row.endpoint for row in traces.endpoints() if row.kind == "web")


def _middle(traces: Traces) -> int:
    window = traces.window()
    return window.from_ns + window.length_ns // 2


QUESTIONS: dict[str, Callable[[Traces, Traces], Any]] = {
    "window": lambda traces, _: traces.window(),
    "top": lambda traces, _: traces.endpoints(),
    "top by duplicates of the last two minutes": lambda traces, _: traces.endpoints("2m", sort="duplicates"),
    "top of a version": lambda traces, _: traces.endpoints(version="1.2", route="/it*"),
    "timeline": lambda traces, _: traces.timeline(),
    "histogram": lambda traces, _: traces.histogram(buckets=20),
    "clients": lambda traces, _: traces.clients(),
    "clients of errors": lambda traces, _: traces.clients(status="5xx", sort="errors"),
    "lanes": lambda traces, _: traces.lanes("1m"),
    "slowest": lambda traces, _: traces.slowest(),
    "trace": lambda traces, same: traces.trace(next(row.trace_id for row in same.slowest() if row.trace_id)),
    "breakdown": lambda traces, same: traces.breakdown(_costliest(same)),
    "jobs": lambda traces, _: traces.jobs(),
    "around": lambda traces, same: traces.around(_middle(same)),
    "amplification": lambda traces, _: traces.amplification(),
    "storms": lambda traces, _: traces.storms(),
    "what if": lambda traces, _: traces.what_if(changes=[Change(fix_clients=True)]),
    "difference": lambda traces, same: traces.difference(Box(same.window(), 100.0, 1e9)),
    "feedback": lambda traces, same: traces.feedback(_costliest(same)),
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers_equal_duckdb_row_by_row(shop: Both, question: str) -> None:
    ask = QUESTIONS[question]
    assert_same(ask(shop.there, shop.here), ask(shop.here, shop.here))


@pytest.mark.parametrize("question", QUESTIONS)
def test_exam_incident_is_the_same_there(exam: Both, question: str) -> None:
    ask = QUESTIONS[question]
    assert_same(ask(exam.there, exam.here), ask(exam.here, exam.here))


def test_exam_incident_is_a_storm_there(exam: Both) -> None:
    assert exam.there.storms().storms


def test_what_would_fix_the_exam_incident_is_told_there(exam: Both) -> None:
    assert exam.there.what_if(changes=[Change(fix_clients=True)]).refusal is None


def test_two_windows_compare_the_same(shop: Both) -> None:
    assert_same(shop.there.compare(BEFORE, AFTER), shop.here.compare(BEFORE, AFTER))


KEPT = ("top", "top of a version", "timeline", "clients", "lanes", "slowest", "jobs")


@pytest.mark.parametrize("question", KEPT)
def test_subqueries_that_are_worked_out_once_say_the_same(cluster: Cluster, shop: Both, question: str) -> None:
    """As the documentation recommends it: a read-only user with the one setting that saves time."""
    keeper = open_traces(cluster.url("shop_all", user=f"keeper:{clickhouse_cluster.PASSWORD}"), now_ns=NOW_NS)
    there = QUESTIONS[question](keeper, shop.here)
    assert_same(there, QUESTIONS[question](shop.here, shop.here))
    if question in ("top", "timeline", "clients"):
        assert "as materialized (" in there.queries[0].sql
        assert "as materialized (" not in QUESTIONS[question](shop.there, shop.here).queries[0].sql


def test_what_was_found_out_is_believed_for_a_moment(
    cluster: Cluster, shop: Both, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    ask = Server.ask

    def counted(server: Server, sql: str, *more: Any, **named: Any) -> Any:
        asked.append(sql)
        return ask(server, sql, *more, **named)

    monkeypatch.setattr(Server, "ask", counted)
    traces = open_traces(cluster.url("shop_all"), now_ns=NOW_NS)
    first = traces.timeline(WHOLE)
    before = len(asked)
    assert_same(traces.timeline(WHOLE), first)
    assert len(asked) == before + 1
    monkeypatch.setattr(table, "FRESH_S", 0.0)
    assert_same(traces.timeline(WHOLE), first)
    assert len(asked) > before + 2


def test_own_sql_reads_the_mapped_relations(shop: Both) -> None:
    counted = "select service, count(*) as requests from requests group by service order by service"
    assert shop.there.query(counted).rows == shop.here.query(counted).rows
    twice = "with one as (select kind from spans) select kind, count(*) as spans from one group by kind order by kind"
    assert shop.there.query(twice).rows == shop.here.query(twice).rows


@pytest.mark.parametrize(
    "sql", ["drop table shop", "insert into shop select * from shop", "create table x (a Int8) engine = Memory"]
)
def test_own_sql_cannot_write(shop: Both, sql: str) -> None:
    with pytest.raises(HotspanError, match="begin it with select or with"):
        shop.there.query(sql)


def test_own_sql_cannot_write_as_a_user_who_may(cluster: Cluster, shop: Both) -> None:
    writer = open_traces(cluster.url("shop_all", user="default"), now_ns=NOW_NS)
    assert_same(writer.timeline(), shop.here.timeline())
    with pytest.raises(HotspanError):
        writer.query("with 1 as one insert into shop select * from shop")


@pytest.fixture(scope="module")
def plain(cluster: Cluster) -> str:
    cluster.load("plain", otel_traces.shop(150))
    return "plain_all"


@pytest.mark.parametrize("variant", ["older", "json", "clickstack"])
def test_every_schema_is_read_the_same(cluster: Cluster, plain: str, tmp_path: Path, variant: str) -> None:
    cluster.load(variant, otel_traces.shop(150), variant)
    there = open_traces(cluster.url(f"{variant}_all"), now_ns=NOW_NS)
    here = cluster.in_duckdb(plain, tmp_path, NOW_NS, as_of=f"{variant}_all")
    for question in ("window", "top", "clients", "breakdown", "trace", "storms"):
        assert_same(QUESTIONS[question](there, here), QUESTIONS[question](here, here))


def test_sampled_spans_count_for_those_that_were_not_kept(cluster: Cluster) -> None:
    kept = {"http.request.method": "GET", "http.route": "/a", "http.response.status_code": "200", "SampleRate": "10"}
    rows = [
        span("GET /a", "Server", n * 10**9, SpanId=f"{n:016x}", SpanAttributes=kept, TraceId=f"{n:032x}")
        for n in range(1, 31)
    ]
    cluster.load("sampled", rows, "clickstack")
    traces = open_traces(cluster.url("sampled_all"), now_ns=NOW_NS)
    (endpoint,) = traces.endpoints()
    assert (endpoint.requests, endpoint.total_time_ns, endpoint.p50_ms) == (300, 3 * 10**9, 10.0)
    with pytest.raises(HotspanError, match="cannot be told from a sample"):
        traces.storms()


def test_client_spread_over_both_shards_is_found_whole(cluster: Cluster) -> None:
    """Every second attempt lies on the other server: neither of them alone sees two that overlap."""
    said = {"http.request.method": "POST", "http.route": "/save", "url.path": "/save", "session.id": "ann"}
    rows = [
        span(
            "POST /save", "Server", n * 10**9, int(1.5e9), SpanId=f"{n:016x}", TraceId=f"{n:032x}", SpanAttributes=said
        )
        for n in range(1, 21)
    ]
    cluster.load("spread", rows)
    (whole,) = open_traces(cluster.url("spread_all"), now_ns=NOW_NS).endpoints()
    (half,) = open_traces(cluster.url("spread"), now_ns=NOW_NS).endpoints()
    assert (whole.requests, whole.duplicates) == (20, 19)
    assert (half.requests, half.duplicates) == (10, 0)


def test_request_that_two_spans_tell_of_is_one(cluster: Cluster, tmp_path: Path) -> None:
    """A server's span with the framework's span in it, and something between the two."""
    said = {"http.request.method": "GET", "url.path": "/a", "http.route": "/a", "client.address": "10.0.0.1"}
    rows = []
    for n in range(1, 11):
        outer, between, inner = (f"{10 * n + place:016x}" for place in range(3))
        ids = {"TraceId": f"{n:032x}"}
        rows.append(span("GET /a", "Server", n * 10**9, 10**8, SpanId=outer, SpanAttributes=said, **ids))
        rows.append(span("middleware", "Internal", n * 10**9 + 10, 10**7, SpanId=between, ParentSpanId=outer, **ids))
        rows.append(
            span(
                "GET /a",
                "Server",
                n * 10**9 + 20,
                10**6,
                SpanId=inner,
                ParentSpanId=between,
                SpanAttributes=said,
                **ids,
            )
        )
    cluster.load("twice", rows)
    both = _both(cluster, "twice_all", tmp_path, NOW_NS)
    assert both.there.endpoints().totals.everything.requests == 10
    assert_same(both.there.endpoints(), both.here.endpoints())
    assert_same(both.there.timeline(), both.here.timeline())
    assert_same(both.there.storms(), both.here.storms())


@pytest.fixture(scope="module")
def million(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Both:
    cluster.create("million")
    for number, node in enumerate(cluster.nodes):
        node.execute(otel_traces.many_spans("million", 1_000_000, number))
    return _both(cluster, "million_all", tmp_path_factory.mktemp("million"), MILLION_NOW_NS)


@pytest.mark.parametrize("question", ["top", "timeline", "clients", "slowest", "storms"])
def test_million_spans_give_the_same_and_few_bytes_travel(cluster: Cluster, million: Both, question: str) -> None:
    """What comes to the first server from the other and from it to us is a small part of what the table holds."""
    first = cluster.nodes[0]
    before = _bytes_moved(first)
    there = QUESTIONS[question](million.there, million.here)
    moved = _bytes_moved(first) - before
    held = sum(
        int(node.execute("select sum(data_uncompressed_bytes) from system.parts where active and table = 'million'"))
        for node in cluster.nodes
    )
    share = 0.15 if question == "storms" else 0.1  # a dozen passes, each of a few columns, from one server to the other
    assert moved < held * share, f"{moved:,} of {held:,} bytes"
    assert_same(there, QUESTIONS[question](million.here, million.here))


@pytest.mark.parametrize("question", ["top", "timeline", "clients"])
def test_percentiles_of_more_than_are_ranked_exactly_are_close_and_say_so(million: Both, question: str) -> None:
    exact = QUESTIONS[question](million.here, million.here)
    rough = QUESTIONS[question](open_traces(f"{million.url}&exact=1000", now_ns=MILLION_NOW_NS), million.here)
    assert percentile_error(exact.queries) == 0.0
    assert percentile_error(rough.queries) == PERCENTILE_ERROR
    assert len(rough) == len(exact)
    close = 0
    for one, other in zip(rough.as_dicts(), exact.as_dicts(), strict=True):
        names = [name for name in one if name in ("p50_ms", "p95_ms", "p99_ms")]
        assert {**one, **dict.fromkeys(names)} == pytest.approx({**other, **dict.fromkeys(names)})
        if one["requests"] >= 1000:  # of few, exact percentiles lie between two durations that are far apart
            assert [one[name] for name in names] == pytest.approx([other[name] for name in names], rel=0.02, abs=0.01)
            close += 1
    assert close or question == "clients"


def test_command_says_that_percentiles_are_rough(shop: Both, hotspan: CommandLine) -> None:
    told = hotspan("top", f"{shop.url}&exact=10")
    assert "Percentiles are within 0.5% of their value" in told.out
    assert json.loads(hotspan("top", f"{shop.url}&exact=10", "--format", "json").out)["percentile_error"] == 0.005
    assert "percentile_error" not in json.loads(hotspan("top", shop.url, "--format", "json").out)


def test_storms_of_a_million_spans_are_those_of_clients_on_both_servers(million: Both) -> None:
    storms = million.there.storms().storms
    assert {storm.endpoint for storm in storms} == {"POST /save"}
    assert {storm.client_tier for storm in storms} == {"session"}


def test_storms_bring_the_rows_of_candidates_only(million: Both, brought: Brought) -> None:
    """Of 250,000 requests those of the ten who ask again, and of who asks at one distance: a few of 140 bytes each."""
    there = open_traces(million.url, now_ns=MILLION_NOW_NS).storms()
    assert there.storms
    assert 20_000 <= brought.rows < 50_000
    assert brought.size < 5_000_000


def test_feedback_brings_the_requests_of_one_service_only(shop: Both, brought: Brought) -> None:
    endpoint = _costliest(shop.here)
    sizes = {}
    for service in ("shop", "billing"):
        before = brought.size
        assert_same(shop.there.feedback(endpoint, service=service), shop.here.feedback(endpoint, service=service))
        sizes[service] = brought.size - before
    assert sizes["billing"] < 0.75 * sizes["shop"]


def test_where_nobody_asks_again_no_request_comes_here(cluster: Cluster, brought: Brought, tmp_path: Path) -> None:
    said = {"http.request.method": "GET", "http.route": "/a", "http.response.status_code": "200"}
    rows = [
        span(
            "GET /a",
            "Server",
            n * 10**9,
            SpanId=f"{n:016x}",
            TraceId=f"{n:032x}",
            SpanAttributes=said | {"url.path": f"/{n}", "session.id": f"{n}"},
        )
        for n in range(1, 300)
    ]
    cluster.load("calm", rows)
    both = _both(cluster, "calm_all", tmp_path, NOW_NS)
    assert_same(both.there.storms(), both.here.storms())
    assert brought.rows == 0


def test_crowds_peers_and_hammering_are_judged_by_all_who_use_the_endpoint(cluster: Cluster, tmp_path: Path) -> None:
    """A herd of forty at one second, one who tries passwords, one who retries at once, and others beside them."""
    cluster.load("mixed", list(_mixed()))
    both = _both(cluster, "mixed_all", tmp_path, NOW_NS)
    here = both.here.storms()
    assert {found.kind for found in here.findings} >= {"herd", "hot_loop"}
    assert here.storms
    assert_same(both.there.storms(), here)


def _mixed() -> Iterator[dict[str, Any]]:
    def asks(route: str, who: str, at_s: float, took_s: float = 0.01, status: str = "200") -> dict[str, Any]:
        number = next(numbers)
        said = {"http.request.method": "POST", "http.route": route, "url.path": route, "session.id": who}
        return span(
            f"POST {route}",
            "Server",
            int(at_s * 1e9),
            int(took_s * 1e9),
            SpanId=f"{number:016x}",
            TraceId=f"{number:032x}",
            SpanAttributes=said | {"http.response.status_code": status},
        )

    numbers, rng = itertools.count(1), random.Random(4)
    yield from (asks("/bell", f"pupil {n}", 100 + n / 100) for n in range(40))
    yield from (asks("/bell", f"pupil {n}", rng.uniform(0, 390)) for n in range(40))
    yield from (asks("/login", "guesser", 120 + n * rng.uniform(0.1, 0.4), status="401") for n in range(600))
    yield from (asks("/login", f"pupil {n}", rng.uniform(0, 390)) for n in range(40) for _ in range(2))
    yield from (asks("/save", "ann", 100 + 25 * save + n, 8.5 - n) for save in range(8) for n in range(9))
    yield from (asks("/save", f"pupil {n}", rng.uniform(0, 390), 0.2) for n in range(20) for _ in range(3))


def _bytes_moved(node: Node) -> int:
    events = "('NetworkReceiveBytes', 'NetworkSendBytes')"
    return int(node.execute(f"select sum(value) from system.events where event in {events}"))  # noqa: S608  # fixed


def test_commands_take_the_address_as_their_source(shop: Both, hotspan: CommandLine) -> None:
    ran = hotspan("top", shop.url, "--format", "json")
    assert ran.code == 0, ran.err
    assert '"endpoints"' in ran.out
    assert hotspan("export", shop.url, "--to", "x.parquet").code == 2


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"table": "nowhere"}, "no such table"),
        ({"user": "reader:wrong"}, "HOTSPAN_CLICKHOUSE_PASSWORD"),
        ({"user": "nobody"}, "HOTSPAN_CLICKHOUSE_PASSWORD"),
        ({"more": "&rows=10"}, "spans would have to come here"),
    ],
)
def test_refusals_are_one_line_that_says_what_to_do(
    cluster: Cluster, shop: Both, change: dict[str, str], told: str
) -> None:
    given: dict[str, Any] = {"table": "shop_all", **change}
    with pytest.raises(HotspanError) as raised:
        open_traces(cluster.url(**given), now_ns=NOW_NS).storms()
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)
    assert clickhouse_cluster.PASSWORD not in str(raised.value)


def test_table_of_something_else_is_refused(cluster: Cluster) -> None:
    cluster.nodes[0].execute("create table other (a Int8) engine = Memory")
    with pytest.raises(HotspanError, match="not a table of the Collector's ClickHouse exporter"):
        open_traces(cluster.url("other")).endpoints()


def test_question_ends_at_its_time_limit(cluster: Cluster, shop: Both) -> None:
    slow = "select sum(sipHash64(number)) from numbers(1000000000000)"
    with pytest.raises(HotspanError, match="limit"):
        open_traces(cluster.url("shop_all", user="default", more="&limit=1s"), now_ns=NOW_NS).query(slow)


def test_dead_shard_is_an_error_never_half_an_answer(tmp_path: Path) -> None:
    with clickhouse_cluster.running(tmp_path / "cluster") as cluster:
        cluster.load("shop", otel_traces.shop(60))
        traces = open_traces(cluster.url("shop_all"), now_ns=NOW_NS)
        assert traces.endpoints().totals.everything.requests > 60
        cluster.nodes[1].process.kill()
        cluster.nodes[1].process.wait()
        for ask in (traces.endpoints, traces.clients, traces.storms, traces.jobs):
            with pytest.raises(HotspanError, match="shard does not answer"):
                ask()
        address = cluster.url("shop_all", node=1)
        with pytest.raises(HotspanError, match="no server answers there"):
            open_traces(address).endpoints()


def assert_same(there: Any, here: Any) -> None:
    """Equal, row by row and field by field; floats as far as the order of adding them up goes."""
    _compare(_plain(there), _plain(here), "")


def _plain(answer: Any) -> Any:
    if hasattr(answer, "as_dicts"):
        return answer.as_dicts()
    return answer.as_dict() if hasattr(answer, "as_dict") else answer


def _compare(there: Any, here: Any, where: str) -> None:
    if isinstance(there, dict) and isinstance(here, dict):
        assert there.keys() == here.keys(), where
        for name in here:
            _compare(there[name], here[name], f"{where}.{name}")
    elif isinstance(there, list | tuple) and isinstance(here, list | tuple):
        assert len(there) == len(here), where
        for number, (one, other) in enumerate(zip(there, here, strict=True)):
            _compare(one, other, f"{where}[{number}]")
    elif isinstance(there, float) or isinstance(here, float):
        assert there == here or math.isclose(there, here, rel_tol=1e-9), f"{where}: {there} there, {here} here"
    else:
        assert there == here, f"{where}: {there} there, {here} here"
        assert isinstance(there, bool) == isinstance(here, bool), f"{where}: {there} there, {here} here"
