"""Peer-to-peer calls: asked for, given a time, and what came of them."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from pa_portal.accounts.models import REVIEWERS, User
from pa_portal.audit.actions import record
from pa_portal.determinations import acts, composing, deciding, notices, queries
from pa_portal.determinations.case import Case
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters.content import CallDetails
from pa_portal.determinations.models import Letter, Notice, PeerToPeer, PeerToPeerEvent
from pa_portal.submissions.cleaning import fill
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.guard import lock
from pa_portal.submissions.models import Request, State

FURTHEST = datetime.timedelta(days=60)


@transaction.atomic
def request_peer_to_peer(
    *, by: User, request_id: uuid.UUID | str, phone: str = "", availability: str = ""
) -> PeerToPeer:
    """Ask for a peer-to-peer call, before a decision or after a denial; either side may.

    ``phone`` is where the prescriber is called, their own number unless another is given; ``availability`` when. After
    a denial there is time for it as long as the plan's letters say. Raises Conflict when a call is asked for already.
    """
    request = lock(by=by, request_id=request_id)
    acts.require("request_peer_to_peer", by=by, request=request)
    standing = queries.open_peer_to_peer(request)
    if standing is not None:
        raise Conflict(who=standing.requested_by.get_full_name(), when=standing.requested_at, decision="Call requested")
    denial = queries.determination_in_force(request)
    if denial is not None:
        days = queries.letter_settings(deciding.plan(request)).peer_to_peer_days
        if timezone.localdate() > timezone.localdate(denial.decided_at) + datetime.timedelta(days=days):
            raise NotAllowed(f"A call can be asked for within {days} days of the denial. An appeal may still be open.")
    call = PeerToPeer(request=request, determination=denial, requested_by=by, requested_at=timezone.now())
    own = request.prescriber.phone if request.prescriber else ""
    fill(call, {"phone": phone.strip() or own, "availability": availability}, ("phone", "availability"))
    call.save(force_insert=True)
    _record(call, by, "peer_to_peer.requested")
    return call


@transaction.atomic
def schedule_peer_to_peer(
    *, by: User, request_id: uuid.UUID | str, call_at: datetime.datetime, clinician: User | None = None
) -> PeerToPeerEvent:
    """Give the call that was asked for a time, or another time, and a clinician of the plan (``by`` unless another is
    given); make its notice. ``call_at`` is an aware time within 60 days.
    """
    request = lock(by=by, request_id=request_id)
    acts.require("schedule_peer_to_peer", by=by, request=request)
    call = _open(request)
    who = clinician or by
    errors: dict[str, Any] = {}
    now = timezone.now()
    if not isinstance(call_at, datetime.datetime) or timezone.is_naive(call_at):
        errors["call_at"] = "Enter a date and a time."
    elif not now < call_at <= now + FURTHEST:
        errors["call_at"] = f"Enter a time from now to {FURTHEST.days} days from now."
    if who.role not in REVIEWERS or not who.is_active or who.organization_id != request.plan_id:
        errors["clinician"] = "Choose a reviewer or medical director of your plan."
    if errors:
        raise ValidationError(errors)
    event = PeerToPeerEvent.objects.create(
        peer_to_peer=call, kind=PeerToPeerEvent.Kind.SCHEDULED, at=now, by=by, call_at=call_at, clinician=who
    )
    submission = call.determination.submission if call.determination else deciding.submission(request)
    local = timezone.localtime(call_at)
    deciding.write_letter(
        Letter.Kind.PEER_TO_PEER_NOTICE,
        composing.letter_input(
            request,
            case=Case(submission),
            by=by,
            on=now,
            call=CallDetails(
                on=local.date(),
                at=f"{local:%I:%M %p %Z}".lstrip("0"),
                phone=call.phone,
                clinician=who.get_full_name(),
                after_denial=request.state == State.DENIED,
            ),
        ),
        request=request,
        determination=call.determination,
        by=by,
    )
    notices.queue(Notice.Kind.CALL_SCHEDULED, request, occasion=f"{call.pk}:{event.pk}")
    _record(call, by, "peer_to_peer.scheduled")
    return event


@transaction.atomic
def close_peer_to_peer(*, by: User, request_id: uuid.UUID | str, kind: str, notes: str = "") -> PeerToPeerEvent:
    """Say what came of a call: "held" (with notes of what was said), "missed" or "cancelled".

    It decides nothing by itself: before a decision the request waits as before; a denial is changed by
    ``reverse_denial``.
    """
    request = lock(by=by, request_id=request_id)
    acts.require("close_peer_to_peer", by=by, request=request)
    call = _open(request)
    if kind not in _CLOSING:
        raise ValidationError({"kind": "Say whether the call was held, missed or cancelled."})
    event = PeerToPeerEvent(peer_to_peer=call, kind=kind, at=timezone.now(), by=by)
    fill(event, {"notes": notes}, ("notes",), required=("notes",) if kind == PeerToPeerEvent.Kind.HELD else ())
    event.save(force_insert=True)
    _record(call, by, f"peer_to_peer.{kind}")
    return event


_CLOSING = (PeerToPeerEvent.Kind.HELD, PeerToPeerEvent.Kind.MISSED, PeerToPeerEvent.Kind.CANCELLED)


def _open(request: Request) -> PeerToPeer:
    call = queries.open_peer_to_peer(request)
    if call is None:
        raise NotAllowed("No peer-to-peer call is asked for.")
    return call


def _record(call: PeerToPeer, by: User, action: str) -> None:
    record(
        by=by,
        action=action,
        obj=call,
        organization_id=call.request.organization_id,
        detail={"request": str(call.request_id)},
    )
