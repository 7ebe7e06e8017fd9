"""The `hotspan` command: finds the sub-command, runs it, and turns what goes wrong into one line and an exit code."""

import os
import sys
import traceback
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Any, Final, NoReturn

import click
from click.exceptions import NoArgsIsHelpError

from hotspan_collector.errors import HotspanError

COMMANDS: Final = {
    "top": "Which endpoints eat the server's time.",
    "timeline": "How it went over time: an endpoint, a client, or everything.",
    "clients": "Which clients hammer the server, or one endpoint of it.",
    "storms": "Which clients repeat requests before they have an answer, and how.",
    "what-if": "What would fix an incident: clients, endpoint or workers.",
    "compare": "What changed between two windows, two sources or two versions.",
    "breakdown": "Where the time of one endpoint goes: database, other services, its own.",
    "slowest": "The slowest requests of one endpoint, and their traces.",
    "trace": "One trace as a waterfall, with what it waited for.",
    "jobs": "Which jobs run, how often, when next; late, colliding or getting slower.",
    "around": "What ran at 09:40, and what of it is unusual or recurs then.",
    "check": "Rules for a pipeline: do the traces keep them, and who broke them?",
    "import": "Traces and access logs of other programs, into a store.",
    "export": "A source as one file: Parquet, OTLP JSON lines, or a report to read.",
    "collect": "Receive spans over OTLP/HTTP from any language.",
    "prune": "Delete what is old and make a store smaller.",
    "dashboard": "All of it in the browser, live or frozen.",
    "query": "Your own SQL over the same data, read-only.",
    "demo": "A real app under a real retry storm, ranked while it happens.",
}
"""Every sub-command and its one line of help. `top` is the click command `command` of hotspan_cli/top.py."""

BAD_USAGE = 2
OUR_FAULT = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 128 + 2  # SIGINT, as shells count
INTERRUPTED_IN_DUCKDB = "Query interrupted"
"""What DuckDB makes of Ctrl-C when it notices the signal before Python does: a RuntimeError that says this."""
NOBODY_READS = 128 + 13  # SIGPIPE, the same: never mistaken for done, nor for a rule that is broken


class NobodyReadsError(Exception):
    """Whoever read our output has gone. No BrokenPipeError: click would end with a code of its own, and of `check` say
    that all is well, or that a rule is broken."""


class LazyGroup(click.Group):
    """A group that imports a sub-command when it is asked for, and none for the list of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The names, in the order in which a newcomer should read them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """The sub-command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name.replace("-", "_")
        command: click.Command = import_module(f"hotspan_cli.{module}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the sub-command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise NobodyReadsError from error
        except RuntimeError as error:
            if str(error) != INTERRUPTED_IN_DUCKDB:
                raise
            raise click.Abort from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's signature
        """The list of sub-commands, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import version

    click.echo(f"hotspan {version('hotspan')}")
    ctx.exit()


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def hotspan() -> None:
    """Which endpoints eat your server, which clients are hammering them, and what would fix it.

    SOURCE is a store directory, a .duckdb file, or trace files and logs; without it, the store that HOTSPAN_STORE
    names, else .hotspan. Every command explains its options with --help.
    """


def main() -> NoReturn:
    """Runs the command line. Exit codes: 0 done, 1 a rule of `check` is broken, 2 bad usage or input; 70, 130, 141."""
    if sys.stdout is None:  # closed by whoever started us
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # open until the process ends
    try:
        code = hotspan.main(prog_name="hotspan", standalone_mode=False)
        sys.stdout.flush()
    except HotspanError as error:
        code = _complain(str(error))
    except NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = BAD_USAGE
    except click.ClickException as error:
        code = _complain(_advice(error))
    except click.Abort:
        code = _complain("interrupted", INTERRUPTED)
    except (NobodyReadsError, BrokenPipeError):
        code = _leave_the_output(NOBODY_READS)
    except OSError as error:
        at = f"{error.filename}: " if error.filename else ""
        code = _leave_the_output(_complain(f"{at}{error.strerror or error}"))
    except Exception:  # noqa: BLE001  # the interpreter would exit with 1, which of `check` says that a rule is broken
        traceback.print_exc()
        code = OUR_FAULT
    sys.exit(code if isinstance(code, int) else 0)


def _advice(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    message = error.format_message()
    return f"{message} Try '{context.command_path} --help'." if context else message


def _complain(message: str, code: int = BAD_USAGE) -> int:
    from hotspan_analysis.texts import printable

    click.echo(f"hotspan: {printable(' '.join(message.split()))}", err=True)
    return code


def _leave_the_output(code: int) -> int:
    """Whoever read our output has gone (`| head`), or there is no room for it: nothing is written any more, at exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


if __name__ == "__main__":
    main()
