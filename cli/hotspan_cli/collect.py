"""`hotspan collect`: receives spans over OTLP/HTTP from any language."""

import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hotspan_analysis import texts
from hotspan_cli.main import INTERRUPTED
from hotspan_collector.errors import BadInputError

if TYPE_CHECKING:
    import uvicorn

    from hotspan_collector.settings import Settings

DEFAULT_PORT = 4318
NEEDS = 'hotspan collect needs more packages: pip install "hotspan[receiver]"'


@click.command("collect")
@click.option(
    "--into", type=click.Path(path_type=Path), metavar="STORE", help="The store; else HOTSPAN_STORE, else .hotspan."
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; any but this machine's needs a token.",
)
@click.option(
    "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535), help="0 picks a free one."
)
@click.option(
    "--token", envvar="HOTSPAN_COLLECT_TOKEN", show_envvar=True, help="What clients must send as bearer token."
)
@click.option(
    "--max-body",
    "max_body_bytes",
    default=16 * 1024**2,
    show_default=True,
    type=click.IntRange(min=1024),
    metavar="BYTES",
    help="The largest body taken; four times as much unpacked.",
)
def command(into: Path | None, host: str, port: int, token: str | None, max_body_bytes: int) -> None:
    """Receive spans over OTLP/HTTP, protobuf or JSON, and write them to a store.

    Point any OpenTelemetry SDK or Collector here: OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 and
    OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf. Spans are acknowledged when they are on the disk.

    Example: hotspan collect --port 4318 --into .hotspan
    """
    from hotspan_collector.settings import Settings

    if token is None and host not in ("127.0.0.1", "localhost", "::1"):
        raise BadInputError(f"--host {host} is open to other machines: give a token with HOTSPAN_COLLECT_TOKEN")
    settings = Settings.from_environment(store=into)
    with _listening(host, port) as listener:
        _serve(settings, listener, token, max_body_bytes)


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens; raises BadInputError when the address is taken or not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise BadInputError(
            f"cannot listen on {host}:{port}: {error.strerror or error}; choose another --port"
        ) from error


def _serve(settings: "Settings", listener: socket.socket, token: str | None, max_body_bytes: int) -> None:
    try:
        import uvicorn

        from hotspan_collector.receiver import Access, Receiver
        from hotspan_collector.receiver_body import Limits
        from hotspan_collector.receiver_intake import Intake
    except ImportError as error:
        raise BadInputError(NEEDS) from error
    intake = Intake(settings)
    app = Receiver(intake, Access(token), Limits(max_body_bytes, 4 * max_body_bytes)).app()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none"))
    intake.start()
    try:
        ended_by = _run(server, listener, settings)
    finally:
        intake.stop()
    click.echo(f"{intake.spans:,} spans received; next: hotspan top {settings.store}")
    if signal.SIGINT in ended_by:
        click.get_current_context().exit(INTERRUPTED)


def _run(server: "uvicorn.Server", listener: socket.socket, settings: "Settings") -> set[int]:
    """Serves until SIGINT or SIGTERM, and tells which it was; what was begun is finished."""
    ended_by: set[int] = set()
    host, port = listener.getsockname()[:2]
    at = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    click.echo(
        f"Receiving OTLP on http://{at}/v1/traces into {settings.store}, which keeps {settings.retention_days:g} days and "
        f"{texts.size(settings.retention_bytes)}: what is older, and the oldest beyond, is deleted. Ctrl-C ends it."
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda which, _frame: ended_by.add(which))  # the server, once it is done, raises it again
    server.run(sockets=[listener])
    return ended_by
