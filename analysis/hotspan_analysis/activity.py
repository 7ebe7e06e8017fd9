"""What ran in a stretch of time, thing by thing, and whether there was more of it than usual."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hotspan_analysis import chance
from hotspan_analysis.results import column
from hotspan_analysis.stretch import Stretch

UNUSUAL: Final = 0.05
"""In one report out of twenty at most is something called unusual that is not (Holm over everything compared)."""

RECURS: Final = 0.01
"""Something recurs at this minute when it would look like that by chance in under 1 % of cases."""

Figure = tuple[int, str]
"""Which row, and which of its counts."""


@dataclass(frozen=True, slots=True)
class Activity:
    """An endpoint, a job or a writing statement in the stretch looked at, and what is usual for it."""

    service: str = column("Service", "service.name of the process")
    name: str = column("Name", "METHOD route; the job; or the statement with its literals replaced by ?")
    db_table: str = column("Table", "the table that the statement names first; empty for requests and jobs")
    db_operation: str = column("Operation", "UPDATE, INSERT, …; empty for requests and jobs")
    made_by: str = column(
        "By", "the requests and jobs that made the write, the busiest first; empty for those themselves"
    )
    started: int = column("Started", "how many started in the stretch")
    running: int = column("Ran", "how many ran at some moment of it, those that started before included")
    errors: int = column("Errors", "of those that started, how many failed")
    db_rows: int | None = column("Rows", "rows changed by those that started, where the spans say so")
    time_s: float = column("Time", "sum of the whole durations of those that ran", "s")
    max_ms: float = column("Max", "the longest of these durations", "ms")
    usual: float | None = column("Usual", "mean started in the same minute of other hours and days")
    most: int = column("Most", "most started in any of these")
    usual_rows: float | None = column("Usual rows", "mean rows changed in the same minute of other hours and days")
    most_rows: int = column("Most rows", "most rows changed in any of these")
    record_rows: bool = column(
        "Record rows", "more rows changed than in any of these; were they all alike, that is 1 / (hours + 1) likely"
    )
    hours_seen: int = column("Hours seen", "other hours in whose same minute it started; other days are among them")
    days_seen: int = column("Days seen", "other days on which it started at this time of day")
    nearby: float | None = column("Nearby", "mean started in stretches of the same length within half an hour")
    chance: float | None = column(
        "Chance",
        "how likely so many start if they do as often as nearby, or as in the same minute of other hours, whichever is "
        "likelier: exact test of two Poisson rates, Holm-corrected for all figures of the report",
        "0-1",
    )
    errors_chance: float | None = column("Errors by chance", "the same for those that failed", "0-1")
    unusual: bool = column(
        "Unusual", "chance is 5 % or less, and more started than in the same minute of any other hour"
    )
    unusual_errors: bool = column("Unusual errors", "the same for those that failed")
    recurs: bool = column(
        "Recurs",
        "seen in the same minute of half of the other hours or more; nearby minutes make that a 1 % chance or less",
    )
    only_now: bool = column("Only now", "not seen nearby nor in the same minute of any other hour")


def chances(found: Sequence[Mapping[str, Any]], stretch: Stretch) -> dict[Figure, float]:
    """For each count that is not zero and has something to be compared with, how likely it is; Holm-corrected.

    A count has to be unlikely against the hour around and against the same minute of other hours: the larger of the
    two counts (an intersection-union test: Berger, Technometrics 24, 1982).
    """
    plain: dict[Figure, float] = {}
    for row, each in enumerate(found):
        for count in ("started", "errors"):
            likely = _likely(each[count], each[f"near_{count}"], each[f"same_{count}"], stretch)
            if each[count] and likely is not None:
                plain[row, count] = likely
    return dict(zip(plain, chance.holm(list(plain.values())), strict=True))


def _likely(count: int, near: int, same: int, stretch: Stretch) -> float | None:
    length_ns = stretch.window.length_ns
    both = (
        chance.excess(count, stretch.covered_ns, near, stretch.near * length_ns),
        chance.excess(count, stretch.covered_ns, same, stretch.hours * length_ns),
    )
    return max((each for each in both if each is not None), default=None)


def activity(
    each: Mapping[str, Any], started: float | None, errors: float | None, made_by: str, stretch: Stretch
) -> Activity:
    """One row, with the chances of its two counts."""
    hours, seen = stretch.hours, each["hours_seen"]
    return Activity(
        **{name: each[name] for name in _AS_COUNTED},
        made_by=made_by,
        usual=each["same_started"] / hours if hours else None,
        most=each["same_most"],
        usual_rows=each["same_rows"] / hours if hours and each["db_rows"] is not None else None,
        most_rows=each["same_most_rows"],
        record_rows=hours > 0 and (each["db_rows"] or 0) > each["same_most_rows"],
        nearby=each["near_started"] / stretch.near if stretch.near else None,
        chance=started,
        errors_chance=errors,
        unusual=started is not None and started <= UNUSUAL and each["started"] > each["same_most"],
        unusual_errors=errors is not None and errors <= UNUSUAL and each["errors"] > each["same_most_errors"],
        recurs=_recurs(each["near_seen"], stretch.near, seen, hours),
        only_now=each["near_started"] == 0 and each["same_started"] == 0,
    )


_AS_COUNTED: Final = (
    *("service", "name", "db_table", "db_operation", "started", "running", "errors", "db_rows"),
    *("time_s", "max_ms", "hours_seen", "days_seen"),
)


def _recurs(near_seen: int, near: int, hours_seen: int, hours: int) -> bool:
    """How often any minute nearby has it is estimated by Laplace's rule of succession: (seen + 1) / (looked at + 2)."""
    by_chance = chance.at_least(hours_seen, hours, (near_seen + 1) / (near + 2))
    return hours_seen * 2 >= hours > 0 and by_chance <= RECURS
