"""The engine's criteria trees, each different one kept once."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Func, Q, Value

_HASH = Func(
    Func(Func(F("content"), Value("UTF8"), function="convert_to"), function="sha256"), Value("hex"), function="encode"
)


class CriteriaTree(models.Model):
    """A policy's criteria with a verdict on each: what the engine said, without whom it said it about.

    Thousands of requests share a tree, so that a submission and a determination name theirs by ``sha256``, the hash in
    hex of ``content``, canonical JSON. The database refuses a row whose hash is another, and every change: a record
    that names a tree is as frozen as one that holds it.
    """

    sha256 = models.CharField(max_length=64, primary_key=True)
    content = models.TextField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(sha256=_HASH), name="tree_is_what_its_hash_says"),)

    def __str__(self) -> str:
        return self.sha256
