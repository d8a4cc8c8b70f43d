"""What a reviewer types: a search, and the three decisions. Rules of a decision are the action's; forms only read."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone

from criteria import explain
from criteria.policy import Policy
from criteria.verdict import UNKNOWN
from pa_portal.accounts import text
from pa_portal.accounts.models import User
from pa_portal.determinations import actions
from pa_portal.determinations.case import DIAGNOSIS, UNITS, Case, PossibleReason
from pa_portal.determinations.models import Determination
from pa_portal.determinations.queries import proposed_start
from pa_portal.review import fields, words
from pa_portal.review.fields import FieldView, Option, Problem
from pa_portal.submissions.models import Request, Urgency

LONGEST = 4000
DATE_FORMATS = ["%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%Y-%m-%d"]
_RECORD_ONLY = "Kept in the record; the letter does not print it."
ANSWER_DAYS = {Urgency.STANDARD: 14, Urgency.EXPEDITED: 3}


class FindForm(forms.Form):
    words = forms.CharField(
        max_length=100,
        validators=[text.one_line],
        error_messages={"required": "Enter a reference number, a patient’s name or a member ID."},
    )


def _date(label: str, hint: str) -> forms.DateField:
    message = "Enter a date as month/day/year, such as 03/14/2026."
    return forms.DateField(
        label=label,
        help_text=hint,
        input_formats=DATE_FORMATS,
        widget=forms.DateInput(format=DATE_FORMATS[0]),
        error_messages={"required": message, "invalid": message},
    )


def _text(label: str, hint: str, *, missing: str = "") -> forms.CharField:
    """A text of several lines; ``missing`` is what to say when it is empty and must not be."""
    return forms.CharField(
        label=label,
        help_text=hint,
        required=bool(missing),
        error_messages={"required": missing},
        max_length=LONGEST,
        validators=[text.several_lines],
        widget=forms.Textarea,
    )


class DecisionForm(forms.Form):
    """What the three decisions share.

    ``lands`` says at which field an error of the action shows, where its name differs from the form's.
    """

    act: ClassVar[str]
    lands: ClassVar[Mapping[str, str]] = {}

    def __init__(self, request: Request, case: Case, data: QueryDict | None = None) -> None:
        self.request, self.case, self.posted = request, case, data or QueryDict()
        super().__init__(data, initial=None if data is not None else self.start_values())

    def start_values(self) -> dict[str, Any]:
        """What stands in the form at first."""
        return {}

    def run(self, *, by: User, version: int) -> Determination:
        """Make the decision that was typed. Raises whatever the action raises."""
        raise NotImplementedError

    def take_errors(self, error: ValidationError) -> None:
        """Show what the action refused, at the field it concerns."""
        for name, messages in error.message_dict.items():
            place = self.lands.get(name, name)
            self.add_error(place if place in self.fields else None, messages)

    def views(self, *, told: bool) -> list[FieldView]:
        """The fields to draw; ``told``: with their errors."""
        raise NotImplementedError

    def problems(self) -> list[Problem]:
        """The error summary: every field's error in the order of the page, then those of the form as a whole."""
        named = [Problem(str(self.errors[name][0]), f"id_{name}") for name in self.fields if name in self.errors]
        return [*named, *(Problem(str(message), "") for message in self.non_field_errors())]

    def typed(self) -> list[tuple[str, str]]:
        """What was typed, with the label of each field, to be shown where it can no longer be used."""
        return [
            (str(field.label), str(value))
            for name, field in self.fields.items()
            if not isinstance(field, forms.MultipleChoiceField) and (value := self.posted.get(name))
        ]

    def without_a_field(self) -> list[tuple[str, str]]:
        """What was typed for something that the case no longer offers."""
        return []


