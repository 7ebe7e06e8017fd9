"""Processes that are killed by the kernel in the middle of a write of DuckDB's, at a byte of one's choice.

python tearing_process.py BYTE DATABASE [BYTE DATABASE ...]: for each, a process of its own deletes ten requests, and closes the
database with a limit on the size of files. Where a write crosses that, the kernel writes what is below it, and the next
attempt kills the process. Prints how each ended, a number a line.
"""

import os
import resource
import signal
import sys
from pathlib import Path

from hotspan_collector import database


def close_with_limit(path: Path, limit_bytes: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    memory = database.memory(threads=1)
    with database.attached(memory, path, read_only=False):
        memory.execute("delete from store.requests where seq < 10")
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, limit_bytes))


def main(arguments: list[str]) -> None:
    for limit, path in zip(arguments[::2], arguments[1::2], strict=True):
        child = os.fork()  # nothing of DuckDB's is open here
        if not child:
            close_with_limit(Path(path), int(limit))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
