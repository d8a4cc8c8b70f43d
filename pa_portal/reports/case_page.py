"""One request as a manager sees it: what is in a file's row, and every determination and letter."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from pa_portal.accounts.models import User
from pa_portal.determinations.models import Authorization, Determination, Letter
from pa_portal.determinations.queries import determinations_of, letters_for
from pa_portal.reports import words
from pa_portal.reports.filters import BY_NAME
from pa_portal.reports.lists import Item, item
from pa_portal.reports.queries import Row, case
from pa_portal.reports.shapes import whole
from pa_portal.submissions.models import LineOfBusiness, Request
from pa_portal.submissions.queries import request_for

APPEALS = {choice.value: choice.label for choice in BY_NAME["appeal"].choices}


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the page: a text, a day or a moment."""

    label: str
    text: str = ""
    day: datetime.date | None = None
    moment: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class CasePage:
    request: Request
    item: Item
    about: tuple[Fact, ...]
    authorization: tuple[Fact, ...]
    determinations: tuple[Determination, ...]
    letters: tuple[Letter, ...]


def case_page(user: User, request_id: UUID) -> CasePage | None:
    """Return the page, or None alike for a request that is missing and one that is not this manager's."""
    row = case(user, request_id)
    if row is None:
        return None
    found = request_for(user, request_id)
    return CasePage(
        request=found,
        item=item(row),
        about=tuple(_about(row)),
        authorization=tuple(_authorization(row)) if row["authorization_number"] else (),
        determinations=tuple(determinations_of(found)),
        letters=tuple(letters_for(user).filter(determination__request=found).order_by("created_at", "id")),
    )


def _about(row: Row) -> Iterator[Fact]:
    labels, reasons = words.pathways(), words.reasons()
    yield Fact("Patient", row["patient_name"])
    yield Fact("Member ID", row["member_id"])
    yield Fact("Organization", row["organization"])
    yield Fact("Prescriber", f"{row['prescriber']}, NPI {row['prescriber_npi']}")
    yield Fact("Health plan", row["plan"])
    yield Fact("Line of business", LineOfBusiness(row["line_of_business"]).label)
    covered = "covered" if row["diagnosis_covered"] else "not covered by the policy"
    yield Fact("Diagnosis code", f"{row['diagnosis_code']}, {covered}")
    yield Fact("Policy", f"{row['policy_id']}, version {row['policy_version']}")
    yield Fact("Pathways", "; ".join(labels.get(id, id) for id in row["pathways"]) or "None established")
    yield Fact("Submitted", moment=row["submitted_at"])
    yield Fact("Decision owed by", moment=row["due_at"])
    if row["decided_at"]:
        yield Fact("First decided", moment=row["decided_at"])
    if row["appeals"]:
        yield Fact("Latest appeal", APPEALS[row["appeal_outcome"]])
    if row["reasons"]:
        yield Fact("Denied for", "; ".join(reasons.get(id, id) for id in row["reasons"]))


def _authorization(row: Row) -> Iterator[Fact]:
    yield Fact("Number", row["authorization_number"])
    yield Fact("Status", Authorization.Status(row["authorization_status"]).label)
    yield Fact("Start", day=row["start"])
    yield Fact("Valid through", day=row["valid_through"])
    yield Fact("Renewal date", day=row["renewal_date"])
    yield Fact("HCPCS code", row["hcpcs"])
    yield Fact("Units", f"{row['units_per_dose']} a dose, {row['doses']} doses, {whole(row['total_units'])} in all")
