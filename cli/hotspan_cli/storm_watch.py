"""`hotspan storms --follow`: tells when a storm starts, while it lasts and when it ends, and runs what is asked for then."""

import json
import shlex
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from hotspan_analysis import texts
from hotspan_cli import tables
from hotspan_collector.errors import BadInputError, StoreBusyError

if TYPE_CHECKING:
    from hotspan_analysis import StormSettings, Traces
    from hotspan_analysis.selection import Filters
    from hotspan_analysis.watch import Change

PATIENCE_S: Final = 10.0
"""How long a command or a webhook may take before it is given up."""
SHORT_ID: Final = 8


@dataclass(frozen=True, slots=True)
class Telling:
    """How often to look, for how long, in which form to tell, and whom."""

    output: str
    every: str
    lasting: str | None
    program: str | None
    webhook: str | None


def follow(traces: "Traces", only: "Filters", settings: "StormSettings", telling: Telling) -> None:
    """Looks until the time is up or the user has enough; a busy store is looked at again next time."""
    from hotspan_analysis.selection import Selection
    from hotspan_analysis.watch import Watch
    from hotspan_analysis.window import parse_duration

    _check(telling)
    every_s = parse_duration(telling.every) / 1e9
    until = time.monotonic() + parse_duration(telling.lasting) / 1e9 if telling.lasting else None
    watch = Watch(traces, Selection.of(**only), settings)
    while True:
        try:
            tell(watch.look(), telling)
        except StoreBusyError as error:
            click.echo(f"hotspan: {error}", err=True)
        if until is not None and time.monotonic() + every_s > until:
            return
        time.sleep(every_s)


def tell(changes: Iterable["Change"], telling: Telling) -> None:
    """Prints each change, and hands starts and ends to the command and the webhook."""
    for change in changes:
        if telling.output == "json":
            click.echo(json.dumps(change.as_dict()))
        else:
            tables.say(sentence(change), style={"started": "bold red", "ended": "green"}.get(change.what, ""))
        if change.what != "lasting":
            _hand_on(json.dumps(change.as_dict()), telling)


def sentence(change: "Change") -> str:
    """One line about one storm."""
    storm = change.storm
    said = {"started": "STARTED", "lasting": "lasting", "ended": "ended"}[change.what]
    return (
        f"{change.at[11:19]} {said}  client {storm.client[:SHORT_ID]} on {storm.endpoint}: {storm.mechanism}, "
        f"{texts.count(storm.attempts)} attempts for {texts.count(storm.operations)} operations, "
        f"one every {texts.duration(storm.resend_gap_s)}, up to {texts.count(storm.peak_in_flight)} at once"
    )


def _check(telling: Telling) -> None:
    if telling.output == "csv":
        raise click.UsageError("--follow prints lines of text or of JSON, not CSV; take --format json.")
    if telling.webhook and not telling.webhook.startswith(("http://", "https://")):
        raise BadInputError(f"{telling.webhook!r} is no address to post to; write http://… or https://…")


def _hand_on(text: str, telling: Telling) -> None:
    """Hands the change to the command and to the webhook; what goes wrong with one is said and stops nothing."""
    if telling.program:
        _guarded(lambda: _run(telling.program or "", text))
    if telling.webhook:
        _guarded(lambda: _post(telling.webhook or "", text))


def _guarded(hand_on: Callable[[], None]) -> None:
    try:
        hand_on()
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        click.echo(f"hotspan: could not hand on what changed: {error}", err=True)


def _run(program: str, text: str) -> None:
    subprocess.run(  # noqa: S603  # the user's own command, taken apart as a shell would, run without one
        shlex.split(program), input=text.encode(), timeout=PATIENCE_S, check=True
    )


def _post(address: str, text: str) -> None:
    request = urllib.request.Request(  # noqa: S310  # http or https, checked at the start
        address, data=text.encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=PATIENCE_S):  # noqa: S310  # the same
        pass
