"""`hotspan storms`: who repeats requests before the answer is there, how, and what it costs; once, or as it happens."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import answers, options, tables
from hotspan_cli.tables import Shown

if TYPE_CHECKING:
    from hotspan_analysis import StormSettings
    from hotspan_analysis.storm_results import Finding, Incident, Storm, StormReport

SHORT_ID = 8
EXPLAINED_AT_MOST = 3
KINDS = {
    "pile_up": "Pile-ups: requests pile up, at the pace of always",
    "hot_loop": "Loops: the answer, and at once the same request again",
    "failing_poller": "Failing pollers: asking on for what only fails",
    "herd": "Herds: many clients within one second",
    "polling": "Polling: the same request at the same distance",
}


@click.command("storms")
@options.source_argument
@options.window_options
@options.some_filter_options("service", "endpoint", "method", "route", "client")
@options.limit_option
@click.option(
    "--set", "given", multiple=True, metavar="NAME=VALUE", help="A threshold, like acceleration=3. May be repeated."
)
@click.option("--follow", is_flag=True, help="Look every few seconds, and say when a storm starts, lasts and ends.")
@click.option("--every", default="5s", show_default=True, metavar="LENGTH", help="With --follow: how often.")
@click.option("--for", "lasting", metavar="LENGTH", help="With --follow: stop after that. Default: on Ctrl-C.")
@click.option("--run", "program", metavar="COMMAND", help="With --follow: run it on start and end, JSON on its stdin.")
@click.option("--webhook", metavar="URL", help="With --follow: post JSON there on start and end.")
@options.output_options
def command(
    source: Sequence[Path],
    limit: int | None,
    given: tuple[str, ...],
    follow: bool,
    every: str,
    lasting: str | None,
    program: str | None,
    webhook: str | None,
    **chosen: Any,
) -> None:
    """Which clients repeat their requests before they have an answer, or after a failure.

    Names the mechanism (timer, backoff, timeout, hedging, …), shows the evidence for it and against it, and what
    could not be seen. Loops, herds, pollers and pile-ups are told apart from storms and listed below them.

    Example: hotspan storms --window 1h --service exam
    """
    settings = _settings(given)
    if not follow:
        report = options.opened(source).storms(options.chosen(chosen), settings=settings, **options.filters(chosen))
        shown = options.ROWS_OF_A_TABLE if limit is None else limit
        answers.print_answer(report, chosen, as_json=report.as_dict, rows="storms", show=lambda: show(report, shown))
        return
    from hotspan_cli import storm_watch

    storm_watch.follow(
        options.opened(source),
        options.filters(chosen),
        settings,
        storm_watch.Telling(chosen["output"], every, lasting, program, webhook),
    )


def _settings(given: tuple[str, ...]) -> "StormSettings":
    from hotspan_analysis import StormSettings

    values: dict[str, float] = {}
    for each in given:
        name, equals, text = each.partition("=")
        try:
            values[name.strip()] = float(text)
        except ValueError:
            raise click.BadParameter(f"{each!r} sets nothing; write for example acceleration=3.") from None
        if not equals:
            raise click.BadParameter(f"{each!r} sets nothing; write for example acceleration=3.")
    return StormSettings.of(**values)


def show(report: "StormReport", limit: int) -> None:
    """Prints the report for people: incidents, storms, why, and the findings that are no storms."""
    tables.say(texts.stretch(report.window.from_ns, report.window.to_ns), "")
    if not report.storms:
        tables.say("No client repeats its requests in a storm.", style="green")
    else:
        tables.print_table(report.incidents, _INCIDENTS, title=f"Incidents: {texts.count(len(report.incidents))}")
        tables.say("")
        tables.print_table(
            report.storms[: limit or None], _STORMS, title=f"Storms: {texts.count(len(report.storms))}, times in UTC"
        )
        if len(report.storms) > limit > 0:
            tables.say(f"and {texts.count(len(report.storms) - limit)} more: --limit 0 shows all", style="dim")
        for incident in report.incidents[:EXPLAINED_AT_MOST]:
            _explain(incident, report.storms_of(incident)[0])
    _show_findings(report.findings, limit)
    for loss in report.losses:
        tables.say(f"Dropped on the way in: {texts.count(loss.dropped)} {loss.what} ({loss.reason}).", style="yellow")


def _explain(incident: "Incident", storm: "Storm") -> None:
    tables.say("", incident.summary, style="bold")
    if incident.others_p95_during_ms is not None and incident.others_p95_before_ms is not None:
        before, during = incident.others_p95_before_ms / 1e3, incident.others_p95_during_ms / 1e3
        tables.say(
            f"{texts.count(incident.others)} other clients of {incident.service}: p95 of {texts.duration(before)} "
            f"before, {texts.duration(during)} during it."
        )
    tables.say(f"Client {storm.client[:SHORT_ID]}: {storm.mechanism} ({storm.confidence}), for {storm.because}.")
    for sentence in storm.evidence:
        tables.say(f"  + {sentence}")
    for sentence in storm.counter_evidence:
        tables.say(f"  - {sentence}")
    for sentence in storm.missing:
        tables.say(f"  ? {sentence}")
    tables.say(f"Fix: {storm.advice}", style="bold")


def _show_findings(findings: Sequence["Finding"], limit: int) -> None:
    for kind, title in KINDS.items():
        rows = [row for row in findings if row.kind == kind]
        if rows:
            tables.say("")
            tables.print_table(rows[: limit or None], _FINDINGS, title=title, hint=False)
            if len(rows) > limit > 0:
                tables.say(f"and {texts.count(len(rows) - limit)} more: --limit 0 shows all", style="dim")


_INCIDENTS: list[Shown["Incident"]] = [
    Shown("Endpoint", lambda row: row.endpoint, is_name=True),
    Shown("Clients", lambda row: f"{texts.count(row.clients)}{' addr.' if row.only_addresses else ''}"),
    Shown("Mechanism", lambda row: row.mechanism),
    Shown("Attempts", lambda row: texts.count(row.attempts)),
    Shown("Ampl.", lambda row: f"x{texts.rate(row.amplification)}"),
    Shown("Dupl. time", lambda row: texts.duration(row.duplicate_in_flight_s), gives_way=2),
    Shown("Of endpoint", lambda row: texts.percent(row.share_of_endpoint), gives_way=4),
    Shown("Start", lambda row: row.start[11:19], gives_way=1),
    Shown("End", lambda row: "now" if row.lasting else row.end[11:19], gives_way=1),
    Shown("Service", lambda row: row.service, gives_way=5, is_name=True),
]
_STORMS: list[Shown["Storm"]] = [
    Shown("Client", lambda row: row.client[:SHORT_ID]),
    Shown("Endpoint", lambda row: row.endpoint, is_name=True),
    Shown("Mechanism", lambda row: row.mechanism),
    Shown("Attempts", lambda row: texts.count(row.attempts)),
    Shown("Ampl.", lambda row: f"x{texts.rate(row.amplification)}"),
    Shown("Peak", lambda row: texts.count(row.peak_in_flight), gives_way=4),
    Shown("Every", lambda row: texts.duration(row.resend_gap_s), gives_way=1),
    Shown("Faster", lambda row: "-" if row.acceleration is None else f"x{texts.rate(row.acceleration)}", gives_way=3),
    Shown("Dupl. time", lambda row: texts.duration(row.duplicate_in_flight_s), gives_way=5),
    Shown("Start", lambda row: row.start[11:19], gives_way=2),
    Shown("End", lambda row: "now" if row.lasting else row.end[11:19], gives_way=2),
    Shown("Sure", lambda row: row.confidence, gives_way=6),
    Shown("Tier", lambda row: row.client_tier, gives_way=7),
]
_FINDINGS: list[Shown["Finding"]] = [
    Shown("Client", lambda row: row.client[:SHORT_ID] if row.client else f"{texts.count(row.clients)} clients"),
    Shown("Endpoint", lambda row: row.endpoint, is_name=True),
    Shown("Requests", lambda row: texts.count(row.requests)),
    Shown("Every", lambda row: texts.duration(row.period_s)),
    Shown("Start", lambda row: row.start[11:19], gives_way=1),
    Shown("End (UTC)", lambda row: row.end[11:19], gives_way=1),
]
