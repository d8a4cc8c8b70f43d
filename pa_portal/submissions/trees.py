"""Criteria trees by their hash: keeping one with what is frozen, and reading it again.

What is frozen holds the hash in the tree's place. Records from before trees were shared hold the tree itself; both are
read here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pa_portal.submissions.models import CriteriaTree
from pa_portal.submissions.snapshot import canonical_json, digest

Tree = Mapping[str, Any]


def keep(tree: Tree) -> str:
    """Make sure that a tree is on record, and return the hash that it is named by."""
    text = canonical_json(tree)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    CriteriaTree.objects.bulk_create([CriteriaTree(sha256=sha256, content=text)], ignore_conflicts=True)
    return sha256


def read(frozen: Tree | str) -> Tree:
    """Return the tree that is meant by what a record holds: its hash, or itself.

    Raises CriteriaTree.DoesNotExist, also for one that is not what its hash says.
    """
    if not isinstance(frozen, str):
        return frozen
    text = CriteriaTree.objects.get(pk=frozen).content
    if hashlib.sha256(text.encode()).hexdigest() != frozen:
        raise CriteriaTree.DoesNotExist(frozen)
    found: Tree = json.loads(text)
    return found


def is_tree(frozen: Tree | str, tree: Tree) -> bool:
    """Whether a record means exactly this tree, told without reading it."""
    return frozen == (digest(tree) if isinstance(frozen, str) else tree)
