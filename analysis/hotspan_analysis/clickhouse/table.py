"""The table as it is there: which of the Collector's and ClickStack's schemas it has, and how rows of it are mapped."""

import re
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final, NoReturn

from hotspan_analysis.clickhouse import dialect
from hotspan_analysis.clickhouse.address import Address
from hotspan_analysis.clickhouse.server import Server
from hotspan_analysis.clickhouse.survey import Survey
from hotspan_collector import schema
from hotspan_collector.errors import BadInputError
from hotspan_collector.importers.parquet import CLICKHOUSE_COLUMNS

HOUR_NS: Final = 3_600_000_000_000
FRESH_S: Final = 10.0
"""How long it is believed that no span came with an attribute of another name than those before: for a page's questions."""

END_OF_TIME_NS: Final = 9_000_000_000_000_000_000
_TOLD: Final = re.compile(r"\b(told\('([^']+)'\))")
_CHOICE: Final = re.compile(r"\bcoalesce\(\s*told\('[^']+'\)(?:,\s*told\('[^']+'\))*\s*\)")
_NOTHING: Final = "cast(null as Nullable(String))"
_AGENT_KEYS: Final = ("user_agent.original", "http.user_agent", "user_agent")
_RESOURCE_KEYS: Final = ("service.name", "service.version", "service.instance.id", "host.name", "process.pid")


@dataclass(frozen=True, slots=True)
class Period:
    """The stretch in which spans start that a statement reads; with `long`, those of an hour and more from ever before."""

    from_ns: int
    to_ns: int
    long: bool = False

    @property
    def condition(self) -> str:
        """As SQL over the columns of the table, so that whole parts and granules are passed over."""
        since = "Timestamp >= fromUnixTimestamp64Nano($read_from_ns)"
        if self.long:
            since = f"({since} or Duration >= {HOUR_NS})"
        return f"{since} and Timestamp < fromUnixTimestamp64Nano($read_to_ns)"

    def contains(self, other: "Period") -> bool:
        """Whether everything that the other reads is read by this one too."""
        return self.from_ns <= other.from_ns and other.to_ns <= self.to_ns and (self.long or not other.long)

    @property
    def values(self) -> dict[str, int]:
        """What the condition binds."""
        return {"read_from_ns": max(self.from_ns, 0), "read_to_ns": min(self.to_ns, END_OF_TIME_NS)}


