"""Deciding an appeal: keep the decision, or change it."""

from __future__ import annotations

from pa_portal.accounts.models import User
from pa_portal.determinations import actions
from pa_portal.determinations.queries import open_appeal
from pa_portal.review import fields
from pa_portal.review.fields import FieldView
from pa_portal.review.forms.approve import StartForm
from pa_portal.review.forms.base import RECORD_ONLY, DecisionForm, Written, text_field
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Request


class UpholdForm(DecisionForm):
    act = "uphold"
    explanation = text_field(
        "Explanation", "The letter prints it.", missing="Write why the decision is kept. The letter prints it."
    )
    rationale = text_field("Rationale", RECORD_ONLY, missing="Write a rationale for the record.")

    def run(self, *, by: User, version: int) -> Written:
        return actions.uphold_appeal(by=by, appeal_id=_open_id(self.request), **self.cleaned_data)

    def views(self, *, told: bool) -> list[FieldView]:
        return [fields.of(self, name, told=told) for name in ("explanation", "rationale")]


class OverturnForm(StartForm):
    act = "overturn"
    explanation = text_field("Explanation", "The letter prints it.")
    rationale = text_field("Rationale", RECORD_ONLY, missing="Write a rationale, since this changes a decision.")

    def run(self, *, by: User, version: int) -> Written:
        return actions.overturn_appeal(by=by, appeal_id=_open_id(self.request), **self.cleaned_data)

    def views(self, *, told: bool) -> list[FieldView]:
        return [fields.of(self, name, told=told) for name in ("start", "explanation", "rationale")]


def _open_id(request: Request) -> str:
    appeal = open_appeal(request)
    if appeal is None:
        raise NotAllowed("No appeal is open.")
    return str(appeal.pk)
