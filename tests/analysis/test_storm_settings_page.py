"""docs/storm-settings.md says of every threshold of storms what the code says of it; HOTSPAN_UPDATE_GOLDEN=1 writes it."""

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import hotspan_analysis
from command_line import held_against
from hotspan_analysis import StormSettings, storm_settings

PAGE = Path(hotspan_analysis.__file__).parents[2] / "docs/storm-settings.md"
HEAD = """# Thresholds of storm detection

Each can be set, for one question: `hotspan storms --set acceleration=3 --set fewest_duplicates=8`, or in Python
`traces.storms(settings=StormSettings.of(acceleration=3))`. Seconds unless a name says otherwise. A finding prints its **margins**:
the value found beside the threshold.
"""


def explained() -> Iterator[tuple[str, str, str, int]]:
    """Name, default, reason and line of each threshold."""
    (settings,) = (each for each in ast.parse(inspect.getsource(storm_settings)).body if isinstance(each, ast.ClassDef))
    for field, reason in zip(settings.body, settings.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(reason, ast.Expr) and isinstance(reason.value, ast.Constant):
            assert isinstance(field.target, ast.Name)
            assert field.value is not None
            yield field.target.id, ast.unparse(field.value), " ".join(str(reason.value.value).split()), field.lineno


def page() -> str:
    """The page as it should be: a section for each comment between the thresholds, a row for each of them."""
    lines = inspect.getsource(storm_settings).splitlines()
    written, done = [HEAD], 0
    for name, default, reason, number in explained():
        for line in lines[done:number]:
            if line.startswith("    # "):
                written.append(f"\n## {line.removeprefix('    # ')}\n\n| setting | default | why |\n|---|---|---|\n")
        written.append(f"| `{name}` | {default} | {reason} |\n")
        done = number
    return "".join(written)


def test_every_threshold_has_a_reason() -> None:
    assert [name for name, *_ in explained()] == list(StormSettings.__dataclass_fields__)


def test_the_page_says_what_the_code_says() -> None:
    held_against(PAGE, page())
