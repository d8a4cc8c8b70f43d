"""A peer-to-peer call: asked for, given a time, and what came of it."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.determinations import actions
from pa_portal.determinations.case import Case
from pa_portal.determinations.models import PeerToPeerEvent
from pa_portal.determinations.queries import open_peer_to_peer
from pa_portal.review import fields, queue
from pa_portal.review.fields import FieldView
from pa_portal.review.forms.base import DecisionForm, Written, date_field, line_field, text_field
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Request

_TIME = "Enter a time such as 2:30 PM."


class CallForm(DecisionForm):
    """Asking for a call on the plan's side."""

    act = "call"
    phone = line_field("Phone", "Where the prescriber is called. Leave empty for the number on the request.")
    availability = text_field("When the prescriber can be reached", "Days and times, if you know them.", longest=1000)

    def run(self, *, by: User, version: int) -> Written:
        return actions.request_peer_to_peer(by=by, request_id=self.request.pk, **self.cleaned_data)

    def views(self, *, told: bool) -> list[FieldView]:
        return [fields.of(self, name, told=told) for name in ("phone", "availability")]


class ScheduleForm(DecisionForm):
    """Giving the call a time; ``events`` is how much had happened to it when the page was opened."""

    act = "schedule"
    lands = {"call_at": "call_date"}
    call_date = date_field("Date of the call", "Within 60 days.")
    call_time = forms.TimeField(
        label="Time of the call",
        help_text="In the plan's own time, such as 2:30 PM.",
        input_formats=["%I:%M %p", "%I:%M%p", "%I %p", "%I%p", "%H:%M"],
        error_messages={"required": _TIME, "invalid": _TIME},
    )
    clinician = forms.ChoiceField(
        label="Clinician of the plan",
        error_messages={"required": "Choose who makes the call.", "invalid_choice": "Choose somebody on the list."},
    )

    events = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, request: Request, case: Case, data: QueryDict | None = None) -> None:
        super().__init__(request, case, data)
        self.people = {str(each.pk): each for each in queue.clinicians(request.plan_id)}
        choices = [
            (id, f"{each.get_full_name()}, {each.get_role_display().lower()}") for id, each in self.people.items()
        ]
        self.fields["clinician"].choices = [("", "Choose"), *choices]  # type: ignore[attr-defined]

    def start_values(self) -> dict[str, Any]:
        call = open_peer_to_peer(self.request)
        return {"events": len(call.events.all()) if call else 0}

    def run(self, *, by: User, version: int) -> Written:
        typed = self.cleaned_data
        if typed["events"] != self.start_values()["events"]:
            raise NotAllowed("The call was changed since you opened this page. Look at it again.")
        at = timezone.make_aware(datetime.datetime.combine(typed["call_date"], typed["call_time"]))
        return actions.schedule_peer_to_peer(
            by=by, request_id=self.request.pk, call_at=at, clinician=self.people[typed["clinician"]]
        )

    def views(self, *, told: bool) -> list[FieldView]:
        return [fields.of(self, name, told=told) for name in ("call_date", "call_time", "clinician")] + [
            self.token("events")
        ]


class CloseForm(DecisionForm):
    """What came of a call. It decides nothing by itself."""

    act = "close"
    kind = forms.ChoiceField(
        label="What came of the call",
        choices=[
            ("", "Choose"),
            *((kind.value, kind.label) for kind in PeerToPeerEvent.Kind if kind != PeerToPeerEvent.Kind.SCHEDULED),
        ],
        error_messages={
            "required": "Say whether the call was held, missed or cancelled.",
            "invalid_choice": "Say whether the call was held, missed or cancelled.",
        },
    )
    notes = text_field("Notes", "What was said: needed if the call was held, else as you like. Kept in the record.")

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("kind") == PeerToPeerEvent.Kind.HELD and self.cleaned_data.get("notes") == "":
            self.add_error("notes", "Write what was said in the call.")
        return self.cleaned_data

    def run(self, *, by: User, version: int) -> Written:
        return actions.close_peer_to_peer(by=by, request_id=self.request.pk, **self.cleaned_data)

    def views(self, *, told: bool) -> list[FieldView]:
        # Its hint says when it is needed: "optional" beside that would say the contrary.
        return [fields.of(self, "kind", told=told), replace(fields.of(self, "notes", told=told), required=True)]
