"""Requests as a report sees them, said in a line each, and written straight into the tables at the times given.

The actions would stamp the present moment and need a whole wizard; a report only reads what they leave behind.
"""

from __future__ import annotations

import datetime
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.db import transaction
from django.utils import timezone

from criteria import catalog, dates
from pa_portal.accounts.models import Organization, User
from pa_portal.determinations.models import Appeal, AppealOutcome, Authorization, Determination, Task
from pa_portal.reports import projection
from pa_portal.submissions.models import Patient, Prescriber, Request, Submission
from pa_portal.submissions.numbers import AUTHORIZATION, REFERENCE

POLICY = catalog.latest("IC-0072")
PATHWAYS = tuple(node.id for node in POLICY.pathways)
DOSES, UNITS = 9, 75
APPEAL_TAKES = datetime.timedelta(days=2)


@dataclass
class Made:
    """One request. Times are aware.

    ``state`` is how it stands; ``decided_at`` the moment of the first decision, by ``decided_by`` ("" for nobody).
    ``pended_at`` are the moments at which information was asked for. ``start`` is the first day authorized.
    ``renews`` is another request that was approved. ``appeal`` is what came of an appeal: "open", "upheld",
    "overturned" (the first decision was a denial, and ``state`` is approved), "withdrawn" or "" for none.
    ``hours_allowed`` gives it a clock, ``extended`` hours are part of that; without one the defaults hold.
    """

    submitted_at: datetime.datetime
    state: str = "submitted"
    organization: str = "clinic"
    plan: str = "plan"
    urgency: str = "standard"
    business: str = "commercial"
    request_type: str = "initial"
    outcome: str = "meets"
    pathways: tuple[str, ...] = ("tnbc_first_line",)
    covered: bool = True
    within_limit: bool = True
    decided_at: datetime.datetime | None = None
    decided_by: str = "reviewer"
    reasons: tuple[str, ...] = ()
    pended_at: tuple[datetime.datetime, ...] = ()
    start: datetime.date | None = None
    void: bool = False
    modified: bool = False
    appeal: str = ""
    hours_allowed: int | None = None
    extended: int = 0
    renews: Made | None = None
    first_name: str = "Marisol"
    last_name: str = "Quintana"
    member_id: str = "PMH1001"
    request: Request = field(default_factory=Request, repr=False)
    authorization: Authorization | None = field(default=None, repr=False)

    @property
    def decision(self) -> str:
        """The decision in force."""
        return self.state if self.state in ("approved", "denied") else ""

    @property
    def first(self) -> str:
        """The first decision."""
        return "denied" if self.appeal == "overturned" else self.decision

    @property
    def automatic(self) -> bool:
        return bool(self.decision) and not self.decided_by

    @property
    def open(self) -> bool:
        return self.state in ("submitted", "pended")

    @property
    def hours(self) -> float | None:
        """Turnaround, recomputed here."""
        return (self.decided_at - self.submitted_at).total_seconds() / 3600 if self.decided_at else None

    @property
    def limit(self) -> int:
        """The time limit in hours, recomputed here."""
        if self.hours_allowed is not None:
            return self.hours_allowed
        if self.business == "medicare":
            return 24 if self.urgency == "expedited" else 72
        return 72 if self.urgency == "expedited" else 168


def write(world: SimpleNamespace, made: Sequence[Made]) -> None:
    """Write these requests into the tables. One that renews comes after the one it renews.

    Their cases are drawn at the end, all at once as a seed's are; ``test_projection`` has what each record draws.
    """
    patient = Patient.objects.create(
        organization=world.clinic,
        plan=world.plan,
        first_name="Live",
        last_name="Record",
        date_of_birth=datetime.date(1968, 2, 29),
        member_id="LIVE1",
        line_of_business="commercial",
    )
    prescriber, _ = Prescriber.objects.get_or_create(
        organization=world.clinic,
        npi="1389051271",
        defaults={"first_name": "Adaeze", "last_name": "Okafor", "phone": "804-555-0170"},
    )
    submissions: list[Submission] = []
    determinations: list[Determination] = []
    authorizations: list[Authorization] = []
    appeals: list[Appeal | AppealOutcome] = []
    tasks: list[Task] = []
    for one in made:
        one.request = _request(world, one, patient, prescriber)
        acts = [(moment, "pended") for moment in one.pended_at]
        sent = [one.submitted_at, *one.pended_at[: None if one.decision or one.state == "submitted" else -1]]
        own = [_submission(one, number, moment) for number, moment in enumerate(sent, start=1)]
        submissions += own
        if one.decided_at:
            acts.append((one.decided_at, one.first))
        if one.decided_at and one.appeal == "overturned":
            acts.append((one.decided_at + APPEAL_TAKES, "approved"))
        for number, (moment, decision) in enumerate(acts, start=1):
            determination = _determination(world, one, own[-1], number, moment, decision)
            if decision == "approved":
                one.authorization = _authorization(one, determination, patient)
                authorizations.append(one.authorization)
            if one.appeal == "overturned" and decision == "approved":
                determination.supersedes = determinations[-1]
            determinations.append(determination)
        if one.appeal:
            appeals += _appeal(world, one, determinations)
        if one.hours_allowed is not None:
            tasks.append(_task(one))
    with transaction.atomic(), projection.paused():
        Request.objects.bulk_create(one.request for one in made)
        Submission.objects.bulk_create(submissions)
        Determination.objects.bulk_create(determinations)
        Authorization.objects.bulk_create(authorizations)
        Appeal.objects.bulk_create(one for one in appeals if isinstance(one, Appeal))
        AppealOutcome.objects.bulk_create(one for one in appeals if isinstance(one, AppealOutcome))
        Task.objects.bulk_create(tasks)
    projection.store_missing()


