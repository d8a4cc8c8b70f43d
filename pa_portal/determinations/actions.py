"""Every write of this room, for whoever calls it; each idea's are in a module of its own, decisions here.

Each action is one transaction: the determination, the authorization if there is one, the letter, the request's new
state, the clock, the notices and the audit rows stand or fall together. All raise Request.DoesNotExist for a request
that is missing or not theirs, NotAllowed when role, state or a rule forbids the act, Conflict when somebody acted
first, Stale when the request changed in another way since the page was opened, and ValidationError by field for what
was typed.
"""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from pa_portal.accounts.models import PROVIDERS, User
from pa_portal.determinations import answering, clocks, deciding, granting, queries
from pa_portal.determinations.appealing import file_appeal, overturn_appeal, uphold_appeal, withdraw_appeal
from pa_portal.determinations.assigning import assign_to_me, reassign, release, take_next
from pa_portal.determinations.case import Case
from pa_portal.determinations.configuring import save_clock_rule, save_letter_settings, set_automatic_approval
from pa_portal.determinations.conversing import close_peer_to_peer, request_peer_to_peer, schedule_peer_to_peer
from pa_portal.determinations.extending import extend_clock
from pa_portal.determinations.mailing import mark_as_mailed
from pa_portal.determinations.messaging import read_messages, send_message, write_note
from pa_portal.determinations.models import Authorization, Determination, Letter
from pa_portal.determinations.reasons import Chosen, fill_denial
from pa_portal.determinations.recommending import recommend_denial, return_recommendation
from pa_portal.determinations.voiding import void
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.guard import lock
from pa_portal.submissions.models import Request, RequestType, State, Submission

__all__ = [
    "approve",
    "assign_to_me",
    "close_peer_to_peer",
    "deny",
    "extend_clock",
    "file_appeal",
    "mark_as_mailed",
    "overturn_appeal",
    "pend",
    "read_messages",
    "reassign",
    "recommend_denial",
    "reissue",
    "release",
    "request_peer_to_peer",
    "respond_to_pend",
    "return_recommendation",
    "reverse_denial",
    "save_clock_rule",
    "save_letter_settings",
    "schedule_peer_to_peer",
    "send_message",
    "set_automatic_approval",
    "sign_denial",
    "start_renewal",
    "take_next",
    "uphold_appeal",
    "void",
    "withdraw",
    "withdraw_appeal",
    "write_note",
]

LONGEST_WAIT = datetime.timedelta(days=90)
OPEN = (State.DRAFT, State.SUBMITTED, State.PENDED)


@transaction.atomic
def approve(
    *,
    by: User,
    request_id: uuid.UUID | str,
    version: int,
    start: datetime.date | None = None,
    rationale: str = "",
    valid_through: datetime.date | None = None,
    doses: int | None = None,
    units_per_dose: int | None = None,
    modification_reason: str = "",
) -> Determination:
    """Approve the latest submission from ``start``, for the policy's period; make the authorization and the letter.

    The period is counted in calendar months (section I), the dose worked out from height and weight (section V), the
    units from the vials opened (section VI). Without ``start``: the day asked for, or for a renewal in time the day
    after the earlier authorization ends. ``rationale`` is needed when the engine's outcome is not "meets", the
    diagnosis code is not covered, or a dose is over the limit of units (section II).

    ``valid_through`` (the last day), ``doses`` and ``units_per_dose`` approve less than the whole, and need a
    ``modification_reason``, which the letter prints; so does a renewal in time that starts later than it could. Any
    other start is as free as before, and is told as a change when a reason is given.
    """
    request, case = deciding.open_case(by, request_id, version, "approve")
    return granting.grant(
        request,
        case,
        by=by,
        version=version,
        start=start,
        rationale=rationale,
        valid_through=valid_through,
        doses=doses,
        units_per_dose=units_per_dose,
        modification_reason=modification_reason,
    )


@transaction.atomic
def deny(*, by: User, request_id: uuid.UUID | str, version: int, reasons: Chosen, rationale: str) -> Determination:
    """Sign a denial of the latest submission, for one or more specific reasons, with a written rationale.

    Only a medical director signs one; a reviewer's ``recommend_denial`` prepares it. Each reason is a ``criterion`` of
    ``Case.possible_reasons``, or a mapping of that and ``text``, which replaces the sentence offered. The letter prints
    the reasons; the rationale stays in the record.
    """
    request, case = deciding.open_case(by, request_id, version, "deny")
    return _deny(by, request, case, version, reasons, rationale)


@transaction.atomic
def sign_denial(
    *,
    by: User,
    request_id: uuid.UUID | str,
    version: int,
    reasons: Chosen | None = None,
    rationale: str | None = None,
) -> Determination:
    """Sign the denial that a reviewer recommended; ``reasons`` and ``rationale`` replace the reviewer's."""
    request, case = deciding.open_case(by, request_id, version, "deny")
    recommendation = queries.open_recommendation(request)
    if recommendation is None:
        raise NotAllowed("No denial of this request is recommended.")
    return _deny(
        by,
        request,
        case,
        version,
        recommendation.reasons if reasons is None else reasons,
        recommendation.rationale if rationale is None else rationale,
    )


