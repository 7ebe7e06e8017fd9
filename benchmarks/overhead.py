"""What hotspan adds to a request, against a bare app, OpenTelemetry's own middleware and other tools.

Every variant is a process of its own; rounds go round-robin over all of them, so that a noisy moment hits each alike.
A ratio is taken per round against `bare` of the same round; printed are median and range over the rounds.
CPU time, not wall time. `request path` is the thread that serves; `all` is the whole process, sealing included.

    python benchmarks/overhead.py              # hotspan and OpenTelemetry
    python benchmarks/overhead.py --peers      # also the peers, each installed into an environment of its own
"""

import argparse
import os
import statistics
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
CHILD = HERE / "overhead_variants.py"
PEERS = {
    "elastic-apm": ["elastic-apm"],
    "sentry-sdk": ["sentry-sdk[fastapi]"],
    "ddtrace": ["ddtrace"],
    "newrelic": ["newrelic"],
    "logfire": ["logfire[fastapi]"],
    "apitally": ["apitally[fastapi]"],
}
QUIET = {
    "DD_TRACE_AGENT_URL": "http://127.0.0.1:9",
    "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
    "DD_REMOTE_CONFIGURATION_ENABLED": "false",
    "NEW_RELIC_DEVELOPER_MODE": "true",
    "NEW_RELIC_LICENSE_KEY": "0" * 40,
    "NEW_RELIC_APP_NAME": "bench",
    "NEW_RELIC_LOG": "/dev/null",
    "ELASTIC_APM_LOG_LEVEL": "off",
    "OTEL_SEMCONV_STABILITY_OPT_IN": "http",
}
"""Each peer as it would run in production, but with nowhere to send to."""


@dataclass
class Variant:
    """A running child and what its rounds cost, in microseconds a request."""

    name: str
    child: subprocess.Popen[str]
    path_us: list[float] = field(default_factory=list)
    all_us: list[float] = field(default_factory=list)

    def run(self, requests: int) -> None:
        assert self.child.stdin is not None and self.child.stdout is not None  # noqa: S101 - both are pipes, for mypy
        self.child.stdin.write(f"{requests}\n")
        self.child.stdin.flush()
        process_s, thread_s = map(float, self.child.stdout.readline().split())
        self.all_us.append(process_s / requests * 1e6)
        self.path_us.append(thread_s / requests * 1e6)


def python_of(name: str, environments: Path) -> str:
    """The interpreter a variant runs with; a peer's environment is made when it is missing."""
    if name not in PEERS:
        return sys.executable
    home = environments / name
    python = home / "bin" / "python"
    if not (home / ".ready").exists():
        print(f"installing {name} …", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "fastapi", "uvicorn", *PEERS[name]], check=True)
        (home / ".ready").touch()
    return str(python)


def start(framework: str, name: str, environments: Path) -> Variant | None:
    """Starts a variant and waits until it is warm; None, said on stderr, when it cannot run here."""
    try:
        python = python_of(name, environments)
    except subprocess.CalledProcessError as error:
        print(f"left out: {name} cannot be installed here ({error})", file=sys.stderr)
        return None
    child = subprocess.Popen(
        [python, str(CHILD), framework, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | QUIET,
    )
    assert child.stdout is not None and child.stderr is not None  # noqa: S101 - both are pipes, for mypy
    while (line := child.stdout.readline()) and line.strip() != "ready":
        pass
    if not line:
        print(f"left out: {name} did not start: {child.stderr.read().strip().splitlines()[-1:]}", file=sys.stderr)
        return None
    return Variant(name, child)


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):7.2f} [{min(values):.2f}..{max(values):.2f}]"


def report(framework: str, variants: list[Variant]) -> None:
    """One line a variant: microseconds and the ratio to `bare`, both as median and range over the rounds."""
    base = variants[0]
    print(f"\n{framework}: {len(base.all_us)} rounds, CPU microseconds a request, median [min..max]")
    print(f"{'variant':32} {'request path':26} {'all':26} {'added':26} {'ratio of all to bare'}")
    for variant in variants:
        added = [mine - bare for mine, bare in zip(variant.all_us, base.all_us, strict=True)]
        ratios = [mine / bare for mine, bare in zip(variant.all_us, base.all_us, strict=True)]
        cells = (variant.path_us, variant.all_us, added, ratios)
        print(f"{variant.name:32} " + " ".join(f"{spread(cell):26}" for cell in cells))
    named = {variant.name: variant for variant in variants}
    contrib = named.get("contrib asgi, null exporter")
    default = named.get("hotspan default")
    if contrib and default:
        ratio = [mine / theirs for mine, theirs in zip(default.all_us, contrib.all_us, strict=True)]
        print(f"hotspan default against contrib asgi with a null exporter: {spread(ratio)}  (goal: at most 1.10)")


def measure(framework: str, names: list[str], rounds: int, requests: int, environments: Path) -> None:
    started = [start(framework, name, environments) for name in names]
    variants = [variant for variant in started if variant]
    try:
        for _ in range(rounds):
            for variant in variants:
                variant.run(requests)
        report(framework, variants)
    finally:
        for variant in variants:
            variant.child.kill()
            variant.child.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", action="store_true", help="also measure other tools, installing them first")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument(
        "--requests", type=int, default=10_000, help="requests per round and variant, sealed at its end"
    )
    parser.add_argument("--environments", type=Path, default=HERE / ".peers", help="where peers are installed")
    options = parser.parse_args()
    ours = ["bare", "hotspan capture", "hotspan default"]
    plan = {
        "starlette": [*ours, "contrib asgi, null exporter"],
        "fastapi": [*ours, "contrib asgi, null exporter", "fastapi native, null exporter"],
    }
    if options.peers:
        plan["fastapi"] += list(PEERS)
    for framework, names in plan.items():
        measure(framework, names, options.rounds, options.requests, options.environments)


if __name__ == "__main__":
    main()
