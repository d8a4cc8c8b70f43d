"""Accounts from the command line. `manage.py account --help` names what there is."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from pa_portal.accounts import actions, queries
from pa_portal.accounts.letters import invitation
from pa_portal.accounts.models import Organization, Role, User


class Command(BaseCommand):
    help = "Make and look after accounts. Whoever is invited chooses their own password, by a link sent by e-mail."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        organization = acts.add_parser("organization", help="make an organization")
        organization.add_argument("--kind", choices=Organization.Kind.values, required=True)
        organization.add_argument("--name", required=True)
        create = acts.add_parser("create", help="make an account and send the invitation")
        create.add_argument("email")
        create.add_argument("--organization", required=True, help="its name or id")
        create.add_argument("--role", choices=Role.values, required=True)
        create.add_argument("--first-name", required=True)
        create.add_argument("--last-name", required=True)
        create.add_argument("--credentials", default="", help='after the name, such as "MD"')
        create.add_argument("--title", default="", help='job title, such as "Medical director"')
        for name, told in (
            ("invite", "send the invitation again"),
            ("deactivate", "end all sessions, and let nobody in any more"),
            ("reactivate", "let somebody in again"),
            ("reset-mfa", "forget a lost second factor; another is set up at the next sign-in"),
        ):
            acts.add_parser(name, help=told).add_argument("email")
        officer = acts.add_parser("officer", help="say whether a plan's manager is its privacy officer")
        officer.add_argument("email")
        change = officer.add_mutually_exclusive_group(required=True)
        change.add_argument("--grant", dest="on", action="store_true", help="they read the audit trail from now on")
        change.add_argument("--revoke", dest="on", action="store_false", help="they do no longer")
        acts.add_parser("list", help="list the accounts")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        try:
            self.stdout.write(getattr(self, f"_{act.replace('-', '_')}")(**options))
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from None
        except ImproperlyConfigured as error:
            raise CommandError(str(error)) from None

    def _organization(self, kind: str, name: str, **options: Any) -> str:
        made = actions.create_organization(by=None, kind=kind, name=name)
        return f"Made {made.name}, {made.pk}."

    def _create(self, email: str, organization: str, role: str, **options: Any) -> str:
        details = {name: options[name] for name in ("first_name", "last_name", "credentials", "title")}
        try:
            found = queries.organization_called(organization)
        except Organization.DoesNotExist:
            raise CommandError(f"There is no organization called {organization}, or more than one.") from None
        with transaction.atomic():
            user = actions.create_user(by=None, organization=found, role=role, email=email, **details)
            invitation(user).send()
        return f"Made the account of {user.email}, and sent the invitation."

    def _invite(self, email: str, **options: Any) -> str:
        user = _user(email)
        if user.has_usable_password() or not user.is_active:
            raise CommandError(f"{user.email} has a password already, or may not sign in.")
        invitation(user).send()
        return f"Sent the invitation to {user.email}."

    def _deactivate(self, email: str, **options: Any) -> str:
        user = _user(email)
        actions.deactivate_user(by=None, user=user)
        left = queries.people_of(user).filter(role=Role.MANAGER, is_active=True).exists()
        last = user.role == Role.MANAGER and not left
        more = f" {user.organization} has no manager now: make another." if last else ""
        return f"{user.email} is out, and cannot sign in any more.{more}"

    def _reactivate(self, email: str, **options: Any) -> str:
        user = _user(email)
        actions.reactivate_user(by=None, user=user)
        return f"{user.email} can sign in again."

    def _reset_mfa(self, email: str, **options: Any) -> str:
        user = _user(email)
        actions.forget_factors(by=None, user=user)
        return f"The second factors of {user.email} are forgotten; another is set up at the next sign-in."

    def _officer(self, email: str, on: bool, **options: Any) -> str:
        user = _user(email)
        if user.is_privacy_officer == on:
            return f"{user.email} {'is a privacy officer already' if on else 'is no privacy officer'}."
        actions.appoint_privacy_officer(by=None, user=user, on=on)
        return f"{user.email} is {'now' if on else 'no longer'} a privacy officer of {user.organization.name}."

    def _list(self, **options: Any) -> str:
        return "\n".join(
            f"{user.email}\t{user.role}\t{user.organization.name}\t{_state(user)}" for user in queries.everybody()
        )


def _user(email: str) -> User:
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        raise CommandError(f"There is no account with the address {email}.") from None


def _state(user: User) -> str:
    if not user.is_active:
        return "deactivated"
    return "active" if user.has_usable_password() else "invited"