def _deny(by: User, request: Request, case: Case, version: int, reasons: Chosen, rationale: str) -> Determination:
    determination = deciding.new_determination(request, case, version, Determination.Decision.DENIED)
    told = fill_denial(determination, case, reasons, rationale, what="deny")
    deciding.conclude(request, case, determination, by=by, kind=Letter.Kind.DENIAL, reasons=told)
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
    """Ask the provider for what is still needed, one thing a line, by a date within 90 days; make the letter.

    The clock stands still until the answer, or the end of that day, unless the plan's rule is fixed.
    """
    request, case = deciding.open_case(by, request_id, version, "pend")
    determination = deciding.new_determination(
        request, case, version, Determination.Decision.PENDED, information_needed=information_needed
    )
    errors: dict[str, Any] = {}
    if not determination.information_needed:
        errors["information_needed"] = "Write what the provider needs to send."
    try:
        determination.respond_by = deciding.date("respond_by", respond_by)
    except ValidationError as error:
        errors |= error.error_dict
    else:
        today = timezone.localdate()
        if not today <= determination.respond_by <= today + LONGEST_WAIT:
            errors["respond_by"] = f"Enter a date from today to {LONGEST_WAIT.days} days from now."
    if errors:
        raise ValidationError(errors)
    deciding.conclude(request, case, determination, by=by, kind=Letter.Kind.INFORMATION_REQUEST)
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
def withdraw(*, by: User, request_id: uuid.UUID | str, version: int) -> Request:
    """Take back a submitted or pended request, and stop its clock. It stays on record."""
    request = submissions.withdraw(by=by, request_id=request_id, version=version)
    clocks.stop(clocks.of_request(request), by=by, reason="Withdrawn", at=timezone.now())
    answering.answer_open(request, by=by)
    return request


@transaction.atomic
def reissue(
    *,
    by: User,
    request_id: uuid.UUID | str,
    version: int,
    rationale: str,
    start: datetime.date | None = None,
    valid_through: datetime.date | None = None,
    doses: int | None = None,
    units_per_dose: int | None = None,
    modification_reason: str = "",
) -> Determination:
    """Approve again, correctly, what was approved with an authorization that is void: a new decision with all it makes.

    For a medical director, with a rationale; the rest as for ``approve``.
    """
    request, case = deciding.open_case(by, request_id, version, "reissue")
    earlier = queries.authorizations_of(request).first()
    if earlier is None or earlier.status != Authorization.Status.VOID or queries.open_appeal(request):
        raise NotAllowed(
            "Only what was approved with an authorization that is void, and not appealed, is approved again."
        )
    return granting.grant(
        request,
        case,
        by=by,
        version=version,
        start=start,
        rationale=rationale,
        valid_through=valid_through,
        doses=doses,
        units_per_dose=units_per_dose,
        modification_reason=modification_reason,
        replaces=earlier.determination,
        needs_rationale="this corrects an authorization made in error",
    )


@transaction.atomic
def reverse_denial(
    *,
    by: User,
    request_id: uuid.UUID | str,
    version: int,
    rationale: str,
    start: datetime.date | None = None,
) -> Determination:
    """Approve what was denied, after a peer-to-peer call about the denial; for a medical director, with a rationale.

    Raises NotAllowed without such a call, or while an appeal is open, whose outcome then decides.
    """
    request, case = deciding.open_case(by, request_id, version, "reverse_denial")
    denial = queries.determination_in_force(request)
    assert denial is not None
    if not denial.peer_to_peers.filter(events__kind="held").exists():
        raise NotAllowed("A denial is changed after a peer-to-peer call about it, or on appeal.")
    if queries.open_appeal(request):
        raise NotAllowed("An appeal is open, and its outcome decides.")
    return granting.grant(
        request,
        case,
        by=by,
        version=version,
        start=start,
        rationale=rationale,
        replaces=denial,
        needs_rationale="this changes a denial",
    )


@transaction.atomic
def start_renewal(*, by: User, authorization_id: uuid.UUID | str) -> Request:
    """Start the renewal of an authorization, prefilled from the request it came from; or return the draft there is.

    Raises Authorization.DoesNotExist for one that is missing or not theirs, NotAllowed unless ``by`` is the provider's,
    the authorization is active and no other renewal of it waits for a decision.
    """
    if by.role not in PROVIDERS:
        raise NotAllowed("Only the provider can start a renewal.")
    authorization = queries.lock_authorization(by, authorization_id)
    if authorization.status != Authorization.Status.ACTIVE:
        raise NotAllowed(
            f"This authorization is {authorization.get_status_display().lower()}, so it cannot be renewed."
        )
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
