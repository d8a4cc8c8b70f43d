"""Approving, whichever way it comes: the start, the terms, what they change, and the determination."""

from __future__ import annotations

import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.determinations import composing, deciding, queries, terms
from pa_portal.determinations.case import Case
from pa_portal.determinations.models import Authorization, Determination, Letter
from pa_portal.determinations.terms import Terms
from pa_portal.submissions.cleaning import long_text, near
from pa_portal.submissions.models import Request, RequestType


def grant(
    request: Request,
    case: Case,
    *,
    by: User | None,
    version: int,
    start: Any,
    rationale: str = "",
    valid_through: Any = None,
    doses: Any = None,
    units_per_dose: Any = None,
    modification_reason: str = "",
    replaces: Determination | None = None,
    needs_rationale: str = "",
    kind: str = "",
    **told: Any,
) -> Determination:
    """Approve an open case. ``start`` None is the day that ``queries.proposed_start`` gives.

    ``replaces`` is the decision that this one supersedes, ``needs_rationale`` why it cannot go without a rationale,
    ``kind`` the letter if it is another than the approval's own, ``told`` what else that letter says. Raises
    ValidationError by field: see ``actions.approve``.
    """
    determination = deciding.new_determination(
        request, case, version, Determination.Decision.APPROVED, replaces=replaces, rationale=rationale
    )
    errors: dict[str, Any] = {}
    reason, granted = "", None
    try:
        reason = long_text("modification_reason", modification_reason, 2000)
    except ValidationError as error:
        errors |= error.error_dict
    try:
        whole = terms.full(request, case, _first_day(request, start))
        last = deciding.date("valid_through", valid_through) if valid_through is not None else None
        granted = terms.cut(whole, valid_through=last, doses=doses, units_per_dose=units_per_dose)
    except ValidationError as error:
        errors |= error.error_dict
    else:
        _settle_changes(determination, request, case, whole, granted, reason, errors)
    needs = needs_rationale or "; ".join(case.obstacles)
    if needs and not determination.rationale:
        errors["rationale"] = f"Write a rationale, since {needs}."
    if errors:
        raise ValidationError(errors)
    assert granted is not None
    deciding.conclude(
        request,
        case,
        determination,
        by=by,
        kind=kind or _kind(request, determination),
        terms=granted,
        **_changes(determination),
        **told,
    )
    return determination


def _first_day(request: Request, start: Any) -> datetime.date:
    """Return the first day of an authorization. Raises ValidationError when it cannot be that day."""
    day = deciding.date("start", queries.proposed_start(request) if start is None else start)
    near("start", day, timezone.localdate())
    earlier = queries.renewed_by(request)
    if earlier and day <= earlier.valid_through:
        raise ValidationError(
            {"start": f"The authorization being renewed covers days up to {earlier.valid_through:%m/%d/%Y}."}
        )
    return day


def _settle_changes(
    determination: Determination,
    request: Request,
    case: Case,
    whole: Terms,
    granted: Terms,
    reason: str,
    errors: dict[str, Any],
) -> None:
    """Record what was asked and what is approved, and see to it that less has its reason.

    Another start with the whole period is no loss, unless a renewal that is approved in time would leave a gap.
    """
    determination.terms = {"asked": terms.asked(request, case).as_json(), "approved": granted.as_json()}
    earlier = queries.renewed_by(request)
    in_time = earlier is not None and earlier.renewal_date >= timezone.localdate()
    if granted != whole and not reason:
        errors["modification_reason"] = "Write why you approve less than was asked for. The letter prints it."
    elif earlier is not None and in_time and granted.start > earlier.renewal_date and not reason:
        errors["modification_reason"] = (
            f"The renewal is in time to start on {earlier.renewal_date:%m/%d/%Y}. Write why it starts later. "
            "The letter prints it."
        )
    determination.modification_reason = reason
    determination.modified = bool(reason) and determination.terms["asked"] != determination.terms["approved"]
    if reason and not determination.modified:
        errors["modification_reason"] = "Nothing is changed, so leave this empty, or write it as the rationale."


def _kind(request: Request, determination: Determination) -> str:
    if determination.modified:
        return Letter.Kind.MODIFIED_APPROVAL
    renewal = request.request_type == RequestType.RENEWAL
    return Letter.Kind.RENEWAL_APPROVAL if renewal else Letter.Kind.APPROVAL


def _changes(determination: Determination) -> dict[str, Any]:
    """What a letter says of the changes, if there are any."""
    if not determination.modified:
        return {}
    changes = composing.changes(determination.terms["asked"], determination.terms["approved"])
    return {"changes": changes, "explanation": determination.modification_reason}


def set_aside(authorization: Authorization | None) -> None:
    """Mark an authorization in force as superseded, before another takes its place."""
    if authorization is not None and authorization.status == Authorization.Status.ACTIVE:
        authorization.status = Authorization.Status.SUPERSEDED
        authorization.save(update_fields=["status"])
