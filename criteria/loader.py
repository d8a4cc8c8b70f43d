"""Policy files -> `Policy`. Refuses unknown keys, undefined facts, missing citations and ids used twice, by place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from criteria.dosing import DosingRule
from criteria.facts import Fact
from criteria.nodes import Node
from criteria.policy import (
    AuthorizationLength,
    Document,
    Drug,
    Factor,
    Factors,
    Flag,
    Hcpcs,
    Jurisdiction,
    Mark,
    Medicare,
    Ndc,
    Page,
    Policy,
)
from criteria.reading import NodeReader, read_derived, read_facts
from criteria.source import Entry, PolicyError, read

__all__ = ["POLICY_FILE", "QUESTIONS_FILE", "PolicyError", "load"]

POLICY_FILE, QUESTIONS_FILE = "policy.yaml", "questions.yaml"
_SECTIONS = (
    *("id", "version", "title", "drug", "effective", "document", "marks", "authorization", "dosing", "billing"),
    *("derived", "shared", "universal", "pathways", "renewal", "flags", "references", "nonquantitative_factors"),
    *("diagnoses", "medicare"),
)
T = TypeVar("T")


def load(folder: Path) -> Policy:
    """Load the policy version in ``folder`` (policy.yaml and questions.yaml). Raises ``PolicyError``."""
    policy_file, questions_file = folder / POLICY_FILE, folder / QUESTIONS_FILE
    place = f"{folder.parent.name}/{folder.name}"
    keys = read(policy_file, f"{place}/{POLICY_FILE}").mapping(_SECTIONS, ("until",))
    asking = read(questions_file, f"{place}/{QUESTIONS_FILE}").mapping(("facts", "pages"))

    facts = read_facts(asking["facts"].items())
    if "request_type" not in facts:
        asking["facts"].fail("a policy needs the fact 'request_type'")
    references = {_reference(key, entry): entry.text() for key, entry in keys["references"].open_mapping().items()}
    marks = {key: _mark(key, entry) for key, entry in keys["marks"].open_mapping().items()}
    derived = read_derived(keys["derived"].items(), facts)
    reader = NodeReader(facts, derived, marks, references)
    shared = reader.criteria(keys["shared"])
    universal = reader.criteria(keys["universal"])
    pathways = reader.criteria(keys["pathways"])
    renewal = reader.criteria(keys["renewal"])
    for name, nodes in (("universal", universal), ("pathways", pathways), ("renewal", renewal)):
        _explained(keys[name], nodes, direct=name != "pathways")
    medicare = keys["medicare"].mapping(("cite", "note", "lookup", "jurisdictions"))
    diagnoses = keys["diagnoses"].mapping(("cite", "codes"))
    billing = keys["billing"].mapping(("cite", "hcpcs", "ndcs"))
    length = keys["authorization"].mapping(("cite", "initial_months", "renewal_months"))
    return Policy(
        id=keys["id"].text(),
        version=keys["version"].date().isoformat(),
        title=keys["title"].text(),
        drug=_texts(keys["drug"], Drug, ("brand", "generic", "route")),
        effective=keys["effective"].date(),
        until=keys["until"].date() if "until" in keys else None,
        document=_document(keys["document"]),
        marks=MappingProxyType(marks),
        authorization=AuthorizationLength(
            length["cite"].text(), length["initial_months"].integer(), length["renewal_months"].integer()
        ),
        dosing=_dosing(keys["dosing"]),
        hcpcs=_hcpcs(billing["hcpcs"]),
        ndcs=tuple(_ndc(entry) for entry in billing["ndcs"].items()),
        billing_cite=billing["cite"].text(),
        derived=MappingProxyType(derived),
        shared=shared,
        universal=universal,
        pathways=pathways,
        renewal=renewal,
        flags=_by_id(keys["flags"], lambda entry: _flag(entry, reader), lambda flag: flag.id),
        references=MappingProxyType(references),
        factors=_factors(keys["nonquantitative_factors"]),
        diagnoses=MappingProxyType({code: entry.text() for code, entry in diagnoses["codes"].open_mapping().items()}),
        diagnoses_cite=diagnoses["cite"].text(),
        medicare=Medicare(
            medicare["cite"].text(),
            medicare["note"].text(),
            medicare["lookup"].text(),
            tuple(_jurisdiction(entry) for entry in medicare["jurisdictions"].items()),
        ),
        facts=MappingProxyType(facts),
        pages=_pages(asking["pages"], facts),
        digest=hashlib.sha256(policy_file.read_bytes() + questions_file.read_bytes()).hexdigest(),
    )


def _by_id(entry: Entry, make: Callable[[Entry], T], key: Callable[[T], str]) -> Mapping[str, T]:
    found: dict[str, T] = {}
    for item in entry.items():
        made = make(item)
        if key(made) in found:
            item.fail(f"id '{key(made)}' used twice")
        found[key(made)] = made
    return MappingProxyType(found)


def _texts(entry: Entry, kind: Callable[..., T], names: tuple[str, ...]) -> T:
    keys = entry.mapping(names)
    return kind(*(keys[name].text() for name in names))


def _reference(key: str, entry: Entry) -> int:
    if not key.isascii() or not key.isdigit():
        entry.fail("a reference's key is its number")
    return int(key)


def _mark(key: str, entry: Entry) -> Mark:
    keys = entry.mapping(("symbol", "label"))
    return Mark(key, keys["symbol"].text(), keys["label"].text())


def _explained(entry: Entry, nodes: tuple[Node, ...], *, direct: bool) -> None:
    """What a person may be told about has its two sentences: universal and renewal criteria, and those of pathways."""
    for node in nodes if direct else tuple(child for pathway in nodes for child in pathway.children):
        if not (node.explain_unmet and node.explain_unresolved):
            entry.fail(f"criterion '{node.id}' needs 'if_unmet' and 'if_unresolved'")


def _document(entry: Entry) -> Document:
    keys = entry.mapping(("originated", "last_reviewed", "reviewed"))
    reviewed = tuple(item.month() for item in keys["reviewed"].items())
    return Document(keys["originated"].date(), keys["last_reviewed"].date(), reviewed)


def _dosing(entry: Entry) -> DosingRule:
    names = (
        *("cite", "limit_cite", "mg_per_m2", "bsa_cap_m2", "infusion_hours", "interval_days"),
        *("max_units", "vials_mg", "continue_until", "references"),
    )
    keys = entry.mapping(names)
    return DosingRule(
        mg_per_m2=keys["mg_per_m2"].decimal(),
        bsa_cap_m2=keys["bsa_cap_m2"].decimal(),
        interval_days=keys["interval_days"].integer(),
        max_units=keys["max_units"].integer(),
        vials_mg=keys["vials_mg"].integers(),
        infusion_hours=keys["infusion_hours"].integer(),
        continue_until=keys["continue_until"].text(),
        cite=keys["cite"].text(),
        limit_cite=keys["limit_cite"].text(),
        references=keys["references"].integers(),
    )


def _hcpcs(entry: Entry) -> Hcpcs:
    keys = entry.mapping(("code", "description", "unit_mg"))
    return Hcpcs(keys["code"].text(), keys["description"].text(), keys["unit_mg"].integer())


def _ndc(entry: Entry) -> Ndc:
    keys = entry.mapping(("code", "description", "vial_mg"))
    return Ndc(keys["code"].text(), keys["description"].text(), keys["vial_mg"].integer())


def _factors(entry: Entry) -> Factors:
    keys = entry.mapping(("cite", "note", "factors"))
    factors = []
    for item in keys["factors"].items():
        parts = item.mapping(("factor", "prior_authorization", "conclusion"))
        factors.append(Factor(parts["factor"].text(), parts["prior_authorization"].flag(), parts["conclusion"].text()))
    return Factors(keys["cite"].text(), keys["note"].text(), tuple(factors))


def _jurisdiction(entry: Entry) -> Jurisdiction:
    keys = entry.mapping(("id", "contractor", "areas"), ("localities",))
    localities = keys["localities"].open_mapping() if "localities" in keys else {}
    return Jurisdiction(
        keys["id"].text(),
        keys["contractor"].text(),
        keys["areas"].texts(),
        MappingProxyType({state: places.texts() for state, places in localities.items()}),
    )


def _flag(entry: Entry, reader: NodeReader) -> Flag:
    keys = entry.mapping(("id", "label", "note", "cite", "when"), ("unless",))
    return Flag(
        keys["id"].text(),
        keys["label"].text(),
        keys["note"].text(),
        keys["cite"].text(),
        reader.condition(keys["when"]),
        reader.condition(keys["unless"]) if "unless" in keys else None,
    )


def _pages(entry: Entry, facts: Mapping[str, Fact]) -> tuple[Page, ...]:
    """Pages follow the order of the facts, and every fact that is asked stands on exactly one of them."""
    pages, asked = [], [fact.name for fact in facts.values() if not fact.administrative]
    for item in entry.items():
        keys = item.mapping(("id", "title", "facts", "why", "cite"))
        names = keys["facts"].texts()
        if names != tuple(asked[: len(names)]):
            keys["facts"].fail(f"pages follow the order of the facts; expected '{(asked or ['no more facts'])[0]}'")
        del asked[: len(names)]
        pages.append(Page(keys["id"].text(), keys["title"].text(), names, keys["why"].text(), keys["cite"].text()))
    if asked:
        entry.fail(f"no page asks for '{asked[0]}'")
    if len({page.id for page in pages}) != len(pages):
        entry.fail("a page id is used twice")
    return tuple(pages)
