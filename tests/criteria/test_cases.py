"""The worked cases of each policy version, and that they cover every criterion."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from criteria import catalog
from criteria.evaluate import decide
from criteria.nodes import Node, SameValue
from criteria.policy import Policy

VERDICTS = {"met": True, "not_met": False, "unknown": None}
KEYS = {"name", "from", "facts", "outcome", "pathways", "unmet", "unresolved", "flags", *VERDICTS}


def cases_of(policy: Policy) -> dict[str, dict[str, Any]]:
    file = Path(catalog.POLICIES) / policy.id / policy.version / "cases.yaml"
    cases: dict[str, dict[str, Any]] = {}
    for case in yaml.safe_load(file.read_text(encoding="utf-8")):
        assert set(case) <= KEYS, case["name"]
        assert case["name"] not in cases
        start = cases[case["from"]]["facts"] if "from" in case else {}
        facts = {**start, **{name: as_json(value) for name, value in case["facts"].items()}}
        cases[case["name"]] = {**case, "facts": facts}
    return cases


def as_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


ALL = [
    pytest.param(policy, case, id=case["name"].replace(" ", "-"))
    for policy_id in catalog.policy_ids()
    for policy in catalog.versions(policy_id)
    for case in cases_of(policy).values()
]


@pytest.mark.parametrize(("policy", "case"), ALL)
def test_case(policy: Policy, case: dict[str, Any]) -> None:
    decision = decide(policy, case["facts"])
    assert decision.outcome == case["outcome"]
    for key in ("pathways", "unmet", "unresolved", "flags"):
        if key in case:
            assert list(getattr(decision, key)) == case[key]
    for key, verdict in VERDICTS.items():
        for criterion in case.get(key, ()):
            assert decision.verdict_of(criterion) is verdict, f"{criterion} is not {key}"


def can_be_unknown(node: Node) -> bool:
    return not (isinstance(node.test, SameValue) and node.test.if_absent is not None)


@pytest.mark.parametrize("key", list(VERDICTS))
def test_every_criterion_has_a_case_of_each_verdict(policy: Policy, key: str) -> None:
    covered = {criterion for case in cases_of(policy).values() for criterion in case.get(key, ())}
    wanted = {node.id for node in policy.criteria.values() if key != "unknown" or can_be_unknown(node)}
    assert wanted - covered == set()
