"""`hotspan what-if`: what would fix an incident, the clients, the endpoint or workers; or why nobody can tell."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import answers, options, tables
from hotspan_cli.tables import Shown

if TYPE_CHECKING:
    from hotspan_analysis.replay import Change
    from hotspan_analysis.what_if_results import Scenario, WhatIf


@click.command("what-if")
@options.source_argument
@click.option("--for", "endpoint", metavar="'METHOD ROUTE'", help="The endpoint. Default: that of the worst incident.")
@click.option("--fix-clients", is_flag=True, help="Clients that send nothing more while they wait for an answer.")
@click.option("--speedup", type=click.FloatRange(min=0.1), metavar="N", help="Requests that need N times less work.")
@click.option("--workers", type=click.IntRange(min=1), metavar="+N", help="N workers more.")
@click.option("--runs", type=click.IntRange(20, 1000), default=20, show_default=True, help="Replays of each scenario.")
@options.window_options
@options.some_filter_options("service")
@options.output_options
def command(
    source: Sequence[Path],
    endpoint: str | None,
    fix_clients: bool,
    speedup: float | None,
    workers: int | None,
    runs: int,
    **chosen: Any,
) -> None:
    """What would fix an incident: its clients, a faster endpoint, or more workers.

    Server and clients are worked out from the recorded requests, and the incident is replayed with each change and every
    combination of them: median of the replays, and the band that holds four of five. Without a change named it is all
    three. No answer, but the reason, unless a replay of what happened comes within 20 % of it in every measure.

    Example: hotspan what-if --for "PUT /save" --fix-clients --workers +2
    """
    answer = options.opened(source).what_if(
        endpoint,
        options.chosen(chosen),
        changes=_changes(fix_clients, speedup, workers),
        service=chosen["service"],
        runs=runs,
    )
    answers.print_answer(answer, chosen, as_json=answer.as_dict, rows="scenarios", show=lambda: show(answer))


def _changes(fix_clients: bool, speedup: float | None, workers: int | None) -> "list[Change] | None":
    from hotspan_analysis.scenarios import combined

    return combined(fix_clients, speedup or 1.0, workers or 0.0) or None


def show(answer: "WhatIf") -> None:
    """Prints the answer for people: what was found, the scenarios, what to do; or why there is no answer."""
    from hotspan_analysis import fit_words

    tables.say(texts.stretch(answer.window.from_ns, answer.window.to_ns), "")
    if answer.fit is not None:
        tables.say(*fit_words.sentences(answer.fit))
    if answer.refusal is not None:
        tables.say(f"No answer: {answer.refusal}.", style="yellow")
        return
    tables.say("", answer.summary, "", style="bold")
    tables.print_table(
        answer.scenarios, _SCENARIOS, title=f"{answer.endpoint}: median, and the band of four replays of five"
    )
    tables.say(fit_words.workers(answer.scenarios[0]))
    tables.say("", "What to do, what saves most first:", style="bold")
    for number, each in enumerate(answer.advice, 1):
        tables.say(f"{number}. {each.remedy} ({each.where}): {each.text}")
        tables.say(f"   {each.pattern}", style="dim")
    tables.say("", "These are estimates: the incident replayed, not the future.", style="dim")


def _band(low: float, high: float, text: Callable[[float], str]) -> str:
    return f"{text(low)} to {text(high)}"


def _whole(number: float) -> str:
    return texts.count(round(number))


_SCENARIOS: list[Shown["Scenario"]] = [
    Shown("Scenario", lambda row: row.scenario, is_name=True),
    Shown("Requests", lambda row: _whole(row.requests)),
    Shown("(band)", lambda row: _band(row.requests_low, row.requests_high, _whole), gives_way=5),
    Shown("In flight", lambda row: f"{_whole(row.in_flight_s)} s"),
    Shown("(band)", lambda row: _band(row.in_flight_low_s, row.in_flight_high_s, _whole), gives_way=3),
    Shown("Mean", lambda row: texts.duration(row.mean_s)),
    Shown("p95", lambda row: texts.duration(row.p95_s), gives_way=1),
    Shown("Done", lambda row: _whole(row.operations), gives_way=2),
    Shown("Recovers in", lambda row: texts.duration(row.recovery_s) if row.recovers >= 0.5 else "never", gives_way=2),
    Shown("Busy", lambda row: texts.percent(row.busy), gives_way=4),
    Shown("At worst", lambda row: texts.percent(row.worst), gives_way=4),
    Shown("Verdict", lambda row: row.verdict, gives_way=6),
]
