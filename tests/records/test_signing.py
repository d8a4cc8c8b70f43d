"""Staff fill in, the prescriber signs."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pa_portal.audit.models import Event
from pa_portal.demo import cases
from pa_portal.submissions import actions, attestation, queries
from pa_portal.submissions.errors import NotAllowed, NotReady, Stale
from pa_portal.submissions.models import Answer, Request, State
from tests.records.making import MEETS, PATIENT, draft, in_state, submitted


def ready(world: SimpleNamespace, request: Request, by: str = "staff", version: int | None = None) -> Request:
    return actions.mark_ready_to_sign(
        by=getattr(world, by), request_id=request.pk, version=request.version if version is None else version
    )


def test_staff_fill_and_the_prescriber_signs(world: SimpleNamespace) -> None:
    request = draft(world, by=world.staff)
    assert {answer.given_by for answer in Answer.objects.all()} == {world.staff}
    marked = ready(world, request)
    for name in ("staff", "colleague"):
        assert list(queries.ready_to_sign_for(getattr(world, name))) == [marked]
    for name in ("other_staff", "reviewer", "clinic_manager"):
        assert not queries.ready_to_sign_for(getattr(world, name)).exists()
    with pytest.raises(NotAllowed, match="by a prescriber"):
        actions.submit(by=world.staff, request_id=request.pk, version=marked.version)
    submission = actions.submit(by=world.prescriber, request_id=request.pk, version=marked.version)
    signed = submission.content["attestation"]
    assert signed == {
        "meaning": attestation.MEANING,
        "signed_by": {
            "id": str(world.prescriber.pk),
            "name": "Ana Testcase",
            "role": "prescriber",
            "role_name": "Prescriber",
            "title": "",
        },
        "signed_at": submission.submitted_at.isoformat(),
        "method": "",
        "confirmed_at": None,
        "prepared_by": {
            "id": str(world.staff.pk),
            "name": "Jo Testcase",
            "role": "staff",
            "role_name": "Practice staff",
            "title": "",
        },
        "prepared_at": marked.ready_to_sign_at.isoformat(),
    }
    assert Request.objects.get(pk=request.pk).ready_to_sign_at is None


def test_without_preparation_nobody_is_named_for_it(world: SimpleNamespace) -> None:
    signed = queries.submission_of(submitted(world)).content["attestation"]
    assert (signed["prepared_by"], signed["prepared_at"]) == (None, None)


@pytest.mark.parametrize(
    ("save", "given"),
    [
        (actions.save_answers, {"answers": {"line_of_therapy": 5}}),
        (actions.save_patient, {"data": {"first_name": "Maria"}}),
        (actions.save_prescriber, {"data": {"phone": "804-555-0199"}}),
        (actions.save_diagnosis, {"data": {"diagnosis_code": "C50.912"}}),
        (actions.save_treatment, {"data": {"height_cm": "170"}}),
        (actions.save_rationale, {"data": {"clinical_rationale": "More"}}),
    ],
)
def test_a_later_change_takes_the_mark_back(world: SimpleNamespace, save, given) -> None:
    request = ready(world, draft(world))
    changed = save(by=world.staff, request_id=request.pk, version=request.version, **given)
    stored = Request.objects.get(pk=request.pk)
    assert (changed.ready_to_sign_at, stored.ready_to_sign_at, stored.ready_to_sign_by) == (None, None, None)


def test_saving_the_same_again_leaves_the_mark(world: SimpleNamespace) -> None:
    request = ready(world, draft(world))
    actions.save_patient(by=world.staff, request_id=request.pk, version=request.version, data=PATIENT)
    actions.save_answers(by=world.staff, request_id=request.pk, version=request.version, answers=MEETS)
    assert Request.objects.get(pk=request.pk).ready_to_sign_at is not None


def test_marking_twice_is_once(world: SimpleNamespace) -> None:
    request = draft(world)
    before = request.version
    first = ready(world, request)
    for version in (before, first.version):
        assert ready(world, first, "prescriber", version).version == before + 1
    assert Event.objects.filter(action="request.ready_to_sign").count() == 1
    with pytest.raises(Stale):
        actions.save_diagnosis(
            by=world.staff, request_id=request.pk, version=before, data={"diagnosis_code": "C50.912"}
        )


def test_what_is_not_complete_is_not_ready(world: SimpleNamespace) -> None:
    for answers, missing in (
        ({name: value for name, value in MEETS.items() if name != "regimen"}, ("regimen",)),
        (cases.HYPERSENSITIVE, ("clinical_rationale",)),
    ):
        with pytest.raises(NotReady) as told:
            ready(world, draft(world, answers=answers))
        assert told.value.missing == missing
    with pytest.raises(Stale):
        ready(world, draft(world), version=1)


@pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT])
def test_only_a_draft_waits_for_a_signature(world: SimpleNamespace, state: str) -> None:
    request = in_state(world, state)
    with pytest.raises(NotAllowed):
        ready(world, request)
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.update(ready_to_sign_at=timezone.now(), ready_to_sign_by=world.staff)


@pytest.mark.parametrize(
    ("name", "refusal"), [("reviewer", Request.DoesNotExist), ("other_staff", Request.DoesNotExist)]
)
def test_strangers_cannot_mark(world: SimpleNamespace, name: str, refusal) -> None:
    with pytest.raises(refusal):
        ready(world, draft(world), name)


def test_an_expedited_request_has_its_reason_in_the_database_too(world: SimpleNamespace) -> None:
    submitted(world, urgency="expedited", urgency_reason="Impending fracture")
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.update(urgency_reason="")
