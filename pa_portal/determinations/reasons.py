"""The reasons a denial may rest on: their codes, and checking those that a reviewer chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import TextChoices

from pa_portal.determinations.case import MEETS, Case
from pa_portal.determinations.models import Determination, Recommendation
from pa_portal.submissions.cleaning import fill, long_text

Reason = dict[str, str]
Chosen = Sequence[str | Mapping[str, str]]


class ReasonCode(TextChoices):
    """In what way a criterion stands in the way. Kept with each reason, for counting; the label is its definition."""

    NOT_MET = "not_met", "A criterion is not met"
    NOT_ESTABLISHED = "not_established", "Information that a criterion needs is missing"
    DIAGNOSIS_NOT_COVERED = "diagnosis_not_covered", "The policy does not cover the diagnosis code"
    UNITS_OVER_LIMIT = "units_over_limit", "A dose takes more units than the policy allows"
    REVIEWER_JUDGEMENT = "reviewer_judgement", "The record contradicts an answer that meets a criterion"


def fill_denial(
    proposed: Determination | Recommendation, case: Case, chosen: Chosen, rationale: str, *, what: str
) -> list[Reason]:
    """Put checked reasons and rationale on a denial or the recommendation of one; return what a letter tells of them.

    ``what`` names the act in the message of a missing rationale. Raises ValidationError by field.
    """
    errors: dict[str, Any] = {}
    told: list[Reason] = []
    try:
        fill(proposed, {"rationale": rationale}, ("rationale",))
    except ValidationError as error:
        errors |= error.message_dict
    try:
        proposed.reasons, told = check(case, chosen)
    except ValidationError as error:
        errors["reasons"] = error.messages
    if not proposed.rationale:
        against = " against the recommendation" if case.outcome == MEETS else ""
        errors.setdefault("rationale", f"Write why you {what} this request{against}.")
    if errors:
        raise ValidationError(errors)
    return told


def check(case: Case, chosen: Chosen) -> tuple[list[Reason], list[Reason]]:
    """Return the reasons as the record keeps them, and as the letter tells them.

    ``chosen``: criteria of ``Case.possible_reasons``, or mappings of ``criterion`` and ``text``, which replaces the
    sentence offered. Raises ValidationError.
    """
    possible = {reason.criterion: reason for reason in case.possible_reasons}
    kept: dict[str, Reason] = {}
    told: dict[str, Reason] = {}
    for entry in chosen:
        given = {"criterion": entry} if isinstance(entry, str) else entry
        reason = possible.get(given.get("criterion", ""))
        if reason is None:
            raise ValidationError("Choose reasons among the criteria that stand in the way.")
        text = long_text("reasons", given.get("text") or reason.text)
        if not text:
            raise ValidationError(f"Write why this is a reason: {reason.label}.")
        kept[reason.criterion] = {
            "criterion": reason.criterion,
            "code": ReasonCode(reason.code).value,
            "text": text,
        }
        told[reason.criterion] = {
            "text": text,
            "cite": reason.cite,
            "answer": reason.answer,
            "would_change": reason.would_change,
        }
    if not kept:
        raise ValidationError("Choose at least one reason.")
    return list(kept.values()), list(told.values())