class ApproveForm(DecisionForm):
    act = "approve"
    start = _date("Start date", "The first day the authorization covers.")
    rationale = _text("Rationale", _RECORD_ONLY)

    def __init__(self, request: Request, case: Case, data: QueryDict | None = None) -> None:
        super().__init__(request, case, data)
        if case.obstacles:
            self.fields["rationale"] = _text(
                "Rationale", _RECORD_ONLY, missing=f"Write a rationale, since {'; '.join(case.obstacles)}."
            )

    def start_values(self) -> dict[str, Any]:
        return {"start": proposed_start(self.request) or timezone.localdate()}

    def run(self, *, by: User, version: int) -> Determination:
        return actions.approve(
            by=by,
            request_id=self.request.pk,
            version=version,
            start=self.cleaned_data["start"],
            rationale=self.cleaned_data["rationale"],
        )

    def views(self, *, told: bool) -> list[FieldView]:
        return [fields.of(self, "start", told=told, size="short"), fields.of(self, "rationale", told=told)]


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A possible reason with its checkbox and its sentence."""

    reason: PossibleReason
    said: words.Said
    cite: str
    box: Option
    sentence: FieldView


class DenyForm(DecisionForm):
    act = "deny"

    def __init__(self, request: Request, case: Case, data: QueryDict | None = None) -> None:
        super().__init__(request, case, data)
        possible = case.possible_reasons
        self.fields["reasons"] = forms.MultipleChoiceField(
            label="Reasons",
            required=False,
            choices=[(reason.criterion, reason.label) for reason in possible],
            error_messages={"invalid_choice": "Choose reasons among those listed."},
        )
        for reason in possible:
            sentence = _text("Sentence in the letter", "")
            sentence.initial = reason.text
            self.fields[_sentence(reason)] = sentence
        self.fields["rationale"] = _text("Rationale", _RECORD_ONLY, missing="Write why you deny this request.")

    def clean(self) -> None:
        chosen = self.cleaned_data.get("reasons")
        if chosen == []:
            self.add_error("reasons", "Choose at least one reason.")
        for reason in self.case.possible_reasons:
            if reason.criterion in (chosen or ()) and self.cleaned_data.get(_sentence(reason)) == "":
                self.add_error(_sentence(reason), f"Write why this is a reason: {reason.label}.")

    def run(self, *, by: User, version: int) -> Determination:
        reasons = [
            {"criterion": reason.criterion, "text": self.cleaned_data[_sentence(reason)]}
            for reason in self.case.possible_reasons
            if reason.criterion in self.cleaned_data["reasons"]
        ]
        return actions.deny(
            by=by,
            request_id=self.request.pk,
            version=version,
            reasons=reasons,
            rationale=self.cleaned_data["rationale"],
        )

    def views(self, *, told: bool) -> list[FieldView]:
        return [fields.of(self, "rationale", told=told)]

    def groups(self, *, told: bool) -> tuple[list[ReasonView], list[ReasonView]]:
        """The reasons to choose from: on the way that came closest, and on the other pathways."""
        near = {line.criterion_id for line in explain.sentences(self.case.policy, self.case.decision).lines}
        own = {node.id for node in self.case.policy.criteria.values()}
        closest: list[ReasonView] = []
        others: list[ReasonView] = []
        for index, reason in enumerate(self.case.possible_reasons):
            group = closest if reason.criterion in near or reason.criterion not in own else others
            group.append(self._view(index, reason, told))
        return closest, others

    def _view(self, index: int, reason: PossibleReason, told: bool) -> ReasonView:
        said = {"not_established": words.verdict(UNKNOWN), "reviewer_judgement": words.verdict(True)}.get(
            reason.code, words.verdict(False)
        )
        chosen = self["reasons"].value() or ()
        control = "id_reasons" if index == 0 else f"id_reasons_{index}"
        box = Option(reason.criterion, reason.label, control, checked=reason.criterion in chosen)
        return ReasonView(reason, said, words.section(reason.cite), box, fields.of(self, _sentence(reason), told=told))

    def typed(self) -> list[tuple[str, str]]:
        chosen = dict.fromkeys(self.posted.getlist("reasons"))
        pairs = [*((_label(self.case.policy, name), f"sentence-{name}") for name in chosen), ("Rationale", "rationale")]
        return [(label, said) for label, name in pairs if (said := self.posted.get(name, ""))]

    def without_a_field(self) -> list[tuple[str, str]]:
        offered = {_label(self.case.policy, reason.criterion) for reason in self.case.possible_reasons}
        return [(label, said) for label, said in self.typed() if label not in (*offered, "Rationale")]


def _label(policy: Policy, name: str) -> str:
    return f"Reason: {policy.criteria[name].label}" if name in policy.criteria else f"Reason: {_COVERAGE.get(name, '')}"


_COVERAGE = {DIAGNOSIS: "the diagnosis code", UNITS: "the units for each dose"}


def _sentence(reason: PossibleReason) -> str:
    return f"sentence-{reason.criterion}"


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
    other = _text("Anything else", _LINES)
    respond_by = _date("Answer by", "From today to 90 days from now.")

    def __init__(self, request: Request, case: Case, data: QueryDict | None = None) -> None:
        super().__init__(request, case, data)
        self.needed = what_is_needed(case)
        if self.needed:
            self.fields = {"needed": self._boxes(), **self.fields}
        else:
            self.fields["other"] = _text(_NEEDED, _LINES, missing="Write what the provider needs to send.")

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

    def run(self, *, by: User, version: int) -> Determination:
        return actions.pend(
            by=by,
            request_id=self.request.pk,
            version=version,
            information_needed="\n".join(self._lines()),
            respond_by=self.cleaned_data["respond_by"],
        )

    def views(self, *, told: bool) -> list[FieldView]:
        drawn = [fields.of(self, name, told=told, size="short" if name == "respond_by" else "") for name in self.fields]
        return [self._with_hints(view) if view.name == "needed" else view for view in drawn]

    def _with_hints(self, view: FieldView) -> FieldView:
        hints = {item.id: item.hint for item in self.needed}
        options = tuple(replace(option, hint=hints[option.value]) for option in view.options)
        return replace(view, options=options, required=True)

    def typed(self) -> list[tuple[str, str]]:
        lines = {item.id: item.line for item in self.needed}
        asked = "\n".join(lines[name] for name in dict.fromkeys(self.posted.getlist("needed")) if name in lines)
        return [*([(_NEEDED, asked)] if asked else []), *super().typed()]


FORMS: dict[str, type[DecisionForm]] = {form.act: form for form in (ApproveForm, PendForm, DenyForm)}
