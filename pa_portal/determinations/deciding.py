"""How a decision is made, whichever it is: the case opened, what it freezes, and all that follows from it.

These belong inside an action's transaction. ``by`` is None where the plan's rules decide.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from pa_portal.accounts.models import Organization, User
from pa_portal.audit.actions import record
from pa_portal.determinations import acts, answering, clocks, composing, notices, queries, signing
from pa_portal.determinations.case import Case
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters import content as letters
from pa_portal.determinations.models import Authorization, Determination, Letter, Notice
from pa_portal.determinations.reasons import Reason
from pa_portal.determinations.terms import Terms
from pa_portal.submissions.cleaning import fill
from pa_portal.submissions.errors import NotAllowed, Stale
from pa_portal.submissions.guard import advance, insert_numbered, lock
from pa_portal.submissions.models import Request, State, Submission
from pa_portal.submissions.numbers import AUTHORIZATION
from pa_portal.submissions.queries import submission_of, submissions_of
from pa_portal.submissions.transitions import TRANSITIONS


def open_case(by: User, request_id: uuid.UUID | str, version: int, move: str) -> tuple[Request, Case]:
    """Lock the request and make sure that this person may make this move on what they saw.

    Raises Request.DoesNotExist, Conflict, NotAllowed and Stale, as the actions say.
    """
    request = lock(by=by, request_id=request_id)
    if by.role in (acts.ACTS.get(move) or TRANSITIONS[move]).roles:
        _refuse_if_overtaken(request, version, move)
    acts.require(move, by=by, request=request)
    if request.version != version:
        raise Stale(current=request.version)
    refuse_own_work(request, by)
    return request, case_to_decide(request)


def submission(request: Request) -> Submission:
    """Return the latest submission of a request that was submitted."""
    latest = submission_of(request)
    assert latest is not None
    return latest


def plan(request: Request) -> Organization:
    """Return the plan of a request that was submitted."""
    assert request.plan is not None
    return request.plan


def case_to_decide(request: Request) -> Case:
    """Return the case of a request's latest submission. Raises NotAllowed if the engine no longer gives its result."""
    case = Case(submission(request))
    if not case.reproduced:
        raise NotAllowed("The policy version of this request no longer gives the same result. Tell an administrator.")
    return case


def refuse_own_work(request: Request, by: User) -> None:
    """Raise NotAllowed for somebody who made or sent the request."""
    if request.created_by_id == by.pk or submissions_of(request).filter(submitted_by=by).exists():
        raise NotAllowed("You created or submitted this request, so somebody else must decide it.")


def _refuse_if_overtaken(request: Request, version: int, move: str) -> None:
    """Raise Conflict if somebody decided or recommended since the page that carries ``version`` was opened, or a
    decision is final.
    """
    last = queries.determinations_of(request).last()
    proposed = queries.recommendations_of(request).last()
    if proposed and proposed.request_version >= version and (not last or last.request_version < version):
        raise Conflict(
            who=proposed.recommended_by.get_full_name(), when=proposed.recommended_at, decision="Denial recommended"
        )
    if last is None:
        return
    sources = (acts.ACTS.get(move) or TRANSITIONS[move]).sources
    if last.request_version >= version or (request.state == last.decision and request.state not in sources):
        raise Conflict(who=last.decider, when=last.decided_at, decision=last.get_decision_display())


def new_determination(
    request: Request, case: Case, version: int, decision: str, *, replaces: Determination | None = None, **typed: str
) -> Determination:
    """Return a determination, unsaved and unsigned, with what it freezes and the texts typed, checked."""
    last = queries.determinations_of(request).last()
    determination = Determination(
        request=request,
        submission=case.submission,
        number=last.number + 1 if last else 1,
        request_version=version,
        decision=decision,
        policy_id=case.content["policy"]["id"],
        policy_version=case.content["policy"]["version"],
        policy_digest=case.content["policy"]["digest"],
        outcome=case.outcome,
        criteria=case.content["decision"]["trace"],
        facts=case.content["facts"],
        supersedes=replaces,
    )
    fill(determination, typed, tuple(typed))
    return determination


