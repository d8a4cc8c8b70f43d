"""A manager's acts on the accounts of their own organization. The command line does the same without a manager.

Each holds the organization's row first, so that of two managers who deactivate each other one wins: whoever acts is an
active manager at that moment, and stays one, for nobody acts on their own account. So there is always one left.
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from pa_portal.accounts import actions, queries
from pa_portal.accounts.models import Organization, Role, User
from pa_portal.accounts.tasks import send_invitation
from pa_portal.audit.actions import record
from pa_portal.jobs.queue import put

NO_ADDRESS = (
    "Invitations cannot be sent, since the portal has not been told its own address. Ask whoever runs it to set "
    "NOTICE_BASE_URL."
)


@transaction.atomic
def invite(*, by: User, role: str, **details: Any) -> User:
    """Make an account in the manager's organization, and queue the e-mail by which its owner chooses a password.

    ``details``: as for ``actions.create_user``. Raises ValidationError by field, PermissionDenied.
    """
    _take_charge(by)
    if not settings.NOTICE_BASE_URL:
        raise ValidationError(NO_ADDRESS)
    person = actions.create_user(by=by, organization=by.organization, role=role, **details)
    _send(by, person)
    return person


@transaction.atomic
def invite_again(*, by: User, person_id: uuid.UUID) -> User:
    """Send the invitation once more, to somebody who has chosen no password yet.

    Raises User.DoesNotExist for anybody else's person, ValidationError, PermissionDenied.
    """
    person = _own(by, person_id)
    if not settings.NOTICE_BASE_URL:
        raise ValidationError(NO_ADDRESS)
    if person.has_usable_password() or not person.is_active:
        raise ValidationError("This person has chosen a password already, or cannot sign in.")
    _send(by, person)
    return person


@transaction.atomic
def deactivate(*, by: User, person_id: uuid.UUID) -> User:
    """Let somebody in no more, and end their sessions at once. Nothing if that was done already.

    Raises User.DoesNotExist for anybody else's person, ValidationError for one's own account, PermissionDenied.
    """
    person = _own(by, person_id)
    if person.pk == by.pk:
        raise ValidationError("You cannot deactivate your own account. Ask another manager.")
    if person.is_active:
        actions.deactivate_user(by=by, user=person)
    return person


@transaction.atomic
def reactivate(*, by: User, person_id: uuid.UUID) -> User:
    """Let somebody in again. Nothing if they may sign in. Raises User.DoesNotExist, PermissionDenied."""
    person = _own(by, person_id)
    if not person.is_active:
        actions.reactivate_user(by=by, user=person)
    return person


@transaction.atomic
def forget_factors(*, by: User, person_id: uuid.UUID) -> User:
    """Forget a colleague's lost second factors, end their sessions, and tell them by e-mail. Nothing if there are none.

    Raises User.DoesNotExist for anybody else's person, ValidationError as ``why_not_forget`` says, PermissionDenied.
    """
    person = _own(by, person_id)
    if why_not := why_not_forget(by, person):
        raise ValidationError(why_not)
    if queries.has_factors(person):
        actions.forget_factors(by=by, user=person)
    return person


def why_not_forget(by: User, person: User) -> str:
    """Say why this manager cannot have this colleague's second factors forgotten; empty where they can.

    Not one's own: whoever found a manager's screen would need the password alone from then on. Nor those of somebody
    who may do what no manager can give. ``accounts/guards.py`` holds the same.
    """
    if person.pk == by.pk:
        return "You cannot reset your own second step here. Ask another manager."
    if person.is_privacy_officer:
        return "A privacy officer’s second step is reset by whoever runs the portal."
    return ""


def _own(by: User, person_id: uuid.UUID) -> User:
    _take_charge(by)
    return queries.people_of(by).get(pk=person_id)


def _take_charge(by: User) -> None:
    """Hold the organization, and make sure that ``by`` is still a manager of it, whatever their page knew."""
    Organization.objects.select_for_update(no_key=True).get(pk=by.organization_id)
    if not queries.people_of(by).filter(pk=by.pk, is_active=True, role=Role.MANAGER).exists():
        raise PermissionDenied


def _send(by: User, person: User) -> None:
    put(send_invitation, user_id=str(person.pk))
    record(by=by, action="user.invited", obj=person)
