"""Filling an empty database with the demo, through the same actions as everybody else."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from pa_portal.accounts.actions import create_organization, create_user
from pa_portal.accounts.models import Organization, User
from pa_portal.demo.people import ORGANIZATIONS, PASSWORD, PLAN_ID, PRESCRIBERS, USERS
from pa_portal.demo.requests import REQUESTS, DemoRequest
from pa_portal.determinations import actions as determinations
from pa_portal.determinations.queries import authorization_for
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.models import Request

# Any number will do, as long as nothing else takes it.
LOCK = 7_207_2025


@transaction.atomic
def seed() -> bool:
    """Create the demo's organizations, people and requests. Returns whether anything was done: once is enough."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if Organization.objects.filter(pk=PLAN_ID).exists():
        return False
    organizations = {name: create_organization(by=None, **details) for name, details in ORGANIZATIONS.items()}
    users = {
        name: create_user(
            by=None,
            organization=organizations[details["organization"]],
            password=PASSWORD,
            **{field: value for field, value in details.items() if field != "organization"},
        )
        for name, details in USERS.items()
    }
    made: dict[str, Request] = {}
    for demo in REQUESTS:
        made[demo.name] = _make(demo, users, organizations["plan"], made)
    return True


def _make(demo: DemoRequest, users: dict[str, User], plan: Organization, made: dict[str, Request]) -> Request:
    by = users[demo.by]
    request = _start(demo, by, made)
    for save, data in _details(demo, plan)[: demo.upto]:
        request = save(by=by, request_id=request.pk, version=request.version, data=data)
    if demo.answers:
        request = submissions.save_answers(by=by, request_id=request.pk, version=request.version, answers=demo.answers)
    if demo.rationale:
        request = submissions.save_rationale(
            by=by, request_id=request.pk, version=request.version, data={"clinical_rationale": demo.rationale}
        )
    for act, details in demo.fates:
        _FATES[act](request, by, users, details)
        request.refresh_from_db()
    return request


def _start(demo: DemoRequest, by: User, made: dict[str, Request]) -> Request:
    if not demo.renews:
        return submissions.start_draft(by=by)
    authorization = authorization_for(by, made[demo.renews].pk)
    assert authorization is not None
    return determinations.start_renewal(by=by, authorization_id=authorization.pk)


def _details(demo: DemoRequest, plan: Organization) -> list[tuple[Any, dict[str, Any]]]:
    return [
        (submissions.save_patient, {**demo.patient, "plan": plan.pk}),
        (submissions.save_prescriber, PRESCRIBERS[demo.by]),
        (submissions.save_diagnosis, {"diagnosis_code": demo.diagnosis}),
        (
            submissions.save_treatment,
            {
                "height_cm": demo.height_cm,
                "weight_kg": demo.weight_kg,
                "requested_start_date": _day(demo.starts_in),
                "urgency": "expedited" if demo.urgency_reason else "standard",
                "urgency_reason": demo.urgency_reason,
            },
        ),
    ]


def _day(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)


def _submit(request: Request, by: User, users: dict[str, User], details: dict[str, Any]) -> None:
    submissions.submit(by=by, request_id=request.pk, version=request.version)


def _withdraw(request: Request, by: User, users: dict[str, User], details: dict[str, Any]) -> None:
    submissions.withdraw(by=by, request_id=request.pk, version=request.version)


def _approve(request: Request, by: User, users: dict[str, User], details: dict[str, Any]) -> None:
    determinations.approve(
        by=users[details["by"]],
        request_id=request.pk,
        version=request.version,
        start=_day(details["starts_in"]),
        rationale=details["rationale"],
    )


def _deny(request: Request, by: User, users: dict[str, User], details: dict[str, Any]) -> None:
    determinations.deny(
        by=users[details["by"]],
        request_id=request.pk,
        version=request.version,
        reasons=details["reasons"],
        rationale=details["rationale"],
    )


def _pend(request: Request, by: User, users: dict[str, User], details: dict[str, Any]) -> None:
    determinations.pend(
        by=users[details["by"]],
        request_id=request.pk,
        version=request.version,
        information_needed=details["information_needed"],
        respond_by=_day(details["days"]),
    )


def _respond(request: Request, by: User, users: dict[str, User], details: dict[str, Any]) -> None:
    changed = submissions.save_answers(
        by=by, request_id=request.pk, version=request.version, answers=details["answers"]
    )
    determinations.respond_to_pend(by=by, request_id=request.pk, version=changed.version, response=details["response"])


_FATES = {
    "submit": _submit,
    "withdraw": _withdraw,
    "approve": _approve,
    "deny": _deny,
    "pend": _pend,
    "respond": _respond,
}