def date(name: str, value: Any) -> datetime.date:
    """Return a date, also from ISO text. Raises ValidationError for ``name``."""
    if isinstance(value, str):
        try:
            value = datetime.date.fromisoformat(value.strip())
        except ValueError:
            value = None
    if not isinstance(value, datetime.date) or isinstance(value, datetime.datetime):
        raise ValidationError({name: "Enter a date."})
    return value


def conclude(
    request: Request,
    case: Case,
    determination: Determination,
    *,
    by: User | None,
    kind: str,
    terms: Terms | None = None,
    reasons: Sequence[Reason] = (),
    notice: str = "",
    **told: Any,
) -> Letter:
    """Sign and save the determination and all that follows: authorization, letter, clock, notices, audit.

    ``told`` goes to the letter. Raises LetterError when the letter cannot be written.
    """
    plan_settings = queries.letter_settings(plan(request))
    if determination.decision == Determination.Decision.DENIED or determination.modified:
        decided_on = timezone.localdate(determination.decided_at)
        determination.appeal_by = decided_on + datetime.timedelta(days=plan_settings.appeal_days)
    signing.sign_determination(determination, by=by)
    determination.save(force_insert=True)
    authorization = _authorize(request, case, determination, terms) if terms else None
    letter = write_letter(
        kind,
        composing.letter_input(
            request,
            case=case,
            by=by,
            on=determination.decided_at,
            authorization=authorization,
            reasons=reasons,
            information_needed=determination.information_needed,
            respond_by=determination.respond_by,
            **told,
        ),
        request=request,
        determination=determination,
        by=by,
    )
    advance(request, version=determination.request_version, state=determination.decision)
    _move_the_clock(request, determination, by)
    answering.answer_open(request, determination=determination, by=by)
    default = Notice.Kind.PENDED if determination.decision == Determination.Decision.PENDED else Notice.Kind.DECIDED
    notices.queue(notice or default, request, occasion=determination.pk)
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
            "automatic": by is None,
            "modified": determination.modified,
            "supersedes": str(determination.supersedes_id) if determination.supersedes_id else None,
            "signed": determination.signature["sha256"],
        },
    )
    return letter


def write_letter(
    kind: str,
    letter: letters.LetterInput,
    *,
    request: Request,
    determination: Determination | None,
    by: User | None,
) -> Letter:
    """Compose and keep a letter."""
    content = letters.compose(kind, letter)
    written = Letter.objects.create(
        request=request, determination=determination, kind=kind, content=content, sha256=letters.sha256(content)
    )
    record(
        by=by,
        action="letter.created",
        obj=written,
        organization_id=request.organization_id,
        detail={"request": str(request.pk), "kind": kind, "sha256": written.sha256},
    )
    return written


def _authorize(request: Request, case: Case, determination: Determination, terms: Terms) -> Authorization:
    authorization = Authorization(
        determination=determination,
        request=request,
        organization=request.organization,
        plan=request.plan,
        patient=request.patient,
        start=terms.start,
        valid_through=terms.valid_through,
        renewal_date=terms.renewal_date,
        hcpcs=case.policy.hcpcs.code,
        units_per_dose=terms.units_per_dose,
        interval_days=terms.interval_days,
        doses=terms.doses,
        total_units=terms.total_units,
        dose_mg=terms.dose_mg,
        regimen=terms.regimen,
    )
    insert_numbered(authorization, "number", AUTHORIZATION)
    return authorization


def _move_the_clock(request: Request, determination: Determination, by: User | None) -> None:
    task, at = clocks.of_request(request), determination.decided_at
    if request.state == State.PENDED:
        assert by is not None
        assert determination.respond_by is not None
        clocks.pause(task, until=determination.respond_by, by=by, reason="Information requested", at=at)
        task.awaiting_director = False
        task.save(update_fields=["awaiting_director"])
    else:
        clocks.stop(task, by=by, reason=determination.get_decision_display(), at=at)