def _request(world: SimpleNamespace, one: Made, patient: Patient, prescriber: Prescriber) -> Request:
    organization: Organization = getattr(world, one.organization)
    return Request(
        reference=REFERENCE.new(),
        organization=organization,
        plan=getattr(world, one.plan),
        created_by=world.prescriber,
        patient=patient,
        prescriber=prescriber,
        policy_id=POLICY.id,
        policy_version=POLICY.version,
        request_type=one.request_type,
        request_date=timezone.localdate(one.submitted_at),
        renews=one.renews.authorization.pk if one.renews and one.renews.authorization else None,
        urgency=one.urgency,
        urgency_reason="Rapid progression" if one.urgency == "expedited" else "",
        diagnosis_code="C50.911",
        height_cm=163,
        weight_kg=68,
        requested_start_date=timezone.localdate(one.submitted_at),
        state=one.state,
        submitted_at=one.submitted_at,
    )


def _submission(one: Made, number: int, moment: datetime.datetime) -> Submission:
    content: dict[str, Any] = {
        "policy": {"id": POLICY.id, "version": POLICY.version, "digest": POLICY.digest},
        "request": {"urgency": one.urgency, "request_type": one.request_type},
        "patient": {
            "first_name": one.first_name,
            "last_name": one.last_name,
            "member_id": one.member_id,
            "line_of_business": one.business,
        },
        "prescriber": {"first_name": "Adaeze", "last_name": "Okafor", "npi": "1529483715"},
        "treatment": {
            "diagnosis_code": "C50.911",
            "diagnosis_covered": one.covered,
            "dose": {"within_limit": one.within_limit},
        },
        "decision": {"outcome": one.outcome, "pathways": list(one.pathways), "flags": []},
    }
    return Submission(
        request=one.request,
        number=number,
        request_version=number,
        content=content,
        digest="0" * 64,
        submitted_by_id=one.request.created_by_id,
        submitted_at=moment,
    )


def _determination(
    world: SimpleNamespace, one: Made, submission: Submission, number: int, moment: datetime.datetime, decision: str
) -> Determination:
    reviewer: User | None = getattr(world, one.decided_by) if one.decided_by or decision == "pended" else None
    return Determination(
        request=one.request,
        submission=submission,
        number=number,
        request_version=100 + number,
        decision=decision,
        decided_by=reviewer,
        decided_role="director" if decision == "denied" else "reviewer" if reviewer else "",
        decided_at=moment,
        policy_id=POLICY.id,
        policy_version=POLICY.version,
        policy_digest=POLICY.digest,
        outcome=one.outcome,
        criteria={},
        facts={},
        rationale="Written for a test.",
        modified=one.modified and decision == "approved",
        modification_reason="Fewer doses" if one.modified and decision == "approved" else "",
        reasons=[{"criterion": id, "code": "not_met", "text": "Not met."} for id in one.reasons],
        information_needed="The report" if decision == "pended" else "",
        respond_by=timezone.localdate(moment) if decision == "pended" else None,
    )


