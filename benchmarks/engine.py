"""Engine against a hand-written function of the same logic, as ratios in one run.

    python -m benchmarks.engine

Rounds alternate between the contenders, so that a slow spell of the machine falls on all of them; the median of the
rounds' ratios is told.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import cases, handwritten
from criteria import catalog
from criteria.compile import compiled
from criteria.evaluate import decide
from criteria.questions import relevant, walk

ROUNDS = 31
LIMITS = {"verdict": 2.5, "full trace": 10.0}


def seconds(function: Callable[[Any], Any], inputs: Sequence[Any]) -> float:
    start = time.perf_counter()
    for each in inputs:
        function(each)
    return time.perf_counter() - start


def main() -> int:
    """Print the table; exit status 1 when a ratio is over its limit."""
    policy = catalog.latest("IC-0072")
    rng = random.Random(72)
    mixes = {
        "complete, near a pathway": [cases.near_a_pathway(rng, change=0.1) for _ in range(500)],
        "half answered": [cases.partial(rng, keep=0.5) for _ in range(500)],
        "meets": [dict(cases.MEETING[name]) for name in cases.MEETING for _ in range(55)],
    }
    given = ("request_type", "request_date", "date_of_birth", "approved_regimen")
    code = compiled(policy)
    contenders: dict[str, Callable[[Any], Any]] = {
        "verdict": code.verdict,
        "full trace": code.trace,
        "decide, with validation": lambda facts: decide(policy, facts),
        "trace as JSON values": lambda facts: decide(policy, facts).trace.as_json(),
        "relevant questions": lambda facts: relevant(policy, facts),
        "walk of the wizard": lambda facts: walk(policy, facts, {name: facts.get(name) for name in given}),
    }
    over = False
    print(f"{'answers':26} {'what':32} {'x by hand':>10} {'µs':>9}  limit")
    for mix, inputs in mixes.items():
        ratios: dict[str, list[float]] = {name: [] for name in contenders}
        times: dict[str, list[float]] = {name: [] for name in contenders}
        by_hand = []
        for _ in range(ROUNDS):
            base = seconds(handwritten.outcome, inputs)
            by_hand.append(base / len(inputs))
            for name, function in contenders.items():
                spent = seconds(function, inputs)
                ratios[name].append(spent / base)
                times[name].append(spent / len(inputs))
        print(f"{mix:26} {'by hand':32} {1:>10.2f} {statistics.median(by_hand) * 1e6:>9.2f}")
        for name in contenders:
            ratio = statistics.median(ratios[name])
            limit = LIMITS.get(name)
            over |= limit is not None and ratio > limit
            told = f"{limit:g}" if limit else ""
            print(f"{mix:26} {name:32} {ratio:>10.2f} {statistics.median(times[name]) * 1e6:>9.2f}  {told}")
    return int(over)


if __name__ == "__main__":
    raise SystemExit(main())
