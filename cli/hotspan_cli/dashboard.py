"""`hotspan dashboard`: the same answers in the browser."""

from collections.abc import Sequence
from pathlib import Path

import click

from hotspan_cli import options
from hotspan_collector.errors import BadInputError

DEFAULT_PORT = 8501
NEEDS = 'hotspan dashboard needs more packages: pip install "hotspan[dashboard]"'


@click.command("dashboard")
@options.source_argument
@click.option(
    "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535), help="0 picks a free one."
)
@click.option("--no-browser", is_flag=True, help="Only print the address.")
def command(source: Sequence[Path], port: int, no_browser: bool) -> None:
    """Ranking, endpoints, retry storms and comparisons in the browser.

    Listens on 127.0.0.1 only, sends nothing anywhere, and needs no other host. Every state of it is in the address:
    a link opens the same view.

    Example: hotspan dashboard --port 8501 --no-browser
    """
    try:
        from hotspan_dashboard.server.launcher import launch
    except ImportError as error:
        raise BadInputError(NEEDS) from error
    options.opened(source)  # says now, in one line, when a file is not there
    launch(source, port=port, browser=not no_browser, say=_say)


def _say(address: str) -> None:
    click.echo(f"The dashboard is at {address} for this machine only. Ctrl-C ends it.")
