"""What a user can set about capture and the store: one frozen record, from arguments first and HOTSPAN_* next."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypedDict

from hotspan_collector.errors import BadInputError

DEFAULT_STORE = Path(".hotspan")
SpansMode = Literal["auto", "off"]
Identify = Callable[[Mapping[str, Any]], str | None]
"""Given the ASGI scope, says who sent the request, or None to fall back to the next tier."""


class GivenSettings(TypedDict, total=False):
    """The settings as keyword arguments; None, or nothing, leaves one to the environment."""

    store: str | os.PathLike[str] | None
    service: str | None
    service_version: str | None
    spans: SpansMode | None
    identify: Identify | None
    session_cookies: Sequence[str] | None
    trusted_proxies: int | None
    flush_interval_s: float | None
    merge_interval_s: float | None
    max_buffered_requests: int | None
    max_buffered_spans: int | None
    max_routes: int | None
    retention_days: float | None
    retention_bytes: int | None
    memory_limit_bytes: int | None


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting of the collecting side; docs/settings.md explains each."""

    store: Path = DEFAULT_STORE
    service: str = "app"
    service_version: str | None = None
    spans: SpansMode = "auto"
    identify: Identify | None = None
    session_cookies: tuple[str, ...] = ("sessionid", "session", "sid", "connect.sid", "JSESSIONID", "PHPSESSID")
    trusted_proxies: int = 0
    flush_interval_s: float = 1.0
    merge_interval_s: float = 5.0
    max_buffered_requests: int = 100_000
    max_buffered_spans: int = 20_000
    max_routes: int = 2_000
    retention_days: float = 14.0
    retention_bytes: int = 10 * 1024**3
    memory_limit_bytes: int = field(default_factory=lambda: min(2 * 1024**3, _machine_bytes() // 2))

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] | None = None, **given: Any) -> "Settings":
        """Settings out of HOTSPAN_* (and OTEL_SERVICE_NAME), overridden by what is given and not None."""
        env = os.environ if environ is None else environ
        found: dict[str, Any] = {}
        for name, (variable, read) in VARIABLES.items():
            if text := env.get(variable):
                found[name] = _read(variable, text, read)
        if "service" not in found and env.get("OTEL_SERVICE_NAME"):
            found["service"] = env["OTEL_SERVICE_NAME"]
        found.update({name: value for name, value in given.items() if value is not None})
        if "store" in found:
            found["store"] = Path(found["store"])
        if isinstance(cookies := found.get("session_cookies"), str):
            found["session_cookies"] = (cookies,)
        return cls(**found)


def _machine_bytes() -> int:
    """The machine's memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _spans_mode(text: str) -> str:
    if text not in ("auto", "off"):
        raise ValueError("must be auto or off")
    return text


def _read(variable: str, text: str, read: Callable[[str], Any]) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise BadInputError(f"{variable}={text!r} cannot be used: {error}") from error


VARIABLES: dict[str, tuple[str, Callable[[str], Any]]] = {
    "store": ("HOTSPAN_STORE", Path),
    "service": ("HOTSPAN_SERVICE", str),
    "service_version": ("HOTSPAN_SERVICE_VERSION", str),
    "spans": ("HOTSPAN_SPANS", _spans_mode),
    "session_cookies": ("HOTSPAN_SESSION_COOKIES", _names),
    "trusted_proxies": ("HOTSPAN_TRUSTED_PROXIES", int),
    "flush_interval_s": ("HOTSPAN_FLUSH_INTERVAL_S", float),
    "merge_interval_s": ("HOTSPAN_MERGE_INTERVAL_S", float),
    "max_buffered_requests": ("HOTSPAN_MAX_BUFFERED_REQUESTS", int),
    "max_buffered_spans": ("HOTSPAN_MAX_BUFFERED_SPANS", int),
    "max_routes": ("HOTSPAN_MAX_ROUTES", int),
    "retention_days": ("HOTSPAN_RETENTION_DAYS", float),
    "retention_bytes": ("HOTSPAN_RETENTION_BYTES", int),
    "memory_limit_bytes": ("HOTSPAN_MEMORY_LIMIT_BYTES", int),
}
"""The environment variable of each setting, and how its text is read."""
