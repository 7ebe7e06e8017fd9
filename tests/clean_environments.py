"""Environments that hold a wheel and what it asks for, and nothing else: made without the network, out of this one."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from email import message_from_bytes
from importlib.metadata import PathDistribution, distribution
from pathlib import Path
from zipfile import ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def build(target: Path, *what: str) -> Path:
    """Builds into a directory, as for publishing, but with the build backend that is installed here."""
    command = [sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", str(target), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def asked_for(wheel: Path) -> list[str]:
    """The requirements that a wheel names, as they are written in it."""
    with ZipFile(wheel) as files:
        (name,) = (each for each in files.namelist() if each.endswith(".dist-info/METADATA"))
        return message_from_bytes(files.read(name)).get_all("Requires-Dist") or []


def installed_with(wheel: Path) -> dict[str, PathDistribution]:
    """Every distribution that an installer adds for a wheel without extras, as it is installed here."""
    found: dict[str, PathDistribution] = {}
    waiting = list(_needed(asked_for(wheel)))
    while waiting:
        name = waiting.pop()
        if name not in found:
            here = distribution(name)
            assert isinstance(here, PathDistribution)
            found[name] = here
            waiting += _needed(here.requires or [])
    return found


def _needed(requirements: Iterable[str]) -> Iterator[str]:
    for requirement in map(Requirement, requirements):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            yield canonicalize_name(requirement.name)


def clean_environment(directory: Path, wheel: Path) -> Path:
    """The folder of programs of a new environment with the wheel and its dependencies, file by file."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(directory)], check=True, timeout=120)
    programs = directory / "bin"
    asked = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "install", "--quiet", "--no-index"]
    subprocess.run([*asked, "--no-deps", "--disable-pip-version-check", str(wheel)], check=True, timeout=300)
    (packages,) = directory.glob("lib/python*/site-packages")
    for each in installed_with(wheel).values():
        for file in each.files or ():
            if ".." not in file.parts and file.suffix != ".pyc":
                link = packages / file
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(Path(str(each.locate_file(file))).resolve())
    return programs
