"""Every decision on a request, and what follows from it.

Each action is one transaction: the determination, the authorization if there is one, the letter, the request's new
state and the audit rows stand or fall together. All raise Request.DoesNotExist for a request that is missing or not
theirs, NotAllowed when role, state or a rule forbids the act, Conflict when somebody acted first, Stale when the
request changed in another way since the page was opened, and ValidationError by field for what was typed.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from criteria import dates
from pa_portal.accounts.models import Role, User
from pa_portal.audit.actions import record
from pa_portal.determinations import queries
from pa_portal.determinations.case import MEETS, Case
from pa_portal.determinations.composing import letter_input
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters import content as letters
from pa_portal.determinations.models import Authorization, Determination, Letter
from pa_portal.submissions import actions as submissions
from pa_portal.submissions import transitions
from pa_portal.submissions.cleaning import fill, long_text, near
from pa_portal.submissions.errors import NotAllowed, Stale
from pa_portal.submissions.guard import advance, insert_numbered, lock
from pa_portal.submissions.models import Request, RequestType, State, Submission
from pa_portal.submissions.numbers import AUTHORIZATION
from pa_portal.submissions.queries import submission_of, submissions_of

LONGEST_WAIT = datetime.timedelta(days=90)
OPEN = (State.DRAFT, State.SUBMITTED, State.PENDED)


@transaction.atomic
def approve(
    *, by: User, request_id: uuid.UUID | str, version: int, start: datetime.date, rationale: str = ""
) -> Determination:
    """Approve the latest submission from ``start``, for the policy's period; make the authorization and the letter.

    The period is counted in calendar months (section I), the dose worked out from height and weight (section V), the
    units from the vials opened (section VI). ``rationale`` is needed when the engine's outcome is not "meets", the
    diagnosis code is not covered, or a dose is over the limit of units (section II).
    """
    request, case = _open(by, request_id, version, "approve")
    determination = _determination(request, case, by, version, Determination.Decision.APPROVED, rationale=rationale)
    errors = _check_start(request, start)
    if case.obstacles and not determination.rationale:
        errors["rationale"] = f"Write a rationale, since {'; '.join(case.obstacles)}."
    if errors:
        raise ValidationError(errors)
    determination.save(force_insert=True)
    authorization = _authorize(request, case, determination, start)
    _conclude(request, case, determination, Letter.Kind.APPROVAL, by=by, authorization=authorization)
    return determination


@transaction.atomic
def deny(
    *,
    by: User,
    request_id: uuid.UUID | str,
    version: int,
    reasons: Sequence[str | Mapping[str, str]],
    rationale: str,
) -> Determination:
    """Deny the latest submission for one or more specific reasons, with a written rationale; make the letter.

    Each reason is a ``criterion`` of ``Case.possible_reasons``, or a mapping of that and ``text``, which replaces the
    sentence offered. The letter prints the reasons; the rationale stays in the record.
    """
    request, case = _open(by, request_id, version, "deny")
    determination = _determination(request, case, by, version, Determination.Decision.DENIED, rationale=rationale)
    errors: dict[str, Any] = {}
    told: list[dict[str, str]] = []
    try:
        determination.reasons, told = _reasons(case, reasons)
    except ValidationError as error:
        errors["reasons"] = error.messages
    if not determination.rationale:
        against = " against the recommendation" if case.outcome == MEETS else ""
        errors["rationale"] = f"Write why you deny this request{against}."
    if errors:
        raise ValidationError(errors)
    determination.save(force_insert=True)
    _conclude(request, case, determination, Letter.Kind.DENIAL, by=by, reasons=told)
    return determination


@transaction.atomic
def pend(
    *,
    by: User,
    request_id: uuid.UUID | str,
    version: int,
    information_needed: str,
    respond_by: datetime.date,
) -> Determination:
    """Ask the provider for what is still needed, one thing a line, by a date within 90 days; make the letter."""
    request, case = _open(by, request_id, version, "pend")
    determination = _determination(
        request, case, by, version, Determination.Decision.PENDED, information_needed=information_needed
    )
    errors: dict[str, Any] = {}
    if not determination.information_needed:
        errors["information_needed"] = "Write what the provider needs to send."
    try:
        determination.respond_by = _date("respond_by", respond_by)
    except ValidationError as error:
        errors |= error.error_dict
    else:
        today = timezone.localdate()
        if not today <= determination.respond_by <= today + LONGEST_WAIT:
            errors["respond_by"] = f"Enter a date from today to {LONGEST_WAIT.days} days from now."
    if errors:
        raise ValidationError(errors)
    determination.save(force_insert=True)
    _conclude(request, case, determination, Letter.Kind.INFORMATION_REQUEST, by=by)
    return determination


@transaction.atomic
def respond_to_pend(*, by: User, request_id: uuid.UUID | str, version: int, response: str) -> Submission:
    """Send a pended request back with the provider's ``response`` and whatever was changed meanwhile.

    The same token again gives the same Submission. Raises NotReady when the response or an answer is missing.
    """
    asked = queries.determinations_of(lock(by=by, request_id=request_id)).filter(decision="pended").last()
    return submissions.respond(
        by=by,
        request_id=request_id,
        version=version,
        response=response,
        responds_to=str(asked.pk) if asked else "",
    )


@transaction.atomic
def start_renewal(*, by: User, authorization_id: uuid.UUID | str) -> Request:
    """Start the renewal of an authorization, prefilled from the request it came from; or return the draft there is.

    Raises Authorization.DoesNotExist for one that is missing or not theirs, NotAllowed unless ``by`` is a prescriber,
    the authorization is active and no other renewal of it waits for a decision.
    """
    if by.role != Role.PRESCRIBER:
        raise NotAllowed("Only a prescriber can start a renewal.")
    authorization = queries.lock_authorization(by, authorization_id)
    if authorization.status != Authorization.Status.ACTIVE:
        raise NotAllowed("This authorization is void, so it cannot be renewed.")
    open_renewal = Request.objects.filter(renews=authorization.pk, state__in=OPEN).first()
    if open_renewal and open_renewal.state == State.DRAFT:
        return open_renewal
    if open_renewal:
        raise NotAllowed(f"A renewal of this authorization is waiting for a decision: {open_renewal.reference}.")
    return submissions.start_draft(
        by=by,
        request_type=RequestType.RENEWAL,
        policy_id=authorization.determination.policy_id,
        renews=authorization.pk,
        approved_regimen=authorization.regimen,
        like=authorization.request,
    )


def _open(by: User, request_id: uuid.UUID | str, version: int, move: str) -> tuple[Request, Case]:
    """Lock the request and make sure that this person may make this move on what they saw."""
    request = lock(by=by, request_id=request_id)
    if by.role in transitions.TRANSITIONS[move].roles:
        _refuse_if_overtaken(request, version, move)
    transitions.require(move, by=by, request=request)
    if request.version != version:
        raise Stale(current=request.version)
    if request.created_by_id == by.pk or submissions_of(request).filter(submitted_by=by).exists():
        raise NotAllowed("You created or submitted this request, so somebody else must decide it.")
    submission = submission_of(request)
    assert submission is not None
    case = Case(submission)
    if not case.reproduced:
        raise NotAllowed("The policy version of this request no longer gives the same result. Tell an administrator.")
    return request, case


def _refuse_if_overtaken(request: Request, version: int, move: str) -> None:
    """Raise Conflict if a determination was made since the page that carries ``version`` was opened, or is final."""
    last = queries.determinations_of(request).last()
    if last is None:
        return
    if last.request_version >= version or (
        request.state == last.decision and request.state not in transitions.TRANSITIONS[move].sources
    ):
        raise Conflict(who=last.decided_by.get_full_name(), when=last.decided_at, decision=last.get_decision_display())


def _determination(request: Request, case: Case, by: User, version: int, decision: str, **typed: str) -> Determination:
    """Return the determination, unsaved, with what it freezes and the texts typed, checked."""
    last = queries.determinations_of(request).last()
    determination = Determination(
        request=request,
        submission=case.submission,
        number=last.number + 1 if last else 1,
        request_version=version,
        decision=decision,
        decided_by=by,
        policy_id=case.content["policy"]["id"],
        policy_version=case.content["policy"]["version"],
        policy_digest=case.content["policy"]["digest"],
        outcome=case.outcome,
        criteria=case.content["decision"]["trace"],
        facts=case.content["facts"],
    )
    fill(determination, typed, tuple(typed))
    return determination


def _reasons(
    case: Case, chosen: Sequence[str | Mapping[str, str]]
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Return the reasons as the record keeps them, and as the letter tells them. Raises ValidationError."""
    possible = {reason.criterion: reason for reason in case.possible_reasons}
    kept: dict[str, dict[str, str]] = {}
    told: dict[str, dict[str, str]] = {}
    for entry in chosen:
        given = {"criterion": entry} if isinstance(entry, str) else entry
        reason = possible.get(given.get("criterion", ""))
        if reason is None:
            raise ValidationError("Choose reasons among the criteria that stand in the way.")
        text = long_text("reasons", given.get("text") or reason.text)
        if not text:
            raise ValidationError(f"Write why this is a reason: {reason.label}.")
        kept[reason.criterion] = {"criterion": reason.criterion, "code": reason.code, "text": text}
        told[reason.criterion] = {
            "text": text,
            "cite": reason.cite,
            "answer": reason.answer,
            "would_change": reason.would_change,
        }
    if not kept:
        raise ValidationError("Choose at least one reason.")
    return list(kept.values()), list(told.values())


