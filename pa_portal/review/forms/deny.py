"""Denying, and recommending it: specific reasons, each with its sentence in the letter, and why, for the record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from criteria import explain
from criteria.policy import Policy
from criteria.verdict import UNKNOWN
from pa_portal.accounts.models import User
from pa_portal.determinations import actions
from pa_portal.determinations.case import DIAGNOSIS, UNITS, Case, PossibleReason
from pa_portal.determinations.queries import open_recommendation
from pa_portal.review import fields, words
from pa_portal.review.fields import FieldView, Option
from pa_portal.review.forms.base import RECORD_ONLY, DecisionForm, Written, text_field
from pa_portal.submissions.models import Request


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A possible reason with its checkbox and its sentence."""

    reason: PossibleReason
    said: words.Said
    cite: str
    box: Option
    sentence: FieldView


class RecommendForm(DecisionForm):
    """A reviewer's proposal to a medical director."""

    act = "recommend"
    missing = "Write why you recommend to deny this request."

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
            sentence = text_field("Sentence in the letter", "")
            sentence.initial = reason.text
            self.fields[_sentence(reason)] = sentence
        self.fields["rationale"] = text_field("Rationale", RECORD_ONLY, missing=self.missing)

    def clean(self) -> None:
        chosen = self.cleaned_data.get("reasons")
        if chosen == []:
            self.add_error("reasons", "Choose at least one reason.")
        for reason in self.case.possible_reasons:
            if reason.criterion in (chosen or ()) and self.cleaned_data.get(_sentence(reason)) == "":
                self.add_error(_sentence(reason), f"Write why this is a reason: {reason.label}.")

    def run(self, *, by: User, version: int) -> Written:
        return actions.recommend_denial(by=by, request_id=self.request.pk, version=version, **self.chosen())

    def chosen(self) -> dict[str, Any]:
        """The reasons with their sentences, and the rationale, as the actions take them."""
        reasons = [
            {"criterion": reason.criterion, "text": self.cleaned_data[_sentence(reason)]}
            for reason in self.case.possible_reasons
            if reason.criterion in self.cleaned_data["reasons"]
        ]
        return {"reasons": reasons, "rationale": self.cleaned_data["rationale"]}

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


class DenyForm(RecommendForm):
    """A medical director's denial; it begins with what a reviewer recommended."""

    act = "deny"
    missing = "Write why you deny this request."

    def start_values(self) -> dict[str, Any]:
        proposed = open_recommendation(self.request)
        if proposed is None:
            return {}
        return {
            "reasons": [reason["criterion"] for reason in proposed.reasons],
            "rationale": proposed.rationale,
            **{f"sentence-{reason['criterion']}": reason["text"] for reason in proposed.reasons},
        }

    def run(self, *, by: User, version: int) -> Written:
        return actions.deny(by=by, request_id=self.request.pk, version=version, **self.chosen())


def _label(policy: Policy, name: str) -> str:
    return f"Reason: {policy.criteria[name].label}" if name in policy.criteria else f"Reason: {_COVERAGE.get(name, '')}"


_COVERAGE = {DIAGNOSIS: "the diagnosis code", UNITS: "the units for each dose"}


def _sentence(reason: PossibleReason) -> str:
    return f"sentence-{reason.criterion}"
