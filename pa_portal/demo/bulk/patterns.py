"""Answer patterns: worked clinical pictures with their numbers varied, each walked and decided once and then reused.

Nothing here hangs on who the patient is, as long as they are of age, nor on the day.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from criteria.evaluate import Decision, decide
from criteria.policy import INITIAL, RENEWAL, Policy
from criteria.questions import Walk, walk
from pa_portal.demo import cases
from pa_portal.submissions.documents import documents_needed
from pa_portal.submissions.models import Request
from pa_portal.submissions.snapshot import digest

# How often each picture is asked for, and which it turns into once the information that was missing arrives.
_INITIAL: tuple[tuple[int, cases.Answers, cases.Answers | None], ...] = (
    *(
        (weight, answers, None)
        for weight, answers in zip((14, 11, 12, 9, 8, 6, 7, 7), cases.PATHWAYS.values(), strict=True)
    ),
    (4, cases.ER_LOW_POSITIVE, None),
    (5, cases.HYPERSENSITIVE, None),
    (6, cases.TDXD_STILL_AN_OPTION, None),
    (4, cases.LIVER_TESTS_HIGH, None),
    (4, cases.HER2_UNSETTLED, cases.PATHWAYS["hr_positive_third_line_plus"]),
    (3, cases.NOT_TESTED, cases.PATHWAYS["tnbc_first_line"]),
)
_RENEWAL: tuple[tuple[int, cases.Answers], ...] = (
    (88, cases.RENEWAL),
    (8, {**cases.RENEWAL, "disease_response": "progression"}),
    (4, {**cases.RENEWAL, "unacceptable_toxicity": True}),
)
# What a renewal with capecitabine is asked besides; the others leave it out.
_LIVER = cases.PATHWAYS["with_capecitabine_after_anthracycline_and_taxane"]
_VARIANTS = 12
# Somebody of age on a day when any version governs.
_ANYBODY = {"date_of_birth": "1970-01-01", "request_date": "2026-01-02"}


@dataclass(frozen=True, slots=True)
class Pattern:
    """Answers, the path they take, and what the engine makes of them. ``later``: what they turn into when asked.

    ``shown`` is the decision as a submission keeps it, which names its ``tree`` by the hash.
    """

    policy: Policy
    answers: cases.Answers
    walk: Walk
    decision: Decision
    shown: Mapping[str, Any]
    tree: Mapping[str, Any]
    documents_missing: tuple[str, ...]
    later: Pattern | None = None

    def walked(self, given: Mapping[str, Any]) -> Walk:
        """Return the path for a request with these given facts."""
        facts = {**given, **{name: self.walk.facts[name] for name in self.walk.asked}}
        return replace(self.walk, facts=facts)


class Patterns:
    """All patterns under one policy version."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        dice = random.Random("patterns")
        self._initial: list[Pattern] = []
        self._initial_weights: list[float] = []
        for weight, answers, later in _INITIAL:
            variants = [self._made(_varied(dice, answers), INITIAL, later=later) for _ in range(_VARIANTS)]
            self._initial += variants
            self._initial_weights += [weight / _VARIANTS] * _VARIANTS
        regimens = sorted(
            {pattern.walk.facts["regimen"] for pattern in self._initial if "regimen" in pattern.walk.facts}
        )
        self._renewals = {
            regimen: [
                self._made({**_LIVER, **answers, "regimen": regimen}, RENEWAL, regimen=regimen)
                for _, answers in _RENEWAL
            ]
            for regimen in regimens
        }

    def initial(self, dice: random.Random) -> Pattern:
        """Return a pattern of a first request, drawn by its weight."""
        return dice.choices(self._initial, self._initial_weights)[0]

    def renewal(self, dice: random.Random, regimen: str) -> Pattern:
        """Return a pattern of a renewal of this regimen, drawn by its weight."""
        return dice.choices(self._renewals[regimen], [weight for weight, _ in _RENEWAL])[0]

    def trees(self) -> Iterator[Mapping[str, Any]]:
        """Yield the criteria tree of every pattern."""
        for pattern in itertools.chain(self._initial, *self._renewals.values()):
            yield pattern.tree
            if pattern.later:
                yield pattern.later.tree

    def _made(
        self, answers: cases.Answers, kind: str, *, regimen: str = "", later: cases.Answers | None = None
    ) -> Pattern:
        policy = self._policy
        given = {"request_type": kind, **_ANYBODY} | ({"approved_regimen": regimen} if regimen else {})
        path = walk(policy, answers, given)
        assert path.done
        decision = decide(policy, path.facts)
        shown = decision.as_json(trace=True)
        nobody = Request(policy_id=policy.id, policy_version=policy.version)
        return Pattern(
            policy,
            answers,
            path,
            decision,
            {**shown, "trace": digest(shown["trace"])},
            shown["trace"],
            tuple(document.kind for document in documents_needed(nobody, path) if document.missing),
            self._made(later, kind) if later else None,
        )


def _varied(dice: random.Random, answers: cases.Answers) -> cases.Answers:
    """Return answers with other numbers on the same side of every limit."""
    varied = dict(answers)
    if varied.get("er_percent", 0) >= 10:
        varied["er_percent"] = dice.randrange(15, 100, 5)
    if varied.get("pr_percent", 0) >= 10:
        varied["pr_percent"] = dice.randrange(10, 95, 5)
    if "anthracycline_months_to_progression" in varied:
        varied["anthracycline_months_to_progression"] = dice.randrange(2, 11) / 2
    if varied.get("line_of_therapy", 0) >= 4:
        varied["line_of_therapy"] = dice.randrange(4, 7)
    if varied.get("alt_x_uln", 9) < 2:
        varied["alt_x_uln"] = dice.randrange(5, 24) / 10
    return varied
