"""Which clients repeat their requests, how they do it, and how much of the load that is.

SQL measures every stretch of duplicates; verdicts.py judges it; mechanisms.py names it; this module asks and reports.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from hotspan_analysis import queries
from hotspan_analysis.clients import client_id
from hotspan_analysis.engine import Engine
from hotspan_analysis.episode_search import episodes
from hotspan_analysis.episodes import Episode
from hotspan_analysis.evidence import (
    ADVICE,
    Facts,
    evidence_against,
    evidence_for,
    margins_of,
    missing_for,
    resend_gap_s,
)
from hotspan_analysis.findings import findings
from hotspan_analysis.heed import hear_last_only
from hotspan_analysis.hidden import Hidden, hidden, hidden_storm
from hotspan_analysis.incidents import incidents
from hotspan_analysis.losses import losses
from hotspan_analysis.mechanisms import Mechanism, mechanism_of
from hotspan_analysis.results import Rows
from hotspan_analysis.selection import Selection
from hotspan_analysis.storm_results import Finding, Incident, Storm, StormReport, epoch_ns
from hotspan_analysis.storm_settings import StormSettings
from hotspan_analysis.verdicts import Verdict, judge, with_company
from hotspan_analysis.window import SECOND_NS, Window, iso

Key = tuple[int, int]
"""Lane and episode."""


def storms(
    engine: Engine,
    window: Window,
    selection: Selection = Selection(),  # noqa: B008  # frozen: the same for everybody
    settings: StormSettings = StormSettings(),  # noqa: B008  # frozen: the same for everybody
) -> StormReport:
    """Storms, incidents and other findings that touch the window.

    Requests up to `settings.lookback_s` before the window are read too: they say what a client usually does, and
    whether a storm was on already. Requests still open last until now.
    """
    since_ns = window.from_ns - round(settings.lookback_s * SECOND_NS)
    values = settings.bind() | {"since_ns": since_ns, "to_ns": window.to_ns, "service": selection.service}
    measured, asked = episodes(engine, values)
    judged = with_company([(episode, judge(episode, settings)) for episode in measured], settings)
    guilty = [(episode, verdict) for episode, verdict in judged if verdict.kind == "storm"]
    suspects = hidden(engine, settings, values)
    facts = _facts(
        engine,
        [(each.first_ns, each.drained_ns) for each, _ in guilty] + [(each.from_ns, each.until_ns) for each in suspects],
    )
    found = _storms(engine, guilty, facts, settings, window, values)
    found += _hidden_storms(suspects, found, facts, window)
    found = [storm for storm in found if _touches(storm, window) and _selected(storm, selection)]
    taken = {(storm.service, storm.endpoint, storm.client) for storm in found}
    others = findings(engine, values, judged, taken, window)
    return StormReport(
        window=window,
        storms=sorted(found, key=lambda storm: (-storm.duplicate_in_flight_s, -storm.attempts, epoch_ns(storm.start))),
        incidents=Rows(Incident, incidents(engine, found, settings)),
        findings=Rows(Finding, (each for each in others if _selected(each, selection))),
        losses=losses(engine, window, selection),
        queries=asked,
    )


def _facts(engine: Engine, times: list[tuple[int, int]]) -> dict[str, Facts]:
    """What the records of each service can show, in the time that these storms took."""
    if not times:
        return {}
    first_ns, last_ns = min(start for start, _ in times), max(end for _, end in times)
    answer = engine.ask("storm_facts", first_ns=first_ns, last_ns=last_ns)
    return {each.service: each for each in answer.build(Facts)}


def _storms(
    engine: Engine,
    guilty: Iterable[tuple[Episode, Verdict]],
    facts: dict[str, Facts],
    settings: StormSettings,
    window: Window,
    values: dict[str, Any],
) -> list[Storm]:
    statuses, timelines = _statuses(engine), _timelines(engine, values)
    unrecorded = {service for service, each in facts.items() if not each.records_leaving}
    deaf = hear_last_only((each for each, _ in guilty if each.service in unrecorded), settings)
    found = []
    for episode, verdict in guilty:
        key = (episode.lane, episode.episode)
        named = mechanism_of(episode, settings, hears_last_only=key in deaf)
        found.append(
            _storm(episode, verdict, named, statuses[key], timelines[key], facts.get(episode.service), settings, window)
        )
    return found


def _storm(
    episode: Episode,
    verdict: Verdict,
    named: tuple[Mechanism, str],
    statuses: dict[str, int],
    timeline: list[dict[str, Any]],
    facts: Facts | None,
    settings: StormSettings,
    window: Window,
) -> Storm:
    mechanism, because = named
    gap_s = resend_gap_s(episode, settings)
    return Storm(
        service=episode.service,
        endpoint=episode.endpoint,
        client=client_id(episode.client),
        client_tier=episode.client_tier,
        start=iso(episode.start_ns),
        end=iso(episode.end_ns),
        mechanism=mechanism,
        attempts=episode.attempts,
        operations=episode.operations,
        duplicates=episode.attempts - episode.operations,
        amplification=episode.amplification,
        peak_in_flight=episode.peak_in_flight,
        resend_gap_s=gap_s,
        acceleration=episode.acceleration if episode.late and episode.pace_known else None,
        duplicate_in_flight_s=episode.duplicate_in_flight_ns / SECOND_NS,
        aborted=episode.aborted,
        statuses=statuses,
        evidence=evidence_for(episode, statuses, settings),
        counter_evidence=evidence_against(episode, settings),
        missing=missing_for(episode, facts),
        margins=margins_of(verdict.margins),
        confidence=verdict.confidence,
        rule=verdict.rule,
        because=because,
        advice=ADVICE[mechanism],
        drained=iso(episode.drained_ns),
        lasting=episode.end_ns + 3 * gap_s * SECOND_NS >= window.to_ns,
        in_flight_s=episode.in_flight_ns / SECOND_NS,
        timeline=tuple(timeline),
    )


def _hidden_storms(
    suspects: Iterable[Hidden], known: Iterable[Storm], facts: dict[str, Facts], window: Window
) -> list[Storm]:
    seen = {(storm.service, storm.endpoint, storm.client) for storm in known}
    found: dict[tuple[str, str, str, int], Storm] = {}
    for suspect in suspects:
        if (suspect.service, suspect.endpoint, client_id(suspect.client)) not in seen:
            storm = hidden_storm(suspect, facts.get(suspect.service), window)
            found.setdefault((storm.service, storm.endpoint, storm.client, suspect.from_ns), storm)
    return list(found.values())


def _statuses(engine: Engine) -> dict[Key, dict[str, int]]:
    found: dict[Key, dict[str, int]] = defaultdict(dict)
    for row in engine.ask("storm_statuses").dicts():
        name = "open" if row["is_open"] else str(row["status"] or "none")
        found[row["lane"], row["episode"]][name] = row["attempts"]
    return found


def _timelines(engine: Engine, values: dict[str, Any]) -> dict[Key, list[dict[str, Any]]]:
    found: dict[Key, list[dict[str, Any]]] = defaultdict(list)
    for row in engine.ask("storm_timelines", **queries.needed("storm_timelines", values)).dicts():
        ended = "open" if row["is_open"] else "left" if row["left_early"] else str(row["status"] or "none")
        found[row["lane"], row["episode"]].append(
            {"attempt": row["number"], "sent_s": row["sent_s"], "took_s": row["took_s"], "ended": ended}
        )
    return found


def _touches(storm: Storm, window: Window) -> bool:
    return epoch_ns(storm.drained) >= window.from_ns and epoch_ns(storm.start) < window.to_ns


def _selected(found: Storm | Finding, selection: Selection) -> bool:
    method, _, route = found.endpoint.partition(" ")
    if selection.method and method != selection.method:
        return False
    if selection.route and route != selection.route:
        return False
    if selection.route_prefix and not route.startswith(selection.route_prefix):
        return False
    if selection.client_from is not None and selection.client_to is not None:
        return found.client is not None and selection.client_from <= int(found.client, 16) <= selection.client_to
    return True
