"""Giving a recommended denial back to the reviewer who recommended it."""

from __future__ import annotations

from pa_portal.accounts.models import User
from pa_portal.determinations import actions
from pa_portal.review import fields
from pa_portal.review.fields import FieldView
from pa_portal.review.forms.base import DecisionForm, Written, text_field


class ReturnForm(DecisionForm):
    act = "return"
    note = text_field(
        "Note to the reviewer",
        "What to look at again. The provider does not see it.",
        missing="Write what the reviewer should look at again.",
    )

    def run(self, *, by: User, version: int) -> Written:
        return actions.return_recommendation(
            by=by, request_id=self.request.pk, version=version, note=self.cleaned_data["note"]
        )

    def views(self, *, told: bool) -> list[FieldView]:
        return [fields.of(self, "note", told=told)]
