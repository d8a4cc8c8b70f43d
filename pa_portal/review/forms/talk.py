"""Writing to the prescriber, and to one's colleagues. Both forms stand on the case page itself."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from pa_portal.accounts.models import User
from pa_portal.determinations import actions
from pa_portal.determinations.models import Message, Note
from pa_portal.review import fields
from pa_portal.review.fields import FieldView, Problem
from pa_portal.review.forms.base import text_field
from pa_portal.submissions.models import Request


class TalkForm(forms.Form):
    """One text; ``name`` is its field, and the page that it is sent to. The id of what is written is drawn here."""

    name: ClassVar[str]
    done: ClassVar[str]

    token = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    seen = forms.CharField(required=False, max_length=6, widget=forms.HiddenInput)

    def __init__(self, request: Request, data: QueryDict | None = None) -> None:
        self.request = request
        super().__init__(data, initial={"token": uuid.uuid4()})

    def run(self, *, by: User) -> Message | Note:
        """Store what was typed. Raises whatever the action raises."""
        raise NotImplementedError

    def take_errors(self, error: ValidationError) -> None:
        """Show what the action refused."""
        for messages in error.message_dict.values():
            self.add_error(self.name, messages)

    def views(self, *, seen: int, told: bool) -> list[FieldView]:
        """The fields to draw, on a page that shows ``seen`` messages."""
        return [
            FieldView("token", "hidden", "", value=str(self["token"].value() or "")),
            FieldView("seen", "hidden", "", value=str(seen)),
            fields.of(self, self.name, told=told),
        ]

    @property
    def typed(self) -> str:
        """The text as it was sent."""
        return str(self[self.name].value() or "")

    def problems(self) -> list[Problem]:
        return fields.problems_of(self)


class MessageForm(TalkForm):
    name = "message"
    done = "Sent. The provider is told that there is a message."
    message = text_field(
        "New message", "The prescriber and their practice read it. It stays on record.", missing="Write a message."
    )

    def run(self, *, by: User) -> Message | Note:
        typed = self.cleaned_data
        # Not a number: the page was tampered with, and is as good as one that showed nothing.
        seen = int(typed["seen"]) if typed["seen"].isascii() and typed["seen"].isdigit() else 0
        return actions.send_message(
            by=by, request_id=self.request.pk, body=typed["message"], id=typed["token"], seen=seen
        )


class NoteForm(TalkForm):
    name = "note"
    done = "Note kept."
    note = text_field("New note", "For your plan's reviewers alone. It stays on record.", missing="Write a note.")

    def run(self, *, by: User) -> Message | Note:
        typed = self.cleaned_data
        return actions.write_note(by=by, request_id=self.request.pk, body=typed["note"], id=typed["token"])


TALKS: dict[str, type[TalkForm]] = {form.name: form for form in (MessageForm, NoteForm)}
