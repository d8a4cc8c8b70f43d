"""The policies: their versions, the criteria of one, and what one version changes of another. Nobody's data."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from criteria import catalog
from criteria.policy import Policy
from criteria.show import show
from pa_portal.determinations import queries
from pa_portal.review import policy_tree, policy_versions
from pa_portal.review.views.common import draw, user_of


@require_safe
def policies(request: HttpRequest) -> HttpResponse:
    """List every policy with its versions."""
    found = [policy_versions.versions(policy_id) for policy_id in catalog.policy_ids()]
    return draw(request, "review/policies.html", {"policies": found})


@require_safe
def policy(request: HttpRequest, policy_id: str, version: str) -> HttpResponse:
    """Show the criteria of one version. 404 for one that there is not."""
    found = _get(policy_id, version)
    others = [each.policy for each in policy_versions.versions(policy_id) if each.policy.version != version]
    context = {
        "policy": found,
        "limits": policy_tree.limits(found),
        "groups": policy_tree.groups(found),
        "use": queries.use_of_policy(user_of(request), found.id, found.version),
        "criteria": show(found),
        "others": others,
    }
    return draw(request, "review/policy.html", context)


@require_safe
def compare(request: HttpRequest, policy_id: str, before: str, after: str) -> HttpResponse:
    """Show what version ``after`` changes of ``before``. 404 for one that there is not."""
    old, new = _get(policy_id, before), _get(policy_id, after)
    context = {
        "before": old,
        "after": new,
        "changes": policy_tree.changes(old, new),
        "places": policy_versions.differences(old, new),
    }
    return draw(request, "review/policy_compare.html", context)


def _get(policy_id: str, version: str) -> Policy:
    try:
        return catalog.get(policy_id, version)
    except catalog.UnknownPolicy:
        raise Http404 from None
