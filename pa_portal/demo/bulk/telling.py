"""One request on its way through its story: each act leaves the rows that the portal's own act would have left.

What is decided, signed or written in a letter comes from the functions that the acts call; only where rows go differs.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils import timezone

from pa_portal.accounts.models import User
from pa_portal.demo.bulk.people import Practice
from pa_portal.demo.bulk.records import Records, request_id
from pa_portal.demo.bulk.rows import row_of
from pa_portal.demo.bulk.stories import Act, Story
from pa_portal.demo.bulk.ticking import Clock
from pa_portal.determinations import composing, reasons, signing, terms
from pa_portal.determinations.case import Case
from pa_portal.determinations.letters import content as letters
from pa_portal.determinations.models import (
    Appeal,
    AppealOutcome,
    Authorization,
    AuthorizationVoid,
    Determination,
    Letter,
    Recommendation,
    RecommendationAnswer,
    Stage,
    Task,
)
from pa_portal.determinations.terms import Terms
from pa_portal.submissions.attestation import attest
from pa_portal.submissions.models import Answer, Patient, Prescriber, Request, RequestType, State, Submission
from pa_portal.submissions.numbers import AUTHORIZATION, REFERENCE
from pa_portal.submissions.snapshot import canonical_json, content

_CODES = ("C50.911", "C50.912", "C50.412", "C50.811", "C50.212", "C50.511", "C50.612", "C50.919")
_NOT_COVERED = "C34.90"
_ASKED = "The pathology report with receptor staining\nThe oncologist's latest note"
_URGENT = "Symptomatic visceral metastases; the next dose is due within days."
_RATIONALE = "The patient's history supports treatment although a criterion is not established; notes are in the chart."
_DENIED = "The record does not support the criterion, and nothing that was sent answers it."
_FEWER = "Three doses first; a scan then shows whether the disease responds."
_GROUNDS = "The record sent with this appeal answers the criterion that the denial rests on."
_KEPT = "We read the record again. It does not show what the criterion asks for."
_CHANGED = "The record sent with the appeal shows what was missing."
_VOIDED = "The member's coverage had ended before the first day."


def tell(
    records: Records,
    story: Story,
    patient: Patient,
    practice: Practice,
    prescriber: tuple[User, Prescriber],
    renews: Authorization | None = None,
) -> Authorization | None:
    """Add one request with everything that the story says; return the authorization in force at its end."""
    telling = _Telling(records, story, patient, practice, prescriber, renews)
    records.requests.append(telling.request.pk)
    in_force = telling.tell()
    records.index += 1
    return in_force


class _Telling:
    """One request on its way through its story."""

    def __init__(
        self,
        records: Records,
        story: Story,
        patient: Patient,
        practice: Practice,
        prescriber: tuple[User, Prescriber],
        renews: Authorization | None,
    ) -> None:
        self.records, self.dice, self.story, self.practice = records, records.dice, story, practice
        self.prescriber, self.staff = prescriber[0], practice.staff
        self.policy, self.pattern = story.pattern.policy, story.pattern
        self.reviewer, self.director = (
            self.dice.choice(records.people.reviewers),
            self.dice.choice(records.people.directors),
        )
        others = [user for user in records.people.directors if user is not self.director]
        self.second = self.dice.choice(others)
        needs_rationale = self.pattern.decision.outcome != "meets"
        first_day = timezone.localdate(story.submitted_at) + datetime.timedelta(days=self.dice.randrange(5, 15))
        self.request = row_of(
            Request,
            id=request_id(records.seed, records.index),
            reference=records.number(REFERENCE),
            organization=practice.organization,
            plan=records.people.plan,
            created_by=self.staff,
            patient=patient,
            prescriber=prescriber[1],
            policy_id=self.policy.id,
            policy_version=self.policy.version,
            request_type=RequestType.RENEWAL if renews else RequestType.INITIAL,
            request_date=timezone.localdate(story.began_at),
            renews=renews.pk if renews else None,
            approved_regimen=renews.regimen if renews else "",
            urgency=story.urgency,
            urgency_reason=_URGENT if story.urgency == "expedited" else "",
            diagnosis_code=_NOT_COVERED if self.dice.random() < 0.006 else self.dice.choice(_CODES),
            height_cm=Decimal(self.dice.randrange(1480, 1860)) / 10,
            weight_kg=Decimal(self.dice.randrange(480, 1050)) / 10,
            requested_start_date=max(first_day, renews.renewal_date) if renews else first_day,
            clinical_rationale=_RATIONALE if needs_rationale else "",
            answers=self.pattern.answers,
            state=State.SUBMITTED,
            version=6 + len(self.pattern.walk.asked),
            created_at=story.began_at,
            updated_at=story.submitted_at,
            submitted_at=story.submitted_at,
        )
        self.submission: Submission
        self.case: Case
        self.determinations: list[Determination] = []
        self.authorization: Authorization | None = None
        self.appeal: Appeal | None = None
        self.submissions = 0
        self.tasks: list[Task] = []

    def tell(self) -> Authorization | None:
        story, rows = self.story, self.records.rows
        self._note(self.staff, "request.started", story.began_at, self.request, request_type=self.request.request_type)
        self._answers(story.began_at, story.submitted_at)
        self.clock = self._clock(Stage.REQUEST, story.submitted_at, self.reviewer)
        self._submit(story.submitted_at, "request.submitted")
        for act in story.acts:
            getattr(self, f"_{act.name}")(act)
            self.request.updated_at = act.at
        rows[Request].put(self.request)
        for task in self.tasks:
            rows[Task].put(task)
        if self.authorization:
            rows[Authorization].put(self.authorization)
        if self.authorization is None or self.authorization.status != Authorization.Status.ACTIVE:
            return None
        return self.authorization

    # What the provider does

    def _answers(self, start: datetime.datetime, end: datetime.datetime) -> None:
        asked, add = self.pattern.walk.asked, self.records.rows[Answer].add
        for number, fact in enumerate(asked, start=1):
            at = start + (end - start) * number / (len(asked) + 1)
            add(
                id=self.records.id(),
                request_id=self.request.pk,
                fact=fact,
                value=self.pattern.answers[fact],
                given_by_id=self.staff.pk,
                given_at=at,
            )

    def _submit(self, at: datetime.datetime, action: str, **response: str) -> None:
        pattern, request = self.pattern, self.request
        given = {
            "request_type": request.request_type,
            "request_date": request.request_date.isoformat(),
            "date_of_birth": request.patient.date_of_birth.isoformat(),  # type: ignore[union-attr]
        } | ({"approved_regimen": request.approved_regimen} if request.approved_regimen else {})
        self.submissions += 1
        said = content(
            request,
            self.policy,
            pattern.walked(given),
            decision=pattern.shown,
            attachments=(),
            documents_missing=pattern.documents_missing,
            attestation=attest(request, by=self.prescriber, at=at),
            **response,
        )
        text = canonical_json(said)
        self.submission = row_of(
            Submission,
            id=self.records.id(),
            request=request,
            number=self.submissions,
            request_version=request.version,
            content=said,
            digest=_sha256(text),
            submitted_by=self.prescriber,
            submitted_at=at,
        )
        self.records.rows[Submission].put(self.submission, content=text)
        self.case = Case(self.submission)
        self.case.__dict__["decision"] = pattern.decision
        request.state = State.SUBMITTED
        request.version += 1
        self._note(
            self.prescriber,
            action,
            at,
            request,
            submission=str(self.submission.pk),
            number=self.submissions,
            digest=self.submission.digest,
        )

    def _respond(self, act: Act) -> None:
        if act.details["pattern"] is not self.pattern:
            self.pattern = act.details["pattern"]
            self.request.answers = self.pattern.answers
            self._answers(act.at - datetime.timedelta(minutes=20), act.at)
            self.request.version += len(self.pattern.walk.asked)
        asked = str(self.determinations[-1].pk)
        self._submit(act.at, "request.responded", response="The report is in the chart notes sent.", responds_to=asked)
        self.clock.resume(self.prescriber, act.at, "The provider answered")

    def _withdraw(self, act: Act) -> None:
        self.request.state = State.WITHDRAWN
        self.request.version += 1
        self.clock.stop(self.prescriber, act.at, "Withdrawn")
        self._note(self.prescriber, "request.withdrawn", act.at, self.request, version=self.request.version)

    def _appeal(self, act: Act) -> None:
        appealed = self.determinations[-1]
        self.appeal = row_of(
            Appeal,
            id=self.records.id(),
            request=self.request,
            determination=appealed,
            number=1,
            urgency=self.story.urgency,
            urgency_reason=self.request.urgency_reason,
            grounds=_GROUNDS,
            filed_by=self.prescriber,
            filed_at=act.at,
        )
        self.records.rows[Appeal].put(self.appeal)
        self.request.version += 1
        self.appeal_clock = self._clock(Stage.APPEAL, act.at, self.second, self.appeal)
        self._note(
            self.prescriber, "appeal.filed", act.at, self.appeal, **self._appealed(), urgency=self.appeal.urgency
        )

    # What the plan does

    def _pend(self, act: Act) -> None:
        respond_by = timezone.localdate(act.at) + datetime.timedelta(days=act.details["days"])
        self._decide(
            act.at,
            "pended",
            self.reviewer,
            Letter.Kind.INFORMATION_REQUEST,
            information_needed=_ASKED,
            respond_by=respond_by,
        )
        self.clock.pause(self.reviewer, act.at, respond_by)

    def _extend(self, act: Act) -> None:
        hours = act.details["hours"]
        self.clock.extend(self.reviewer, act.at, hours)
        task = self.clock.task
        self._note(self.reviewer, "clock.extended", act.at, task, **self._of(), stage=task.stage, hours=hours)

    def _approve(self, act: Act) -> None:
        by = None if act.details.get("automatic") else self.reviewer
        self._grant(act.at, by, less=bool(act.details.get("modified")))
        self.clock.stop(by, act.at, "Approved")

    def _grant(
        self, at: datetime.datetime, by: User | None, *, less: bool = False, replaces: Determination | None = None
    ) -> None:
        request, case = self.request, self.case
        assert request.requested_start_date is not None
        whole = terms.full(request, case, max(timezone.localdate(at), request.requested_start_date))
        granted = terms.cut(whole, doses=3) if less else whole
        told: dict[str, Any] = {}
        kept = {"asked": terms.asked(request, case).as_json(), "approved": granted.as_json()}
        if less:
            told = {"changes": composing.changes(kept["asked"], kept["approved"]), "explanation": _FEWER}
        renewal = request.request_type == RequestType.RENEWAL
        kind = Letter.Kind.RENEWAL_APPROVAL if renewal else Letter.Kind.APPROVAL
        if less:
            kind = Letter.Kind.MODIFIED_APPROVAL
        if replaces:
            kind = Letter.Kind.APPEAL_OVERTURNED
            told = {"appeal": self._details(), "explanation": _CHANGED}
            if self.authorization:
                self.authorization.status = Authorization.Status.SUPERSEDED
                self.records.rows[Authorization].put(self.authorization)
        self._decide(
            at,
            "approved",
            by,
            kind,
            granted=granted,
            told=told,
            terms=kept,
            modified=less,
            modification_reason=_FEWER if less else "",
            rationale=_RATIONALE if case.obstacles or replaces else "",
            supersedes=replaces,
        )

    def _recommend(self, act: Act) -> None:
        request, chosen = self.request, self._reasons()[0]
        self.recommendation = row_of(
            Recommendation,
            id=self.records.id(),
            request=request,
            submission=self.submission,
            request_version=request.version,
            reasons=chosen,
            rationale=_DENIED,
            recommended_by=self.reviewer,
            recommended_at=act.at,
        )
        self.recommendation.signature = signing.sign(
            "recommended", signing.recommended(self.recommendation), by=self.reviewer, at=act.at
        )
        self.records.rows[Recommendation].put(self.recommendation)
        request.version += 1
        self.clock.task.awaiting_director = True
        self.clock.task.assignee_id, self.clock.task.assigned_at = None, None
        codes = [reason["code"] for reason in chosen]
        self._note(self.reviewer, "denial.recommended", act.at, self.recommendation, **self._of(), codes=codes)

    def _deny(self, act: Act) -> None:
        kept, told = self._reasons()
        self._decide(
            act.at, "denied", self.director, Letter.Kind.DENIAL, told={"reasons": told}, reasons=kept, rationale=_DENIED
        )
        self.records.rows[RecommendationAnswer].add(
            id=self.records.id(),
            recommendation_id=self.recommendation.pk,
            kind=RecommendationAnswer.Kind.SIGNED,
            answered_by_id=self.director.pk,
            answered_at=act.at,
            determination_id=self.determinations[-1].pk,
        )
        self.clock.stop(self.director, act.at, "Denied")

    def _void(self, act: Act) -> None:
        assert self.authorization is not None
        made = row_of(
            AuthorizationVoid,
            id=self.records.id(),
            authorization=self.authorization,
            voided_by=self.director,
            voided_at=act.at,
            reason=_VOIDED,
            appeal_by=self._appeal_by(act.at),
        )
        made.signature = signing.sign("voided", signing.voided(made), by=self.director, at=act.at)
        self.records.rows[AuthorizationVoid].put(made)
        self.authorization.status = Authorization.Status.VOID
        told = {"authorization": self.authorization, "explanation": _VOIDED}
        self._letter(Letter.Kind.VOID_NOTICE, act.at, self.director, self.determinations[-1], told)
        signed = made.signature["sha256"]
        self._note(self.director, "authorization.voided", act.at, self.authorization, **self._of(), signed=signed)

    def _uphold(self, act: Act) -> None:
        appealed = self.determinations[-1]
        told = {
            "appeal": self._details(),
            "explanation": _KEPT,
            "reasons": self._reasons()[1] if appealed.reasons else (),
        }
        self._close_appeal(act.at, AppealOutcome.Kind.UPHELD, self.second, explanation=_KEPT, rationale=_DENIED)
        self._letter(Letter.Kind.APPEAL_UPHELD, act.at, self.second, appealed, told)

    def _overturn(self, act: Act) -> None:
        self._grant(act.at, self.second, replaces=self.determinations[-1])
        made = self.determinations[-1]
        kind = AppealOutcome.Kind.OVERTURNED
        self._close_appeal(act.at, kind, self.second, determination=made, explanation=_CHANGED, rationale=_RATIONALE)

    def _withdraw_appeal(self, act: Act) -> None:
        self._close_appeal(act.at, AppealOutcome.Kind.WITHDRAWN, self.prescriber)

    # What these have in common

    def _clock(self, stage: str, at: datetime.datetime, assignee: User, appeal: Appeal | None = None) -> Clock:
        clock = Clock(
            self.records,
            self.request,
            stage=stage,
            business=self.request.patient.line_of_business,  # type: ignore[union-attr]
            urgency=self.story.urgency,
            begun_by=self.prescriber,
            at=at,
            assignee=assignee,
            appeal=appeal,
        )
        self.tasks.append(clock.task)
        return clock

    def _reasons(self) -> tuple[list[Any], list[Any]]:
        case = self.case
        first = case.possible_reasons[0]
        chosen = {"criterion": first.criterion, "text": first.text or "The record contradicts this answer."}
        return reasons.check(case, [chosen])

    def _decide(
        self,
        at: datetime.datetime,
        decision: str,
        by: User | None,
        kind: str,
        *,
        granted: Terms | None = None,
        told: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        request, pattern = self.request, self.pattern
        made = row_of(
            Determination,
            id=self.records.id(),
            request=request,
            submission=self.submission,
            number=len(self.determinations) + 1,
            request_version=request.version,
            decision=decision,
            decided_at=at,
            policy_id=self.policy.id,
            policy_version=self.policy.version,
            policy_digest=self.policy.digest,
            outcome=pattern.decision.outcome,
            facts=self.submission.content["facts"],
            criteria=pattern.shown["trace"],
            **fields,
        )
        if decision == "denied" or made.modified:
            made.appeal_by = self._appeal_by(at)
        signing.sign_determination(made, by=by)
        self.records.rows[Determination].put(made)
        self.determinations.append(made)
        if granted:
            self._authorize(made, granted)
        given = dict(told or {}) | ({"authorization": self.authorization} if granted else {})
        if decision == "pended":
            given |= {"information_needed": made.information_needed, "respond_by": made.respond_by}
        self._letter(kind, at, by, made, given)
        request.state, request.version = decision, request.version + 1
        self._note(
            by,
            f"determination.{decision}",
            at,
            made,
            **self._of(),
            submission=str(self.submission.pk),
            policy=f"{made.policy_id} {made.policy_version}",
            outcome=made.outcome,
            authorization=str(self.authorization.pk) if granted and self.authorization else None,
            version=request.version,
            automatic=by is None,
            modified=made.modified,
            supersedes=str(made.supersedes_id) if made.supersedes_id else None,
            signed=made.signature["sha256"],
        )

    def _authorize(self, made: Determination, granted: Terms) -> None:
        earlier = self.authorization
        self.authorization = row_of(
            Authorization,
            id=self.records.id(),
            number=self.records.number(AUTHORIZATION, nth=1 if earlier else 0),
            determination=made,
            request=self.request,
            organization=self.request.organization,
            plan=self.request.plan,
            patient=self.request.patient,
            start=granted.start,
            valid_through=granted.valid_through,
            renewal_date=granted.renewal_date,
            hcpcs=self.policy.hcpcs.code,
            units_per_dose=granted.units_per_dose,
            interval_days=granted.interval_days,
            doses=granted.doses,
            total_units=granted.total_units,
            dose_mg=granted.dose_mg,
            regimen=granted.regimen,
            created_at=made.decided_at,
        )

    def _letter(
        self, kind: str, at: datetime.datetime, by: User | None, made: Determination, told: Mapping[str, Any]
    ) -> None:
        written = composing.letter_input(
            self.request, case=self.case, by=by, on=at, plan=self.records.letterhead.plan, **told
        )
        text = canonical_json(letters.compose(kind, written))
        letter = row_of(
            Letter,
            id=self.records.id(),
            request=self.request,
            determination=made,
            kind=kind,
            sha256=_sha256(text),
            created_at=at,
        )
        self.records.rows[Letter].put(letter, content=text)
        self._note(by, "letter.created", at, letter, **self._of(), kind=kind, sha256=letter.sha256)

    def _close_appeal(self, at: datetime.datetime, kind: str, by: User, **fields: Any) -> None:
        outcome = row_of(
            AppealOutcome,
            id=self.records.id(),
            appeal=self.appeal,
            kind=kind,
            decided_by=by,
            decided_role=by.role,
            decided_at=at,
            **fields,
        )
        outcome.signature = signing.sign(kind, signing.appealed(outcome), by=by, at=at)
        self.records.rows[AppealOutcome].put(outcome)
        self.appeal_clock.stop(by, at, outcome.get_kind_display())
        signed = outcome.signature["sha256"]
        self._note(by, f"appeal.{kind}", at, self.appeal, **self._appealed(), signed=signed)

    def _details(self) -> letters.AppealDetails:
        assert self.appeal is not None
        appealed = self.appeal.determination
        return letters.AppealDetails(
            filed_on=timezone.localdate(self.appeal.filed_at),
            urgency=self.appeal.urgency,
            decided_on=timezone.localdate(appealed.decided_at),
            what="denial" if appealed.decision == "denied" else "change",
        )

    def _appeal_by(self, at: datetime.datetime) -> datetime.date:
        return timezone.localdate(at) + datetime.timedelta(days=self.records.letterhead.appeal_days)

    def _of(self) -> dict[str, str]:
        return {"request": str(self.request.pk)}

    def _appealed(self) -> dict[str, str]:
        assert self.appeal is not None
        return {**self._of(), "determination": str(self.appeal.determination_id)}

    def _note(self, by: User | None, action: str, at: datetime.datetime, of: Any, **detail: Any) -> None:
        self.records.event(by, action, at, of, self.request.organization_id, **detail)


def _sha256(text: str) -> str:
    """Return the hash of canonical JSON, as ``snapshot.digest`` and ``letters.sha256`` make it."""
    return hashlib.sha256(text.encode()).hexdigest()
