"""Predicted against re-run: python benchmarks/what_if.py [simulator|exam|speed] [--seed N] [--worlds N].

simulator: storms of seeds nobody looked at while building, each simulated again with the clients fixed, twice as fast,
with two workers more; the same figures as `what_if` predicts from the recording of what happened. exam: the same with
the real exam app. speed: how long the replays of a long storm take.
"""

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import what_if_exam
from storms.clients import TimerResender
from storms.database import database
from storms.families import FAMILIES
from storms.grounds import SAVE
from storms.worlds import START_NS, World
from what_if_exam import Held

from hotspan_analysis import Traces, open_traces
from hotspan_analysis.client_law import ClientLaw
from hotspan_analysis.client_trail import OWN, Visit
from hotspan_analysis.fitted_server import ServerFit
from hotspan_analysis.measures import MEASURES, measured, off_by
from hotspan_analysis.queue_model import NEVER, SHARING, Trigger
from hotspan_analysis.replay import AS_IT_WAS, Change, Model, replay
from hotspan_analysis.scenarios import RUNS
from hotspan_analysis.storm_results import epoch_ns
from hotspan_analysis.what_if_results import Scenario, WhatIf
from hotspan_collector.errors import HotspanError

SEED = 8_000
"""First seed; those below were looked at."""
STORMS = ("timer", "timer_six_connections")
CHANGES = {"clients fixed": Change(True), "2x faster": Change(speedup=2.0), "+2 workers": Change(workers=2.0)}
NOTES = {
    ("processor_sharing", "as it was"): (10, 17, 10, 10),
    ("processor_sharing", "clients fixed"): (5, 20, 26, 32),
    ("processor_sharing", "2x faster"): (25, 51, 42, 28),
    ("processor_sharing", "+2 workers"): (13, 30, 20, 16),
    ("first_come_first_served", "as it was"): (3, 7, 4, 6),
    ("first_come_first_served", "clients fixed"): (1, 9, 11, 15),
    ("first_come_first_served", "2x faster"): (15, 43, 27, 16),
    ("first_come_first_served", "+2 workers"): (7, 19, 12, 6),
}
"""Medians, in percent, of requests, in-flight time, mean and p95 that an earlier study reached, to which capacity,
discipline and trigger were given."""
NOTES |= {
    ("exam app", here): NOTES["processor_sharing", there]
    for here, there in (
        ("as it was", "as it was"),
        ("clients fixed", "clients fixed"),
        ("2x faster", "2x faster"),
        ("+1 worker", "+2 workers"),
    )
}
"""Its requests go on at once, as where processors are shared."""
_OF_EXAM = MEASURES[:-1]
"""Each exam has its trouble at another time: time to recover is left out."""
KINDS = {"ps": "processor_sharing", "fcfs": "first_come_first_served"}


@dataclass
class Tally:
    """Relative errors of every prediction, by discipline and scenario; and who was refused, and why."""

    errors: dict[tuple[str, str], list[dict[str, float]]] = field(default_factory=lambda: defaultdict(list))
    refused: list[str] = field(default_factory=list)
    asked: int = 0

    def add(self, discipline: str, predicted: Scenario, seen: dict[str, float], name: str = "") -> None:
        """One scenario against what came of it, and what it is called if not as the prediction."""
        error = {measure: off_by(value, getattr(predicted, measure)) for measure, value in seen.items()}
        self.errors[discipline, name or predicted.scenario].append(error)

    def print(self) -> None:
        """The table: medians, beside those of the study."""
        print(f"\nrefused {len(self.refused)} of {self.asked}")
        for reason in sorted(self.refused):
            print(f"  {reason}")
        print("median |predicted / re-run - 1| in %: requests / in-flight s / mean / p95 / operations / recovery")
        for (discipline, scenario), found in sorted(self.errors.items()):
            medians = [100 * statistics.median(error[name] for error in found) for name in found[0]]
            told = " / ".join(f"{value:.0f}" for value in medians)
            study = " / ".join(str(value) for value in NOTES.get((discipline, scenario), ()))
            print(f"  {discipline:24} {scenario:14} {len(found):3} storms  {told:32} study: {study}")


def built(family: str, seed: int, change: Change = Change()) -> World:  # noqa: B008  # frozen
    """A world that has run, with that change."""
    world = FAMILIES[family](seed, random.Random(f"{family}/{seed}"))
    for person in world.people:
        if change.fix_clients and isinstance(person, TimerResender):
            person.fixed_at = 0.0
    world.server.work[SAVE].mean_s /= change.speedup
    world.server.capacity += int(change.workers)
    return world.run()


def traces_of(world: World) -> Traces:
    """The recording of a world."""
    return open_traces(database(world.rows()), now_ns=START_NS + round(world.duration_s * 1e9))


def seen_in(world: World, answer: WhatIf) -> dict[str, float]:
    """The true figures of the endpoint in the stretch that was answered for, late as the answer has it."""
    if answer.fit is None:
        raise ValueError("refused")
    from_s, until_s = ((moment - START_NS) / 1e9 for moment in (answer.window.from_ns, answer.window.to_ns))
    trouble_s = (epoch_ns(answer.fit.trouble_start) - START_NS) / 1e9
    sent = [each for each in world.server.seen if each.endpoint == SAVE and from_s <= each.arrived < until_s]
    waiting = sum(isinstance(person, TimerResender) and person.current > 0 for person in world.people)
    found = measured(
        [each.arrived for each in sent],
        [NEVER if each.ended is None else each.ended for each in sent],
        len({each.operation for each in sent}) - waiting,
        until_s=until_s, from_s=trouble_s, late_s=answer.fit.resend_gap_s,
    )  # fmt: skip
    return asdict(found)


