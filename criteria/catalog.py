"""Which policy versions there are, and which one governs a date."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from criteria.loader import POLICY_FILE, load
from criteria.policy import Policy
from criteria.source import PolicyError

POLICIES = Path(__file__).parent / "policies"


class UnknownPolicy(LookupError):
    """No such policy, or no such version of it."""


class NoGoverningVersion(LookupError):
    """No version of the policy governs the date."""


@cache
def policy_ids(root: Path = POLICIES) -> tuple[str, ...]:
    """The ids of all policies, sorted."""
    return tuple(sorted(folder.name for folder in root.iterdir() if any(folder.glob(f"*/{POLICY_FILE}"))))


@cache
def versions(policy_id: str, root: Path = POLICIES) -> tuple[Policy, ...]:
    """All versions of a policy, oldest first. Raises ``UnknownPolicy``; ``PolicyError`` if a file is not acceptable."""
    if policy_id not in policy_ids(root):
        raise UnknownPolicy(f"There is no policy {policy_id!r}. Policies: {', '.join(policy_ids(root))}.")
    found = []
    for file in sorted((root / policy_id).glob(f"*/{POLICY_FILE}")):
        policy = load(file.parent)
        if (policy.id, policy.version) != (policy_id, file.parent.name):
            raise PolicyError(f"{policy_id}/{file.parent.name}/{POLICY_FILE}: id and version must name its folder")
        found.append(policy)
    refuse_overlaps(found)
    return tuple(sorted(found, key=lambda policy: policy.effective))


def get(policy_id: str, version: str, root: Path = POLICIES) -> Policy:
    """One version of a policy. Raises ``UnknownPolicy``."""
    known = versions(policy_id, root)
    for policy in known:
        if policy.version == version:
            return policy
    names = ", ".join(policy.version for policy in known)
    raise UnknownPolicy(f"Policy {policy_id} has no version {version!r}. Versions: {names}.")


def latest(policy_id: str, root: Path = POLICIES) -> Policy:
    """The newest version of a policy. Raises ``UnknownPolicy``."""
    return versions(policy_id, root)[-1]


def governing(policy_id: str, on: datetime.date, root: Path = POLICIES) -> Policy:
    """The version that governs a request date. Raises ``UnknownPolicy`` or ``NoGoverningVersion``."""
    begun = [policy for policy in versions(policy_id, root) if policy.effective <= on]
    if not begun or (begun[-1].until is not None and begun[-1].until < on):
        raise NoGoverningVersion(f"No version of policy {policy_id} governs {on.isoformat()}.")
    return begun[-1]


def overlaps(policies: Iterable[Policy]) -> list[tuple[Policy, Policy]]:
    """Pairs of versions of one policy that would govern the same date.

    A version without an end governs until the next begins, so only an equal start or a stated end can overlap.
    """
    ordered = sorted(policies, key=lambda policy: policy.effective)
    return [
        (earlier, later)
        for earlier, later in itertools.pairwise(ordered)
        if later.effective == earlier.effective or (earlier.until is not None and earlier.until >= later.effective)
    ]


def refuse_overlaps(policies: Iterable[Policy]) -> None:
    """Raise ``PolicyError`` naming the first two versions that would govern the same date."""
    for earlier, later in overlaps(policies):
        raise PolicyError(
            f"{earlier.id}: versions {earlier.version} and {later.version} both govern {later.effective.isoformat()}"
        )
