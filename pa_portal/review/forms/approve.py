"""Approving: from which day, and why, where the recommendation is not to."""

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
from pa_portal.review.forms.base import RECORD_ONLY, DecisionForm, Written, date_field, text_field
from pa_portal.submissions.models import Request


class ApproveForm(DecisionForm):
    act = "approve"
    start = date_field("Start date", "The first day the authorization covers.")
    rationale = text_field("Rationale", RECORD_ONLY)

    def __init__(self, request: Request, case: Case, data: QueryDict | None = None) -> None:
        super().__init__(request, case, data)
        if case.obstacles:
            self.fields["rationale"] = text_field(
                "Rationale", RECORD_ONLY, missing=f"Write a rationale, since {'; '.join(case.obstacles)}."
            )

    def start_values(self) -> dict[str, Any]:
        return {"start": proposed_start(self.request) or timezone.localdate()}

    def run(self, *, by: User, version: int) -> Written:
        return actions.approve(
            by=by,
            request_id=self.request.pk,
            version=version,
            start=self.cleaned_data["start"],
            rationale=self.cleaned_data["rationale"],
        )

    def views(self, *, told: bool) -> list[FieldView]:
        return [fields.of(self, "start", told=told), fields.of(self, "rationale", told=told)]
