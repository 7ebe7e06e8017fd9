"""`hotspan around`: what ran at a time of day.

JSON: {"window": {"start", "end"}, "data": {"start", "end"}, "compared_with": {"hours", "days", "nearby", "figures"},
"writes": [...], "jobs": [...], "requests": [...], "scheduled": [...]}. The first three are lists of {"service", "name",
"db_table", "db_operation", "made_by", "started", "running", "errors", "db_rows", "time_s", "max_ms", "usual", "most",
"usual_rows", "most_rows", "record_rows", "hours_seen", "days_seen", "nearby", "chance", "errors_chance", "unusual",
"unusual_errors", "recurs", "only_now"}; `scheduled` are jobs as `hotspan jobs` has them. CSV is all of the first three,
each line beginning with what it is.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import answers, options, tables
from hotspan_cli.jobs import rhythm
from hotspan_cli.tables import Shown

if TYPE_CHECKING:
    from hotspan_analysis.activity import Activity
    from hotspan_analysis.around import Around


@click.command("around")
@click.argument("moment", metavar="TIME")
@options.source_argument
@click.option("--length", metavar="LENGTH", default="1m", show_default=True, help="How long a stretch to look at.")
@options.window_options
@options.some_filter_options("service")
@options.timezone_option
@options.limit_option
@options.output_options
def command(
    moment: str,
    source: Sequence[Path],
    length: str,
    service: str | None,
    zone: tzinfo | None,
    limit: int | None,
    **chosen: Any,
) -> None:
    """What ran at TIME, what of it is unusual, and what recurs at that minute of the hour.

    TIME is 09:40, the last one in the data, or 2026-03-01T09:40. It is compared with the same minute of other hours and
    days, and with the hour around; --window, --from and --to say which data to compare with.

    Example: hotspan around 09:40 --length 5m
    """
    found = options.opened(source).around(moment, options.chosen(chosen), length=length, service=service, zone=zone)
    if chosen["output"] == "csv" and not chosen["sql"]:
        lines = [{"what": what, **line} for what in KINDS for line in as_json(found, limit or 0)[what]]
        tables.print_csv(["what", *(each.name for each in found.columns)], lines)
        return
    rows = options.ROWS_OF_A_TABLE if limit is None else limit
    answers.print_answer(
        found, chosen, as_json=lambda: as_json(found, limit or 0), rows="writes", show=lambda: show(found, rows, zone)
    )


def as_json(around: "Around", limit: int = 0) -> dict[str, Any]:
    """What ran, as this module describes it."""
    found = around.as_dict()
    return found | {what: found[what][: limit or None] for what in KINDS}


def show(around: "Around", limit: int, zone: tzinfo | None) -> None:
    """Prints what ran for people: which day is meant, what stands out, then everything."""
    stretch = around.stretch
    day = datetime.fromtimestamp(stretch.window.from_ns // 10**9, tz=UTC).astimezone(zone).strftime("%A")
    tables.say(f"{day} {texts.stretch(stretch.window.from_ns, stretch.window.to_ns, zone)}", style="bold")
    tables.say(*_basis(around, zone), "", style="dim")
    tables.say(*(findings(around, zone) or ["Nothing is unusual here, and nothing recurs at this minute of the hour."]))
    for what, (title, columns) in KINDS.items():
        if rows := getattr(around, what):
            tables.say("")
            tables.print_table(rows[: limit or None], columns, title=f"{title}: {texts.count(len(rows))}", hint=False)
            if rest := rows[limit or len(rows) :]:
                tables.say(f"and {texts.count(len(rest))} more: --limit 0 shows all", style="dim")
    if not around.everything:
        tables.say("", "Nothing ran then.")


def _basis(around: "Around", zone: tzinfo | None) -> list[str]:
    """Which day it was, and what it is compared with."""
    stretch = around.stretch
    hours, nearby = texts.count(stretch.hours), texts.count(stretch.near)
    data = texts.stretch(stretch.data.from_ns, stretch.data.to_ns, zone)
    lines = [
        f"Compared with the same minute of {hours} other hours, and with {nearby} stretches nearby; the data: {data}."
    ]
    if stretch.days:
        lines.append(f"{texts.count(stretch.days)} other days have this time too: give its date to mean another.")
    return lines


def findings(around: "Around", zone: tzinfo | None) -> list[str]:
    """What stands out, in sentences."""
    minute = f":{datetime.fromtimestamp(around.stretch.window.from_ns // 10**9, tz=UTC).astimezone(zone).minute:02d}"
    hours = texts.count(around.stretch.hours)
    found = []
    for row in around.everything:
        if row.record_rows:
            table = f" in {row.db_table}" if row.db_table else ""
            found.append(
                f"{row.name} changed {texts.count(row.db_rows)} rows{table}, by {row.made_by}; "
                f"never more than {texts.count(row.most_rows)} in the same minute of {hours} other hours."
            )
        if row.unusual or row.unusual_errors:
            found.append(f"{row.name}: {_unusual(row)}.")
        if row.recurs:
            found.append(
                f"{row.name} recurs at {minute}: in {row.hours_seen} of {hours} other hours, "
                f"and {texts.rate(row.nearby or 0)} times on average nearby."
            )
        elif row.only_now and (row.db_operation or row in around.jobs):
            found.append(f"{row.name} ran here only: not nearby, not at {minute} of any of {hours} other hours.")
    ran = {(row.service, row.name) for row in around.jobs}
    found += [
        f"{job.job} ({rhythm(job)}) was due and did not run."
        for job in around.scheduled
        if (job.service, job.job) not in ran
    ]
    return found


def _unusual(row: "Activity") -> str:
    likely = "" if row.chance is None else f", by chance once in {texts.count(round(1 / max(row.chance, 1e-9)))}"
    parts = []
    if row.unusual:
        parts.append(f"{texts.count(row.started)} started, where {texts.rate(row.usual or 0)} are usual{likely}")
    if row.unusual_errors:
        parts.append(f"{texts.count(row.errors)} failed, more than at any other hour")
    return "; ".join(parts)


def _marks(row: "Activity") -> str:
    marks = {"unusual": row.unusual or row.unusual_errors, "recurs": row.recurs, "only now": row.only_now}
    return ", ".join(mark for mark, holds in marks.items() if holds) or "·"


_STARTED: list[Shown["Activity"]] = [
    Shown("Started", lambda row: texts.count(row.started)),
    Shown("Usual", lambda row: "-" if row.usual is None else texts.rate(row.usual)),
    Shown("Nearby", lambda row: "-" if row.nearby is None else texts.rate(row.nearby), gives_way=3),
    Shown("Still ran", lambda row: texts.some(row.running - row.started), gives_way=6),
    Shown("Errors", lambda row: texts.some(row.errors), gives_way=2),
    Shown("Time", lambda row: texts.duration(row.time_s), gives_way=5),
    Shown("", _marks, gives_way=1, is_name=True),
]
_WRITES: list[Shown["Activity"]] = [
    Shown("Statement", lambda row: row.name, is_name=True),
    Shown("Table", lambda row: row.db_table or "-", gives_way=4, is_name=True),
    Shown("Rows", lambda row: texts.count(row.db_rows)),
    Shown("By", lambda row: row.made_by, gives_way=1, is_name=True),
    *_STARTED,
]
_JOBS: list[Shown["Activity"]] = [Shown("Job", lambda row: row.name, is_name=True), *_STARTED]
_REQUESTS: list[Shown["Activity"]] = [Shown("Endpoint", lambda row: row.name, is_name=True), *_STARTED]
KINDS = {"writes": ("Database writes", _WRITES), "jobs": ("Jobs", _JOBS), "requests": ("Requests", _REQUESTS)}
"""What there is to show, in order: where it stands in the answer, its title and its columns."""
