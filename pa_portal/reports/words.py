"""How policies' pathways, criteria and versions are called."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from criteria import catalog
from criteria.policy import Policy
from pa_portal.determinations.case import DIAGNOSIS, UNITS

# A denial may rest on these two besides the policy's criteria.
_COVERAGE = {
    DIAGNOSIS: "The diagnosis code is one that the policy covers",
    UNITS: "A dose stays within the policy's limit of units",
}


def _policies() -> Iterator[Policy]:
    """Yield every version of every policy, oldest first, so that the newest wording wins."""
    for policy_id in catalog.policy_ids():
        yield from catalog.versions(policy_id)


@cache
def pathways() -> dict[str, str]:
    """Return every pathway's label by its id, in the policy's order."""
    return {node.id: node.label for policy in _policies() for node in policy.pathways}


@cache
def reasons() -> dict[str, str]:
    """Return the label of everything a denial may rest on, by its id."""
    return {node.id: node.label for policy in _policies() for node in policy.criteria.values()} | _COVERAGE


@cache
def versions() -> tuple[str, ...]:
    """Return every policy version as "IC-0072 2025-09-04"."""
    return tuple(f"{policy.id} {policy.version}" for policy in _policies())
