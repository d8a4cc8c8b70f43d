"""Reading the record."""

from __future__ import annotations

from django.db.models import Model, QuerySet

from pa_portal.audit.models import Event, Trace


def events_about(obj: Model) -> QuerySet[Event]:
    """Return every event about ``obj``, oldest first. The caller has already checked that the reader may see it."""
    return Event.objects.filter(object_type=obj._meta.label_lower, object_id=str(obj.pk)).order_by("id")


def pages_about(obj: Model) -> QuerySet[Trace]:
    """Return every page that was asked for by the id of ``obj``, oldest first. For the system alone."""
    return Trace.objects.filter(what=Trace.What.PAGE, subjects__contains=[obj.pk]).order_by("id")
