"""What another version of the policy would change, before it is published. For a plan's manager; nothing is changed."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from criteria import catalog
from criteria.policy import Policy
from pa_portal.accounts.access import require_role
from pa_portal.accounts.models import Role, User
from pa_portal.audit import acting
from pa_portal.audit.actions import record
from pa_portal.reports import drafts, lists, queries
from pa_portal.reports.filters import OUTCOMES, is_plan
from pa_portal.reports.forms import DEFAULT_DAYS, ImpactForm, UploadForm
from pa_portal.reports.impact import PATHWAY_WAYS, WORDS, Chosen, Impact, impact
from pa_portal.reports.models import Case
from pa_portal.reports.shapes import Number, whole

SENT, DRAFT = "sent", "draft:"
_SESSION = "reports.policy_sent"
_LABELS = {choice.value: choice.label for choice in OUTCOMES}


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(Role.MANAGER)
def page(request: HttpRequest) -> HttpResponse:
    """The form and, once a version is chosen, its impact; POST takes a version that is not published. 422 on errors."""
    user = _manager(request)
    if request.method == "POST":
        return _take(request)
    tried = _unpublished(request)
    form = ImpactForm(request.GET.dict() or None, _versions(tried))
    context: dict[str, Any] = {"at": "impact", "form": form, "upload": UploadForm(), "broken": _broken()}
    if not form.is_bound:
        return render(request, "reports/impact.html", context)
    if not form.is_valid():
        return render(request, "reports/impact.html", context, status=422)
    policy = tried.get(form.version) or _published(form.version)
    show = request.GET.get("show", "")
    found = impact(user, policy, form.start, form.end, shows=(show,) if show else ())
    query = {"version": form.version, "from": form.start.isoformat(), "to": form.end.isoformat()}
    context |= {"impact": found, "policy": policy, "tried": form.version in tried, **_tables(found, query)}
    if show:
        chosen = found.chosen(show)
        if chosen is None:
            raise Http404
        context["cases"] = cases = _Cases(user, chosen, request.GET.get("page", ""))
        acting.shown([item.id for item, _ in cases.items], Case)
        context["query"] = urlencode({**query, "show": show})
    return render(request, "reports/impact.html", context)


class _Cases:
    """One page of the requests behind a figure, with the outcome that each would have."""

    def __init__(self, user: User, chosen: Chosen, number: str) -> None:
        self.count, self.count_text = len(chosen), whole(len(chosen))
        self.pages = max(1, -(-len(chosen) // lists.PAGE))
        wanted = int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 1
        self.number = min(max(wanted, 1), self.pages)
        here = dict(chosen[(self.number - 1) * lists.PAGE : self.number * lists.PAGE])
        rows = {row["id"]: lists.item(row) for row in queries.cases_of(user, list(here))}
        self.items = [(rows[id], _LABELS[after]) for id, after in here.items() if id in rows]


def _tables(found: Impact, query: dict[str, str]) -> dict[str, Any]:
    """Return the figures with the address of the requests behind each."""

    def number(count: int, *show: str) -> Number:
        url = f"{reverse('reports:impact')}?{urlencode({**query, 'show': ':'.join(show)})}#cases" if count else ""
        return Number(whole(count), url)

    counts = found.counts()
    return {
        "changed": number(found.changed, "changed"),
        "size": whole(found.size),
        "outcomes": [_LABELS[word] for word in WORDS],
        "matrix": [
            (_LABELS[old], [(number(counts[old, new], "change", old, new), old != new) for new in WORDS])
            for old in WORDS
        ],
        "pathways": [
            (row.label, [number(row.counts[way], "pathway", row.id, way) for way in PATHWAY_WAYS])
            for row in found.pathways()
        ],
        "criteria": [
            (turn, [number(turn.counts[word], "criterion", turn.id, word) for word in WORDS])
            for turn in found.criteria()
        ],
    }


def _take(request: HttpRequest) -> HttpResponse:
    """Read the files of a version that is not published, and keep them for this session alone."""
    form = UploadForm(request.POST, request.FILES)
    policy: Policy | None = None
    if form.is_valid():
        try:
            policy = drafts.read(form.cleaned_data["policy"], form.cleaned_data["questions"] or "")
        except ValidationError as error:
            form.add_error("policy", error)
    if policy is None:
        offered = ImpactForm(None, _versions(_unpublished(request)))
        context = {"at": "impact", "form": offered, "upload": form, "broken": _broken()}
        return render(request, "reports/impact.html", context, status=422)
    user = _manager(request)
    request.session[_SESSION] = {"policy": form.cleaned_data["policy"], "questions": form.cleaned_data["questions"]}
    record(
        by=user,
        action="report.policy_tried",
        obj=user.organization,
        organization_id=user.organization_id,
        detail={"policy": policy.id, "digest": policy.digest},
    )
    today = timezone.localdate()
    days = {"from": (today - datetime.timedelta(days=DEFAULT_DAYS - 1)).isoformat(), "to": today.isoformat()}
    return redirect(f"{reverse('reports:impact')}?{urlencode({'version': SENT, **days})}", permanent=False)


def _sent(request: HttpRequest) -> Policy | None:
    """Return the version that was sent in this session, if there is one and it can still be read."""
    kept = request.session.get(_SESSION)
    if kept is None:
        return None
    try:
        return drafts.read(kept["policy"], kept["questions"] or "")
    except ValidationError:
        return None


def _unpublished(request: HttpRequest) -> dict[str, Policy]:
    """Return the versions that can be tried besides the published ones, by the value of their choice."""
    sent = _sent(request)
    found = {SENT: sent} if sent else {}
    return found | {f"{DRAFT}{one.name}": one.policy for one in drafts.in_folder() if one.policy}


def _broken() -> list[drafts.Draft]:
    """Return the drafts that cannot be tried."""
    return [one for one in drafts.in_folder() if one.policy is None]


def _versions(tried: Mapping[str, Policy]) -> list[tuple[str, str]]:
    today = timezone.localdate()
    found = []
    for value, policy in tried.items():
        what = "The version you sent" if value == SENT else f"Draft {value.removeprefix(DRAFT)}"
        found.append((value, f"{what}: {policy.id} {policy.version}"))
    for policy_id in catalog.policy_ids():
        for policy in reversed(catalog.versions(policy_id)):
            note = ", not in force yet" if policy.effective > today else ""
            found.append((f"{policy.id} {policy.version}", f"{policy.id} {policy.version}{note}"))
    return found


def _published(name: str) -> Policy:
    policy_id, _, version = name.partition(" ")
    return catalog.get(policy_id, version)


def _manager(request: HttpRequest) -> User:
    """Return the manager of a plan. Raises Http404 for another: a policy is a plan's."""
    user = cast("User", request.user)
    if not is_plan(user):
        raise Http404
    return user
