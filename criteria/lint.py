"""What a policy pharmacist should look at again before a policy is published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from criteria.catalog import overlaps
from criteria.diagram import Diagram, diagram_of
from criteria.nodes import AnyOf, Node
from criteria.policy import Policy, descend
from criteria.verdict import MET, NOT_MET

_SECTION = re.compile(r"(I|II|III|IV|V|VI|VII)|Appendix [A-Z0-9]+")


def check(policies: Iterable[Policy]) -> list[str]:
    """Findings in words, none when all is well: unreachable or idle branches, citations of no section, unused facts,
    codes and units that do not fit, and versions that overlap."""
    policies = list(policies)
    findings = [f"{policy.id} {policy.version}: {finding}" for policy in policies for finding in _check(policy)]
    by_id: dict[str, list[Policy]] = {}
    for policy in policies:
        by_id.setdefault(policy.id, []).append(policy)
    for versions in by_id.values():
        for earlier, later in overlaps(versions):
            findings.append(
                f"{earlier.id}: versions {earlier.version} and {later.version} both govern {later.effective}"
            )
    return findings


def _check(policy: Policy) -> Iterator[str]:
    yield from _uncited(policy)
    yield from _unused(policy)
    yield from _branches(policy)
    if policy.dosing.max_units < max(policy.dosing.vials_mg):
        yield f"the limit of {policy.dosing.max_units} units is below the largest vial"
    if {ndc.vial_mg for ndc in policy.ndcs} != set(policy.dosing.vials_mg):
        yield "the vial sizes of dosing and of the NDCs differ"


def _uncited(policy: Policy) -> Iterator[str]:
    named = [(f"criterion '{node.id}'", node.cite) for node in policy.criteria.values()]
    named += [(f"fact '{fact.name}'", fact.cite) for fact in policy.facts.values()]
    named += [(f"page '{page.id}'", page.cite) for page in policy.pages]
    for name, cite in named:
        if not _SECTION.fullmatch(cite):
            yield f"{name} cites {cite!r}, which is no section of a policy"


def _unused(policy: Policy) -> Iterator[str]:
    used = set(policy.root.names)
    used |= {name for fact in policy.facts.values() if fact.asked_when for name in fact.asked_when.names}
    yield from (f"fact '{name}' decides nothing" for name in policy.facts if name not in used)
    reached = set(policy.criteria)
    for node in policy.shared:
        if node.id not in reached:
            yield f"shared criterion '{node.id}' is used nowhere"


def _branches(policy: Policy) -> Iterator[str]:
    diagram = diagram_of(policy)
    for node in policy.criteria.values():
        top = diagram.of(node)
        if not diagram.can_be(top, MET):
            yield f"criterion '{node.id}' can never be met"
        if not diagram.can_be(top, NOT_MET):
            yield f"criterion '{node.id}' can never fail"
    for node in (*policy.pathways, *policy.universal, *policy.renewal):
        for choice in descend(node):
            if isinstance(choice.test, AnyOf):
                yield from _idle(diagram, node, choice)


def _idle(diagram: Diagram, within: Node, choice: Node) -> Iterator[str]:
    """Alternatives of ``choice`` that can never be what meets ``within``."""
    for branch in choice.children:
        if not diagram.can_be(_with_only(diagram, within, choice, branch), MET):
            yield f"alternative '{branch.id}' of '{choice.id}' is unreachable within '{within.id}'"


def _with_only(diagram: Diagram, node: Node, choice: Node, branch: Node) -> int:
    """The diagram of ``node`` with ``choice`` reduced to one of its alternatives."""
    if node is choice:
        return diagram.of(branch)
    if not any(below is choice for below in descend(node)):
        return diagram.of(node)
    parts = [_with_only(diagram, child, choice, branch) for child in node.children]
    if isinstance(node.test, AnyOf):
        return diagram.any_of(parts)
    return diagram.all_of(parts)
