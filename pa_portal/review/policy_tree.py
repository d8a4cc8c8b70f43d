"""A policy's criteria as a tree to read, each with its test in words; and what one version changes of another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from criteria.nodes import AgeAtLeast, AllOf, AnyOf, Compare, DerivedIs, IncludesAny, Node, Not, OneOf, SameValue
from criteria.policy import Mark, Policy
from pa_portal.review import words

_COMPARED = {"at_least": "at least", "at_most": "at most", "less_than": "less than", "more_than": "more than"}
_JOINED = {AllOf: "all of", AnyOf: "any of", Not: "none of"}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion. ``joined`` says how those below make it: "all of", "any of"; ``above``: they stand further up."""

    id: str
    label: str
    cite: str
    marks: tuple[Mark, ...]
    test: str
    joined: str
    parts: tuple[Criterion, ...]
    above: bool
    references: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The criteria of one kind of request. ``joined`` as for a criterion; ``folded``: long, each to be unfolded."""

    heading: str
    joined: str
    criteria: tuple[Criterion, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that two versions do not have in common. ``kind``: added, removed or changed; rows: what, was, is."""

    kind: str
    title: str
    rows: tuple[tuple[str, str, str], ...]


def groups(policy: Policy) -> tuple[Group, ...]:
    """Return the tree; a criterion that several share has its parts where it comes first."""
    told: set[str] = set()

    def those(nodes: tuple[Node, ...]) -> tuple[Criterion, ...]:
        return tuple(_criterion(policy, node, told) for node in nodes)

    return (
        Group("Every request", "all of", those(policy.universal)),
        Group("An initial request", "one of these pathways", those(policy.pathways), folded=True),
        Group("A renewal", "all of", those(policy.renewal)),
    )


def limits(policy: Policy) -> tuple[tuple[str, str, str], ...]:
    """Return what a policy says of dose and time: what, how much, and where it is written."""
    dosing, length, code = policy.dosing, policy.authorization, policy.hcpcs
    return (
        ("In force", f"From {words.long_date(policy.effective)}" + _until(policy), ""),
        (
            "Authorization",
            f"{length.initial_months} months, then {length.renewal_months} at each renewal",
            words.section(length.cite),
        ),
        (
            "Units",
            f"At most {dosing.max_units} units of {code.code} every {dosing.interval_days} days",
            words.section(dosing.limit_cite),
        ),
        ("Dose", f"{dosing.mg_per_m2} mg/m², BSA counted up to {dosing.bsa_cap_m2} m²", words.section(dosing.cite)),
        ("Diagnosis codes", f"{len(policy.diagnoses)} covered", policy.diagnoses_cite),
    )


def _until(policy: Policy) -> str:
    return f" to {words.long_date(policy.until)}" if policy.until else ""


def changes(before: Policy, after: Policy) -> list[Change]:
    """Return what ``after`` changes, limits first, then criteria in the newer one's order; nothing if equal."""
    return [*_changed_limits(before, after), *_changed_criteria(before, after), *_changed_codes(before, after)]


def _changed_limits(before: Policy, after: Policy) -> Iterator[Change]:
    old = {what: how for what, how, _ in limits(before)}
    rows = tuple(
        (what, old[what], how) for what, how, _ in limits(after) if old[what] != how and what != "Diagnosis codes"
    )
    if rows:
        yield Change("changed", "Dates and limits", rows)


def _changed_criteria(before: Policy, after: Policy) -> Iterator[Change]:
    old, new = _described(before), _described(after)
    for id, says in new.items():
        if id not in old:
            yield Change("added", says["Criterion"], tuple((what, "", now) for what, now in says.items() if now))
        elif rows := tuple((what, old[id][what], now) for what, now in says.items() if old[id][what] != now):
            yield Change("changed", says["Criterion"], rows)
    for id, said in old.items():
        if id not in new:
            yield Change("removed", said["Criterion"], tuple((what, was, "") for what, was in said.items() if was))


def _changed_codes(before: Policy, after: Policy) -> Iterator[Change]:
    for kind, some, others in (("added", after, before), ("removed", before, after)):
        found = {code: text for code, text in some.diagnoses.items() if code not in others.diagnoses}
        if found:
            rows = ((code, text, "") if kind == "removed" else (code, "", text) for code, text in found.items())
            yield Change(kind, "Diagnosis codes", tuple(rows))


def _described(policy: Policy) -> dict[str, Mapping[str, str]]:
    """Every criterion by its id, in words that can be held beside those of another version."""
    return {
        node.id: {
            "Criterion": node.label,
            "Section": node.cite,
            "Test": _test(node),
            "Made of": _joined(node) and f"{_joined(node)}: {'; '.join(child.label for child in node.children)}",
            "Marks": ", ".join(policy.marks[mark].label for mark in node.marks),
        }
        for node in policy.criteria.values()
    }


def _criterion(policy: Policy, node: Node, told: set[str]) -> Criterion:
    above = bool(node.children) and node.id in told
    told.add(node.id)
    return Criterion(
        id=node.id,
        label=node.label,
        cite=words.section(node.cite),
        marks=tuple(policy.marks[mark] for mark in node.marks),
        test=_test(node),
        joined=_joined(node),
        parts=() if above else tuple(_criterion(policy, child, told) for child in node.children),
        above=above,
        references=node.references,
    )


def _joined(node: Node) -> str:
    return _JOINED.get(type(node.test), "")


def _test(node: Node) -> str:
    match node.test:
        case OneOf(fact, values):
            return f"{fact.label}: {' or '.join(fact.say(value) for value in values)}"
        case Compare(fact, comparison, limit):
            return f"{fact.label}: {_COMPARED[comparison]} {fact.say(limit)}"
        case IncludesAny(fact, values):
            return f"{fact.label} includes {' or '.join(fact.say([value]) for value in values)}"
        case DerivedIs(derived, wanted):
            return f"{derived.label}, worked out: {wanted.replace('_', ' ')}"
        case AgeAtLeast(born, as_of, years):
            return f"{years} years or more from {born.label.lower()} to {as_of.label.lower()}"
        case SameValue(left, right):
            return f"{left.label} is the same as {right.label[:1].lower()}{right.label[1:]}, where both are known"
    return ""
