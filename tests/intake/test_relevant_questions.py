"""A question appears only while its answer can still change the outcome; what can be worked out is never asked."""

from __future__ import annotations

import random
from typing import Any

import pytest

from criteria import catalog
from criteria.facts import Fact
from criteria.questions import relevant, walk
from pa_portal.submissions.queries import given_facts, request_for
from tests.intake.wizard import CASES, Seen, Wizard

POLICY = catalog.latest("IC-0072")
DERIVED = {"age", "bsa", "her2_status", "her2_group", "anthracycline_resistance", "taxane_resistance"}


def facts_so_far(wizard: Wizard, user: Any) -> dict[str, Any]:
    draft = request_for(user, wizard.id)
    return walk(POLICY, draft.answers, given_facts(draft)).facts


def typed(fact: Fact, chance: random.Random) -> Any:
    """A random answer to a fact, as it is typed."""
    if fact.kind in ("number", "integer"):
        choices = ["0", "1", "2", "3", "4", "5"] + (["unknown"] if fact.unknown else [])
        return chance.choice([value for value in choices if value == "unknown" or int(value) >= (fact.minimum or 0)])
    if fact.kind == "choices":
        values = [choice.value for choice in fact.choices]
        return chance.choice([["none"], *([value] for value in values), values])
    values = ["true", "false"] if fact.kind == "boolean" else [choice.value for choice in fact.choices]
    return chance.choice(values + ([fact.unknown] if fact.unknown else []))


def check_page(seen: Seen, wizard: Wizard, user: Any) -> None:
    facts = facts_so_far(wizard, user)
    can_matter = set(relevant(POLICY, facts))
    assert seen.fields, seen.path
    assert seen.fields <= can_matter, f"{seen.fields - can_matter} cannot change the outcome any more"
    assert seen.fields.isdisjoint(wizard.asked), "asked twice"
    assert seen.fields.isdisjoint(DERIVED)
    assert all(not POLICY.facts[name].administrative for name in seen.fields)


@pytest.mark.parametrize("case", CASES)
def test_on_the_way_to_each_pathway_every_question_can_still_matter(
    clinical: Wizard, prescriber: Any, case: str
) -> None:
    answers = CASES[case]
    seen = clinical.next()
    while "/questions/" in seen.path:
        check_page(seen, clinical, prescriber)
        clinical.asked.extend(seen.fields)
        response = clinical.post(seen.path, {name: answers[name] for name in seen.fields})
        assert response.status_code == 303
        seen = clinical.get(response["Location"])
    assert seen.path.endswith("/check/")
    assert "This request meets the criteria for" in seen.text
    assert POLICY.pathway(case).label in seen.text
    assert relevant(POLICY, facts_so_far(clinical, prescriber)) == ()


@pytest.mark.parametrize("seed", range(12))
def test_on_random_walks_every_question_can_still_matter(clinical: Wizard, prescriber: Any, seed: int) -> None:
    chance = random.Random(seed)
    seen = clinical.next()
    while "/questions/" in seen.path:
        check_page(seen, clinical, prescriber)
        data: dict[str, Any] = {}
        for name in seen.fields:
            value = typed(POLICY.facts[name], chance)
            numeric = POLICY.facts[name].kind in ("number", "integer")
            data |= {name: "", f"{name}-unknown": "1"} if numeric and value == "unknown" else {name: value}
        clinical.asked.extend(seen.fields)
        response = clinical.post(seen.path, data)
        assert response.status_code == 303, clinical.read(response).errors
        seen = clinical.get(response["Location"])
    assert relevant(POLICY, facts_so_far(clinical, prescriber)) == ()


def test_a_page_that_cannot_matter_any_more_is_not_shown(clinical: Wizard) -> None:
    clinical.answer(CASES["with_capecitabine_after_anthracycline_and_taxane"], stop_before="anthracycline_outcome")
    seen = clinical.get("questions/her2-ihc/")
    assert seen.path == clinical.url("questions/anthracycline/")


def test_administrative_pages_are_asked_even_when_age_settles_the_outcome(wizard: Wizard) -> None:
    child = {"date_of_birth": "01/01/2020"}
    wizard.fill_details(patient=child)
    seen = wizard.next()
    assert seen.path == wizard.url("outcome/")
    assert "younger than 18" in seen.text


OF_RENEWALS = {"disease_response", "unacceptable_toxicity"}


@pytest.mark.parametrize(
    "name", [name for name, fact in POLICY.facts.items() if fact.unknown and name not in OF_RENEWALS]
)
def test_not_known_can_be_said_wherever_a_clinician_may_not_know(clinical: Wizard, name: str) -> None:
    reached = {**CASES["tnbc_first_line"], **_WAYS.get(name, {})}
    seen = clinical.answer(reached, stop_before=name)
    assert name in seen.fields
    assert POLICY.facts[name].unknown_label in seen.text
    box = f"{name}-unknown"
    numeric = POLICY.facts[name].kind in ("number", "integer")
    data = {name: "", box: "1"} if numeric else {name: POLICY.facts[name].unknown}
    others = {other: reached[other] for other in seen.fields - {name}}
    assert clinical.post(seen.path, {**others, **data}).status_code == 303


_HR = {"er_percent": "20", "visceral_crisis": "false", "endocrine_refractory": "true"}
_SECOND = {**_HR, "line_of_therapy": "2"}
_AFTER = {
    "disease_settings": ["locally_advanced"],
    "regimen": "with_capecitabine",
    "anthracycline_outcome": "progressed_after_therapy",
    "anthracycline_setting": "adjuvant",
    "anthracycline_months_to_progression": "3",
    "taxane_outcome": "progressed_after_therapy",
    "taxane_setting": "adjuvant",
    "taxane_months_to_progression": "3",
    "ast_x_uln": "1",
    "alt_x_uln": "1",
    "bilirubin_x_uln": "1",
}
# How to get to a question that the first-line triple-negative case does not come by.
_WAYS: dict[str, dict[str, Any]] = {
    "visceral_crisis": _HR,
    "endocrine_refractory": _HR,
    "tdxd_candidate": _SECOND,
    "anthracycline_outcome": _AFTER,
    "anthracycline_setting": _AFTER,
    "anthracycline_months_to_progression": _AFTER,
    "taxane_outcome": _AFTER,
    "taxane_setting": _AFTER,
    "taxane_months_to_progression": _AFTER,
    "anthracycline_contraindicated": {**_AFTER, "anthracycline_outcome": "no_failure"},
    "capecitabine_failed": {**CASES["single_agent_after_capecitabine"]},
    "ast_x_uln": _AFTER,
    "alt_x_uln": _AFTER,
    "bilirubin_x_uln": _AFTER,
}
