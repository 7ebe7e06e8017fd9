"""`hotspan jobs`: which jobs run, and how regularly.

JSON: {"window": {"start", "end"}, "jobs": [{"service", "job", "recurring", "period_s", "regularity", "minute",
"minute_share", "runs", "rounds", "runs_per_round", "errors", "total_time_ns", "total_time_s", "mean_ms", "p95_ms",
"max_ms", "last_duration_ms", "first_run", "last_run", "last_run_ns", "next_due", "next_due_ns", "missed", "overdue",
"overlapping_runs", "trend_ms_per_day", "trend_chance", "trend"}], "overlaps": [{"service", "job", "other_service",
"other_job", "times", "together_s"}]}.
"""

from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import answers, options, tables
from hotspan_cli.tables import Shown

if TYPE_CHECKING:
    from hotspan_analysis.jobs import Job, Jobs, Overlap


@click.command("jobs")
@options.source_argument
@options.window_options
@options.some_filter_options("service")
@options.timezone_option
@options.limit_option
@options.output_options
def command(source: Sequence[Path], service: str | None, zone: tzinfo | None, limit: int | None, **chosen: Any) -> None:
    """Which jobs run, how often, when next; which are late, collide or get slower.

    A job is a span without a parent that is no request. It recurs when its gaps, or the minutes of the hour it starts
    in, are so alike that runs at random moments would hardly ever look like it.

    Example: hotspan jobs --timezone Europe/Berlin
    """
    found = options.opened(source).jobs(options.chosen(chosen), service=service, zone=zone)
    rows = options.ROWS_OF_A_TABLE if limit is None else limit
    answers.print_answer(
        found, chosen, as_json=lambda: as_json(found, limit or 0), rows="jobs", show=lambda: show(found, rows, zone)
    )


def as_json(jobs: "Jobs", limit: int = 0) -> dict[str, Any]:
    """The jobs as this module describes them."""
    found = jobs.as_dict()
    return found | {"jobs": found["jobs"][: limit or None]}


def show(jobs: "Jobs", limit: int, zone: tzinfo | None) -> None:
    """Prints the jobs for people."""
    tables.say(texts.stretch(jobs.window.from_ns, jobs.window.to_ns, zone), "")
    if not jobs:
        tables.say("No job started in this window. A job is a span without a parent that is no request.")
        return
    tables.print_table(jobs[: limit or None], _columns(jobs, zone), title=f"Jobs: {texts.count(len(jobs))}")
    if rest := jobs[limit or len(jobs) :]:
        tables.say(f"and {texts.count(len(rest))} more: --limit 0 shows all", style="dim")
    if jobs.overlaps:
        tables.say("")
        tables.print_table(jobs.overlaps[: limit or None], _OVERLAPS, title="At the same time")


def rhythm(job: "Job") -> str:
    """`every 60.0 min at :40`, or `irregular`."""
    if not job.recurring or job.period_s is None:
        return "irregular"
    at = "" if job.minute is None else f" at :{job.minute:02d}"
    return f"every {texts.duration(job.period_s)}{at}"


def _columns(jobs: "Jobs", zone: tzinfo | None) -> list[Shown["Job"]]:
    several = len({row.service for row in jobs}) > 1
    service: list[Shown[Job]] = [Shown("Service", lambda row: row.service, is_name=True)]
    return [
        *(service if several else []),
        Shown("Job", lambda row: row.job, is_name=True),
        Shown("Rhythm", rhythm, is_name=True),
        Shown("Runs", lambda row: texts.count(row.runs)),
        Shown("At a time", lambda row: texts.rate(row.runs_per_round) if row.runs > row.rounds else "·", gives_way=7),
        Shown("Total", lambda row: texts.duration(row.total_time_s), gives_way=6),
        Shown("Mean", lambda row: texts.duration(row.mean_ms / 1e3)),
        Shown("Max", lambda row: texts.duration(row.max_ms / 1e3), gives_way=5),
        Shown("Trend", _trend, gives_way=2),
        Shown("Errors", lambda row: texts.some(row.errors), gives_way=3),
        Shown("Missed", lambda row: texts.some(row.missed), gives_way=1),
        Shown("Over itself", lambda row: texts.some(row.overlapping_runs), gives_way=4),
        Shown("Last run", lambda row: texts.moment(row.last_run_ns, zone=zone), gives_way=8),
        Shown(
            "Next due",
            lambda row: "-" if row.next_due_ns is None else texts.moment(row.next_due_ns, zone=zone),
            gives_way=9,
        ),
    ]


def _trend(job: "Job") -> str:
    if job.trend == "unclear" or job.trend_ms_per_day is None:
        return "·"
    sign = "+" if job.trend_ms_per_day > 0 else "-"
    return f"{sign}{texts.duration(abs(job.trend_ms_per_day) / 1e3)} a day"


_OVERLAPS: list[Shown["Overlap"]] = [
    Shown("Job", lambda row: row.job, is_name=True),
    Shown("and", lambda row: row.other_job, is_name=True),
    Shown("Times", lambda row: texts.count(row.times)),
    Shown("Together", lambda row: texts.duration(row.together_s)),
]
