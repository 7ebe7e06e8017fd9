"""`hotspan check`: the gate of a pipeline."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import options, tables
from hotspan_collector.errors import BadInputError

if TYPE_CHECKING:
    from hotspan_analysis.check import Check
    from hotspan_analysis.rules import Rules

BROKEN = 1
COLOURS = {"broken": "bold red", "unjudged": "yellow", "held": "green"}
_PER_ENDPOINT = ("max_amplification", "max_duplicates", "max_share", "max_p95", "max_error_rate", "max_regression")


def _limit(name: str, example: str, meaning: str) -> Callable[[options.F], options.F]:
    return click.option(f"--{name}", multiple=True, metavar="[ENDPOINT=]LIMIT", help=f"{meaning}: {example}.")


@click.command("check")
@options.source_argument
@options.window_options
@options.some_filter_options("service")
@click.option("--rules", "rules_file", type=click.Path(path_type=Path), metavar="FILE", help="Default: hotspan.toml.")
@click.option("--no-storms", is_flag=True, help="No client may repeat its requests in a storm.")
@_limit("max-amplification", "1.2", "Requests of an endpoint for each thing its clients want")
@_limit("max-duplicates", "0 or 5%", "Requests that repeat one of the same client")
@_limit("max-share", "'PUT /x=30%'", "Share of all the time")
@_limit("max-p95", "'PUT /x=300ms'", "95th percentile of the durations")
@_limit("max-error-rate", "1%", "Share of requests that fail")
@_limit("max-regression", "20%", "How much longer than in the baseline median or p95 may surely be")
@click.option("--baseline", type=click.Path(path_type=Path), metavar="FILE", help="The source that was good.")
@click.option("--init", is_flag=True, help="Write a rules file from what the traces show now, and check nothing.")
@click.option("--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write JUnit XML there, too.")
@click.option(
    "--format",
    "output",
    type=click.Choice((*options.FORMATS, "junit")),
    default="table",
    show_default=True,
    help="How to print it.",
)
@click.pass_context
def command(
    context: click.Context,
    /,
    source: Sequence[Path],
    rules_file: Path | None,
    baseline: Path | None,
    init: bool,
    junit: Path | None,
    output: str,
    service: str | None,
    **chosen: Any,
) -> None:
    """Do the traces keep the rules? For pipelines: exits with 1 when a rule is broken.

    Rules are those of hotspan.toml and of the options, which come first; --init writes a file to begin with. A limit
    without an endpoint is for each that has none of its own. Exits with 2 when there is too little to judge.

    Example: hotspan check --no-storms --max-p95 'PUT /save=300ms'
    """
    traces, window = options.opened(source), options.chosen(chosen)
    if init:
        _write_rules(traces.proposed_rules(window, service=service), rules_file)
        return
    rules = _rules(rules_file, baseline, chosen)
    found = traces.check(rules, window, service=service)
    if junit:
        _write(junit, _junit(found))
    _PRINTERS[output](found)
    if found.broken:
        context.exit(BROKEN)
    if found.unjudged:
        raise BadInputError(
            f"{texts.counted(len(found.unjudged), 'rule')} could not be judged: {found.unjudged[0].message}"
        )


def _rules(file: Path | None, baseline: Path | None, chosen: dict[str, Any]) -> "Rules":
    from hotspan_analysis.rules import EVERY, RULES_FILE, Rules

    given: Any = {"no_storms": chosen["no_storms"], "baseline": baseline}
    for name in _PER_ENDPOINT:
        pairs = [text.rpartition("=") for text in chosen[name]]
        given[name] = {endpoint.strip() or EVERY: limit.strip() for endpoint, _, limit in pairs}
    file = file or (RULES_FILE if RULES_FILE.exists() else None)
    return (Rules.read(file) if file else Rules()).overridden(Rules.of(**given))


def _write_rules(text: str, file: Path | None) -> None:
    from hotspan_analysis.rules import RULES_FILE

    file = file or RULES_FILE
    if file.exists():
        raise BadInputError(f"{file} is there already; delete it first, or name another with --rules")
    _write(file, text)
    tables.say(f"{file} is written. Read it, make it yours, then: hotspan check")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"cannot write {file}: {error.strerror}") from error


def show(found: "Check") -> None:
    """Prints the outcomes for people: what is broken first, with who broke it."""
    tables.say(texts.stretch(found.window.from_ns, found.window.to_ns), "")
    several, told = len({each.service for each in found if each.service}) > 1, set[str]()
    for outcome in found:
        of = f"{outcome.service}: " if several and outcome.service else ""
        tables.say(f"{outcome.status:<9} {outcome.rule}: {of}{outcome.message}", style=COLOURS[outcome.status])
        for line in outcome.evidence:
            if line not in told:  # the client who breaks one rule most often breaks several
                tables.say(f"  {line}")
        told.update(outcome.evidence)
    for loss in found.losses:
        tables.say(f"Dropped on the way in: {texts.count(loss.dropped)} {loss.what} ({loss.reason}).", style="yellow")
    rules, broken = {each.rule for each in found}, {each.rule for each in found.broken}
    tables.say("", f"{len(broken)} of {texts.counted(len(rules), 'rule')} broken." if broken else "Nothing is broken.")


def _junit(found: "Check") -> str:
    from hotspan_cli.junit import as_junit

    return as_junit(found)


_PRINTERS: dict[str, Callable[["Check"], None]] = {
    "table": show,
    "json": lambda found: tables.print_json(found.as_dict()),
    "csv": lambda found: tables.print_csv([each.name for each in found.columns], found.as_dicts()),
    "junit": lambda found: click.echo(_junit(found), nl=False),
}
