"""The labelled benchmark: python benchmarks/storms/run.py [dev|validation|test] [--families a,b] [--worlds N] [--delays].

Runs hotspan and three simple detectors over simulated worlds whose truth is known, and prints how they did. The test
seeds are for releases: run once, write the result into README.md, tune nothing afterwards.
"""

import argparse
import sys
import time
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hotspan_analysis import StormSettings, open_traces
from hotspan_analysis.storm_results import epoch_ns
from storms import baselines
from storms.database import database
from storms.families import FAMILIES, INNOCENT, world
from storms.scoring import Found, Score, macro_accuracy, matches, quantiles, score
from storms.worlds import START_NS, World, hash64

SEEDS = {"dev": 1, "validation": 1_001, "test": 20_261_701}
"""First seed of each split; worlds count up from it."""
DELAY_STEP_S = 2.0
LONGEST_DELAY_S = 90.0


def hotspan(simulated: World, rows: list[dict[str, object]], settings: StormSettings, now_s: float) -> list[Found]:
    """What hotspan finds in these rows at that moment."""
    now_ns = START_NS + round(now_s * 1e9)
    with database(rows) as connection:
        report = open_traces(connection, now_ns=now_ns).storms(settings=settings)
    names = {f"{hash64(name):016x}": name for name in simulated.names.values()}
    return [
        Found(
            names[storm.client],
            storm.endpoint,
            (epoch_ns(storm.start) - START_NS) / 1e9,
            (epoch_ns(storm.end) - START_NS) / 1e9,
            storm.mechanism,
            storm.amplification,
        )
        for storm in report.storms
    ]


def simple(simulated: World, rows: list[dict[str, object]], detector: str, threshold: float) -> list[Found]:
    """What one of the simple detectors finds."""
    names = {str(hash64(name)): name for name in simulated.names.values()}
    start_s = START_NS / 1e9
    return [
        Found(names[each.client], each.endpoint, each.start - start_s, each.end - start_s)
        for each in baselines.DETECTORS[detector](rows, threshold)
    ]


def delay(simulated: World, settings: StormSettings, only_finished: bool) -> float | None:
    """Seconds from the fifth duplicate of the world's first episode until it is found, looking every two seconds.

    Before the fifth it does not count as an episode. None when the world has none.
    """
    counted = sorted((each for each in simulated.truth() if each.counted), key=lambda each: each.start)
    if not counted:
        return None
    first, seconds = counted[0], 0.0
    while seconds < LONGEST_DELAY_S:
        seconds += DELAY_STEP_S
        now_s = first.times[4] + seconds
        rows = simulated.rows(now_s)
        if only_finished:
            rows = [row for row in rows if row["end_ns"] is not None]
        if any(matches(each, first) for each in hotspan(simulated, rows, settings, now_s)):
            break
    return seconds


def main() -> None:
    """Prints the tables."""
    arguments = _arguments()
    settings = StormSettings()
    first = SEEDS[arguments.split]
    names = arguments.families.split(",") if arguments.families else list(FAMILIES)
    by_family: dict[str, Score] = {}
    simple_scores = {(name, t): Score() for name, ts in baselines.THRESHOLDS.items() for t in ts}
    spent = 0.0
    for name in names:
        by_family[name] = Score()
        for seed in range(first, first + arguments.worlds):
            simulated = world(name, seed)
            rows, truth, hours = simulated.rows(), simulated.truth(), simulated.lane_hours()
            began = time.perf_counter()
            found = hotspan(simulated, rows, settings, simulated.duration_s)
            spent += time.perf_counter() - began
            blind = not simulated.recording.leaving_is_seen or simulated.recording.precision_ns > 1
            by_family[name].add(score(found, truth, hours, name in INNOCENT, blind))
            for (detector, threshold), total in simple_scores.items():
                total.add(score(simple(simulated, rows, detector, threshold), truth, hours, name in INNOCENT))
            if arguments.delays and seed == first:
                for only_finished, kept in ((False, by_family[name].delays), (True, by_family[name].finished_delays)):
                    if (seconds := delay(simulated, settings, only_finished)) is not None:
                        kept.append(seconds)
        _print_row(name, by_family[name])
    _print_summary(by_family.values(), simple_scores, spent)


def _print_row(name: str, total: Score) -> None:
    found, missed = total.hits, total.misses
    seen = f"  seen after {total.delays[0]:.0f} s, {total.finished_delays[0]:.0f} s" if total.delays else ""
    onset = f"  onset {quantiles(total.onset_errors)}" if total.onset_errors else ""
    print(f"{name:36} found {found:4}  missed {missed:3}  false alarms {total.false_alarms:3}{onset}{seen}", flush=True)


def _print_summary(scores: Iterable[Score], simple_scores: dict[tuple[str, int], Score], spent_s: float) -> None:
    total = Score()
    for each in scores:
        total.add(each)
    print(f"\nepisodes   precision {total.precision:.3f}  recall {total.recall:.3f}  F1 {total.f1:.3f}")
    print(f"incidents  recall {total.incident_recall:.3f}")
    print(
        f"innocent   {total.alarms_per_10000_lane_hours:.1f} false alarms per 10,000 lane-hours ({total.innocent_lane_hours:.0f} simulated)"
    )
    print(f"onset      |error| {quantiles(total.onset_errors)} s")
    print(f"amplification |estimate / truth - 1| {quantiles(total.amplification_errors)}")
    if total.delays:
        print(
            f"time to detect after the fifth duplicate: {quantiles(total.delays)} s; {quantiles(total.finished_delays)} s without open requests"
        )
    print(f"detection took {spent_s:.1f} s")
    for said, mechanisms in (("and attempt headers are", total.mechanisms), ("are not", total.blind_mechanisms)):
        print(
            f"\nmechanisms where departures {said} recorded (macro accuracy {macro_accuracy(mechanisms):.3f}); rows are true"
        )
        for true, named in sorted(mechanisms.items()):
            print(f"  {true:16} {', '.join(f'{name} {count}' for name, count in named.most_common())}")
    print("\nsimple detectors, each with its best threshold on these very worlds")
    for detector, thresholds in baselines.THRESHOLDS.items():
        best = max(thresholds, key=lambda threshold: simple_scores[detector, threshold].f1)
        each = simple_scores[detector, best]
        print(
            f"  {detector:16} (>= {best:3}) precision {each.precision:.3f}  recall {each.recall:.3f}  F1 {each.f1:.3f}"
        )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("split", nargs="?", choices=tuple(SEEDS), default="dev")
    parser.add_argument("--families", default="", help="comma-separated; all by default")
    parser.add_argument("--worlds", type=int, default=3, help="worlds of each family")
    parser.add_argument("--delays", action="store_true", help="measure the time to detect, which takes longer")
    return parser.parse_args()


if __name__ == "__main__":
    main()
