"""Writes about who may act: organizations, people, and their comings and goings."""

from __future__ import annotations

import uuid
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from pa_portal.accounts.models import ROLE_KINDS, Organization, Role, User
from pa_portal.accounts.tasks import send_factors_forgotten
from pa_portal.audit.actions import record
from pa_portal.jobs.queue import put


@transaction.atomic
def create_organization(
    *, by: User | None, kind: str, name: str, id: uuid.UUID | None = None, **details: Any
) -> Organization:
    """Create an organization; ``details`` are its other fields. Raises ValidationError by field."""
    organization = Organization(id=id or uuid.uuid4(), kind=kind, name=name, **details)
    organization.full_clean()
    organization.save(force_insert=True)
    record(
        by=by, action="organization.created", obj=organization, organization_id=organization.pk, detail={"kind": kind}
    )
    return organization


@transaction.atomic
def create_user(
    *,
    by: User | None,
    organization: Organization,
    role: str,
    email: str,
    password: str | None = None,
    first_name: str,
    last_name: str,
    credentials: str = "",
    title: str = "",
) -> User:
    """Create a person who can sign in: with ``password``, or without once they have chosen one by way of a link.

    The e-mail address is kept in lower case.

    Raises ValidationError by field: an address already used, a role that does not go with the kind of organization,
    a password that the site's rules refuse.
    """
    user = User(
        organization=organization,
        role=role,
        email=User.normalize_username(email),
        first_name=first_name,
        last_name=last_name,
        credentials=credentials,
        title=title,
    )
    user.set_password(password)
    user.full_clean()
    if organization.kind not in ROLE_KINDS[Role(role)]:
        raise ValidationError(
            {"role": f"A {user.get_role_display().lower()} cannot belong to this kind of organization."}
        )
    if password is not None:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise ValidationError({"password": error.messages}) from error
    user.save(force_insert=True)
    record(by=by, action="user.created", obj=user, detail={"role": role})
    return user


@transaction.atomic
def deactivate_user(*, by: User | None, user: User) -> None:
    """Let a person sign in no more, and end every session they have, at once."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    user.is_active = False
    ended, _ = user.sessions.all().delete()
    record(by=by, action="user.deactivated", obj=user, detail={"sessions": ended})


@transaction.atomic
def reactivate_user(*, by: User | None, user: User) -> None:
    """Let a person sign in again, as before."""
    User.objects.filter(pk=user.pk).update(is_active=True)
    user.is_active = True
    record(by=by, action="user.reactivated", obj=user)


@transaction.atomic
def forget_factors(*, by: User | None, user: User) -> None:
    """Forget every second factor of a person who lost it, end their sessions, and queue the e-mail that tells them.

    The sessions first: the database lets a manager's page take the factors of nobody who is signed in.
    """
    ended, _ = user.sessions.all().delete()
    forgotten, _ = Authenticator.objects.filter(user=user).delete()
    record(by=by, action="user.factors_forgotten", obj=user, detail={"factors": forgotten, "sessions": ended})
    put(send_factors_forgotten, user_id=str(user.pk), by_id=str(by.pk) if by else "")


@transaction.atomic
def appoint_privacy_officer(*, by: User | None, user: User, on: bool = True) -> None:
    """Let a plan's manager take the audit trail away, or no more. Raises ValidationError for anybody else."""
    if on and (user.role != Role.MANAGER or user.organization.kind != Organization.Kind.PLAN):
        raise ValidationError({"is_privacy_officer": "Only a manager of a health plan can be its privacy officer."})
    user.is_privacy_officer = on
    user.save(update_fields=["is_privacy_officer"])
    record(by=by, action="user.privacy_officer", obj=user, detail={"on": on})


@transaction.atomic
def end_sessions(*, by: User, keys: list[str]) -> int:
    """End these sessions of one's own. Returns how many there were; others' are left alone."""
    ended, _ = by.sessions.filter(session_key__in=keys).delete()
    if ended:
        record(by=by, action="user.sessions_ended", obj=by, detail={"sessions": ended})
    return ended


def note_sign_in(*, by: User) -> None:
    """Put on record that this person signed in."""
    record(by=by, action="user.signed_in", obj=by)


def note_new_password(*, by: User) -> None:
    """Put on record that this person chose a password."""
    record(by=by, action="user.password_changed", obj=by)


def note_factor(*, by: User | AnonymousUser, act: str, kind: str) -> None:
    """Put on record that this person ``added`` or ``removed`` a second factor."""
    assert isinstance(by, User)
    record(by=by, action=f"user.factor_{act}", obj=by, detail={"kind": kind})


def note_sign_out(*, by: User) -> None:
    """Put on record that this person signed out."""
    record(by=by, action="user.signed_out", obj=by)


def note_failed_sign_in(*, email: str) -> None:
    """Put on record a failed sign-in to an account that exists. What was typed is not kept: it may be a password."""
    if "\x00" in email or not email.isprintable():
        return
    user = User.objects.filter(email=User.normalize_username(email)).first()
    if user is not None:
        record(by=None, action="user.sign_in_failed", obj=user)
