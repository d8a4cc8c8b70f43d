"""Making an authorization void that was made in error."""

from __future__ import annotations

from pa_portal.accounts.models import User
from pa_portal.determinations import actions
from pa_portal.determinations.queries import authorizations_of
from pa_portal.review import fields
from pa_portal.review.fields import FieldView
from pa_portal.review.forms.base import DecisionForm, Written, text_field
from pa_portal.submissions.errors import NotAllowed


class VoidForm(DecisionForm):
    act = "void"
    reason = text_field(
        "Reason",
        "The letter prints it.",
        missing="Write why the authorization is void. The letter prints it.",
        longest=2000,
    )

    def run(self, *, by: User, version: int) -> Written:
        authorization = authorizations_of(self.request).first()
        if authorization is None:
            raise NotAllowed("No authorization of this request is active.")
        return actions.void(by=by, authorization_id=authorization.pk, reason=self.cleaned_data["reason"])

    def views(self, *, told: bool) -> list[FieldView]:
        return [fields.of(self, "reason", told=told)]
