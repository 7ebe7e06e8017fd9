"""What ran at 9:40? Requests, jobs and database writes of one minute, and which of it is unusual or recurs there."""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final

from hotspan_analysis.activity import Activity, activity, chances
from hotspan_analysis.engine import Answer, Engine
from hotspan_analysis.jobs import Job, jobs, utc_offset_ns
from hotspan_analysis.results import Column, Query, Rows
from hotspan_analysis.selection import Selection
from hotspan_analysis.stretch import MINUTE_NS, Stretch
from hotspan_analysis.window import Window, parse_moment

Key = tuple[str, str, str, str]

UNKNOWN_MAKER: Final = "unknown"
"""Who made a write around which nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Around:
    """What ran in one stretch of time."""

    stretch: Stretch
    requests: Rows[Activity]
    jobs: Rows[Activity]
    writes: Rows[Activity]
    scheduled: Rows[Job]
    """Recurring jobs whose minute of the hour lies in the stretch, whether they ran this time or not."""
    figures: int
    """How many counts were compared: the more there are, the less each is trusted."""

    @property
    def everything(self) -> list[Activity]:
        """Writes, jobs and requests."""
        return [*self.writes, *self.jobs, *self.requests]

    @property
    def queries(self) -> list[Query]:
        """Those behind what ran, then the one behind what is scheduled."""
        return [*self.writes.queries, *self.scheduled.queries]

    @property
    def columns(self) -> list[Column]:
        """What the columns of writes, jobs and requests mean."""
        return self.writes.columns

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "window": self.stretch.window.as_dict(),
            "data": self.stretch.data.as_dict(),
            "compared_with": {
                "hours": self.stretch.hours,
                "days": self.stretch.days,
                "nearby": self.stretch.near,
                "figures": self.figures,
            },
            "writes": self.writes.as_dicts(),
            "jobs": self.jobs.as_dicts(),
            "requests": self.requests.as_dicts(),
            "scheduled": self.scheduled.as_dicts(),
        }

    def _repr_html_(self) -> str:
        from hotspan_analysis.html_tables import section

        named = (("Database writes", self.writes), ("Jobs", self.jobs), ("Requests", self.requests))
        return "".join(section(title, rows._repr_html_()) for title, rows in named)


def around(
    engine: Engine,
    moment_ns: int,
    data: Window,
    *,
    length_ns: int = MINUTE_NS,
    service: str | None = None,
    zone: tzinfo | None = None,
) -> Around:
    """What ran in the stretch that begins at this moment, compared with the data's other hours, days and minutes.

    Something is called unusual when more of it starts, or more fail, than both the hour around and the same minute of
    other hours and days make likely, and more than in any of those minutes: so that what bursts now and then is not
    taken for news. With few hours to compare with, little can be unusual; `stretch.hours` says how few there are.
    """
    stretch = Stretch.of(moment_ns, length_ns, data)
    answer = engine.ask("around", **stretch.bind(), service=service)
    writers = engine.ask("writers", from_ns=stretch.window.from_ns, to_ns=stretch.window.to_ns, service=service)
    found, makers = list(answer.dicts()), _makers(writers)
    likely = chances(found, stretch)
    rows: dict[str, list[Activity]] = {"request": [], "job": [], "write": []}
    for number, each in enumerate(found):
        made_by = makers.get(_key(each), "") if each["sort"] == "write" else ""
        started, errors = likely.get((number, "started")), likely.get((number, "errors"))
        rows[each["sort"]].append(activity(each, started, errors, made_by, stretch))
    return Around(
        stretch=stretch,
        requests=Rows(Activity, rows["request"], [answer.query]),
        jobs=Rows(Activity, rows["job"], [answer.query]),
        writes=Rows(Activity, rows["write"], [answer.query, writers.query]),
        scheduled=_scheduled(engine, stretch, service, zone),
        figures=len(likely),
    )


def moment_meant(moment: str | int, data: Window, zone: tzinfo | None = None) -> int:
    """Nanoseconds since the epoch as they are; else an ISO 8601 moment, or a clock: the last 09:40 in the data.

    Times without a zone are those of `zone`, or of the machine.
    """
    if isinstance(moment, int):
        return moment
    return parse_moment(moment, before_ns=data.to_ns - 1, zone=zone)


def _makers(answer: Answer) -> dict[Key, str]:
    makers: dict[Key, list[str]] = {}
    for each in answer.dicts():
        makers.setdefault(_key(each), []).append(each["maker"] or UNKNOWN_MAKER)
    return {key: ", ".join(names) for key, names in makers.items()}


def _key(each: dict[str, Any]) -> Key:
    return each["service"], each["name"], each["db_table"], each["db_operation"]


def _scheduled(engine: Engine, stretch: Stretch, service: str | None, zone: tzinfo | None) -> Rows[Job]:
    found = jobs(engine, stretch.data, Selection(service=service), zone)
    first = (stretch.window.from_ns + utc_offset_ns(stretch.window.from_ns, zone)) // MINUTE_NS
    last = (stretch.window.to_ns - 1 + utc_offset_ns(stretch.window.from_ns, zone)) // MINUTE_NS
    minutes = {minute % 60 for minute in range(first, last + 1)}
    return Rows(Job, [job for job in found if job.recurring and job.minute in minutes], found.queries)
