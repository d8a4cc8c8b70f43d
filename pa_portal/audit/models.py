"""What was done, by whom and when: rows that are written once and never changed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class Event(models.Model):
    """One recorded act.

    No foreign keys: a row outlives what it names. The actor's label is kept as it was at the time.
    ``detail`` holds ids, numbers and names of fields, never what a patient's record says.
    A database trigger refuses UPDATE, DELETE and TRUNCATE. ``id`` follows the order of writing.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now, editable=False)
    action = models.CharField(max_length=64)
    actor_id = models.UUIDField(null=True)
    actor_label = models.CharField(max_length=250)
    organization_id = models.UUIDField(null=True)
    object_type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=64)
    request_id = models.CharField(max_length=64, blank=True)
    ip = models.GenericIPAddressField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("object_type", "object_id", "id"), name="audit_event_object"),
            models.Index(fields=("actor_id", "id"), name="audit_event_actor"),
            models.Index(fields=("organization_id", "id"), name="audit_event_organization"),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"


class Trace(models.Model):
    """One look at patient data, or one change of a table that has a wall, as the database itself saw it.

    Written by functions of the tables' owner alone (``audit.sql``), which no login of the portal's can change or go
    round; a trigger refuses UPDATE, DELETE and TRUNCATE. ``what`` is "page" (asked for by its address), "shown" (named
    in a list), "file" (taken away), "insert", "update" or "delete". ``object_type`` is a table, empty for a page;
    ``subjects`` are the ids of its rows, whole numbers written as UUIDs (``as_uuid``); ``columns`` those that changed,
    never their values. ``login`` is the database's own word for who was connected, ``page`` the address's name or what
    the system did it for. ``digest`` is, for a row of ``Event``, the SHA-256 of what it says.

    What is found later by an object's id is indexed by it; a row with very many ids is read through instead.
    """

    class What(models.TextChoices):
        PAGE = "page", "Page"
        SHOWN = "shown", "Shown in a list"
        FILE = "file", "Taken away in a file"
        INSERT = "insert", "Added"
        UPDATE = "update", "Changed"
        DELETE = "delete", "Deleted"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=models.Func(function="clock_timestamp"))
    what = models.CharField(max_length=8, choices=What)
    user_id = models.UUIDField(null=True)
    organization_id = models.UUIDField(null=True)
    login = models.CharField(max_length=63, db_default=models.Func(template="session_user"))
    request_id = models.CharField(max_length=64)
    ip = models.CharField(max_length=45)
    page = models.CharField(max_length=100)
    object_type = models.CharField(max_length=63)
    subjects = ArrayField(models.UUIDField())
    columns = ArrayField(models.CharField(max_length=63), null=True)
    digest = models.BinaryField(null=True)

    class Meta:
        ordering = ("id",)
        # And two by what it is about, which the migration makes: Django has no word for their conditions.
        indexes = (models.Index(fields=("user_id", "id"), name="trace_user"),)

    def __str__(self) -> str:
        return f"{self.what} {self.object_type or self.page}"


class Seal(models.Model):
    """A stretch of the trace, closed: which rows there were, what each said, and the chain up to here.

    ``ids`` are those of the rows, as ranges. ``digests`` are their SHA-256s, 32 bytes each, by ascending id. ``hash``
    is the SHA-256 of the hash before, the ranges and the moment (microseconds since 1970) as text, and the digests.
    ``reach`` is the number after the largest id sealed so far. Append-only.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_default=models.Func(function="clock_timestamp"))
    ids = models.TextField()
    rows = models.IntegerField()
    digests = models.BinaryField()
    reach = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        ordering = ("number",)

    def __str__(self) -> str:
        return f"seal {self.number}"
