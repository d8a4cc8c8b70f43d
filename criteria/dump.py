"""`Policy` -> the plain data it was loaded from: loading and dumping again is the identity."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from criteria.derived import Derived
from criteria.facts import Choice, Fact
from criteria.nodes import (
    AgeAtLeast,
    AllOf,
    AnyOf,
    Compare,
    DerivedIs,
    IncludesAny,
    Node,
    Not,
    OneOf,
    SameValue,
)
from criteria.policy import Flag, Jurisdiction, Policy
from criteria.verdict import MET


def dump(policy: Policy) -> tuple[dict[str, Any], dict[str, Any]]:
    """The content of policy.yaml and of questions.yaml."""
    seen: set[str] = set()
    dosing, length, medicare = policy.dosing, policy.authorization, policy.medicare
    document = {
        "id": policy.id,
        "version": datetime.date.fromisoformat(policy.version),
        "title": policy.title,
        "drug": {"brand": policy.drug.brand, "generic": policy.drug.generic, "route": policy.drug.route},
        "effective": policy.effective,
        **({"until": policy.until} if policy.until else {}),
        "document": {
            "originated": policy.document.originated,
            "last_reviewed": policy.document.last_reviewed,
            "reviewed": list(policy.document.reviewed),
        },
        "marks": {mark.id: {"symbol": mark.symbol, "label": mark.label} for mark in policy.marks.values()},
        "authorization": {
            "cite": length.cite,
            "initial_months": length.initial_months,
            "renewal_months": length.renewal_months,
        },
        "dosing": {
            "cite": dosing.cite,
            "limit_cite": dosing.limit_cite,
            "mg_per_m2": _number(dosing.mg_per_m2),
            "bsa_cap_m2": _number(dosing.bsa_cap_m2),
            "infusion_hours": dosing.infusion_hours,
            "interval_days": dosing.interval_days,
            "max_units": dosing.max_units,
            "vials_mg": list(dosing.vials_mg),
            "continue_until": dosing.continue_until,
            "references": list(dosing.references),
        },
        "billing": {
            "cite": policy.billing_cite,
            "hcpcs": {
                "code": policy.hcpcs.code,
                "description": policy.hcpcs.description,
                "unit_mg": policy.hcpcs.unit_mg,
            },
            "ndcs": [{"code": ndc.code, "description": ndc.description, "vial_mg": ndc.vial_mg} for ndc in policy.ndcs],
        },
        "derived": [_derived(derived) for derived in policy.derived.values()],
        **{
            name: [_node(node, seen) for node in getattr(policy, name)]
            for name in ("shared", "universal", "pathways", "renewal")
        },
        "flags": [_flag(flag) for flag in policy.flags.values()],
        "references": dict(policy.references),
        "nonquantitative_factors": {
            "cite": policy.factors.cite,
            "note": policy.factors.note,
            "factors": [
                {
                    "factor": factor.factor,
                    "prior_authorization": factor.prior_authorization,
                    "conclusion": factor.conclusion,
                }
                for factor in policy.factors.factors
            ],
        },
        "diagnoses": {"cite": policy.diagnoses_cite, "codes": dict(policy.diagnoses)},
        "medicare": {
            "cite": medicare.cite,
            "note": medicare.note,
            "lookup": medicare.lookup,
            "jurisdictions": [_jurisdiction(area) for area in medicare.jurisdictions],
        },
    }
    questions = {
        "facts": [_fact(fact) for fact in policy.facts.values()],
        "pages": [
            {"id": page.id, "title": page.title, "facts": list(page.facts), "why": page.why, "cite": page.cite}
            for page in policy.pages
        ],
    }
    return document, questions


def _number(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)


def _filled(entries: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was left out in the file: empty texts and lists, and values that are not there."""
    return {key: value for key, value in entries.items() if value not in ("", [], None, False)}


def _fact(fact: Fact) -> dict[str, Any]:
    entries = _filled(
        {
            "name": fact.name,
            "administrative": fact.administrative,
            "kind": fact.kind,
            "label": fact.label,
            "question": fact.question,
            "hint": fact.hint,
            "none_label": fact.none_label,
            "cite": fact.cite,
            "unit": fact.unit,
            "unknown": fact.unknown,
            "unknown_label": fact.unknown_label,
            "choices": [_choice(choice) for choice in fact.choices],
        }
    )
    if fact.minimum is not None:
        entries |= {"minimum": fact.minimum, "maximum": fact.maximum}
    if fact.asked_when is not None:
        entries["asked_when"] = _node(fact.asked_when, set())
    return entries


def _choice(choice: Choice) -> dict[str, str]:
    return _filled({"value": choice.value, "label": choice.label, "hint": choice.hint})


def _derived(derived: Derived) -> dict[str, Any]:
    rule = {**dict(derived.inputs), **{name: getattr(derived, name) for name in derived.settings}}
    entries = {"id": derived.id, "label": derived.label, "cite": derived.cite, derived.rule: rule}
    return _filled({**entries, "references": list(derived.references)})


def _flag(flag: Flag) -> dict[str, Any]:
    entries = {"id": flag.id, "label": flag.label, "cite": flag.cite, "note": flag.note}
    unless = {"unless": _node(flag.unless, set())} if flag.unless else {}
    return {**entries, "when": _node(flag.when, set()), **unless}


def _jurisdiction(area: Jurisdiction) -> dict[str, Any]:
    localities = {state: list(places) for state, places in area.localities.items()}
    entries = {"id": area.id, "contractor": area.contractor, "areas": list(area.areas)}
    return {**entries, "localities": localities} if localities else entries


def _node(node: Node, seen: set[str]) -> dict[str, Any]:
    if node.id and node.id in seen:
        return {"use": node.id}
    entries = _filled(
        {
            "id": node.id,
            "label": node.label,
            "cite": node.cite,
            "marks": list(node.marks),
            "references": list(node.references),
            "if_unmet": node.explain_unmet,
            "if_unresolved": node.explain_unresolved,
            "would_change": node.would_change,
        }
    )
    entries |= _test(node, seen)
    seen.add(node.id)
    return entries


def _test(node: Node, seen: set[str]) -> dict[str, Any]:
    match node.test:
        case AllOf(nodes):
            return {"all_of": [_node(child, seen) for child in nodes]}
        case AnyOf(nodes):
            return {"any_of": [_node(child, seen) for child in nodes]}
        case Not(child):
            return {"not": _node(child, seen)}
        case OneOf(fact, values, single):
            return {"fact": fact.name, **({"is": values[0]} if single else {"in": list(values)})}
        case Compare(fact, comparison, limit):
            return {"fact": fact.name, comparison: limit}
        case IncludesAny(fact, values):
            return {"fact": fact.name, "includes_any": list(values)}
        case DerivedIs(derived, wanted):
            return {"derived": derived.id, "is": wanted}
        case SameValue(left, right, if_absent):
            return {"same": [left.name, right.name], "if_absent": "met" if if_absent is MET else "unresolved"}
    age = node.test
    assert isinstance(age, AgeAtLeast)
    return {"age_in_years": {"born": age.born.name, "as_of": age.as_of.name, "at_least": age.years}}