def simulator(first: int, worlds: int) -> None:
    """Every storm of these seeds, asked about and simulated again."""
    tally = Tally()
    for family in STORMS:
        for seed in range(first, first + worlds):
            world = built(family, seed)
            began = time.process_time()
            answer = traces_of(world).what_if(SAVE, changes=list(CHANGES.values()))
            spent_s = time.process_time() - began
            tally.asked += 1
            print(
                f"{family:22} {seed} {world.server.queue:5} {spent_s:5.1f} s  {answer.refusal or answer.summary}",
                flush=True,
            )
            if answer.refusal:
                tally.refused.append(answer.refusal)
                continue
            tally.add(KINDS[world.server.queue], answer.scenarios[1], seen_in(world, answer))
            for row, change in zip(answer.scenarios[2:], CHANGES.values(), strict=True):
                tally.add(KINDS[world.server.queue], row, seen_in(built(family, seed, change), answer))
    tally.print()


def exam(rounds: int) -> None:
    """The exam app with its bug, asked about, and held again with each change; who fails to be held is left out."""
    tally = Tally()
    for number in range(1, rounds + 1):
        with tempfile.TemporaryDirectory(prefix="hotspan-what-if-") as name:
            try:
                _exam(number, Path(name), tally)
            except HotspanError as error:
                print(f"exam {number} could not be held: {error}", flush=True)
    tally.print()


def _exam(number: int, folder: Path, tally: Tally) -> None:
    as_it_was = what_if_exam.held(folder / "as it was")
    again = {
        name: what_if_exam.held(folder / name, change, as_it_was.activity_rows)
        for name, change in what_if_exam.CHANGES.items()
    }
    told = exam_answer(as_it_was, again, tally)
    print(f"exam {number}: {told}", flush=True)


def exam_answer(as_it_was: Held, again: Mapping[str, Held], tally: Tally) -> str:
    """Adds what is predicted from the first against each of the others; and says it.

    A machine is not as fast in each exam, and half the statements are not half of a save: it is asked for saves that are
    as many times faster as those of the class before were, which says nothing of the storm.
    """
    faster = {name: round(as_it_was.calm_s / held.calm_s, 2) for name, held in again.items()}
    changes = [replace(what_if_exam.CHANGES[name], speedup=times) for name, times in faster.items()]
    answer = as_it_was.traces.what_if(what_if_exam.SAVE, changes=changes)
    tally.asked += 1
    if answer.refusal or answer.fit is None:
        tally.refused.append(answer.refusal or "")
        return answer.refusal or ""
    tally.errors["exam app", "as it was"].append({name: answer.fit.errors[name] for name in _OF_EXAM})
    after_s = (answer.window.to_ns - as_it_was.over_ns) / 1e9
    lines = [answer.summary]
    for row, (name, held) in zip(answer.scenarios[2:], again.items(), strict=True):
        measures = asdict(held.seen(after_s))
        seen = {measure: measures[measure] for measure in _OF_EXAM}
        lines.append(
            f"  {name:14} saves {faster[name]:.2f}x as fast" + "".join(_against(row, seen, each) for each in seen)
        )
        tally.add("exam app", row, seen, name)
    return "\n".join(lines)


def speed() -> None:
    """Replays of a storm of ten minutes that locks up, 20 runs: the story's class, and one of 200 on a larger server."""
    for clients, workers in ((15, 2.0), (200, 27.0)):
        model = locking_up(clients, workers)
        began = time.process_time()
        requests = [len(replay(model, AS_IT_WAS, seed).sent_s) for seed in range(RUNS)]
        spent_s = time.process_time() - began
        print(f"{clients:4} clients: {RUNS} runs of {statistics.median(requests):,.0f} requests in {spent_s:.1f} s")


def locking_up(clients: int, workers: float) -> Model:
    """The story in ten minutes: saves of 0.35 s every 10 s, again every second, and a slow phase after 2 minutes."""
    law = ClientLaw(
        reset=OWN, resend_gap_s=1.0, period_s=10.0, resend_gaps_s=(0.99, 1.0, 1.01), periods_s=(9.5, 10.0, 10.5),
        connections=None, turnaround_s=0.0, share=1.0, answered_s=(),
        visits=tuple(Visit(10.0 * number / clients, 600.0) for number in range(clients)),
    )  # fmt: skip
    server = ServerFit(
        discipline=SHARING, workers=workers, demand_s=0.35, demands_s=tuple(0.05 * n for n in range(1, 14)),
        usual_s=0.35, beside=(), trigger=Trigger(120.0, 145.0, 8.0), calm=100, crowded=100,
    )  # fmt: skip
    return Model(server, law, 600.0)


def _against(row: Scenario, seen: dict[str, float], measure: str) -> str:
    return f"  {measure} {getattr(row, measure):.3g} predicted, {seen[measure]:.3g} seen;"


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="?", choices=("simulator", "exam", "speed"), default="simulator")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--worlds", type=int, default=20, help="of each of the two families")
    parser.add_argument(
        "--rounds", type=int, default=2, help="of the exam, each of four exams: seven minutes and a half"
    )
    arguments = parser.parse_args()
    if arguments.what == "simulator":
        simulator(arguments.seed, arguments.worlds)
    elif arguments.what == "exam":
        exam(arguments.rounds)
    else:
        speed()


if __name__ == "__main__":
    main()
