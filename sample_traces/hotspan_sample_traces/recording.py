"""Records the samples anew: holds each exam for real and exports what hotspan saw of it. `make samples` runs this."""

import asyncio
import gzip
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from hotspan_analysis import open_traces
from hotspan_collector.errors import HotspanError
from hotspan_collector.export import export
from hotspan_collector.store import Store
from hotspan_sample_traces.exam import Exam, open_exam
from hotspan_sample_traces.retelling import retell, write_store
from hotspan_sample_traces.samples import ENDING, SAMPLES, Sample

_TRIES = 3
"""A machine that is busy with other things tells another story: then the exam is held again."""


class RecordingError(HotspanError):
    """The exam did not go as its sample tells it."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was written."""

    files: tuple[Path, ...]
    requests: int
    spans: int

    @property
    def size_bytes(self) -> int:
        """Of all its files."""
        return sum(file.stat().st_size for file in self.files)


def record(sample: Sample, folder: Path) -> Recorded:
    """Holds the sample's exam and writes its files into a folder. RecordingError when the story does not come about."""
    for left in reversed(range(_TRIES)):
        with tempfile.TemporaryDirectory(prefix="hotspan-sample-") as name:
            store = Path(name) / "store"
            with open_exam(sample.scenario, store) as exam:
                asyncio.run(exam.hold())
            flaw = sample.flaw(open_traces(store), exam.classroom.finished)
            if flaw is None:
                return _write(sample, exam, folder)
        if left:
            click.echo(f"{sample.name}: {flaw}; once more", err=True)
    raise RecordingError(f"{sample.name}: {flaw}, {_TRIES} times; record it while the machine has nothing else to do")


def _write(sample: Sample, exam: Exam, folder: Path) -> Recorded:
    lines = folder / f"{sample.name}{ENDING}"
    files = [lines]
    with Store(exam.store).reading() as connection:
        retell(connection, exam.clock, sample.day_ns)
        exported = export(connection, lines)
        if exported.losses:
            raise RecordingError(f"{sample.name}: rows were dropped on the way into the store; record it again")
        if sample.as_store:
            files.append(folder / f"{sample.name}.duckdb")
            write_store(connection, files[-1])
    _pack(lines)
    return Recorded(tuple(files), exported.requests, exported.spans)


def _pack(lines: Path) -> None:
    """In order of their text, spans of one trace are neighbours: the file becomes a third smaller."""
    in_order = sorted(gzip.decompress(lines.read_bytes()).splitlines(keepends=True))
    lines.write_bytes(gzip.compress(b"".join(in_order), mtime=0))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--only", multiple=True, type=click.Choice([sample.name for sample in SAMPLES]), help="May be repeated.")
def main(folder: Path, only: Sequence[str]) -> None:
    """Record the samples anew, into FOLDER. All of them take 25 minutes."""
    for sample in SAMPLES:
        if only and sample.name not in only:
            continue
        click.echo(f"{sample.name}: the exam is held ...")
        try:
            recorded = record(sample, folder)
        except HotspanError as error:
            raise click.ClickException(str(error)) from error
        names = ", ".join(file.name for file in recorded.files)
        click.echo(f"{names}: {recorded.requests} requests, {recorded.spans} spans, {recorded.size_bytes // 1000} kB")


if __name__ == "__main__":
    main()
