"""What holds for any answers."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import handwritten
from benchmarks.cases import PRECONDITIONS, VALUES, near_a_pathway, partial
from criteria import catalog
from criteria import verdict as kleene
from criteria.compile import compiled
from criteria.evaluate import TraceNode, decide, verdict
from criteria.nodes import AllOf, AnyOf, Node, Not
from criteria.policy import Policy

Facts = dict[str, Any]
POLICY = catalog.get("IC-0072", "2025-09-04")

any_facts = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in VALUES.items()})
seeds = st.integers(0, 2**32)


@settings(max_examples=300, deadline=None)
@given(any_facts, seeds)
def test_engine_tree_and_hand_written_logic_agree(scattered: Facts, seed: int) -> None:
    rng = random.Random(seed)
    for facts in (scattered, partial(rng, keep=0.8), near_a_pathway(rng)):
        expected = handwritten.outcome(facts)
        assert verdict(POLICY, facts) is expected
        assert decide(POLICY, facts).verdict is expected
        assert POLICY.root.verdict(facts) is expected


@settings(max_examples=200, deadline=None)
@given(any_facts)
def test_the_compiled_trace_is_each_nodes_own_verdict(facts: Facts) -> None:
    code = compiled(POLICY)
    assert code.trace(facts) == tuple(node.verdict(facts) for node in code.nodes)


def refold(trace: TraceNode) -> bool | None:
    """The verdict worked out again from the leaves."""
    if not trace.children:
        return trace.verdict
    verdicts = [refold(child) for child in trace.children]
    match trace.kind:
        case "all_of":
            return kleene.all_of(verdicts)
        case "any_of":
            return kleene.any_of(verdicts)
    assert trace.kind == "not"
    return kleene.negate(verdicts[0])


@settings(max_examples=100, deadline=None)
@given(any_facts)
def test_trace_leaves_refold_to_the_verdict(facts: Facts) -> None:
    decision = decide(POLICY, facts)
    assert refold(decision.trace) is decision.verdict


@settings(max_examples=200, deadline=None)
@given(seeds)
def test_answering_an_open_question_never_flips_a_settled_verdict(seed: int) -> None:
    rng = random.Random(seed)
    facts = partial(rng, keep=0.85, change=0.05)
    # a renewal's regimens are compared only when both are known, by the contract's own exception
    facts.setdefault("regimen", rng.choice(VALUES["regimen"]))
    facts.setdefault("approved_regimen", rng.choice(VALUES["approved_regimen"]))
    before = verdict(POLICY, facts)
    unanswered = [name for name in VALUES if name not in facts]
    rng.shuffle(unanswered)
    for name in unanswered:
        fact, values = PRECONDITIONS.get(name, ("", ()))
        if not fact or facts.get(fact) in values:
            facts[name] = rng.choice(VALUES[name])
            after = verdict(POLICY, facts)
            assert before is None or after is before
            before = after


def shuffled(node: Node, rng: random.Random) -> Node:
    match node.test:
        case AllOf(nodes) | AnyOf(nodes):
            children = [shuffled(child, rng) for child in nodes]
            rng.shuffle(children)
            return dataclasses.replace(node, test=type(node.test)(tuple(children)))
        case Not(child):
            return dataclasses.replace(node, test=Not(shuffled(child, rng)))
    return node


@settings(max_examples=100, deadline=None)
@given(any_facts, seeds)
def test_the_order_of_children_is_irrelevant(facts: Facts, seed: int) -> None:
    assert shuffled(POLICY.root, random.Random(seed)).verdict(facts) is POLICY.root.verdict(facts)


@settings(max_examples=200, deadline=None)
@given(any_facts)
def test_what_stands_in_the_way_has_the_verdict_it_is_blamed_for(facts: Facts) -> None:
    decision = decide(POLICY, facts)
    assert all(decision.verdict_of(criterion) is False for criterion in decision.unmet)
    assert all(decision.verdict_of(criterion) is None for criterion in decision.unresolved)
    assert bool(decision.unmet) is (decision.outcome == "does_not_meet")
    assert bool(decision.unresolved) is (decision.outcome == "insufficient_information")
    assert bool(decision.pathways) is (
        facts.get("request_type") != "renewal" and any(node.verdict(facts) for node in POLICY.pathways)
    )


def test_an_unknown_answer_alone_never_denies(policy: Policy) -> None:
    for name, fact in policy.facts.items():
        if fact.unknown:
            assert verdict(policy, {name: fact.unknown}) is None
