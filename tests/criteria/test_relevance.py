"""A question is asked if and only if its answer can still change the outcome: against brute force."""

from __future__ import annotations

import random
from itertools import product
from math import prod
from typing import Any

import pytest

from benchmarks import handwritten
from benchmarks.cases import MEETING, PRECONDITIONS, VALUES, near_a_pathway, partial
from criteria.evaluate import decide
from criteria.policy import Policy
from criteria.questions import applies, relevant

Facts = dict[str, Any]

# a date left open may be any date: early and late enough for every age
DOMAIN = {
    **VALUES,
    "request_date": ["1900-01-01", "2200-01-01"],
    "date_of_birth": ["2000-01-01", "1800-01-01", "2300-01-01"],
}


def applicable(name: str, facts: Facts) -> bool:
    if name not in PRECONDITIONS:
        return True
    fact, values = PRECONDITIONS[name]
    return facts.get(fact) in values


def brute_force(facts: Facts) -> set[str]:
    """The relevant facts by trying every completion. An unanswered fact whose precondition fails stays unanswered."""
    unanswered = [name for name in DOMAIN if name not in facts]
    outcomes: dict[str, dict[tuple[int, ...], set[bool | None]]] = {name: {} for name in unanswered}
    for places in product(*(range(len(DOMAIN[name])) for name in unanswered)):
        completion = dict(facts)
        for name, place in zip(unanswered, places, strict=True):
            if applicable(name, completion):
                completion[name] = DOMAIN[name][place]
        verdict = handwritten.outcome(completion)
        for index, name in enumerate(unanswered):
            outcomes[name].setdefault(places[:index] + places[index + 1 :], set()).add(verdict)
    return {
        name
        for name in unanswered
        if applicable(name, facts) and any(len(verdicts) > 1 for verdicts in outcomes[name].values())
    }


def few_unanswered(rng: random.Random, limit: int) -> Facts:
    """An answer set near a pathway with some facts taken away, few enough to try every completion."""
    facts = near_a_pathway(rng, change=rng.choice((0.02, 0.08, 0.2)))
    if rng.random() < 0.5:
        # what the wizard would hold: no answers to questions whose precondition fails
        facts = {name: value for name, value in facts.items() if applicable(name, facts)}
        size = prod(len(VALUES[name]) for name in VALUES if name not in facts)
    else:
        size = 1
    names = list(facts)
    rng.shuffle(names)
    for name in names[: rng.randint(1, 5)]:
        if size * len(VALUES[name]) > limit:
            break
        size *= len(VALUES[name])
        del facts[name]
    return facts


def test_against_brute_force_on_ten_thousand_partial_answer_sets(policy: Policy) -> None:
    rng = random.Random(20250904)
    checked = asked = 0
    while checked < 10_000:
        facts = few_unanswered(rng, limit=150)
        unanswered = [name for name in VALUES if name not in facts]
        if prod(len(DOMAIN[name]) for name in unanswered) > 4000:
            continue
        expected = brute_force(facts)
        found = relevant(policy, facts)
        assert set(found) == expected, facts
        assert list(found) == [name for name in policy.facts if name in expected]
        checked += 1
        asked += len(expected)
    assert asked > 4_000  # the sets are worth checking: many have open questions


def test_many_unanswered_each_relevant_question_has_a_witness(policy: Policy) -> None:
    """From a wide-open answer set down to one open question: that question's values give different outcomes."""
    rng = random.Random(7)
    witnessed = 0
    for _ in range(300):
        facts = partial(rng, keep=rng.choice((0.1, 0.3, 0.6)), change=0.05)
        open_questions = relevant(policy, facts)
        if not open_questions:
            continue
        target = rng.choice(open_questions)
        completed = complete_keeping(policy, dict(facts), target)
        assert any(len(verdicts) > 1 for verdicts in verdicts_by_dependents(completed, target)), (facts, target)
        witnessed += 1
    assert witnessed > 150


