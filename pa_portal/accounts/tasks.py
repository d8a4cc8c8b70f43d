"""E-mail about accounts, sent by the worker: an account is made whether or not the mail server answers."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from pa_portal.accounts.letters import factors_forgotten, invitation
from pa_portal.accounts.models import User


@app.task(retry=RetryStrategy(max_attempts=6, exponential_wait=10))
def send_invitation(user_id: str) -> None:
    """Send the invitation, unless its owner has chosen a password since, or may not sign in any more."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is not None and not user.has_usable_password():
        invitation(user).send()


@app.task(retry=RetryStrategy(max_attempts=6, exponential_wait=10))
def send_factors_forgotten(user_id: str, by_id: str) -> None:
    """Tell somebody that their second factors are gone, and by whose hand; empty for whoever runs the portal's."""
    user = User.objects.filter(pk=user_id).first()
    if user is not None:
        factors_forgotten(user, by=User.objects.filter(pk=by_id).first() if by_id else None).send()
