"""Copies of requests, drafts that expire, and newer versions of a policy."""

from __future__ import annotations

import dataclasses
import datetime
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.utils import timezone

from criteria import catalog
from pa_portal.audit.models import Event
from pa_portal.submissions import actions, queries
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Answer, Attachment, Request, State
from tests.records.making import MEETS, draft, in_state, submitted
from tests.records.sample_files import PDF


@pytest.fixture(autouse=True)
def root(settings, tmp_path: Path) -> Path:
    settings.ATTACHMENT_ROOT = tmp_path
    return tmp_path


# Copies


@pytest.mark.parametrize("state", State)
def test_any_request_of_the_organization_is_copied(world: SimpleNamespace, state: str) -> None:
    source = in_state(world, state)
    copy = actions.copy_request(by=world.staff, request_id=source.pk)
    assert (copy.state, copy.created_by, copy.reference != source.reference) == (State.DRAFT, world.staff, True)
    for name in ("patient", "prescriber", "plan", "diagnosis_code", "height_cm", "weight_kg", "answers"):
        assert getattr(copy, name) == getattr(source, name), name
    assert (copy.requested_start_date, copy.urgency, copy.submitted_at, copy.corrects) == (None, "standard", None, None)
    assert {answer.given_by for answer in queries.answers_of(copy)} == {world.staff}
    assert Request.objects.get(pk=source.pk).version == source.version
    assert queries.missing(copy) == ("requested_start_date",)


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("reviewer", NotAllowed),
        ("clinic_manager", NotAllowed),
        ("other_prescriber", Request.DoesNotExist),
        ("other_staff", Request.DoesNotExist),
    ],
)
def test_only_the_provider_copies(world: SimpleNamespace, name: str, refusal) -> None:
    with pytest.raises(refusal):
        actions.copy_request(by=getattr(world, name), request_id=submitted(world).pk)
    assert Request.objects.count() == 1


def test_a_renewal_is_not_copied(world: SimpleNamespace) -> None:
    renewal = actions.start_draft(by=world.prescriber, request_type="renewal", approved_regimen="single_agent")
    with pytest.raises(NotAllowed, match="authorization"):
        actions.copy_request(by=world.prescriber, request_id=renewal.pk)


def test_answers_that_are_none_today_stay_behind(world: SimpleNamespace) -> None:
    source = draft(world)
    Request.objects.filter(pk=source.pk).update(answers={**MEETS, "asked_once": True, "line_of_therapy": 99})
    copy = actions.copy_request(by=world.prescriber, request_id=source.pk)
    assert copy.answers == {name: value for name, value in MEETS.items() if name != "line_of_therapy"}


def test_documents_are_shared_until_both_are_gone(
    world: SimpleNamespace, root: Path, django_capture_on_commit_callbacks
) -> None:
    source = draft(world)
    actions.add_attachment(
        by=world.staff,
        request_id=source.pk,
        version=source.version,
        file=ContentFile(PDF),
        kind="labs",
        name="x.pdf",
    )
    copy = actions.copy_request(by=world.prescriber, request_id=source.pk)
    assert Attachment.objects.count() == 2
    for request, left in ((source, 1), (copy, 0)):
        request.refresh_from_db()
        with django_capture_on_commit_callbacks(execute=True):
            actions.discard_draft(by=world.staff, request_id=request.pk, version=request.version)
        assert sum(path.is_file() for path in root.rglob("*")) == left


# Expiry


def saved(request: Request, days_ago: float) -> Request:
    Request.objects.filter(pk=request.pk).update(updated_at=timezone.now() - datetime.timedelta(days=days_ago))
    request.refresh_from_db()
    return request


def test_a_draft_expires_thirty_days_after_it_was_last_saved(world: SimpleNamespace) -> None:
    request = saved(draft(world), 12)
    assert request.expires_at == request.updated_at + datetime.timedelta(days=30)
    assert in_state(world, "submitted").expires_at is None


def test_expired_drafts_are_discarded_on_record(world: SimpleNamespace, root: Path) -> None:
    old, recent, sent = saved(draft(world), 30.1), saved(draft(world), 29.9), saved(submitted(world), 90)
    pended = saved(in_state(world, "pended"), 90)
    answers = Answer.objects.count()
    out = StringIO()
    call_command("expire_drafts", stdout=out)
    assert out.getvalue() == "1 expired draft discarded.\n"
    states = dict(Request.objects.values_list("pk", "state"))
    assert [states[request.pk] for request in (old, recent, sent, pended)] == [
        "withdrawn",
        "draft",
        "submitted",
        "pended",
    ]
    event = Event.objects.get(action="request.expired")
    assert (event.actor_id, event.object_id, event.organization_id) == (None, str(old.pk), world.clinic.pk)
    assert Answer.objects.count() == answers
    assert list(queries.drafts_for(world.staff)) == [recent]
    assert actions.expire_drafts() == 0


def test_saving_keeps_a_draft(world: SimpleNamespace, settings) -> None:
    request = saved(draft(world), 31)
    actions.save_diagnosis(
        by=world.staff, request_id=request.pk, version=request.version, data={"diagnosis_code": "C50.912"}
    )
    assert actions.expire_drafts() == 0
    settings.DRAFT_DAYS = 1
    assert actions.expire_drafts(now=timezone.now() + datetime.timedelta(days=2)) == 1


# Versions


def test_a_draft_is_told_of_a_newer_version_and_keeps_its_own(world: SimpleNamespace, monkeypatch) -> None:
    request = draft(world)
    assert queries.newer_version(request) is None
    began = queries.policy_of(request)
    newer = dataclasses.replace(began, version="2026-01-01", effective=timezone.localdate())
    monkeypatch.setattr(catalog, "governing", lambda policy_id, on: newer)
    assert queries.newer_version(request) is newer
    assert queries.policy_of(request) is began
    submission = actions.submit(by=world.prescriber, request_id=request.pk, version=request.version)
    assert submission.content["policy"]["version"] == began.version
    request.refresh_from_db()
    assert queries.newer_version(request) is None


def test_a_policy_that_has_ended_has_no_newer_version(world: SimpleNamespace, monkeypatch) -> None:
    request = draft(world)

    def none(policy_id: str, on: datetime.date) -> None:
        raise catalog.NoGoverningVersion

    monkeypatch.setattr(catalog, "governing", none)
    assert queries.newer_version(request) is None
