"""Approving: from which day, how much, and why, where the recommendation is not to or less is approved."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.determinations import actions
from pa_portal.determinations.case import Case
from pa_portal.determinations.queries import proposed_start
from pa_portal.review import fields
from pa_portal.review.fields import FieldView
from pa_portal.review.forms.base import RECORD_ONLY, DecisionForm, Written, date_field, number_field, text_field
from pa_portal.submissions.models import Request

LESS = ("valid_through", "doses", "units_per_dose", "modification_reason")


class StartForm(DecisionForm):
    """Whatever approves, from a first day."""

    start = date_field("Start date", "The first day the authorization covers.")

    def start_values(self) -> dict[str, Any]:
        return {"start": proposed_start(self.request) or timezone.localdate()}


class ApproveForm(StartForm):
    act = "approve"
    rationale = text_field("Rationale", RECORD_ONLY)
    valid_through = date_field("Last day", "Leave empty for the whole period.", required=False)
    doses = number_field("Doses", "Leave empty for every dose that fits the period.")
    units_per_dose = number_field("Units for each dose", "Leave empty for the units of the dose that was asked for.")
    modification_reason = text_field(
        "Reason for approving less", "The letter prints it. Leave empty if nothing is changed.", longest=2000
    )

    def __init__(self, request: Request, case: Case, data: QueryDict | None = None) -> None:
        super().__init__(request, case, data)
        if needs := self.needs():
            self.fields["rationale"] = text_field(
                "Rationale", RECORD_ONLY, missing=f"Write a rationale, since {needs}."
            )

    def needs(self) -> str:
        """Why it cannot go without a rationale; "" where it can."""
        return "; ".join(self.case.obstacles)

    def run(self, *, by: User, version: int) -> Written:
        return actions.approve(by=by, request_id=self.request.pk, version=version, **self.cleaned_data)

    def views(self, *, told: bool) -> list[FieldView]:
        return [fields.of(self, "start", told=told), fields.of(self, "rationale", told=told)]

    def less(self, *, told: bool) -> list[FieldView]:
        """The fields by which less is approved than was asked for."""
        return [fields.of(self, name, told=told) for name in LESS]


class ReissueForm(ApproveForm):
    """Approving again, correctly, what was approved with an authorization that is void."""

    act = "reissue"

    def needs(self) -> str:
        return "this corrects an authorization made in error"

    def run(self, *, by: User, version: int) -> Written:
        return actions.reissue(by=by, request_id=self.request.pk, version=version, **self.cleaned_data)


class ReverseForm(StartForm):
    """Approving what was denied, after a call about the denial."""

    act = "reverse"
    rationale = text_field("Rationale", RECORD_ONLY, missing="Write a rationale, since this changes a denial.")

    def run(self, *, by: User, version: int) -> Written:
        return actions.reverse_denial(by=by, request_id=self.request.pk, version=version, **self.cleaned_data)

    def views(self, *, told: bool) -> list[FieldView]:
        return [fields.of(self, "start", told=told), fields.of(self, "rationale", told=told)]
