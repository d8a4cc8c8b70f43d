"""Asking the provider for information: what exactly, and by when."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils import timezone

from criteria import explain
from pa_portal.accounts.models import User
from pa_portal.determinations import actions
from pa_portal.determinations.case import Case
from pa_portal.review import fields, words
from pa_portal.review.fields import FieldView
from pa_portal.review.forms.base import DecisionForm, Written, date_field, text_field
from pa_portal.submissions.models import Request, Urgency

ANSWER_DAYS = {Urgency.STANDARD: 14, Urgency.EXPEDITED: 3}


@dataclass(frozen=True, slots=True)
class Needed:
    """One thing to ask for: the line of the letter, and the criterion that waits for it."""

    id: str
    line: str
    hint: str


def what_is_needed(case: Case) -> list[Needed]:
    """What to ask for: first what is not established, then what could change a criterion that is not met."""
    told = explain.sentences(case.policy, case.decision)
    return [
        *(_unresolved(case, line) for line in told.unresolved),
        *(
            Needed(line.criterion_id, line.would_change or line.sentence, _about("Not met", line))
            for line in told.unmet
        ),
    ]


def _unresolved(case: Case, line: explain.Line) -> Needed:
    node, facts = case.policy.criterion(line.criterion_id), case.content["facts"]
    about = [case.policy.facts[name] for name in node.names]
    open_ones = [fact for fact in about if facts.get(fact.name) in (None, fact.unknown)]
    labels = ", ".join(fact.label for fact in open_ones or about)
    return Needed(line.criterion_id, f"{labels}. {line.sentence}", _about("Not established", line))


def _about(word: str, line: explain.Line) -> str:
    return f"{word}: {line.label} ({words.section(line.cite)})"


_NEEDED = "What the provider needs to send"
_LINES = "One thing a line. The letter lists each of them."


class PendForm(DecisionForm):
    act = "pend"
    lands: ClassVar[Mapping[str, str]] = {"information_needed": "other"}
    other = text_field("Anything else", _LINES)
    respond_by = date_field("Answer by", "From today to 90 days from now.")

    def __init__(self, request: Request, case: Case, data: QueryDict | None = None) -> None:
        super().__init__(request, case, data)
        self.needed = what_is_needed(case)
        if self.needed:
            self.fields = {"needed": self._boxes(), **self.fields}
        else:
            self.fields["other"] = text_field(_NEEDED, _LINES, missing="Write what the provider needs to send.")

    def _boxes(self) -> forms.MultipleChoiceField:
        return forms.MultipleChoiceField(
            label=_NEEDED,
            help_text="Choose all that apply. Each is a line of the letter.",
            required=False,
            choices=[(item.id, item.line) for item in self.needed],
            error_messages={"invalid_choice": "Choose among what is listed."},
        )

    def start_values(self) -> dict[str, Any]:
        days = ANSWER_DAYS[Urgency(self.request.urgency)]
        return {"respond_by": timezone.localdate() + datetime.timedelta(days=days)}

    def _lines(self) -> Iterator[str]:
        chosen = self.cleaned_data.get("needed", ())
        yield from (item.line for item in self.needed if item.id in chosen)
        yield from filter(None, (line.strip() for line in self.cleaned_data.get("other", "").splitlines()))

    def clean(self) -> None:
        if self.needed and not {"needed", "other"} & self.errors.keys() and not any(self._lines()):
            self.add_error("needed", "Choose or write what the provider needs to send.")

    def run(self, *, by: User, version: int) -> Written:
        return actions.pend(
            by=by,
            request_id=self.request.pk,
            version=version,
            information_needed="\n".join(self._lines()),
            respond_by=self.cleaned_data["respond_by"],
        )

    def views(self, *, told: bool) -> list[FieldView]:
        drawn = [fields.of(self, name, told=told) for name in self.fields]
        return [self._with_hints(view) if view.name == "needed" else view for view in drawn]

    def _with_hints(self, view: FieldView) -> FieldView:
        hints = {item.id: item.hint for item in self.needed}
        options = tuple(replace(option, hint=hints[option.value]) for option in view.options)
        return replace(view, options=options, required=True)

    def typed(self) -> list[tuple[str, str]]:
        lines = {item.id: item.line for item in self.needed}
        asked = "\n".join(lines[name] for name in dict.fromkeys(self.posted.getlist("needed")) if name in lines)
        return [*([(_NEEDED, asked)] if asked else []), *super().typed()]
