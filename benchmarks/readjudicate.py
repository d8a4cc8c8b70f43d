"""Re-adjudication: a million requests decided from columns, against NumPy written by hand for the same logic.

    python -m benchmarks.readjudicate [how many requests: 1000000]

Rounds alternate between the two, so that a slow spell of the machine falls on both; the median of the ratios is told,
and exit status 1 when it is over 2. Both give every request's outcome, and must give the same.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import cases, handwritten_columns
from criteria import catalog
from criteria.columns import Codes, decide, encode

REQUESTS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
DISTINCT, ROUNDS, LIMIT = 20_000, 9, 2.0


def main() -> int:
    """Print the table; exit status 1 when the ratio is over its limit or the outcomes differ."""
    policy, rng = catalog.latest("IC-0072"), random.Random(72)
    started = time.perf_counter()
    distinct = encode(policy, [cases.near_a_pathway(rng) for _ in range(DISTINCT)])
    encoded = time.perf_counter() - started
    columns = distinct.take(np.random.default_rng(72).integers(0, DISTINCT, REQUESTS))
    by_hand = handwritten_columns.Hand(Codes(policy), policy)
    ratios, spent = [], []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        expected = by_hand.outcome(columns.facts)
        hand = time.perf_counter() - started
        started = time.perf_counter()
        found = decide(policy, columns).outcomes
        engine = time.perf_counter() - started
        ratios.append(engine / hand)
        spent.append((hand, engine))
        if not np.array_equal(found, expected):
            print("The outcomes differ.")
            return 1
    ratio = statistics.median(ratios)
    hand, engine = (statistics.median(times) for times in zip(*spent, strict=True))
    print(f"{REQUESTS:,} requests, {np.bincount(found).tolist()} not met, met, not established")
    print(f"encoding {DISTINCT:,} sets of answers: {encoded / DISTINCT * 1e6:.0f} µs each")
    print(
        f"by hand {hand * 1000:.0f} ms, engine {engine * 1000:.0f} ms, {REQUESTS / engine / 1e6:.0f} million a second"
    )
    print(f"ratio {ratio:.2f}, at most {LIMIT}")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
