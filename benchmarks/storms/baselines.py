"""What people do without hotspan: a rate limit per client, counting overlaps, counting requests after errors.

Each gets the threshold with the best F1 on the development worlds, so that it loses to nothing but its idea.
"""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from storms.scoring import Found

Rows = list[dict[str, Any]]
EPISODE_GAP_S = 30.0
MINUTE_S = 60.0
THRESHOLDS = {
    "rate per client": (20, 30, 60, 120, 300),
    "overlap count": (3, 5, 10, 20),
    "error retry": (3, 5, 10, 20),
}


def rate_per_client(rows: Rows, threshold: float) -> list[Found]:
    """More than so many requests of a client to an endpoint in a minute, as Microsoft's page on the antipattern has it."""
    counts: dict[tuple[int, str, int], list[float]] = defaultdict(list)
    for row in _everyday(rows):
        sent = row["sent_s"]
        counts[row["client"], row["endpoint"], int(sent // MINUTE_S)].append(sent)
    alarms = [(*key[:2], min(times), max(times)) for key, times in counts.items() if len(times) >= threshold]
    return _joined(alarms)


def overlap_count(rows: Rows, threshold: float) -> list[Found]:
    """So many requests sent while an earlier one of the same client to the same endpoint was open."""
    return _joined(_clusters(rows, threshold, lambda row, before: row["sent_s"] < before["until_s"]))


def error_retry(rows: Rows, threshold: float) -> list[Found]:
    """So many requests within half a minute of an error of the same client at the same endpoint."""
    return _joined(
        _clusters(
            rows,
            threshold,
            lambda row, before: before["failed"] and row["sent_s"] - before["done_s"] <= EPISODE_GAP_S,
        )
    )


DETECTORS = {"rate per client": rate_per_client, "overlap count": overlap_count, "error retry": error_retry}


def _everyday(rows: Rows) -> Iterable[dict[str, Any]]:
    for row in sorted(rows, key=lambda each: each["arrival_ns"]):
        done_ns = row["end_ns"] if row["end_ns"] is not None else 2**62
        status = row["status"] or 0
        yield {
            "client": row["client"],
            "endpoint": f"{row['method']} {row['route']}",
            "sent_s": row["arrival_ns"] / 1e9,
            "done_s": done_ns / 1e9,
            "failed": status >= 500 or status in (408, 425, 429, 499) or row["aborted"],
        }


def _clusters(rows: Rows, threshold: float, is_hit: Any) -> list[tuple[int, str, float, float]]:
    lanes: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in _everyday(rows):
        lanes[row["client"], row["endpoint"]].append(row)
    alarms = []
    for (client, endpoint), lane in lanes.items():
        until, hits = 0.0, []
        for before, row in pairwise(lane):
            until = max(until, before["done_s"])
            if is_hit(row, before | {"until_s": until}):
                hits.append(row["sent_s"])
        for cluster in _close(hits):
            if len(cluster) >= threshold:
                alarms.append((client, endpoint, cluster[0], cluster[-1]))
    return alarms


def _close(times: list[float]) -> list[list[float]]:
    clusters: list[list[float]] = []
    for time in times:
        if clusters and time - clusters[-1][-1] <= EPISODE_GAP_S:
            clusters[-1].append(time)
        else:
            clusters.append([time])
    return clusters


def _joined(alarms: list[tuple[int, str, float, float]]) -> list[Found]:
    """Alarms of one client and endpoint that lie close together are one: it is rung once."""
    joined: list[Found] = []
    for client, endpoint, start, end in sorted(alarms):
        last = joined[-1] if joined else None
        if last and (last.client, last.endpoint) == (str(client), endpoint) and start - last.end <= EPISODE_GAP_S:
            joined[-1] = Found(last.client, endpoint, last.start, max(last.end, end))
        else:
            joined.append(Found(str(client), endpoint, start, end))
    return joined
