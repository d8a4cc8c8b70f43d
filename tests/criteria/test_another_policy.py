"""A policy of another drug, with other facts and thresholds, needs data alone."""

from __future__ import annotations

import random
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml

from criteria import catalog
from criteria.compile import compiled
from criteria.dates import renewal_date
from criteria.dump import dump
from criteria.evaluate import decide, verdict
from criteria.lint import check
from criteria.policy import Policy
from criteria.questions import applies, relevant, walk
from criteria.show import show

ROOT = Path(__file__).parent / "policies"
Facts = dict[str, Any]

VALUES: dict[str, list[Any]] = {
    "request_type": ["initial", "renewal"],
    "asked_on": ["2026-05-01"],
    "born": ["2020-01-01", "2010-01-01", "1990-01-01"],
    "pregnant": [True, False, "unsure"],
    "stage": [1, 2, 3, 4],
    "marker_level": [0, 2.9, 3, 4, 5, 5.1, 9, "unknown"],
    "sites": [[], ["lung"], ["liver", "lung"], ["bone"], "unknown"],
    "mood": ["calm", "very_calm", "upset"],
    "score": [0, 2, 3, "unknown"],
    "schedule": ["daily", "weekly"],
    "earlier_schedule": ["daily", "weekly"],
    "remarked_on": ["2026-05-01"],
}


@pytest.fixture(scope="module")
def other() -> Policy:
    return catalog.get("XX-0001", "2026-01-01", ROOT)


def brute_force(policy: Policy, facts: Facts) -> set[str]:
    unanswered = [name for name in VALUES if name not in facts]
    found: dict[str, dict[tuple[int, ...], set[bool | None]]] = {name: {} for name in unanswered}
    for places in product(*(range(len(VALUES[name])) for name in unanswered)):
        completion = dict(facts)
        for name, place in zip(unanswered, places, strict=True):
            if applies(policy.facts[name], completion):
                completion[name] = VALUES[name][place]
        result = policy.root.verdict(completion)
        for index, name in enumerate(unanswered):
            found[name].setdefault(places[:index] + places[index + 1 :], set()).add(result)
    return {
        name
        for name in unanswered
        if applies(policy.facts[name], facts) and any(len(results) > 1 for results in found[name].values())
    }


def test_relevance_against_brute_force(other: Policy) -> None:
    rng = random.Random(1)
    for _ in range(400):
        facts = {name: rng.choice(values) for name, values in VALUES.items()}
        dates = {"asked_on", "born", "remarked_on"}
        for name in rng.sample(sorted(set(facts) - dates), 4):
            del facts[name]
        assert set(relevant(other, facts)) == brute_force(other, facts), facts


def test_compiled_and_tree_agree(other: Policy) -> None:
    rng = random.Random(2)
    code = compiled(other)
    for _ in range(2000):
        facts = {name: rng.choice(values) for name, values in VALUES.items() if rng.random() < 0.8}
        assert verdict(other, facts) is other.root.verdict(facts)
        assert code.trace(facts) == tuple(node.verdict(facts) for node in code.nodes)


def test_its_own_ages_unknowns_and_periods(other: Policy) -> None:
    facts = {"request_type": "initial", "asked_on": "2026-05-01", "pregnant": False, "stage": 4, "marker_level": 9}
    assert decide(other, {**facts, "born": "2014-05-01"}).pathways == ("marker_high",)
    assert decide(other, {**facts, "born": "2014-05-02"}).unmet == ("grown_up",)
    assert decide(other, {**facts, "pregnant": "unsure", "born": "1990-01-01"}).unresolved == ("not_pregnant",)
    assert decide(other, {**facts, "marker_level": 3.9}).flags == ("borderline",)
    assert relevant(other, {"born": "1990-01-01"})[:2] == ("request_type", "asked_on")
    assert renewal_date(date(2026, 5, 1), other.authorization.initial_months) == date(2027, 5, 1)


def test_a_renewal_may_hold_a_missing_match_against_the_request(other: Policy) -> None:
    facts = {
        "request_type": "renewal",
        "asked_on": "2026-05-01",
        "born": "1990-01-01",
        "pregnant": False,
        "marker_level": 1,
    }
    assert decide(other, facts).outcome == "insufficient_information"
    assert relevant(other, facts) == ("schedule", "earlier_schedule")
    assert decide(other, {**facts, "schedule": "daily", "earlier_schedule": "daily"}).outcome == "meets"


def test_its_wizard_walks(other: Policy) -> None:
    given = {"request_type": "initial", "asked_on": "2026-05-01", "born": "1990-01-01"}
    answers = {"pregnant": False, "stage": 3, "marker_level": 2, "sites": ["bone"], "mood": "upset"}
    assert walk(other, answers, given).pending == "score"
    assert walk(other, {**answers, "score": 1}, given).verdict is True


def test_it_dumps_shows_and_checks(other: Policy) -> None:
    folder = ROOT / "XX-0001" / "2026-01-01"
    for file, content in zip(("policy.yaml", "questions.yaml"), dump(other), strict=True):
        assert content == yaml.safe_load((folder / file).read_text(encoding="utf-8"))
    assert "marker_level > 5" in show(other)
    assert check([other]) == ["XX-0001 2026-01-01: fact 'remarked_on' decides nothing"]
