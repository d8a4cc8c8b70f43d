"""Reads about organizations."""

from __future__ import annotations

from django.db.models import QuerySet

from pa_portal.accounts.models import Organization


def plans() -> QuerySet[Organization]:
    """Return every health plan, by name: what a patient's plan is chosen from."""
    return Organization.objects.filter(kind=Organization.Kind.PLAN).order_by("name")