def complete_keeping(policy: Policy, facts: Facts, target: str) -> Facts:
    """Answer the other relevant facts one by one, so that ``target`` stays relevant."""
    while True:
        # a dependent question becomes askable only once its precondition is answered, so ask in order
        others = [name for name in relevant(policy, facts) if name != target]
        if not others:
            return facts
        name = others[0]
        facts[name] = next(
            value
            for value in DOMAIN[name]
            if target in relevant(policy, {**facts, name: value}) or dependents(name, target)
        )


def verdicts_by_dependents(facts: Facts, target: str) -> list[set[bool | None]]:
    """For each way to answer what depends on ``target``, the outcomes that its values give."""
    open_dependents = [name for name in PRECONDITIONS if dependents(target, name) and name not in facts]
    found = []
    for values in product(*(DOMAIN[name] for name in open_dependents)):
        answers = {**facts, **dict(zip(open_dependents, values, strict=True))}
        found.append({handwritten.outcome({**answers, target: value}) for value in DOMAIN[target]})
    return found


def dependents(name: str, target: str) -> bool:
    return PRECONDITIONS.get(target, ("",))[0] == name


def test_what_is_irrelevant_stays_so_whatever_else_is_answered(policy: Policy) -> None:
    rng = random.Random(11)
    for _ in range(400):
        full = near_a_pathway(rng)
        few = {name: value for name, value in full.items() if rng.random() < 0.4}
        more = {name: value for name, value in full.items() if name in few or rng.random() < 0.5}
        unasked = {name for name in PRECONDITIONS if not applicable(name, few)}
        assert set(relevant(policy, more)) <= set(relevant(policy, few)) | unasked


@pytest.mark.parametrize("name", list(MEETING))
def test_nothing_is_asked_once_the_outcome_is_settled(policy: Policy, name: str) -> None:
    assert decide(policy, MEETING[name]).next_questions == ()


@pytest.mark.parametrize(
    ("facts", "absent", "present"),
    [
        (
            {"request_type": "renewal"},
            ["line_of_therapy", "her2_ihc", "taxane_outcome"],
            ["disease_response", "regimen"],
        ),
        ({"request_type": "initial"}, ["disease_response", "her2_ish", "taxane_setting"], ["her2_ihc", "ast_x_uln"]),
        ({"her2_ihc": "2+"}, ["her2_ish_ratio"], ["her2_ish"]),
        ({"her2_ihc": "0"}, ["her2_ish", "her2_ish_ratio"], []),
        ({"her2_ihc": "0", "her2_ish": "done"}, [], ["her2_ish_ratio", "her2_ish_copy_number"]),
        ({"her2_ihc": "2+", "her2_ish": "done", "her2_ish_ratio": 1.0}, [], ["her2_ish_copy_number"]),
        ({"her2_ihc": "2+", "her2_ish": "done", "her2_ish_copy_number": 3}, ["her2_ish_ratio"], []),
        ({"taxane_outcome": "unknown"}, ["taxane_setting"], ["anthracycline_contraindicated"]),
        ({"regimen": "single_agent"}, ["ast_x_uln"], ["capecitabine_failed"]),
        ({"request_date": "2026-11-24"}, ["request_date"], ["date_of_birth"]),
        ({"request_date": "0010-01-01"}, ["date_of_birth"], []),
        ({"date_of_birth": "9999-01-01"}, ["request_date"], []),
    ],
)
def test_preconditions_and_derived_facts(policy: Policy, facts: Facts, absent: list[str], present: list[str]) -> None:
    found = relevant(policy, facts)
    assert not set(absent) & set(found)
    assert set(present) <= set(found)


def test_an_answer_of_unknown_is_not_asked_again(policy: Policy) -> None:
    for name, fact in policy.facts.items():
        if fact.unknown:
            assert name not in relevant(policy, {name: fact.unknown})


def test_every_listed_fact_can_be_relevant(policy: Policy) -> None:
    rng = random.Random(3)
    seen: set[str] = set()
    for _ in range(600):
        seen |= set(relevant(policy, partial(rng, keep=0.4, change=0.1)))
    assert seen == set(policy.facts)


def test_a_precondition_alone_decides_whether_a_fact_applies(policy: Policy) -> None:
    for name, (fact, values) in PRECONDITIONS.items():
        for value in VALUES[fact]:
            assert applies(policy.facts[name], {fact: value}) is (value in values)
