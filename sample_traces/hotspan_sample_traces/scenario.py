"""One run of the exam app, described: who comes, how the page behaves, how heavy a save is, how fast clocks run."""

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Self

_HEAVIEST_SAVE = 0.8
"""Of a tick: what one save may take while nothing else runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Every knob of a run. Names ending in `_s` are real seconds, so a compressed run has smaller figures."""

    name: str = "incident"
    bug: bool = True
    """The page's clock compares `elapsed > threshold` where it should compare `==`."""
    job_bug: bool = False
    """The hourly job sets a student's class to null when the roster's class name is not known."""

    students: int = 15
    """In each class; a class sits behind one public address."""
    classes: int = 1
    early: int = 0
    """Students of yet another class, who take the test one by one before the others come in."""
    early_every_s: float = 16.0
    """How far apart the early ones begin."""
    rounds: int = 1
    """How often each class comes in to take a test."""
    round_s: float = 3600.0
    sections: int = 3
    questions: int = 2
    """In each section."""
    arrival_s: float = 0.5
    """Median time until a student opens the page: nobody clicks at the very same moment."""
    think_s: float = 4.0
    """Median time a student looks at a question."""
    limit_s: float = 45.0
    """The time a class has for its test; who is not done by then leaves."""

    drain_s: float = 15.0
    """What the server gets in the end for requests nobody waits for any more."""

    tick_s: float = 1.0
    save_every_ticks: int = 10
    browser_connections: int = 6
    """What browsers open to one host over HTTP/1.1."""

    save_work_s: float = 0.36
    """Time one save takes of one core when nothing else runs; the activity log is sized to it at set-up."""
    log_wait_s: float = 0.0
    """Time each of the save's statements waits for the activity log besides, as if it came from elsewhere: no core works
    meanwhile. Where all of a save is work of a core, workers beyond the cores add nothing."""
    activity_rows: int = 0
    """How long the activity log is, if it is not to be sized: runs that are compared read the same one."""
    save_queries: int = 12
    """How many statements that work is made of, so that requests waiting for the database take turns."""
    database_width: int = 1
    """Statements the database serves at once for each worker. Adding workers adds capacity as long as cores last."""
    workers: int = 1

    story_start_s: float = 9 * 3600.0 + 39 * 60.0 + 30.0
    """Time of day, in seconds after midnight, when the run begins on the story's clock."""
    hour_s: float = 3600.0
    """Real seconds that one hour of the story's clock takes."""
    roster_renamed_s: float | None = None
    """When, after the start, the school office renames the second class in its roster."""
    seed: int = 1

    def compressed(self, speed: float) -> Self:
        """The same run with every duration divided by `speed`: thresholds, ticks, think times, and the work itself."""
        durations = {field.name: getattr(self, field.name) for field in fields(self) if field.name.endswith("_s")}
        del durations["story_start_s"]  # a time of day, not a duration
        return replace(self, **{name: value / speed for name, value in durations.items() if value is not None})

    def on_workers(self, workers: int) -> Self:
        """The same run on more processes with saves heavier by as much, so that the server as a whole is as busy.

        A save never gets so heavy that it alone is late. To see what more workers mend, set `workers` alone.
        """
        heaviest_s = max(self.save_work_s, _HEAVIEST_SAVE * self.tick_s)
        return replace(self, workers=workers, save_work_s=min(self.save_work_s * workers, heaviest_s))

    def to_json(self) -> str:
        """Text that `from_json` reads: how a run is handed to the server's processes."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The scenario that `to_json` wrote."""
        return cls(**json.loads(text))

    @property
    def version(self) -> str:
        """What is deployed, as the service's version: two runs in one store can be told apart and compared."""
        return "bug" if self.bug else "fixed"

    @property
    def early_for_s(self) -> float:
        """How long the early ones have the server for themselves: until the time of the last one is up."""
        return (self.early - 1) * self.early_every_s + self.limit_s if self.early else 0.0

    @property
    def question_count(self) -> int:
        """Questions in one student's test."""
        return self.sections * self.questions


INCIDENT = Scenario()
"""A class starts its test together; the bug and the slow save feed each other until the class leaves."""

FIXED = replace(INCIDENT, name="fixed", bug=False)
"""The same class on the same server with `==` in the page."""

_DAY_S = 60.0
"""Real seconds for an hour of the two scenarios that tell of a whole morning or day."""

HEALTHY_DAY = replace(
    FIXED,
    name="healthy_day",
    students=3,
    classes=3,
    rounds=8,
    round_s=_DAY_S,
    limit_s=20.0,
    arrival_s=5.0,
    think_s=0.6,
    tick_s=0.2,
    save_work_s=0.02,
    save_queries=4,
    story_start_s=8 * 3600.0,
    hour_s=_DAY_S,
)
"""Eight hours, each a minute long: three classes come in every hour, the job runs at :40, nothing goes wrong."""

HOURLY_JOB = replace(
    HEALTHY_DAY,
    name="hourly_job",
    job_bug=True,
    rounds=5,
    story_start_s=7 * 3600.0,
    roster_renamed_s=2.2 * _DAY_S,
)
"""Five hours of the same; at 9:12 the office renames a class, and at 9:40 the job takes that class from its students."""
