"""A letter about nobody, so that a plan sees its own words where they will stand."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from criteria import catalog
from pa_portal.accounts.models import Organization
from pa_portal.determinations.composing import plan_details
from pa_portal.determinations.letters import content as letters

_REFERENCE = "PA-SAMPLE"


def denial(plan: Organization) -> dict[str, Any]:
    """Return the content of a denial that says everything a plan sets. Everybody in it is made up."""
    policy = catalog.versions(catalog.policy_ids()[0])[-1]
    criterion = policy.pathways[0]
    code, description = next(iter(policy.diagnoses.items()))
    today = timezone.localdate()
    return letters.compose(
        "denial",
        letters.LetterInput(
            plan=plan_details(plan),
            prescriber=letters.Prescriber(
                name="Pat Example", credentials="MD", organization="Example Oncology", address=["1 Example Street"]
            ),
            patient=letters.Patient(name="Sam Sample", date_of_birth=datetime.date(1960, 1, 2), member_id="SAMPLE"),
            request=letters.RequestDetails(reference=_REFERENCE, request_type="initial", submitted_on=today),
            policy=letters.PolicyDetails(
                id=policy.id, version=policy.version, title=policy.title, citation=criterion.cite
            ),
            drug=letters.DrugDetails(brand=policy.drug.brand, generic=policy.drug.generic, hcpcs=policy.hcpcs.code),
            diagnosis=letters.Diagnosis(code=code, description=description),
            decided_by=letters.Reviewer(name="Robin Reviewer", credentials="MD", title="Medical Director"),
            decided_on=today,
            reasons=[
                letters.Reason(
                    text="This is where each reason stands.",
                    cite=criterion.cite,
                    answer="What the request says.",
                    would_change="What would change it.",
                )
            ],
        ),
    )