class Table:
    """One otel_traces, a Distributed one or a local one."""

    def __init__(self, server: Server, address: Address) -> None:
        self.server = server
        self.address = address
        self.is_clear: dict[Period, bool] = {}
        """Whether each request of a period is told of once, as far as it was found out."""
        self._surveys: dict[Period, Survey] = {}
        self._looked_at_s = time.monotonic()
        _, rows = server.ask(f"describe table {address.name}", {})
        self._types = {str(row[0]): str(row[1]) for row in rows}
        if missing := [name for name in CLICKHOUSE_COLUMNS if name not in self._types]:
            raise BadInputError(
                f"{address.shown}, {address.name}: not a table of the Collector's ClickHouse exporter, "
                f"there is no column {', '.join(missing)}"
            )

    @property
    def is_fresh(self) -> bool:
        """Whether what was found out about the spans still counts, although more may have come."""
        return time.monotonic() - self._looked_at_s < FRESH_S

    @property
    def is_sampled(self) -> bool:
        """Whether a column says how many spans each one stands for, as ClickStack's does."""
        return "SampleRate" in self._types

    @cached_property
    def secret(self) -> dict[str, Any]:
        """The secret that the mapping binds, in texts."""
        secret = self.address.secret
        return {"inner_block": secret.inner_block.hex(), "outer_block": secret.outer_block.hex(), "salt": secret.salt}

    @cached_property
    def words(self) -> str:
        """What the mappings share, with attributes read as their columns want it."""
        words = dialect.body("words")
        for column in ("SpanAttributes", "ResourceAttributes"):
            if self._is_json(column):
                words = words.replace(f"{column}[key]", f"toString(getSubcolumn({column}, key))")
        return words

    def mapping(
        self,
        period: Period,
        values: Mapping[str, Any] | None = None,
        *,
        which: str = "cargo_spans",
        spans: str = "spans_jobs",
    ) -> dict[str, str]:
        """The relations `requests` and `spans` as selects that read no more than the period and what two files say.

        Of one `service` among the values, only its spans: they lie together.
        """
        of_service = "\n    " + dialect.body("of_service") if values and values.get("service") else ""
        of_requests, of_spans = (self.written(dialect.body(each), period) + of_service for each in (which, spans))
        return self.known(
            {
                "requests": self.written(
                    dialect.body("requests"),
                    period,
                    which=of_requests,
                    several_agents=self._several_agents(period),
                    speaks=self._speaks(period),
                ),
                "spans": self.written(dialect.body("spans"), period, which=of_spans, speaks=self._speaks(period)),
            },
            period,
        )

    def _several_agents(self, period: Period) -> str:
        is_said = self.survey(period).some_say_one_of(_AGENT_KEYS)
        return self.written(dialect.body("several_agents"), period) if is_said else "false"

    def _speaks(self, period: Period) -> str:
        """Which of what may be requests speak HTTP or RPC; no attribute is read for it where one says so of all."""
        speaks = dialect.body("speaks")
        return "true" if self.survey(period).all_say_one_of(key for _, key in _TOLD.findall(speaks)) else speaks

    def reach(self, period: Period) -> dict[str, str]:
        """The relations `requests` and `spans` as far as `bounds` needs them."""
        requests = "select 0 as start_ns, toNullable(0) as end_ns, '' as service, '' as service_version from numbers(0)"
        speaks = self._speaks(period) if self.survey(period).nested else "false"  # each of them began its trace
        spans = self.written(dialect.body("reach"), period, speaks=speaks)
        return self.known({"requests": requests, "spans": spans}, period)

    def known(self, mapped: dict[str, str], period: Period) -> dict[str, str]:
        """Relations without looking for attributes that no request of the period has."""
        said = self.survey(period).said
        return mapped if said is None else {name: _without(text, said.keys()) for name, text in mapped.items()}

    def is_large(self, period: Period) -> bool:
        """Whether the period may hold more requests than percentiles are worked out exactly of."""
        return self.survey(period).requests > self.address.exact_rows

    def survey(self, period: Period) -> Survey:
        """What one look at the period says, or an earlier one at a longer period that says as much."""
        for known, survey in self._surveys.items():
            if known == period or (known.contains(period) and survey.requests <= self.address.exact_rows):
                return survey
        _, rows = self.ask(self.written(dialect.body("survey"), period), dict(period.values))
        self._surveys[period] = Survey.of(rows, is_listed=not self._is_json("SpanAttributes"))
        return self._surveys[period]

    def written(self, sql: str, period: Period, **texts: str) -> str:
        """A statement of this folder with what stands for the table, and the other texts, filled in."""
        known = {
            "words": self.words,
            "table": self.address.name,
            "period": period.condition,
            "asked": dialect.body("asked"),
            "speaks": dialect.body("speaks"),
            "may_be_job": dialect.body("may_be_job"),
            "pairs": "[('', '')]"
            if self._is_json("SpanAttributes")
            else "arrayPushFront(arrayZip(mapKeys(SpanAttributes), mapValues(SpanAttributes)), ('', ''))",
            "copies": "arrayJoin(range(greatest(toUInt64(SampleRate), 1)))" if self.is_sampled else "toUInt64(0)",
            "resource": self._texts("ResourceAttributes", _RESOURCE_KEYS),
            "attributes": self._texts("SpanAttributes", _attribute_keys()),
            "all_attributes": self._all_texts("SpanAttributes", _attribute_keys()),
            **texts,
        }
        return _filled(_filled(sql, known), known)

    def ask(
        self, sql: str, values: dict[str, Any], *, percentile_error: float = 0.0
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """Runs a statement whose `$names` are bound from the values and the secret; percentiles as well as is asked."""
        written, used = dialect.bound(sql, values | self.secret, percentile_error)
        return self.server.ask(written, used, bytes_are_flags=True)

    def download(self, condition: str, period: Period, values: dict[str, Any], target: Path, *, whole: bool) -> int:
        """Writes the spans that meet a condition to a Parquet file, `whole` with every attribute; how many there are.

        Raises BadInputError when there are more than the address allows: half of them would be half an answer.
        """
        size = self.written(dialect.body("shipped_size"), period, condition=condition)
        spans = int(self.ask(size, values)[1][0][0])
        if spans > self.address.max_rows:
            self.refuse(f"{spans:,}", spans)
        if spans:
            body = dialect.body("shipped")
            if whole:
                body = body.replace("{attributes}", "{all_attributes}")
            self.fetch(self.written(body, period, condition=condition), values, target)
        return spans

    def fetch(self, sql: str, values: Mapping[str, Any], target: Path) -> None:
        """Writes the rows of a statement to a Parquet file."""
        self.server.download(*dialect.bound(sql, {**values, **self.secret}), target)

    def refuse(self, how_many: str, enough: int) -> NoReturn:
        """Raises BadInputError for more spans than may come here."""
        raise BadInputError(
            f"{self.address.name}: {how_many} spans would have to come here for this, and no more than "
            f"{self.address.max_rows:,} may; ask about a shorter window, or allow more: …?rows={enough}"
        )

    def stands_for_several(self, period: Period) -> bool:
        """Whether some spans of the period stand for others that were not kept."""
        if not self.is_sampled:
            return False
        _, rows = self.ask(self.written(dialect.body("sampled"), period), dict(period.values))
        return bool(rows[0][0] > 1)

    def _is_json(self, column: str) -> bool:
        return self._types[column].startswith("JSON")

    def _texts(self, column: str, keys: tuple[str, ...]) -> str:
        """Attributes as a map of texts: those that mean something to the way in."""
        if self._is_json(column):
            pairs = ", ".join(f"'{key}', ifNull(toString(getSubcolumn({column}, '{key}')), '')" for key in keys)
            return f"mapFilter((key, value) -> value <> '', map({pairs}))"
        known = ", ".join(f"'{key}'" for key in keys)
        return f"mapFilter((key, value) -> key in ({known}), cast({column} as Map(String, String)))"

    def _all_texts(self, column: str, keys: tuple[str, ...]) -> str:
        """Every attribute; of JSON, whose paths cannot be listed, those that mean something."""
        return self._texts(column, keys) if self._is_json(column) else f"cast({column} as Map(String, String))"


def _filled(sql: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\{([a-z_]+)\}", lambda found: known.get(found[1], found[0]), sql)


def _without(mapping: str, keys: Collection[str]) -> str:
    """The mapping without looking for attributes that nobody has: some 40 names, each costs a search in each row."""

    def chosen(found: re.Match[str]) -> str:
        there = [look for look, key in _TOLD.findall(found[0]) if key in keys]
        return f"coalesce({', '.join(there)})" if len(there) > 1 else there[0] if there else _NOTHING

    return _TOLD.sub(lambda found: found[0] if found[2] in keys else _NOTHING, _CHOICE.sub(chosen, mapping))


@cache
def _attribute_keys() -> tuple[str, ...]:
    """Every attribute that the way in knows a meaning of, in both spellings of header names."""
    roles = schema.read("span_contents").split("roles (role, keys)", 1)[1].split("known as", 1)[0]
    known = {name for name in re.findall(r"'([\w.]+)'", roles) if "." in name or "_" in name}
    return tuple(sorted(known | {_hyphens(name) for name in known}))


def _hyphens(name: str) -> str:
    head, header, rest = name.partition(".header.")
    return head + header + rest.replace("_", "-")
