"""Notices: queued with what they tell of, composed without a word about a patient, sent once."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable
from urllib.parse import urljoin

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from pa_portal.accounts.models import PROVIDERS, User
from pa_portal.determinations.models import Authorization, Notice
from pa_portal.submissions.models import Request, State, Submission

MOST_ATTEMPTS = 5
AHEAD = ((14, Notice.Kind.EXPIRES_IN_14_DAYS), (45, Notice.Kind.EXPIRES_IN_45_DAYS))

SAYS: dict[str, str] = {
    Notice.Kind.SUBMITTED: "Your health plan has received a prior authorization request.",
    Notice.Kind.PENDED: "Your health plan asks for more information on a prior authorization request.",
    Notice.Kind.DECIDED: "Your health plan has made a decision on a prior authorization request.",
    Notice.Kind.EXTENDED: "Your health plan needs more time to decide a prior authorization request.",
    Notice.Kind.APPEAL_FILED: "Your health plan has received an appeal.",
    Notice.Kind.APPEAL_DECIDED: "Your health plan has decided an appeal.",
    Notice.Kind.VOIDED: "Your health plan has sent a letter about an authorization that is no longer valid.",
    Notice.Kind.CALL_SCHEDULED: "A peer-to-peer call on a prior authorization request has a time.",
    Notice.Kind.MESSAGE: "There is a new message about a prior authorization request.",
    Notice.Kind.EXPIRES_IN_45_DAYS: "An authorization ends within 45 days. A renewal can be started now.",
    Notice.Kind.EXPIRES_IN_14_DAYS: "An authorization ends within 14 days. Without a renewal, treatment after that is "
    "not authorized.",
}


def queue(kind: str, request: Request, *, occasion: uuid.UUID | str, to: Iterable[User] | None = None) -> None:
    """Queue a notice: to everybody at the provider who has to do with the request, unless ``to`` names others.

    ``occasion`` is the id of what it tells of: the same kind, occasion and person make one notice, however often this
    is called. Belongs in the transaction of the occasion.
    """
    Notice.objects.bulk_create(
        [
            Notice(kind=kind, key=f"{kind}:{occasion}:{person.pk}", request=request, recipient=person)
            for person in (_recipients(request) if to is None else to)
        ],
        ignore_conflicts=True,
    )


def _recipients(request: Request) -> Iterable[User]:
    """Those who made and who sent the request, and the prescriber, as far as they sign in here and still do."""
    sent = Submission.objects.filter(request=request).values("submitted_by")
    return User.objects.filter(
        Q(pk=request.created_by_id) | Q(pk__in=sent) | Q(prescriber_profile=request.prescriber_id),
        is_active=True,
        role__in=PROVIDERS,
        organization_id=request.organization_id,
    ).distinct()


@transaction.atomic
def queue_expiring(today: datetime.date | None = None) -> int:
    """Queue notices of authorizations that end soon and have no renewal under way; return how many authorizations.

    Run it daily: one that ends within 14 days gets that notice alone if the earlier one was never queued.
    """
    day = today or timezone.localdate()
    renewed = Request.objects.filter(renews__isnull=False, submitted_at__isnull=False).exclude(state=State.WITHDRAWN)
    found = 0
    for most, (days, kind) in zip((0, AHEAD[0][0] + 1), AHEAD, strict=True):
        ending = Authorization.objects.filter(
            status=Authorization.Status.ACTIVE,
            start__lte=day,
            renewal_date__gt=day,
            renewal_date__range=(day + datetime.timedelta(days=most), day + datetime.timedelta(days=days)),
        ).exclude(pk__in=renewed.values("renews"))
        told = Notice.objects.filter(kind=kind, request=OuterRef("request"), created_at__gte=OuterRef("created_at"))
        ending = ending.exclude(Exists(told))
        for authorization in ending.select_related("request").iterator(chunk_size=500):
            queue(kind, authorization.request, occasion=authorization.pk)
            found += 1
    return found


def waiting() -> QuerySet[Notice]:
    """Return the notices that wait to be sent, oldest first."""
    return Notice.objects.filter(
        sent_at__isnull=True, claimed_at__isnull=True, attempts__lt=MOST_ATTEMPTS, recipient__is_active=True
    ).order_by("created_at", "id")


def stuck() -> int:
    """Return how many notices need a look: claimed and never marked as sent, or refused again and again."""
    return Notice.objects.filter(
        Q(claimed_at__isnull=False) | Q(attempts__gte=MOST_ATTEMPTS), sent_at__isnull=True
    ).count()


def send_waiting() -> tuple[int, int]:
    """Send what waits, oldest first; return how many were sent, and how many the mail server refused.

    Each is claimed in a transaction of its own before it goes out, so that two runs at once, or a run that dies, never
    send one twice. Raises ImproperlyConfigured without NOTICE_BASE_URL.
    """
    if not _base_url():
        raise ImproperlyConfigured("Set NOTICE_BASE_URL, the portal's address as people type it, to send notices.")
    sent, refused = 0, set[uuid.UUID]()
    while (claimed := _claim(refused)) is not None:
        notice, written = claimed
        if _deliver(notice, written):
            sent += 1
        else:
            refused.add(notice.pk)
    return sent, len(refused)


def message(notice: Notice) -> EmailMessage:
    """Return the e-mail: what kind of thing happened, and a link that holds nothing but the request's id."""
    page = "intake:request" if notice.recipient.role in PROVIDERS else "admin:submissions_request_change"
    link = urljoin(_base_url(), reverse(page, args=[notice.request_id]))
    return EmailMessage(
        subject=f"{notice.get_kind_display()}: open the portal",
        body=f"{SAYS[notice.kind]}\n\nSign in to read it:\n{link}\n\n"
        "This message names no patient. Please do not reply with patient information.\n",
        to=[notice.recipient.email],
        headers={"Auto-Submitted": "auto-generated"},
    )


def _base_url() -> str:
    return str(getattr(settings, "NOTICE_BASE_URL", ""))


@transaction.atomic
def _claim(refused: set[uuid.UUID]) -> tuple[Notice, EmailMessage] | None:
    """Claim the next notice, with its message: one that cannot be written is not claimed."""
    free = waiting().exclude(pk__in=refused).select_related("recipient")
    notice = free.select_for_update(skip_locked=True, of=("self",)).first()
    if notice is None:
        return None
    written = message(notice)
    notice.claimed_at, notice.attempts = timezone.now(), notice.attempts + 1
    notice.save(update_fields=["claimed_at", "attempts"])
    return notice, written


def _deliver(notice: Notice, written: EmailMessage) -> bool:
    try:
        written.send()
    except Exception as error:
        # What a mail server says may quote the recipient; its kind is enough to act on.
        Notice.objects.filter(pk=notice.pk).update(claimed_at=None, error=type(error).__name__)
        return False
    Notice.objects.filter(pk=notice.pk).update(sent_at=timezone.now(), error="")
    return True
