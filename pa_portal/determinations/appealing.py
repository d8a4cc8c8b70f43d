"""Appeals: filed by the provider, decided by somebody who had no part in the decision."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.audit.actions import record
from pa_portal.determinations import acts, clocks, composing, deciding, granting, notices, queries, reasons, signing
from pa_portal.determinations.case import Case
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters.content import AppealDetails
from pa_portal.determinations.models import Appeal, AppealOutcome, Authorization, Determination, Letter, Notice, Task
from pa_portal.submissions.cleaning import fill
from pa_portal.submissions.errors import NotAllowed, Stale
from pa_portal.submissions.guard import advance, lock
from pa_portal.submissions.models import Urgency


@transaction.atomic
def file_appeal(
    *,
    by: User,
    request_id: uuid.UUID | str,
    version: int,
    grounds: str,
    urgency: str = Urgency.STANDARD,
    urgency_reason: str = "",
) -> Appeal:
    """Appeal a denial, an approval of less than was asked, or a void authorization, and start the appeal's clock.

    For the prescriber, until the last day that the letter named. ``grounds`` say why the decision should change; an
    expedited appeal also needs its reason. Raises Conflict when somebody appealed first.
    """
    request = lock(by=by, request_id=request_id)
    acts.require("appeal", by=by, request=request)
    standing = queries.open_appeal(request)
    if standing is not None:
        raise Conflict(who=standing.filed_by.get_full_name(), when=standing.filed_at, decision="Appeal filed")
    if request.version != version:
        raise Stale(current=request.version)
    appealed = queries.appealable(request)
    if appealed is None:
        raise NotAllowed("There is no decision to appeal: none was made, its time to appeal is over, or it was used.")
    appeal = Appeal(
        request=request,
        determination=appealed,
        number=queries.appeals_of(request).count() + 1,
        filed_by=by,
        filed_at=timezone.now(),
    )
    typed = {"grounds": grounds, "urgency": urgency, "urgency_reason": urgency_reason}
    _check_filing(appeal, typed)
    appeal.save(force_insert=True)
    advance(request, version=version)
    clocks.start(deciding.submission(request), appeal=appeal, by=by)
    _note(appeal, by, "appeal.filed", urgency=appeal.urgency)
    notices.queue(Notice.Kind.APPEAL_FILED, request, occasion=appeal.pk)
    return appeal


@transaction.atomic
def withdraw_appeal(*, by: User, appeal_id: uuid.UUID | str) -> AppealOutcome:
    """Take back an open appeal, for the provider. While there is time, another may be filed."""
    appeal, task = _open(by, appeal_id, "withdraw_appeal")
    outcome = _outcome(appeal, AppealOutcome.Kind.WITHDRAWN, by)
    _finish(outcome, task, by)
    return outcome


@transaction.atomic
def uphold_appeal(*, by: User, appeal_id: uuid.UUID | str, explanation: str, rationale: str) -> AppealOutcome:
    """Keep the decision appealed; make the letter. For a medical director who had no part in it.

    ``explanation`` is told in the letter, ``rationale`` stays in the record; both are needed.
    """
    appeal, task = _open(by, appeal_id, "uphold")
    case = deciding.case_to_decide(appeal.request)
    outcome = _outcome(appeal, AppealOutcome.Kind.UPHELD, by, explanation=explanation, rationale=rationale)
    told = _told_reasons(case, appeal.determination)
    _finish(outcome, task, by)
    deciding.write_letter(
        Letter.Kind.APPEAL_UPHELD,
        composing.letter_input(
            appeal.request,
            case=case,
            by=by,
            on=outcome.decided_at,
            reasons=told,
            appeal=_details(appeal),
            explanation=outcome.explanation,
        ),
        request=appeal.request,
        determination=appeal.determination,
        by=by,
    )
    notices.queue(Notice.Kind.APPEAL_DECIDED, appeal.request, occasion=appeal.pk)
    return outcome


@transaction.atomic
def overturn_appeal(
    *,
    by: User,
    appeal_id: uuid.UUID | str,
    rationale: str,
    explanation: str = "",
    start: datetime.date | None = None,
) -> AppealOutcome:
    """Change the decision appealed: approve what was asked, as a new decision that supersedes it; make the letter.

    For a reviewer who had no part in the decision. ``start`` as for ``approve``; ``explanation`` is told in the letter.
    """
    appeal, task = _open(by, appeal_id, "overturn")
    request, appealed = appeal.request, appeal.determination
    deciding.refuse_own_work(request, by)
    case = deciding.case_to_decide(request)
    outcome = AppealOutcome(appeal=appeal, kind=AppealOutcome.Kind.OVERTURNED)
    fill(outcome, {"explanation": explanation}, ("explanation",))
    details = _details(appeal)
    granting.set_aside(Authorization.objects.filter(determination=appealed).first())
    determination = granting.grant(
        request,
        case,
        by=by,
        version=request.version,
        start=start,
        rationale=rationale,
        replaces=appealed,
        needs_rationale="this changes a decision",
        kind=Letter.Kind.APPEAL_OVERTURNED,
        notice=Notice.Kind.APPEAL_DECIDED,
        appeal=details,
        explanation=outcome.explanation,
    )
    outcome = _outcome(
        appeal,
        AppealOutcome.Kind.OVERTURNED,
        by,
        explanation=explanation,
        rationale=rationale,
        determination=determination,
    )
    _finish(outcome, task, by)
    return outcome


def _check_filing(appeal: Appeal, typed: dict[str, str]) -> None:
    errors: dict[str, Any] = {}
    try:
        fill(appeal, typed, tuple(typed), required=("grounds",))
    except ValidationError as error:
        errors |= error.message_dict
    if appeal.urgency == Urgency.EXPEDITED and not appeal.urgency_reason:
        errors.setdefault("urgency_reason", "Say why a standard appeal would come too late for this patient.")
    if errors:
        raise ValidationError(errors)
    if appeal.urgency == Urgency.STANDARD:
        appeal.urgency_reason = ""


def _open(by: User, appeal_id: uuid.UUID | str, act: str) -> tuple[Appeal, Task]:
    """Lock the request of an open appeal, and make sure that this person may do this with it."""
    found = queries.appeal_for(by, appeal_id)
    request = lock(by=by, request_id=found.request_id)
    acts.require(act, by=by, request=request)
    appeal = queries.appeal_for(by, appeal_id)
    appeal.request = request
    outcome = AppealOutcome.objects.filter(appeal=appeal).select_related("decided_by").first()
    if outcome is not None:
        raise Conflict(
            who=outcome.decided_by.get_full_name(), when=outcome.decided_at, decision=outcome.get_kind_display()
        )
    task = Task.objects.select_for_update(of=("self",)).get(appeal=appeal)
    if act != "withdraw_appeal" and Task.objects.filter(queries.had_a_part(by), pk=task.pk).exists():
        raise NotAllowed("You had a part in the decision that is appealed, so somebody else must review it.")
    return appeal, task


def _outcome(
    appeal: Appeal, kind: str, by: User, *, determination: Determination | None = None, **typed: str
) -> AppealOutcome:
    """Check, sign and save an outcome. Raises ValidationError by field."""
    outcome = AppealOutcome(
        appeal=appeal,
        kind=kind,
        decided_by=by,
        decided_role=by.role,
        decided_at=determination.decided_at if determination else timezone.now(),
        determination=determination,
    )
    needed = tuple(typed) if kind == AppealOutcome.Kind.UPHELD else ()
    fill(outcome, typed, tuple(typed), required=needed)
    outcome.signature = signing.sign(kind, signing.appealed(outcome), by=by, at=outcome.decided_at)
    outcome.save(force_insert=True)
    return outcome


def _finish(outcome: AppealOutcome, task: Task, by: User) -> None:
    clocks.stop(task, by=by, reason=outcome.get_kind_display(), at=outcome.decided_at)
    _note(outcome.appeal, by, f"appeal.{outcome.kind}", signed=outcome.signature["sha256"])


def _told_reasons(case: Case, appealed: Determination) -> list[reasons.Reason]:
    """The reasons of a denial as its own letter told them; none for another decision."""
    return reasons.check(case, appealed.reasons)[1] if appealed.reasons else []


def _details(appeal: Appeal) -> AppealDetails:
    appealed = appeal.determination
    authorization = Authorization.objects.filter(determination=appealed).select_related("void").first()
    what, decided_at = "denial", appealed.decided_at
    if authorization is not None:
        void = authorization.status == Authorization.Status.VOID
        what, decided_at = ("void", authorization.void.voided_at) if void else ("change", decided_at)
    return AppealDetails(
        filed_on=timezone.localdate(appeal.filed_at),
        urgency=appeal.urgency,
        decided_on=timezone.localdate(decided_at),
        what=what,
    )


def _note(appeal: Appeal, by: User, action: str, **detail: str) -> None:
    record(
        by=by,
        action=action,
        obj=appeal,
        organization_id=appeal.request.organization_id,
        detail={"request": str(appeal.request_id), "determination": str(appeal.determination_id), **detail},
    )
