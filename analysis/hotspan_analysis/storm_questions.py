"""Questions about who repeats requests, what that costs, and what traces have to keep. A short method each.

Each question's module is imported when it is asked, as in request_questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from hotspan_analysis.bounds import When, chosen_window
from hotspan_analysis.selection import Filters, Selection
from hotspan_analysis.source_reading import SourceReading

if TYPE_CHECKING:
    from hotspan_analysis.amplification import Amplification
    from hotspan_analysis.check import Check
    from hotspan_analysis.feedback import Feedback
    from hotspan_analysis.replay import Change
    from hotspan_analysis.results import Rows
    from hotspan_analysis.rules import Rules
    from hotspan_analysis.storm_results import Incident, StormReport
    from hotspan_analysis.storm_settings import StormSettings
    from hotspan_analysis.traces import Traces
    from hotspan_analysis.what_if_results import WhatIf


class StormQuestions(SourceReading):
    """What is wrong in one source, and what would mend it."""

    def storms(
        self, window: When = None, *, settings: StormSettings | None = None, **only: Unpack[Filters]
    ) -> StormReport:
        """Which clients repeat their requests before they have an answer or after a failure, how, and at what cost?"""
        from hotspan_analysis.storm_settings import StormSettings
        from hotspan_analysis.storms import storms

        with self.reading() as engine:
            return storms(engine, chosen_window(engine, window), Selection.of(**only), settings or StormSettings())

    def check(
        self, rules: Rules, window: When = None, *, service: str | None = None, baseline: Traces | None = None
    ) -> Check:
        """Which of these rules are broken, and by whom? `max_regression` compares with all of the baseline.

        Raises BadInputError for a rule that these traces cannot be held against: an endpoint that is not there, no
        baseline, no requests at all.
        """
        from hotspan_analysis.check import check
        from hotspan_analysis.check_facts import Facts, side_of_baseline
        from hotspan_analysis.traces import open_traces

        other = baseline or (open_traces(rules.baseline) if rules.baseline else None)
        old = side_of_baseline(rules, other, service)
        with self.reading() as engine:
            return check(Facts(engine, chosen_window(engine, window), service, old), rules)

    def proposed_rules(self, window: When = None, *, service: str | None = None) -> str:
        """Which rules could one begin with? The text of a rules file that leaves some room above what is there now."""
        from hotspan_analysis.check_facts import Facts
        from hotspan_analysis.proposed_rules import proposed_rules

        with self.reading() as engine:
            return proposed_rules(Facts(engine, chosen_window(engine, window), service, None))

    def amplification(self, window: When = None, *, service: str | None = None) -> Rows[Amplification]:
        """How many requests does each endpoint get for each thing its clients want?"""
        from hotspan_analysis.amplification import amplification

        with self.reading() as engine:
            return amplification(engine, chosen_window(engine, window), Selection(service=service))

    def feedback(self, endpoint: str, window: When = None, *, service: str | None = None) -> Feedback:
        """How did latency, load, work per request and resend gap of an endpoint go together?"""
        from hotspan_analysis.feedback import feedback, service_of
        from hotspan_analysis.storms import storms

        with self.reading() as engine:
            chosen = chosen_window(engine, window)
            found = storms(engine, chosen, Selection.of(endpoint=endpoint, service=service)).storms
            return feedback(engine, chosen, service or service_of(engine, chosen, endpoint), endpoint, found)

    def what_if(
        self,
        endpoint: str | None = None,
        window: When = None,
        *,
        incident: Incident | None = None,
        service: str | None = None,
        changes: Sequence[Change] | None = None,
        runs: int = 20,
    ) -> WhatIf:
        """What would fix an incident: its clients, a faster endpoint, more workers, or several of these?

        The incident given, or the worst of the endpoint, or of all. Without `changes` it is each of the three (twice as
        fast, two workers more) and every combination. When nobody can tell, `refusal` of the result says why.
        """
        from hotspan_analysis.scenarios import STANDARD
        from hotspan_analysis.storms import storms
        from hotspan_analysis.what_if import nothing_to_fix, what_if

        with self.reading() as engine:
            chosen = chosen_window(engine, window)
            if incident is None:
                found = storms(engine, chosen, Selection.of(endpoint=endpoint, service=service)).incidents
                if not found:
                    return nothing_to_fix(chosen, endpoint, service)
                incident = found[0]
            return what_if(engine, chosen, incident, STANDARD if changes is None else changes, runs)
