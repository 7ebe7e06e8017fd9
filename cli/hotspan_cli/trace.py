"""`hotspan trace`: one trace as a waterfall.

JSON: {"trace_id", "start", "duration_ms", "repeated_spans", "spans": [{"depth", "name", "service", "kind", "category",
"start", "start_ns", "offset_ms", "duration_ms", "self_ms", "critical_ms", "status", "error_type", "statement",
"db_table", "db_rows", "endpoint", "http_status", "span_id", "parent_span_id", "is_orphan", "is_recorded", "shift_ms",
"attributes"}], "critical_path": [{"span", "from", "to"}]}; spans come parents first, `span` is a place in that list.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hotspan_analysis import texts
from hotspan_cli import answers, options, tables
from hotspan_cli.tables import Shown

if TYPE_CHECKING:
    from hotspan_analysis.waterfall import Waterfall, WaterfallSpan

ROWS_OF_A_TRACE = 100
BAR_CELLS = 24


@click.command("trace")
@click.argument("trace_id", metavar="ID")
@options.source_argument
@options.limit_option
@options.output_options
def command(trace_id: str, source: Sequence[Path], limit: int | None, **chosen: Any) -> None:
    """One trace as a waterfall, and what it waited for.

    ID is a trace id or its first digits, from `hotspan slowest`. A bar is solid where the trace waited for that span
    itself (its critical path), and shaded where the span merely ran.

    Example: hotspan trace 4bf92f35
    """
    found = options.opened(source).trace(trace_id)
    rows = ROWS_OF_A_TRACE if limit is None else limit
    answers.print_answer(found, chosen, as_json=found.as_dict, rows="spans", show=lambda: show(found, rows))


def show(trace: "Waterfall", limit: int) -> None:
    """Prints the waterfall for people."""
    start = texts.moment(min(row.start_ns for row in trace))
    total = texts.duration(trace.duration_ms / 1e3)
    tables.say(f"trace {trace.trace_id}: {start}, {total}, {texts.count(len(trace))} spans", "")
    tables.print_table(list(enumerate(trace))[: limit or None], _columns(trace))
    if (rest := len(trace) - limit) > 0 and limit:
        tables.say(f"and {texts.count(rest)} more: --limit 0 shows all", style="dim")
    for note in _notes(trace):
        tables.say(note, style="yellow")


def _notes(trace: "Waterfall") -> list[str]:
    counted = {
        "? marks spans whose parent was not recorded": sum(row.is_orphan for row in trace),
        "~ marks spans moved because their clock disagrees with their parent's": sum(
            row.shift_ms != 0 for row in trace
        ),
        "* marks requests of which no span was recorded": sum(not row.is_recorded for row in trace),
        "Delivered more than once and shown once": trace.repeated_spans,
    }
    return [f"{what}: {texts.count(many)}." for what, many in counted.items() if many]


def _columns(trace: "Waterfall") -> list[Shown[tuple[int, "WaterfallSpan"]]]:
    several = len({row.service for row in trace}) > 1
    bars = _bars(trace)
    service: list[Shown[tuple[int, WaterfallSpan]]] = [
        Shown("Service", lambda row: row[1].service, gives_way=3, is_name=True)
    ]
    return [
        Shown("Span", lambda row: _label(row[1]), is_name=True),
        *(service if several else []),
        Shown("At", lambda row: texts.duration(row[1].offset_ms / 1e3) if row[1].offset_ms else "0", gives_way=4),
        Shown("Took", lambda row: texts.duration(row[1].duration_ms / 1e3)),
        Shown("Self", lambda row: texts.duration(row[1].self_ms / 1e3) if row[1].self_ms else "·", gives_way=2),
        Shown("Waited", lambda row: texts.duration(row[1].critical_ms / 1e3) if row[1].critical_ms else "·"),
        Shown("", lambda row: bars[row[0]], gives_way=1, is_name=True),
        Shown("Rows", lambda row: texts.count(row[1].db_rows), gives_way=5),
        Shown("Status", lambda row: texts.count(row[1].http_status), gives_way=6),
    ]


def _label(row: "WaterfallSpan") -> str:
    marks = "?" * row.is_orphan + "~" * (row.shift_ms != 0) + "*" * (not row.is_recorded)
    failed = " !" if row.status == "ERROR" else ""
    return f"{'  ' * min(row.depth, 20)}{row.statement or row.name}{marks}{failed}"


def _bars(trace: "Waterfall") -> list[str]:
    """For each span a line that is shaded where it ran and solid where the trace waited for it."""
    first_ns = min(row.start_ns for row in trace)
    cell_ns = max(trace.duration_ms * 1e6, 1) / BAR_CELLS

    def cells(from_ns: float, to_ns: float) -> range:
        low = min(int((from_ns - first_ns) / cell_ns), BAR_CELLS - 1)
        return range(low, max(low + 1, min(round((to_ns - first_ns) / cell_ns), BAR_CELLS)))

    lines = [[" "] * BAR_CELLS for _ in trace]
    for line, row in zip(lines, trace, strict=True):
        for cell in cells(row.start_ns, row.start_ns + row.duration_ms * 1e6):
            line[cell] = "░"
    for each in trace.critical_path:
        for cell in cells(each.from_ns, each.to_ns):
            lines[each.index][cell] = "█"
    return ["".join(line).rstrip() for line in lines]