def _appeal(world: SimpleNamespace, one: Made, determinations: list[Determination]) -> list[Appeal | AppealOutcome]:
    last = determinations[-1]
    appeal = Appeal(
        request=one.request,
        determination=last.supersedes or last,
        number=1,
        urgency="standard",
        grounds="The report was read wrongly.",
        filed_by=world.prescriber,
        filed_at=last.decided_at,
    )
    if one.appeal == "open":
        return [appeal]
    outcome = AppealOutcome(
        appeal=appeal,
        kind=one.appeal,
        decided_by=world.second_reviewer,
        decided_role="director",
        decided_at=last.decided_at + APPEAL_TAKES,
        explanation="Read again.",
        rationale="Read again.",
        determination=last if one.appeal == "overturned" else None,
        signature={},
    )
    return [appeal, outcome]


def _task(one: Made) -> Task:
    assert one.hours_allowed is not None
    return Task(
        stage="request",
        request=one.request,
        plan_id=one.request.plan_id,
        line_of_business=one.business,
        urgency=one.urgency,
        hours=one.hours_allowed - one.extended,
        fixed=False,
        started_at=one.submitted_at,
        due_at=one.submitted_at + datetime.timedelta(hours=one.hours_allowed),
        extended_hours=one.extended,
        stopped_at=one.decided_at,
    )


def _authorization(one: Made, determination: Determination, patient: Patient) -> Authorization:
    start = one.start or timezone.localdate(determination.decided_at)
    return Authorization(
        number=AUTHORIZATION.new(),
        determination=determination,
        request=one.request,
        organization_id=one.request.organization_id,
        plan_id=one.request.plan_id,
        patient=patient,
        start=start,
        valid_through=dates.valid_through(start, 6),
        renewal_date=dates.renewal_date(start, 6),
        hcpcs="J9207",
        units_per_dose=UNITS,
        interval_days=21,
        doses=DOSES,
        total_units=DOSES * UNITS,
        dose_mg=70,
        regimen="single_agent",
        status="void" if one.void else "active",
    )


def at_random(count: int, *, seed: int, now: datetime.datetime, days: int = 400) -> list[Made]:
    """Return requests of every sort, spread over the days before ``now``."""
    dice = random.Random(seed)
    reasons = [node.id for node in POLICY.pathways[0].children]
    made: list[Made] = []
    for _ in range(count):
        submitted_at = now - datetime.timedelta(seconds=dice.randrange(days * 86400))
        age = now - submitted_at
        state = dice.choices(("submitted", "pended", "approved", "denied", "withdrawn"), (8, 4, 55, 25, 8))[0]
        urgency = dice.choices(("standard", "expedited"), (3, 1))[0]
        taken = datetime.timedelta(hours=dice.lognormvariate(4 if urgency == "standard" else 2.6, 0.9))
        decided_at = min(submitted_at + taken, now) if state in ("approved", "denied") else None
        organization = dice.choice(("clinic", "clinic", "other_clinic"))
        plan = dice.choices(("plan", "other_plan"), (9, 1))[0]
        approved = [one for one in made if (one.state, one.organization, one.plan) == ("approved", organization, plan)]
        renews = dice.choice(approved) if approved and dice.random() < 0.15 else None
        request_type = "renewal" if renews else "initial"
        pathways = () if renews or dice.random() < 0.2 else tuple(dice.sample(PATHWAYS, dice.choice((1, 1, 1, 2))))
        outcome = "meets" if pathways or renews else dice.choice(("does_not_meet", "insufficient_information"))
        asked = state == "pended" or dice.random() < 0.15
        pended_at = (submitted_at + min(taken, age) / 3,) if asked else ()
        automatic = state == "approved" and outcome == "meets" and not asked and dice.random() < 0.2
        appeal = ""
        if state == "denied" and dice.random() < 0.4:
            appeal = dice.choice(("open", "upheld", "withdrawn", "overturned"))
        clock = dice.choice((None, 24, 72, 168, 300))
        made.append(
            Made(
                submitted_at,
                "approved" if appeal == "overturned" else state,
                organization=organization,
                plan=plan,
                urgency=urgency,
                business=dice.choice(("commercial", "marketplace", "medicaid", "medicare")),
                request_type=request_type,
                outcome=outcome,
                pathways=pathways,
                covered=dice.random() > 0.1,
                within_limit=dice.random() > 0.05,
                decided_at=decided_at,
                decided_by="" if automatic else dice.choice(("reviewer", "second_reviewer")),
                modified=state == "approved" and not automatic and dice.random() < 0.1,
                appeal=appeal,
                hours_allowed=clock,
                extended=12 if clock and dice.random() < 0.2 else 0,
                reasons=tuple(dice.sample(reasons, dice.choice((1, 1, 2)))) if state == "denied" else (),
                pended_at=pended_at,
                void=dice.random() < 0.05,
                renews=renews,
            )
        )
    return made