def _date(name: str, value: Any) -> datetime.date:
    if isinstance(value, str):
        try:
            value = datetime.date.fromisoformat(value.strip())
        except ValueError:
            value = None
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        raise ValidationError({name: "Enter a date."})
    return value


def _check_start(request: Request, start: Any) -> dict[str, Any]:
    """Return what is wrong with the first day of an authorization, by field."""
    try:
        day = _date("start", start)
        near("start", day, timezone.localdate())
    except ValidationError as error:
        return dict(error.error_dict)
    earlier = queries.renewed_by(request)
    if earlier and day <= earlier.valid_through:
        return {"start": f"The authorization being renewed covers days up to {earlier.valid_through:%m/%d/%Y}."}
    return {}


def _authorize(request: Request, case: Case, determination: Determination, start: Any) -> Authorization:
    first = _date("start", start)
    policy, dose = case.policy, case.content["treatment"]["dose"]
    length = policy.authorization
    months = length.renewal_months if request.request_type == RequestType.RENEWAL else length.initial_months
    last = dates.valid_through(first, months)
    doses = (last - first).days // dose["interval_days"] + 1
    authorization = Authorization(
        determination=determination,
        request=request,
        organization=request.organization,
        plan=request.plan,
        patient=request.patient,
        start=first,
        valid_through=last,
        renewal_date=dates.renewal_date(first, months),
        hcpcs=policy.hcpcs.code,
        units_per_dose=dose["billed_units"],
        interval_days=dose["interval_days"],
        doses=doses,
        total_units=doses * dose["billed_units"],
        dose_mg=Decimal(dose["dose_mg"]),
        regimen=case.content["facts"].get("regimen") or request.approved_regimen,
    )
    insert_numbered(authorization, "number", AUTHORIZATION)
    return authorization


def _conclude(
    request: Request,
    case: Case,
    determination: Determination,
    kind: str,
    *,
    by: User,
    authorization: Authorization | None = None,
    reasons: Sequence[Mapping[str, str]] = (),
) -> None:
    """Write the letter, move the request on, and put all of it on record."""
    content = letters.compose(
        kind,
        letter_input(request, determination, case=case, by=by, authorization=authorization, reasons=reasons),
    )
    letter = Letter.objects.create(
        determination=determination, kind=kind, content=content, sha256=letters.sha256(content)
    )
    advance(request, version=determination.request_version, state=determination.decision)
    record(
        by=by,
        action=f"determination.{determination.decision}",
        obj=determination,
        organization_id=request.organization_id,
        detail={
            "request": str(request.pk),
            "submission": str(case.submission.pk),
            "policy": f"{determination.policy_id} {determination.policy_version}",
            "outcome": determination.outcome,
            "authorization": str(authorization.pk) if authorization else None,
            "version": request.version,
        },
    )
    record(
        by=by,
        action="letter.created",
        obj=letter,
        organization_id=request.organization_id,
        detail={"request": str(request.pk), "kind": kind, "sha256": letter.sha256},
    )
