"""The pages on which a plan's managers set what their reviewers and letters go by."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from criteria import catalog
from pa_portal.accounts.access import require_role
from pa_portal.accounts.models import Organization, Role, User
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters import html
from pa_portal.determinations.letters.content import LetterError
from pa_portal.determinations.models import SettingChange
from pa_portal.determinations.queries import policy_setting
from pa_portal.review.plan import changes, rules, sample
from pa_portal.review.plan.forms import LettersForm, SettingForm, SwitchForm, TimeForm
from pa_portal.review.views.common import CONFLICT, INVALID, SeeOther

P = ParamSpec("P")
Kind = SettingChange.Kind
form_methods = require_http_methods(["GET", "HEAD", "POST"])


def for_managers(
    view: Callable[Concatenate[HttpRequest, User, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let a plan's managers in; to anybody else who is signed in there is no such page."""

    @require_role(Role.MANAGER)
    @wraps(view)
    def gate(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        user = cast("User", request.user)
        if user.organization.kind != Organization.Kind.PLAN:
            raise Http404
        return view(request, user, *args, **kwargs)

    return gate


@require_safe
@for_managers
def home(request: HttpRequest, user: User) -> HttpResponse:
    """What there is to set, and how each stands."""
    plan = user.organization
    own = sum(rule.time.own for _, found in rules.groups(plan) for rule in found)
    policies = [(policy, policy_setting(plan, policy.id).automatic_approval) for policy in _policies()]
    return _draw(request, "home", {"own": own, "policies": policies})


@require_safe
@for_managers
def times(request: HttpRequest, user: User) -> HttpResponse:
    """Every rule by which decisions are owed."""
    plan = user.organization
    return _draw(request, "times", {"groups": rules.groups(plan), "changes": changes.of(plan, Kind.CLOCK)})


@form_methods
@for_managers
def time(request: HttpRequest, user: User, stage: str, line_of_business: str, urgency: str) -> HttpResponse:
    """One rule. 404 for one that there is not."""
    rule = rules.one(user.organization, (stage, line_of_business, urgency))
    if rule is None:
        raise Http404
    form = TimeForm(rule, request.POST if request.method == "POST" else None)
    done = f"Saved: {rule.name}."
    return _handle(request, user, form, Kind.CLOCK, "time", {"rule": rule}, done, reverse("plan:times"))


@require_safe
@for_managers
def automatic(request: HttpRequest, user: User) -> HttpResponse:
    """Each policy, and whether what meets it is approved without a reviewer."""
    plan = user.organization
    policies = [(policy, policy_setting(plan, policy.id)) for policy in _policies()]
    return _draw(request, "automatic", {"policies": policies, "changes": changes.of(plan, Kind.AUTOMATIC)})


@form_methods
@for_managers
def switch(request: HttpRequest, user: User, policy_id: str) -> HttpResponse:
    """Turn automatic approval on or off for one policy, after saying what that does. 404 for no such policy."""
    policy = next((each for each in _policies() if each.id == policy_id), None)
    if policy is None:
        raise Http404
    on = policy_setting(user.organization, policy_id).automatic_approval
    form = SwitchForm(policy_id, on, request.POST if request.method == "POST" else None)
    done = f"Automatic approval under {policy_id} is {'off' if on else 'on'}."
    context = {"policy": policy, "on": on}
    return _handle(request, user, form, Kind.AUTOMATIC, "switch", context, done, reverse("plan:automatic"))


@form_methods
@for_managers
def letters(request: HttpRequest, user: User) -> HttpResponse:
    """What letters say of the plan and of rights: the form, then a letter with the new words, then saving them."""
    plan = Organization.objects.get(pk=user.organization_id)
    form = LettersForm(plan, request.POST if request.method == "POST" else None)
    step = request.POST.get("step", "check")
    if request.method == "POST" and step == "check" and form.is_valid():
        shown = _rehearse(form, user)
        if shown is not None:
            context = {"form": form, "letter": html.fragment(shown, level=3), "kept": form.values()}
            return _draw(request, "letters_check", context)
    if step == "change" and form.is_valid():
        return _draw(request, "letters", {"form": form, "problems": [], "changes": changes.of(plan, Kind.LETTERS)})
    done, back = "Saved. Letters written from now on say this.", reverse("plan:letters")
    return _handle(request, user, form, Kind.LETTERS, "letters", {}, done, back, ready=step == "save")


def _rehearse(form: LettersForm, user: User) -> dict[str, Any] | None:
    """Save, write a sample and take it all back; None where something is refused, which the form then shows."""
    try:
        with transaction.atomic():
            form.run(by=user)
            written = sample.denial(Organization.objects.get(pk=user.organization_id))
            transaction.set_rollback(True)
    except ValidationError as error:
        form.take_errors(error)
    except LetterError:
        form.add_error(None, "A letter cannot be written with this text. Use words, not invisible characters alone.")
    except Conflict:
        # Saving says so, with the form.
        return sample.denial(user.organization)
    else:
        return written
    return None


def _handle(
    request: HttpRequest,
    user: User,
    form: SettingForm,
    kind: str,
    page: str,
    context: dict[str, Any],
    done: str,
    back: str,
    *,
    ready: bool = True,
) -> HttpResponse:
    """Draw a form, or store what was typed; when it cannot be, draw it again with why, and with what was typed."""
    status, first = 200, None
    if request.method == "POST":
        status = INVALID
        if form.is_valid() and ready:
            try:
                form.run(by=user)
            except ValidationError as error:
                form.take_errors(error)
            except Conflict as conflict:
                status, first = CONFLICT, conflict
            else:
                messages.success(request, done)
                return SeeOther(back)
    told = {
        "form": form,
        "fields": list(form.views().values()),
        "problems": form.problems() if status == INVALID else [],
        "first": first,
        "changes": changes.of(user.organization, kind),
    }
    return _draw(request, page, {**told, **context}, status=status)


def _policies() -> list[Any]:
    return [catalog.versions(policy_id)[-1] for policy_id in catalog.policy_ids()]


def _draw(request: HttpRequest, page: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, f"plan/{page}.html", {"at": "plan", **context}, status=status)
