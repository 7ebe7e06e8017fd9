"""A person's own SQL where the data are ClickHouse's: one statement in its dialect, over the mapped relations."""

import re

from hotspan_analysis.clickhouse import dialect
from hotspan_analysis.clickhouse.table import END_OF_TIME_NS, Period, Table
from hotspan_analysis.own_sql import Table as OwnTable
from hotspan_collector.errors import BadInputError

_BEGINS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)


def run_own_sql(table: Table, sql: str, now_ns: int) -> OwnTable:
    """Runs one statement that reads `requests` and `spans`; raises BadInputError for anything else."""
    begins = _BEGINS.match(sql)
    if begins is None:
        raise BadInputError("only one statement that reads is run here: begin it with select or with")
    last_ns = table.address.last_ns
    period = Period(0 if last_ns is None else now_ns - last_ns, END_OF_TIME_NS)
    own = f",\n{sql[begins.end() :]}" if begins[1].lower() == "with" else f"\n{sql}"
    mapped, used = dialect.bound(
        dialect.named(table.mapping(period, spans="cargo_spans")), {**period.values, **table.secret}
    )
    columns, rows = table.server.ask(f"{mapped}{own}", used)
    return OwnTable(columns, rows)
