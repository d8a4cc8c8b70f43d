"""Columns decide as one request is decided, for any answers under any policy."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.cases import VALUES, near_a_pathway, partial
from criteria import catalog
from criteria.columns import CODES, decide, encode
from criteria.evaluate import decide as decide_one
from criteria.facts import Fact
from criteria.nodes import AllOf, IncludesAny, Node, OneOf, SameValue
from criteria.policy import Policy
from criteria.verdict import OUTCOMES

Facts = dict[str, Any]
POLICY = catalog.get("IC-0072", "2025-09-04")

any_facts = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES.items()})


def agrees(policy: Policy, requests: list[Facts]) -> None:
    """Every verdict on every criterion, the outcome and the pathways are those of deciding one by one."""
    decided = decide(policy, encode(policy, requests))
    singly = [decide_one(policy, facts) for facts in requests]
    for criterion in policy.criteria:
        assert decided.verdicts(criterion).tolist() == [CODES[one.verdict_of(criterion)] for one in singly], criterion
    assert decided.outcomes.tolist() == [CODES[one.verdict] for one in singly]
    for node in policy.pathways:
        assert decided.pathway(node.id).tolist() == [node.id in one.pathways for one in singly]


@settings(max_examples=60, deadline=None)
@given(st.lists(any_facts, min_size=1, max_size=30), st.integers(0, 2**32))
def test_columns_decide_as_one_by_one(scattered: list[Facts], seed: int) -> None:
    rng = random.Random(seed)
    agrees(
        POLICY, [*scattered, *(near_a_pathway(rng) for _ in range(20)), *(partial(rng, keep=0.7) for _ in range(20))]
    )


def test_no_request_at_all() -> None:
    agrees(POLICY, [])


def test_requests_can_be_taken_more_than_once_and_in_any_order() -> None:
    rng = random.Random(3)
    requests = [near_a_pathway(rng) for _ in range(50)]
    places = np.array([rng.randrange(50) for _ in range(200)])
    taken = decide(POLICY, encode(POLICY, requests).take(places)).outcomes
    assert taken.tolist() == decide(POLICY, encode(POLICY, requests)).outcomes[places].tolist()


def test_answers_that_the_policy_does_not_take_count_as_missing_and_are_counted() -> None:
    rng = random.Random(5)
    request = {**near_a_pathway(rng, change=0), "regimen": "an older one", "of_an_older_version": 7}
    columns = encode(POLICY, [request, {}])
    assert columns.refused == 1
    without = {name: value for name, value in request.items() if name in POLICY.facts and name != "regimen"}
    assert decide(POLICY, columns).outcomes.tolist() == [
        CODES[decide_one(POLICY, one).verdict] for one in (without, {})
    ]


def variant(*tests: Any, **facts: Fact) -> Policy:
    """The policy with other universal criteria, and some facts as given."""
    nodes = tuple(Node(f"n{place}", "", "I", test) for place, test in enumerate(tests))
    return dataclasses.replace(POLICY, universal=nodes, facts={**POLICY.facts, **facts})


@pytest.mark.parametrize("if_absent", [True, False, None])
def test_the_same_value_while_one_is_absent(if_absent: bool | None) -> None:
    test = SameValue(POLICY.facts["regimen"], POLICY.facts["approved_regimen"], if_absent)
    numbers = SameValue(POLICY.facts["er_percent"], POLICY.facts["pr_percent"], if_absent)
    regimens, percents = (None, "single_agent", "other"), (None, 1, 2.5, "unknown")
    requests = [
        {
            name: value
            for name, value in zip(("regimen", "approved_regimen", "er_percent", "pr_percent"), given, strict=True)
            if value is not None
        }
        for given in [(a, b, c, d) for a in regimens for b in regimens for c in percents for d in percents]
    ]
    agrees(variant(test, numbers), requests)


def test_lists_that_may_be_unknown_and_facts_that_are_one_of_several() -> None:
    settings_fact = dataclasses.replace(POLICY.facts["disease_settings"], name="settings", unknown="unknown")
    includes = IncludesAny(settings_fact, ("metastatic", "locally_advanced"))
    lines = OneOf(POLICY.facts["line_of_therapy"], (1, 3))
    policy = variant(includes, lines, AllOf((Node("inner", "", "I", lines),)), settings=settings_fact)
    settings_given: list[Any] = [None, [], ["metastatic"], ["recurrent_unresectable"], "unknown"]
    agrees(
        policy,
        [
            {name: value for name, value in (("settings", a), ("line_of_therapy", b)) if value is not None}
            for a in settings_given
            for b in (None, 1, 2, 3)
        ],
    )


def test_codes_are_those_of_the_outcomes() -> None:
    assert {OUTCOMES[verdict]: code for verdict, code in CODES.items()} == {
        "does_not_meet": 0,
        "meets": 1,
        "insufficient_information": 2,
    }
