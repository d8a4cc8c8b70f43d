"""Filling an empty database with the demo, through the same actions as everybody else, as months went by."""

from __future__ import annotations

import datetime
import heapq
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils import timezone

from pa_portal.accounts.actions import appoint_privacy_officer, create_organization, create_user
from pa_portal.accounts.models import Organization, User
from pa_portal.demo import clock
from pa_portal.demo.acts import ACTS
from pa_portal.demo.documents import page
from pa_portal.demo.history import HISTORY
from pa_portal.demo.people import ORGANIZATIONS, PASSWORD, PLAN_ID, PRESCRIBERS, USERS
from pa_portal.demo.requests import REQUESTS
from pa_portal.demo.schedule import begun, following
from pa_portal.demo.shapes import DemoRequest
from pa_portal.determinations import actions as determinations
from pa_portal.determinations.queries import authorization_for
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.models import Request

# Any number will do, as long as nothing else takes it.
LOCK = 7_207_2025
OPENED_DAYS_AGO = 180


@transaction.atomic
def seed() -> bool:
    """Create the demo's organizations, people and requests. Returns whether anything was done: once is enough."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if Organization.objects.filter(pk=PLAN_ID).exists():
        return False
    now = timezone.now()
    with clock.at(begun(OPENED_DAYS_AGO, now)):
        organizations, users = _people()
    made: dict[str, Request] = {}
    _play([_live(demo, users, organizations["plan"], made, now) for demo in (*REQUESTS, *HISTORY)])
    return True


def _people() -> tuple[dict[str, Organization], dict[str, User]]:
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
    appoint_privacy_officer(by=None, user=users["whitfield"])
    for name, profile in PRESCRIBERS.items():
        submissions.save_profile(by=users[name], data=profile)
    return organizations, users


def _play(lives: list[Iterator[datetime.datetime]]) -> None:
    """Let every request's life go on to its next moment, the earliest first, with the clock set to each."""
    waiting = [(next(life), number) for number, life in enumerate(lives)]
    heapq.heapify(waiting)
    while waiting:
        moment, number = heapq.heappop(waiting)
        with clock.at(moment):
            following_moment = next(lives[number], None)
        if following_moment is not None:
            heapq.heappush(waiting, (following_moment, number))


def _live(
    demo: DemoRequest, users: dict[str, User], plan: Organization, made: dict[str, Request], now: datetime.datetime
) -> Iterator[datetime.datetime]:
    """Yield when the next thing happens to a request, and do it when told to go on."""
    exact = demo.to_the_hour
    moment = now - datetime.timedelta(days=demo.days_ago) if exact else begun(demo.days_ago, now)
    yield moment
    request = made[demo.name] = _fill_in(demo, users, plan, made)
    for act in demo.acts:
        moment = moment + datetime.timedelta(hours=act.after) if exact else following(moment, act.after, now)
        yield moment
        request.refresh_from_db()
        ACTS[act.name](request, users[act.by or demo.by], users[demo.staff or demo.by], act.details)


def _fill_in(demo: DemoRequest, users: dict[str, User], plan: Organization, made: dict[str, Request]) -> Request:
    by = users[demo.staff or demo.by]
    request = _start(demo, users[demo.by], by, made)
    for save, data in _details(demo, plan)[: demo.upto]:
        request = save(by=by, request_id=request.pk, version=request.version, data=data)
    if demo.answers:
        request = submissions.save_answers(by=by, request_id=request.pk, version=request.version, answers=demo.answers)
    if demo.rationale:
        request = submissions.save_rationale(
            by=by, request_id=request.pk, version=request.version, data={"clinical_rationale": demo.rationale}
        )
    for document in demo.documents:
        request = submissions.add_attachment(
            by=by,
            request_id=request.pk,
            version=request.version,
            file=ContentFile(page(document.name.removesuffix(".pdf").capitalize(), "", *document.lines)),
            name=document.name,
            kind=document.kind,
            criteria=document.criteria,
        ).request
    return request


def _start(demo: DemoRequest, prescriber: User, by: User, made: dict[str, Request]) -> Request:
    if not demo.renews:
        return submissions.start_draft(by=by)
    authorization = authorization_for(prescriber, made[demo.renews].pk)
    assert authorization is not None
    return determinations.start_renewal(by=prescriber, authorization_id=authorization.pk)


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
                "requested_start_date": timezone.localdate() + datetime.timedelta(days=demo.starts_in),
                "urgency": "expedited" if demo.urgency_reason else "standard",
                "urgency_reason": demo.urgency_reason,
            },
        ),
    ]
