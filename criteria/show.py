"""A policy's criteria as text that reads beside the document."""

from __future__ import annotations

from collections.abc import Iterator

from criteria.nodes import AgeAtLeast, AllOf, AnyOf, Compare, DerivedIs, IncludesAny, Node, Not, OneOf, SameValue
from criteria.policy import Policy

_WORDS = {"at_least": "≥", "at_most": "≤", "less_than": "<", "more_than": ">"}


def show(policy: Policy) -> str:
    """The criteria tree, one criterion a line: what joins it to its neighbours, label, marks, citation and test."""
    drug = policy.drug
    length = policy.authorization
    heads = [
        f"{policy.id} {policy.version}: {policy.title} ({drug.brand}, {drug.generic}, {drug.route})",
        f"Governs requests from {policy.effective}"
        + (f" to {policy.until}." if policy.until else ".")
        + f" Initial {length.initial_months} months, renewal {length.renewal_months} months ({length.cite}).",
        f"At most {policy.dosing.max_units} units of {policy.hcpcs.code} every {policy.dosing.interval_days} days "
        f"({policy.dosing.limit_cite}).",
        "",
    ]
    blocks = (
        ("Universal criteria: all of", policy.universal),
        ("Initial request: one of these pathways", policy.pathways),
        ("Renewal: all of", policy.renewal),
    )
    told: set[str] = set()
    lines = []
    for title, nodes in blocks:
        lines.append(title)
        for node in nodes:
            lines += _lines(policy, node, 1, told)
        lines.append("")
    lines.append("Worked out, never asked")
    lines += [
        f"  {derived.label} [{derived.cite}] from {', '.join(derived.names)}" for derived in policy.derived.values()
    ]
    return "\n".join([*heads, *lines])


def _lines(policy: Policy, node: Node, depth: int, told: set[str]) -> Iterator[str]:
    symbols = "".join(policy.marks[mark].symbol for mark in node.marks)
    joined = {AllOf: ": all of", AnyOf: ": any of", Not: ": not"}.get(type(node.test), "")
    head = f"{'  ' * depth}{node.label}{f' {symbols}' if symbols else ''} [{node.cite}] ({node.id})"
    if node.children and node.id in told:
        yield f"{head}, as above"
        return
    told.add(node.id)
    test = _test(node)
    yield f"{head}{joined}{f': {test}' if test else ''}"
    for child in node.children:
        yield from _lines(policy, child, depth + 1, told)


def _test(node: Node) -> str:
    match node.test:
        case OneOf(fact, values):
            return f"{fact.name} is {' or '.join(str(value).lower() for value in values)}"
        case Compare(fact, comparison, limit):
            return f"{fact.name} {_WORDS[comparison]} {limit}"
        case IncludesAny(fact, values):
            return f"{fact.name} includes {' or '.join(values)}"
        case DerivedIs(derived, wanted):
            return f"{derived.id} is {wanted}"
        case AgeAtLeast(born, as_of, years):
            return f"years from {born.name} to {as_of.name} ≥ {years}"
        case SameValue(left, right):
            return f"{left.name} is the same as {right.name}, where both are given"
    return ""
