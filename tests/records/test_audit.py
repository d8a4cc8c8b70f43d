"""Every act is on record with who, on whose behalf, and from which request."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from pa_portal.audit.actions import record
from pa_portal.audit.context import OriginMiddleware, current
from pa_portal.audit.models import Event
from pa_portal.audit.queries import events_about
from tests.records.making import in_state


def test_a_request_tells_its_story(world: SimpleNamespace) -> None:
    request = in_state(world, "withdrawn")
    assert [event.action for event in events_about(request)] == [
        "request.started",
        "request.patient_saved",
        "request.prescriber_saved",
        "request.saved",
        "request.saved",
        "request.answered",
        "request.submitted",
        "request.withdrawn",
    ]
    event = events_about(request).last()
    assert event.actor_id == world.prescriber.pk
    assert event.actor_label == "Ana Testcase (Prescriber)"
    assert event.organization_id == world.clinic.pk


def test_a_row_outlives_what_it_names(world: SimpleNamespace) -> None:
    key = str(world.colleague.pk)
    record(by=world.prescriber, action="test", obj=world.colleague)
    world.colleague.delete()
    assert Event.objects.get(action="test").object_id == key


@pytest.mark.parametrize("peer", ["192.0.2.7", "2001:db8::1", ""])
def test_the_origin_is_recorded(world: SimpleNamespace, peer: str) -> None:
    def view(request) -> HttpResponse:
        record(by=None, action="test", obj=world.plan)
        return HttpResponse()

    response = OriginMiddleware(view)(RequestFactory().get("/", REMOTE_ADDR=peer))
    event = Event.objects.get(action="test")
    assert event.request_id == response["X-Request-ID"]
    assert event.ip == (peer or None)
    assert (event.actor_id, event.actor_label) == (None, "system")
    assert current().request_id == ""


def test_the_origin_ends_with_the_request_even_when_it_fails() -> None:
    def view(request) -> HttpResponse:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        OriginMiddleware(view)(RequestFactory().get("/"))
    assert current().request_id == ""
