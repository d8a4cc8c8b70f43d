"""The patients' copies of letters: which wait for the mail, and that one was mailed."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from pa_portal.accounts.models import REVIEWERS, User
from pa_portal.audit.actions import record
from pa_portal.determinations import queries
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters.copies import COPIED
from pa_portal.determinations.models import Letter, Mailing
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.queries import one


def copies_for(user: User) -> QuerySet[Letter]:
    """Return the letters with a patient's copy that this person's plan mails; none for anyone but its reviewers."""
    if user.role not in REVIEWERS:
        return Letter.objects.none()
    return queries.letters_for(user).filter(kind__in=COPIED, content__has_key="copy")


def letters_to_mail(user: User) -> QuerySet[Letter]:
    """Return those whose copy nobody has marked as mailed, the one that has waited longest first."""
    return copies_for(user).filter(mailing__isnull=True).order_by("created_at", "id")


@transaction.atomic
def mark_as_mailed(*, by: User, letter_id: uuid.UUID | str) -> Mailing:
    """Record that the patient's copy of a letter was mailed. The same person again changes nothing.

    Raises Letter.DoesNotExist alike for one that is missing, not theirs, or without a copy; NotAllowed for anyone but
    an active reviewer or medical director; Conflict when a colleague marked it first.
    """
    if by.role not in REVIEWERS or not by.is_active:
        raise NotAllowed("Your role does not allow this: letters are mailed by the plan's reviewers.")
    letter = one(copies_for(by), letter_id)
    mailing, new = Mailing.objects.select_related("by").get_or_create(
        letter=letter, defaults={"by": by, "at": timezone.now()}
    )
    if new:
        record(
            by=by,
            action="letter.mailed",
            obj=letter,
            organization_id=letter.request.organization_id,
            detail={"request": str(letter.request_id)},
        )
    elif mailing.by_id != by.pk:
        raise Conflict(who=mailing.by.get_full_name(), when=mailing.at, decision="Marked as mailed")
    return mailing
