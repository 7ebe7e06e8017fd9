"""Every page of the dashboard on two ClickHouse servers: it says what it says of a file. `make test-cluster` runs these."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import clickhouse_cluster
import otel_traces
from clickhouse_cluster import Cluster
from dashboards import Page

pytestmark = pytest.mark.cluster

SAMPLES = Path(__file__).parents[2] / "sample_traces"
SAVE = "PUT /tests/{test_id}/sections/{section_id}"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with clickhouse_cluster.running(tmp_path_factory.mktemp("pages")) as started:
        started.load("exam", list(otel_traces.told_again(SAMPLES / "exam_incident.duckdb")))
        yield started


@pytest.mark.parametrize(
    ("name", "more", "told"),
    [
        ("overview", {}, "Retry storm"),
        ("endpoint", {"endpoint": SAVE, "service": "exam"}, "none, client left"),
        ("storms", {}, "timer"),
        ("compare", {}, "before"),
        ("jobs", {}, "sync roster"),
    ],
)
def test_a_page_is_answered_by_the_servers(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, name: str, more: dict[str, str], told: str
) -> None:
    page = Page(monkeypatch, cluster.url("exam_all"), name, **more)
    tables = [each.value.to_string() for each in page.test.dataframe]
    assert told in "\n".join([page.text, page.markup, str(page.figures), *tables])
    assert not page.test.error
