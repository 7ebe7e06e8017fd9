"""What was found, in words."""

from dataclasses import replace

from hotspan_analysis import fit_words
from hotspan_analysis.client_trail import RESETS
from hotspan_analysis.replay import AS_IT_WAS
from hotspan_analysis.scenarios import Replays
from hotspan_analysis.what_if_results import Fit
from what_if_models import model

FIT = Fit(
    discipline="processor_sharing", workers=1.93, demand_s=0.35, variation=0.2, clients=15, period_s=10.6,
    resend_gap_s=1.0, reset="own", rest_ticks=11, connections=6, law_share=0.98, period_seen=True, workers_seen=True,
    trouble_start="2026-03-02T09:39:42.1Z", trigger_start="2026-03-02T09:39:42.1Z", trigger_s=25.0, trigger_factor=8.04, beside=0.0,
    errors={"requests": 0.068, "mean_s": 0.02},
)  # fmt: skip


def test_server_clients_trigger_and_error_have_a_sentence_each() -> None:
    assert fit_words.sentences(FIT) == [
        "Server: 1.9 at once, processor sharing; a request is 350 ms of work.",
        (
            "Clients: 15, on 6 connections; again every 1.00 s, anew 10.6 s after an answer; any answer to the operation "
            "stops it."
        ),
        "Trigger: requests were 8.0 times the work from 09:39:42 UTC on, for 25.0 s.",
        "Replayed as it was, the measure that is furthest off differs by 6.8%.",
    ]


def test_what_there_was_not_is_not_spoken_of() -> None:
    bare = replace(FIT, connections=None, trigger_start=None, trigger_s=None, trigger_factor=None)
    told = " ".join(fit_words.sentences(bare))
    assert "connections" not in told
    assert "Trigger" not in told


def test_what_is_less_sure_is_said() -> None:
    told = fit_words.sentences(replace(FIT, period_seen=False, workers_seen=False))
    assert "no client was seen to rest" in told[-3]
    assert "one at a time in each process is assumed" in told[-2]


def test_every_rule_has_its_words() -> None:
    for reset in RESETS:
        assert "stops it." in fit_words.sentences(replace(FIT, reset=reset))[1]


def test_workers_for_good_times_and_for_the_worst() -> None:
    replays = Replays(model(until_s=20.0), 0.0, 2)
    before = replays.row("observed", AS_IT_WAS, replays.run(AS_IT_WAS), 0)
    said = fit_words.workers(before)
    assert said == "Workers: 1 worker would do while all is well; 4 never lock up, whatever the clients ask for."
    assert "no number of workers would do" in fit_words.workers(replace(before, workers_needed=None))
