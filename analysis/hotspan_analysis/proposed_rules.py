"""A first rules file for a team: limits with some room above what the traces show now, each with its reason."""

import math
import unicodedata
from collections.abc import Iterator
from typing import Final

from hotspan_analysis import texts
from hotspan_analysis.apdex import FEW_SAMPLES
from hotspan_analysis.check_facts import Facts, Figure

LIMITED_BY_NAME: Final = 5
"""How many endpoints get a limit of their own: the costliest, for a file that people read."""

_ROOM: Final = 1.5
"""A limit is so many times what was seen: runs differ, and a gate that cries wolf is soon switched off."""
_MOST_ERRORS: Final = 0.05
"""A limit above it would be no limit."""
_BUDGET: Final = 1.2
"""What retry budgets allow: a fifth more requests than are wanted (Linkerd's default)."""


def proposed_rules(facts: Facts) -> str:
    """The text of a rules file that these traces keep; what is already beyond reason is there as a comment."""
    return "\n".join(
        [*_HEAD, *_storms(facts), *_amplification(facts), *_errors(facts), *_BASELINE, *_tables(facts), ""]
    )


_HEAD: Final = [
    "# Rules of `hotspan check`: it exits with 1 when one is broken, with 2 when there is too little to judge.",
    "# Written by `hotspan check --init` from what the traces showed then; the limits leave some room. Make them yours.",
]
_BASELINE: Final = [
    "",
    "# No endpoint may surely be slower, in median or p95, than in a recording made with",
    "# `hotspan export --to baseline.parquet`.",
    '# max_regression = "20%"',
    '# baseline = "baseline.parquet"',
]


def _storms(facts: Facts) -> Iterator[str]:
    yield from ("", "# No client may repeat its requests in a storm: see `hotspan storms`.")
    if incidents := facts.storms.incidents:
        yield f"# Now: {texts.printable(incidents[0].summary)}"
        yield "# no_storms = true"
    else:
        yield "no_storms = true"


def _amplification(facts: Facts) -> Iterator[str]:
    yield from ("", "# Requests of an endpoint / what its clients wanted; a retry budget allows 1.1 to 1.2.")
    most = max(facts.of("max_amplification", "ratio"), key=lambda each: each.value, default=None)
    if most:
        yield f"# Now: {most.value:.2f} at most, {texts.printable(most.endpoint)}"
    yield f"{_off(most, _BUDGET)}max_amplification = {_BUDGET}"


def _errors(facts: Facts) -> Iterator[str]:
    yield from ("", "# Share of requests that fail (a status of 500 and above, or the app raised), of every endpoint.")
    most = max(facts.of("max_error_rate", "share"), key=lambda each: each.value, default=None)
    if most:
        yield f"# Now: {texts.percent(most.value)} at most, {texts.printable(most.endpoint)}"
    limit = max(0.01, most.value * _ROOM if most else 0)
    yield f'{_off(most, _MOST_ERRORS)}max_error_rate = "{_rounded_up(min(limit, _MOST_ERRORS) * 100)}%"'


def _off(most: Figure | None, limit: float) -> str:
    """What turns a rule that is broken today into a comment."""
    return "# " if most and most.value > limit else ""


def _tables(facts: Facts) -> Iterator[str]:
    costliest = sorted(_judgeable(facts, "max_share", "share"), key=lambda each: -each.value)[:LIMITED_BY_NAME]
    if not costliest:
        return
    names = {each.endpoint for each in costliest}
    yield from ("", "# Share of the time of everything of its kind; the costliest endpoints.", "[max_share]")
    for each in costliest:
        yield f'{_key(each.endpoint)} = "{min(100, math.ceil(each.value * 20 + 1) * 5)}%"  # now {texts.percent(each.value)}'
    yield from ("", '# 95th percentile of the durations; "*" would be every other endpoint.', "[max_p95]")
    for each in _judgeable(facts, "max_p95", "ms"):
        if each.endpoint in names:
            limit = _rounded_up(max(each.value * _ROOM, 1))
            yield f'{_key(each.endpoint)} = "{limit}ms"  # now {texts.duration(each.value / 1e3)}'


def _judgeable(facts: Facts, name: str, unit: str) -> list[Figure]:
    """The figures of endpoints with enough requests, one for each name: that of the service with the highest."""
    enough = {each.endpoint for each in facts.of("max_p95", "ms") if each.requests >= FEW_SAMPLES}
    figures = [each for each in facts.of(name, unit) if each.endpoint in enough and each.kind != "held_open"]
    return list({each.endpoint: each for each in sorted(figures, key=lambda each: each.value)}.values())


def _rounded_up(value: float) -> str:
    """Two digits that matter, never less than the value."""
    step = 10 ** (math.floor(math.log10(value)) - 1)
    return f"{math.ceil(value / step - 1e-9) * step:.10g}"


def _key(endpoint: str) -> str:
    """An endpoint as a quoted key of TOML: what cannot be seen, or would end the key, is an escape."""
    return '"' + "".join(_escaped(each) for each in endpoint) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    is_plain = character == " " or unicodedata.category(character)[0] in "LMNPS"
    return character if is_plain else f"\\U{ord(character):08x}"
