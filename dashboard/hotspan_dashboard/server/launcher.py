"""Starts the dashboard: Streamlit on this machine only, without telemetry, warm before the browser asks."""

import json
import os
import socket
import threading
import tomllib
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from hotspan_collector.errors import BadInputError
from hotspan_dashboard.answers import SOURCES

HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8501
_HERE: Final = Path(__file__).parent
_HEAVY: Final = ("pandas", "pyarrow", "duckdb", "hotspan_dashboard.pages.overview")
"""What the first page needs; imported while the browser is starting."""


def launch(
    sources: Sequence[Path], *, port: int = DEFAULT_PORT, browser: bool = True, say: Callable[[str], None]
) -> None:
    """Serves until Ctrl-C; `say` is told the address. Raises BadInputError when the port is taken.

    Port 0 picks a free one. Without sources it is the store that HOTSPAN_STORE names, else `.hotspan`.
    """
    import streamlit

    from hotspan_dashboard.server.visitors import turnstile

    port = free_port(port)
    os.environ[SOURCES] = json.dumps([str(source) for source in sources])
    address = f"http://{HOST}:{port}"

    @asynccontextmanager
    async def ready(_app: Any) -> AsyncIterator[None]:
        say(address)
        threading.Thread(target=_warm_up, args=(address if browser else None,), daemon=True).start()
        yield

    ours = {"server.port": port, "logger.hideWelcomeMessage": True}  # the address is told once, by `say`
    streamlit.App(_HERE / "script.py", lifespan=ready, middleware=turnstile()).run(config=configuration() | ours)


def free_port(port: int) -> int:
    """The port if it can be had, a free one for 0; raises BadInputError when it is taken."""
    try:
        with socket.create_server((HOST, port)) as listener:
            number: int = listener.getsockname()[1]
            return number
    except OSError as error:
        raise BadInputError(f"cannot listen on {HOST}:{port}: {error.strerror}; choose another --port") from error


def configuration() -> dict[str, Any]:
    """config.toml as Streamlit's option names: `server.address`, `theme.light.textColor`."""
    return dict(_options(tomllib.loads((_HERE / "config.toml").read_text(encoding="utf-8"))))


def _options(section: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in section.items():
        if isinstance(value, dict):
            yield from _options(value, f"{above}{name}.")
        else:
            yield above + name, value


def _warm_up(address: str | None) -> None:
    if address:
        webbrowser.open(address)
    for module in _HEAVY:
        import_module(module)
