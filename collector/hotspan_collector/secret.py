"""The store's secret: what makes hashes of clients and addresses meaningless outside this store."""

import contextlib
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from hotspan_collector.database import explained
from hotspan_collector.errors import StoreError

_SIZE = 32
_BLOCK = 64  # SHA-256 works on blocks of 64 bytes (RFC 2104)


@dataclass(frozen=True, slots=True)
class Secret:
    """What the macros keyed_hash and target_fingerprint are given: two padded blocks and a salt."""

    inner_block: bytes
    outer_block: bytes
    salt: str

    @classmethod
    def of(cls, key: bytes) -> "Secret":
        padded = key.ljust(_BLOCK, b"\0")
        return cls(
            inner_block=bytes(byte ^ 0x36 for byte in padded),
            outer_block=bytes(byte ^ 0x5C for byte in padded),
            salt=hmac.new(key, b"target", hashlib.sha256).hexdigest()[:16],
        )


def secret_of(store: Path) -> Secret:
    """The secret of a store directory, made on first use; processes that come at the same time agree on one.

    Raises StoreError when it can neither be read nor made.
    """
    path = store / "secret"
    try:
        key = _read(path) or _create(path)
    except OSError as error:
        raise explained(error, store) from error
    if len(key) != _SIZE:
        raise StoreError(f"{path}: not a secret of {_SIZE} bytes; bring it back, or move the store away to begin anew")
    return Secret.of(key)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _create(path: Path) -> bytes:
    """Written in full beside, then linked: the name appears once, complete, for the first of several processes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"secret-{secrets.token_hex(8)}.tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_SIZE))
            file.flush()
            os.fsync(file.fileno())  # without the secret every hash in the store is worthless
        with contextlib.suppress(FileExistsError):  # another process was first; its secret counts
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    return path.read_bytes()
