"""What looks like a storm and is none: loops, hammering, failing pollers, polling, herds, pile-ups. Never called storms."""

from collections.abc import Iterable
from typing import Any

from hotspan_analysis import queries
from hotspan_analysis.clients import client_id
from hotspan_analysis.engine import Engine
from hotspan_analysis.episodes import Episode
from hotspan_analysis.storm_results import Finding, epoch_ns
from hotspan_analysis.verdicts import Verdict
from hotspan_analysis.window import SECOND_NS, Window, iso

Taken = set[tuple[str, str, str]]
"""Service, endpoint and client of what has been found already: each is told once, the gravest first."""


def findings(
    engine: Engine, values: dict[str, Any], judged: Iterable[tuple[Episode, Verdict]], taken: Taken, window: Window
) -> list[Finding]:
    """All the other findings of the window, those about single clients first."""
    found = [_of_episode(episode, verdict) for episode, verdict in judged if verdict.kind not in ("storm", "nothing")]
    engine.keep("storm_steady", **queries.needed("storm_steady", values))
    found += [_loop(row) for row in _rows(engine, "storm_loops", values)]
    found += [_hammer(row) for row in _rows(engine, "storm_hammers", values)]
    found += [_failing(row) for row in _rows(engine, "storm_failing", values)]
    found += [_polling(row) for row in _rows(engine, "storm_polling", values)]
    found += [_herd(row) for row in _rows(engine, "storm_herds", values)]
    return list(_each_once((each for each in found if _touches(each, window)), taken))


def _rows(engine: Engine, question: str, values: dict[str, Any]) -> list[dict[str, Any]]:
    return list(engine.ask(question, **queries.needed(question, values)).dicts())


def _each_once(found: Iterable[Finding], taken: Taken) -> Iterable[Finding]:
    for each in found:
        key = (each.service, each.endpoint, each.client or "")
        if each.client is not None and each.kind != "polling" and key in taken:
            continue
        if each.kind == "polling" and each.clients == 1 and key in taken:
            continue
        if each.client is not None:
            taken.add(key)
        yield each


def _touches(found: Finding, window: Window) -> bool:
    return epoch_ns(found.end) >= window.from_ns and epoch_ns(found.start) < window.to_ns


def _of_episode(episode: Episode, verdict: Verdict) -> Finding:
    said = {
        "pile_up": f"{episode.late:,} requests were sent while earlier ones were open, one every "
        f"{episode.resend_ns / SECOND_NS:.2f} s: {verdict.rule}. There is no guard against requests in flight.",
        "failing_poller": f"{episode.after_failure:,} requests followed a failure after "
        f"{episode.gap_ns / SECOND_NS:.2f} s: {verdict.rule}.",
        "hot_loop": f"{episode.after_failure:,} requests followed a failure within {episode.gap_p90_ns / SECOND_NS:.2f} s: "
        f"{verdict.rule}.",
    }
    waiting = verdict.kind == "pile_up"
    return Finding(
        kind=verdict.kind,
        service=episode.service,
        endpoint=episode.endpoint,
        client=client_id(episode.client),
        client_tier=episode.client_tier,
        clients=1,
        start=iso(episode.onset_ns),
        end=iso(episode.end_ns),
        requests=episode.attempts,
        period_s=(episode.resend_ns if waiting else episode.retry_step_ns) / SECOND_NS,
        evidence=(said[verdict.kind],),
    )


def _loop(row: dict[str, Any]) -> Finding:
    return _finding(
        "hot_loop",
        row,
        f"{row['longest']:,} times in a row the answer (status {row['status']}) was followed by the same request at once; "
        f"{row['runs']:,} such runs.",
    )


def _hammer(row: dict[str, Any]) -> Finding:
    others = row["clients"] - 1
    compared = (
        f"where the {others:,} other clients of the endpoint send {row['usual_times']:g}"
        if others and row["most"] > row["usual_times"]
        else "at no steady distance, as programs that try one thing after another do"
    )
    return _finding(
        "hot_loop",
        row | {"period_s": (row["end_ns"] - row["start_ns"]) / max(row["requests"] - 1, 1) / SECOND_NS},
        f"{row['most']:,} requests for one target within minutes, {compared}.",
        clients=1,
    )


def _failing(row: dict[str, Any]) -> Finding:
    return _finding(
        "failing_poller",
        row,
        f"{row['longest']:,} failures in a row (status {row['status'] or 'none'}), asked for every {row['period_s']:.1f} s "
        "as if nothing were wrong.",
    )


def _polling(row: dict[str, Any]) -> Finding:
    many = row["clients"] > 1
    said = f"{row['requests']:,} requests of {row['clients']:,} client{'s' if many else ''}, one every {row['period_s']:.1f} s each."
    return _finding("polling", row | ({"client": None} if many else {}), said, clients=row["clients"])


def _herd(row: dict[str, Any]) -> Finding:
    said = (
        f"{row['clients']:,} clients, {row['share']:.0%} of all that use it, asked within one second "
        f"({row['significance']:.1f} standard deviations above the mean)."
    )
    return _finding("herd", row | {"client": None, "client_tier": None, "period_s": None}, said, clients=row["clients"])


def _finding(kind: str, row: dict[str, Any], said: str, clients: int = 1) -> Finding:
    return Finding(
        kind=kind,
        service=row["service"],
        endpoint=f"{row['method']} {row['route']}",
        client=None if row["client"] is None else client_id(row["client"]),
        client_tier=None if row["client"] is None else row["client_tier"],
        clients=clients,
        start=iso(int(row["start_ns"])),
        end=iso(int(row["end_ns"])),
        requests=int(row["requests"]),
        period_s=row["period_s"],
        evidence=(said,),
    )
