"""What the review's pages share: finding the case, and drawing a page of the admin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from pa_portal.accounts.models import User
from pa_portal.determinations.case import Case
from pa_portal.determinations.queries import case_of
from pa_portal.submissions.models import Request
from pa_portal.submissions.queries import request_for

INVALID, CONFLICT = 422, 409


class SeeOther(HttpResponseRedirect):
    """303: done; look at the next page with GET."""

    status_code = 303


def user_of(request: HttpRequest) -> User:
    """Who is signed in; the admin's gate has made sure that it is a reviewer."""
    assert isinstance(request.user, User)
    return request.user


def case_or_404(request: HttpRequest, pk: UUID) -> tuple[Request, Case]:
    """A request of the reviewer's plan and its latest submission. Raises Http404 for anything else."""
    try:
        found = request_for(user_of(request), pk)
    except Request.DoesNotExist:
        raise Http404 from None
    case = case_of(found)
    if case is None:
        raise Http404
    return found, case


def case_url(pk: UUID) -> str:
    return reverse("admin:submissions_request_change", args=[pk])


def draw(request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """Draw a page of the admin."""
    return render(request, template, {**admin.site.each_context(request), **context}, status=status)
