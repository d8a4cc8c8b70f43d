"""Documents that came with a request: listed with what they support, and handed out within the plan alone."""

from __future__ import annotations

import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile

from pa_portal.audit.models import Event
from pa_portal.submissions import actions
from pa_portal.submissions.models import Attachment, Request
from tests.records.making import draft, submitted
from tests.records.sample_files import PDF
from tests.review.desk import QUEUE, Desk

NAME = "Bericht “é” <b>.pdf"


@pytest.fixture(autouse=True)
def root(settings: Any, tmp_path: Path) -> Path:
    settings.ATTACHMENT_ROOT = tmp_path / "attachments"
    return settings.ATTACHMENT_ROOT


def with_document(world: SimpleNamespace) -> tuple[Request, Attachment]:
    request = draft(world)
    attachment = actions.add_attachment(
        by=world.prescriber,
        request_id=request.pk,
        version=request.version,
        file=ContentFile(PDF),
        kind="pathology",
        criteria=["her2_negative"],
        name=NAME,
    )
    request.refresh_from_db()
    actions.submit(by=world.prescriber, request_id=request.pk, version=request.version)
    request.refresh_from_db()
    return request, attachment


def path(request: Request, id: Any) -> str:
    return f"{QUEUE}{request.pk}/documents/{id}/"


def test_documents_are_listed_with_what_they_support_and_opened(desk: Desk, world: SimpleNamespace) -> None:
    request, attachment = with_document(world)
    seen = desk.case(request)
    assert NAME in seen.text
    assert "Supports: " in seen.text
    assert path(request, attachment.pk) in seen.html.partition("Supports: ")[2], "beside its criterion too"
    response = desk.client.get(path(request, attachment.pk))
    assert response.status_code == 200
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment;")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    event = Event.objects.get(action="attachment.read")
    assert event.actor_id == world.reviewer.pk


def test_a_document_is_had_within_the_plan_and_by_its_request_alone(
    client: Any, desk: Desk, world: SimpleNamespace
) -> None:
    request, attachment = with_document(world)
    other = submitted(world)
    assert client.get(path(request, uuid.uuid4())).status_code == 404
    assert client.get(path(other, attachment.pk)).status_code == 404
    assert client.post(path(request, attachment.pk)).status_code == 405
    for outsider in ("other_reviewer", "manager", "prescriber"):
        client.force_login(getattr(world, outsider))
        assert client.get(path(request, attachment.pk)).status_code == 404, outsider


def test_a_damaged_file_is_told_on_the_case(desk: Desk, world: SimpleNamespace, root: Path) -> None:
    request, attachment = with_document(world)
    (root / attachment.stored_name).write_bytes(b"other")
    response = desk.client.get(path(request, attachment.pk), follow=True)
    assert "its file is damaged or missing" in response.content.decode()
