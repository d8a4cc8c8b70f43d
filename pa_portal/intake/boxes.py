"""What follows from the answers on a page, shown beside them: HER2 status, resistance, limits, notes for the reviewer.

None of it is asked or stored; it is worked out by the policy's own rules, live or by a button.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from criteria import her2
from criteria.derived import Derived, Her2Status, Resistance
from criteria.nodes import Node
from criteria.policy import Flag, Policy
from criteria.verdict import MET, NOT_MET, UNKNOWN, Verdict
from pa_portal.intake.words import section
from pa_portal.intake.worked import Worked, ways

Facts = Mapping[str, Any]
_STATES: Mapping[Verdict, str] = {MET: "met", NOT_MET: "unmet", UNKNOWN: "open"}


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: ``state`` (met, unmet, open) picks icon and colour, ``word`` says the same, ``text`` the rest."""

    state: str
    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Box:
    """A heading, figures as (label, value), findings, the sentences behind them, and the section."""

    heading: str
    cite: str
    figures: tuple[tuple[str, str], ...] = ()
    lines: tuple[Line, ...] = ()
    sentences: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def are_on(policy: Policy, names: tuple[str, ...]) -> bool:
    """Whether a page that asks for ``names`` has anything to work out."""
    return bool(
        [*_rules(policy, names), *_flags(policy, names)]
        or any(_limits(policy, name) for name in _multiples(policy, names))
    )


def of(policy: Policy, names: Collection[str], facts: Facts, worked: Mapping[str, Worked]) -> tuple[Box, ...]:
    """The boxes of a page that asks for ``names``, from the facts so far and the numbers ``worked`` out on it."""
    boxes = [_of_rule(policy, rule, facts, worked) for rule in _rules(policy, names)]
    multiples = _multiples(policy, names)
    if multiples:
        boxes.append(_against_limits(policy, multiples, facts, worked))
    boxes += [
        Box(flag.label, section(flag.cite), sentences=(flag.note,))
        for flag in _flags(policy, names)
        if flag.when.verdict(facts) is MET and not (flag.unless is not None and flag.unless.verdict(facts) is MET)
    ]
    return tuple(boxes)


def _rules(policy: Policy, names: Collection[str]) -> Iterator[Derived]:
    """The rules whose numbers the page asks for."""
    for derived in policy.derived.values():
        inputs = dict(derived.inputs)
        numbers = ("ratio", "copies") if isinstance(derived, Her2Status) else ("setting", "months")
        if any(inputs[part] in names for part in numbers):
            yield derived


def _flags(policy: Policy, names: Collection[str]) -> tuple[Flag, ...]:
    """The flags that the page's own answers raise."""
    return tuple(flag for flag in policy.flags.values() if set(flag.when.names) <= set(names))


def _multiples(policy: Policy, names: Collection[str]) -> list[str]:
    rules = {name for derived in policy.derived.values() for name in derived.names}
    return [name for name in names if name in ways(policy) and name not in rules]


def _of_rule(policy: Policy, rule: Derived, facts: Facts, worked: Mapping[str, Worked]) -> Box:
    inputs = dict(rule.inputs)
    if isinstance(rule, Her2Status):
        found = her2.interpret(*(facts.get(inputs[part]) for part in ("ihc", "ish", "ratio", "copies")))
        words = {her2.NEGATIVE: "HER2-negative", her2.POSITIVE: "HER2-positive"}
        status = "For a reviewer to settle" if found.discordant else words.get(found.status or "", "Not established")
        group = (("ISH group", str(found.group)),) if found.group else ()
        return Box(f"{rule.label}, worked out", section(rule.cite), (("Status", status), *group), (), (found.rule,))
    assert isinstance(rule, Resistance)
    months, setting = inputs["months"], inputs["setting"]
    verdict = rule.verdict("resistant", facts)
    known = isinstance(facts.get(months), int | float)
    figures = (("Time to progression", policy.facts[months].say(facts[months])),) if known else ()
    text = {
        MET: "this counts as resistance.",
        NOT_MET: "this does not show resistance.",
        UNKNOWN: "answer both questions, or say what is not known.",
    }[verdict]
    word = {MET: "Within the window:", NOT_MET: "Outside the window:", UNKNOWN: "Not established:"}[verdict]
    if verdict is UNKNOWN and facts.get(months) is not None and facts.get(setting) is not None:
        text = "what is not known leaves it open."
    how = (worked[months].how,) if months in worked else ()
    window = (
        f"Adjuvant: up to {rule.adjuvant_within_months:g} months after the last dose. "
        f"Metastatic: up to {rule.metastatic_within_months:g} months."
    )
    return Box(
        f"{rule.label}, worked out", section(rule.cite), figures, (Line(_STATES[verdict], word, text),), (*how, window)
    )


def _against_limits(policy: Policy, names: list[str], facts: Facts, worked: Mapping[str, Worked]) -> Box:
    limits = [(name, node) for name in names for node in _limits(policy, name)]
    lines = []
    for name, node in limits:
        verdict = node.verdict(facts)
        word = {MET: "Within the limit:", NOT_MET: "Above the limit:", UNKNOWN: "Not established:"}[verdict]
        value = f" Entered: {policy.facts[name].say(facts[name])}." if verdict is not UNKNOWN else ""
        lines.append(Line(_STATES[verdict], word, f"{node.label}.{value}"))
    how = tuple(worked[name].how for name in names if name in worked)
    return Box("Against the limits", section(limits[0][1].cite), lines=tuple(lines), sentences=how)


@lru_cache(maxsize=256)
def _limits(policy: Policy, name: str) -> tuple[Node, ...]:
    """The criteria that hold this fact alone against a limit."""
    return tuple(node for node in policy.criteria.values() if node.names == (name,) and not node.children)
