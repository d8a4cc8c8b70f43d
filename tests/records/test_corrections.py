"""Correcting what was sent: a draft beside it, signed as the next version, and what differs in words."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction

from pa_portal.audit.models import Event
from pa_portal.demo import cases
from pa_portal.determinations import actions as determinations
from pa_portal.submissions import actions, queries
from pa_portal.submissions.differences import Difference, differences
from pa_portal.submissions.errors import NotAllowed, NotReady, Stale
from pa_portal.submissions.models import Attachment, Patient, Request, State, Submission
from pa_portal.submissions.snapshot import digest
from tests.records.conftest import build_world
from tests.records.making import day, draft, in_state, submitted
from tests.records.sample_files import JPEG, PDF


@pytest.fixture(autouse=True)
def root(settings, tmp_path: Path) -> Path:
    settings.ATTACHMENT_ROOT = tmp_path
    return tmp_path


def correcting(world: SimpleNamespace, request: Request, by: str = "staff") -> Request:
    return actions.start_correction(by=getattr(world, by), request_id=request.pk)


def change(world: SimpleNamespace, made: Request, answers: dict[str, Any], by: str = "staff") -> Request:
    return actions.save_answers(by=getattr(world, by), request_id=made.pk, version=made.version, answers=answers)


def sign(world: SimpleNamespace, made: Request, by: str = "prescriber", **given: Any) -> Submission:
    return actions.submit(by=getattr(world, by), request_id=made.pk, version=made.version, **given)


def test_a_correction_is_the_next_version_of_the_same_request(world: SimpleNamespace) -> None:
    request = submitted(world)
    first = queries.submission_of(request)
    made = correcting(world, request)
    assert (made.answers, made.patient, made.policy_version) == (
        request.answers,
        request.patient,
        request.policy_version,
    )
    assert queries.correction_of(request) == made == correcting(world, request, "colleague")
    made = change(world, made, {"line_of_therapy": 5})
    assert queries.submission_of(request) == first
    assert Request.objects.get(pk=request.pk).version == request.version
    made = actions.mark_ready_to_sign(by=world.staff, request_id=made.pk, version=made.version)
    second = sign(world, made)
    request.refresh_from_db()
    assert (second.request, second.number, request.state) == (request, 2, State.SUBMITTED)
    assert second.digest == digest(second.content)
    assert second.content["request"]["corrects"] == str(first.pk)
    assert second.content["request"]["reference"] == request.reference
    assert second.content["attestation"]["prepared_by"]["name"] == "Jo Testcase"
    assert (request.answers["line_of_therapy"], request.submitted_at) == (5, first.submitted_at)
    assert Submission.objects.get(pk=first.pk).content["answers"]["line_of_therapy"] == 4
    assert not queries.drafts_for(world.prescriber).exists()
    assert queries.correction_of(request) is None
    assert list(queries.queue(world.reviewer)) == [request]


def test_answers_keep_who_gave_them(world: SimpleNamespace) -> None:
    request = submitted(world)
    before = queries.latest_answers(request)
    made = correcting(world, request)
    copied = queries.latest_answers(made)
    assert {name: (each.given_by, each.given_at) for name, each in copied.items()} == {
        name: (each.given_by, each.given_at) for name, each in before.items() if name in request.answers
    }
    sign(world, change(world, made, {"line_of_therapy": 5, "tdxd_candidate": None}))
    after = queries.latest_answers(request)
    assert {name for name in after if after[name] != before[name]} == {"line_of_therapy", "tdxd_candidate"}
    assert (after["line_of_therapy"].given_by, after["line_of_therapy"].value) == (world.staff, 5)
    assert after["tdxd_candidate"].value is None
    assert after["regimen"].given_by == world.prescriber


def test_signing_twice_is_once(world: SimpleNamespace) -> None:
    request = submitted(world)
    made = change(world, correcting(world, request), {"line_of_therapy": 5})
    second = sign(world, made)
    assert sign(world, made) == sign(world, made, "colleague") == second
    for name in ("staff", "other_prescriber", "reviewer"):
        with pytest.raises(Request.DoesNotExist):
            sign(world, made, name)
    assert Submission.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_ten_signatures_at_once_make_one_version() -> None:
    world = build_world()
    request = submitted(world)
    made = change(world, correcting(world, request), {"line_of_therapy": 5})

    def one(_: int) -> Submission:
        try:
            return sign(world, made)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        assert len({submission.pk for submission in threads.map(one, range(10))}) == 1
    assert Submission.objects.filter(request=request).count() == 2


@pytest.mark.parametrize("state", [state for state in State if state != State.SUBMITTED])
def test_only_what_waits_for_a_decision_is_corrected(world: SimpleNamespace, state: str) -> None:
    request = in_state(world, state)
    with pytest.raises(NotAllowed):
        correcting(world, request)


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("reviewer", NotAllowed),
        ("director", NotAllowed),
        ("manager", NotAllowed),
        ("clinic_manager", NotAllowed),
        ("other_prescriber", Request.DoesNotExist),
        ("other_staff", Request.DoesNotExist),
    ],
)
def test_only_the_provider_corrects(world: SimpleNamespace, name: str, refusal) -> None:
    request = submitted(world)
    with pytest.raises(refusal):
        correcting(world, request, name)
    made = change(world, correcting(world, request), {"line_of_therapy": 5})
    with pytest.raises((NotAllowed, Request.DoesNotExist)):
        sign(world, made, name)
    with pytest.raises(NotAllowed):
        sign(world, made, "staff")


@pytest.mark.parametrize("meanwhile", ["approve", "pend", "withdraw"])
def test_a_decision_made_meanwhile_stands(world: SimpleNamespace, meanwhile: str) -> None:
    request = submitted(world)
    made = change(world, correcting(world, request), {"line_of_therapy": 5})
    given = {"request_id": request.pk, "version": request.version}
    if meanwhile == "withdraw":
        actions.withdraw(by=world.prescriber, **given)
        assert not queries.drafts_for(world.prescriber).exists()
        return
    act, detail = {
        "approve": (determinations.approve, {"start": day(7)}),
        "pend": (determinations.pend, {"information_needed": "A report", "respond_by": day(7)}),
    }[meanwhile]
    act(by=world.reviewer, **given, **detail)
    with pytest.raises(NotAllowed):
        sign(world, made)
    assert Submission.objects.count() == 1
    assert Request.objects.get(pk=made.pk).state == State.DRAFT


def test_a_reviewer_with_the_earlier_version_open_is_told(world: SimpleNamespace) -> None:
    request = submitted(world)
    sign(world, change(world, correcting(world, request), {"line_of_therapy": 5}))
    with pytest.raises(Stale):
        determinations.approve(by=world.reviewer, request_id=request.pk, version=request.version, start=day(7))


def test_giving_a_correction_up_leaves_the_request(world: SimpleNamespace) -> None:
    request = submitted(world)
    made = change(world, correcting(world, request), {"line_of_therapy": 5})
    actions.discard_draft(by=world.staff, request_id=made.pk, version=made.version)
    request.refresh_from_db()
    assert (request.state, request.answers["line_of_therapy"]) == (State.SUBMITTED, 4)
    with pytest.raises(Request.DoesNotExist):
        sign(world, made)
    assert correcting(world, request).pk != made.pk


def test_what_changes_nothing_is_not_sent(world: SimpleNamespace) -> None:
    request = submitted(world)
    made = correcting(world, request)
    with pytest.raises(NotAllowed, match="Nothing differs"):
        sign(world, made)
    # An answer off the path is no difference either.
    with pytest.raises(NotAllowed, match="Nothing differs"):
        sign(world, change(world, made, {"capecitabine_failed": True}))
    assert Submission.objects.count() == 1
    assert not Event.objects.filter(action="request.corrected").exists()


def test_a_correction_is_complete_or_not_signed(world: SimpleNamespace) -> None:
    made = change(world, correcting(world, submitted(world)), {"regimen": None})
    with pytest.raises(NotReady):
        sign(world, made)
    made = change(world, made, {"regimen": "single_agent", "cremophor_hypersensitivity": True})
    with pytest.raises(NotReady) as told:
        sign(world, made)
    assert told.value.missing == ("clinical_rationale",)
    with pytest.raises(Stale):
        actions.submit(by=world.prescriber, request_id=made.pk, version=made.version - 1)
    second = sign(world, made, clinical_rationale="Desensitization is planned.")
    assert second.content["decision"]["outcome"] == "does_not_meet"


def test_a_correction_stays_with_the_plan(world: SimpleNamespace) -> None:
    made = correcting(world, submitted(world))
    with pytest.raises(ValidationError) as told:
        actions.save_patient(
            by=world.staff, request_id=made.pk, version=made.version, data={"plan": world.other_plan.pk}
        )
    assert set(told.value.message_dict) == {"plan"}


def test_a_slip_in_a_name_makes_no_second_patient(world: SimpleNamespace) -> None:
    request = submitted(world)
    made = correcting(world, request)
    made = actions.save_patient(
        by=world.staff, request_id=made.pk, version=made.version, data={"last_name": "Quintero"}
    )
    second = sign(world, made)
    assert Patient.objects.count() == 1
    assert second.content["patient"]["last_name"] == "Quintero"


def attach(world: SimpleNamespace, request: Request, data: bytes, kind: str = "pathology") -> Attachment:
    request.refresh_from_db()
    return actions.add_attachment(
        by=world.staff,
        request_id=request.pk,
        version=request.version,
        file=ContentFile(data),
        kind=kind,
        name="scan",
    )


def test_documents_come_along(world: SimpleNamespace, root: Path, django_capture_on_commit_callbacks) -> None:
    request = draft(world)
    old = attach(world, request, PDF)
    first = sign(world, old.request)
    made = correcting(world, request)
    (copied,) = queries.attachments_of(made)
    assert (copied.stored_name, copied.uploaded_at) == (old.stored_name, old.uploaded_at)
    with django_capture_on_commit_callbacks(execute=True):
        made = actions.remove_attachment(by=world.staff, attachment_id=copied.pk, version=made.version)
        attach(world, made, JPEG, "labs")
        made.refresh_from_db()
        second = sign(world, made)
    assert [each["kind"] for each in first.content["attachments"]] == ["pathology"]
    assert [each["kind"] for each in second.content["attachments"]] == ["labs"]
    for submission in (first, second):
        for each in submission.content["attachments"]:
            found, file = actions.open_attachment(by=world.reviewer, attachment_id=each["id"])
            assert found.request == request
            file.close()
    assert [(item.section, item.before, item.after) for item in differences(first, second)] == [
        ("Documents", "scan.pdf", ""),
        ("Documents", "", "scan.jpg"),
    ]


DIFFERENCES: list[tuple[Any, dict[str, Any], list[tuple[str, str, str, str]]]] = [
    (
        actions.save_answers,
        {"answers": {"her2_ihc": "0"}},
        [("Answers", "HER2 IHC score", "1+", "0")],
    ),
    (
        actions.save_patient,
        {"data": {"sex": "", "date_of_birth": "1968-03-01", "line_of_business": "medicaid", "phone": "804-555-0188"}},
        [
            ("Patient", "Date of birth", "02/29/1968", "03/01/1968"),
            ("Patient", "Sex", "Female", ""),
            ("Patient", "Line of business", "Commercial (employer or individual)", "Medicaid"),
            ("Patient", "Phone", "", "804-555-0188"),
        ],
    ),
    (
        actions.save_prescriber,
        {"data": {"fax": "804-555-0171", "city": "Richmond"}},
        [("Prescriber", "Fax", "", "804-555-0171"), ("Prescriber", "Address", "", "Richmond")],
    ),
    (
        actions.save_diagnosis,
        {"data": {"diagnosis_code": "C50.912"}},
        [("Treatment", "Diagnosis code", "C50.911", "C50.912")],
    ),
    (
        actions.save_treatment,
        {
            "data": {
                "weight_kg": "70",
                "requested_start_date": datetime.date.fromisoformat(f"{day(30)}"),
                "urgency": "expedited",
                "urgency_reason": "Impending fracture",
            }
        },
        [
            ("Treatment", "Weight", "68.5 kg", "70.0 kg"),
            ("Treatment", "Requested start date", f"{day(7):%m/%d/%Y}", f"{day(30):%m/%d/%Y}"),
            ("Request", "Urgency", "Standard", "Expedited"),
            ("Request", "Reason for urgency", "", "Impending fracture"),
        ],
    ),
]


@pytest.mark.parametrize(("save", "given", "expected"), DIFFERENCES)
def test_every_difference_in_words(world: SimpleNamespace, save, given, expected) -> None:
    request = submitted(world)
    made = correcting(world, request)
    made = save(by=world.staff, request_id=made.pk, version=made.version, **given)
    second = sign(world, made)
    found = differences(queries.submissions_of(request).first(), second)
    assert [(item.section, item.label, item.before, item.after) for item in found] == expected
    assert not differences(second, second)


def test_an_outcome_that_turns_is_the_last_difference(world: SimpleNamespace) -> None:
    request = submitted(world, answers=cases.HYPERSENSITIVE, rationale="Desensitization")
    second = sign(world, change(world, correcting(world, request), {"cremophor_hypersensitivity": False}))
    found = differences(queries.submissions_of(request).first(), second)
    assert found[-1] == Difference(
        "Outcome", "Result of the criteria", "decision.outcome", "Criteria not met", "Criteria met"
    )
    added = {item.field: (item.before, item.after) for item in found}
    assert added["answers.line_of_therapy"] == ("", "3")
    assert added["answers.cremophor_hypersensitivity"] == ("Yes", "No")


def test_a_response_differs_from_what_was_sent_first(world: SimpleNamespace) -> None:
    request = in_state(world, "pended")
    request = change(world, request, {"line_of_therapy": 6})
    determinations.respond_to_pend(
        by=world.prescriber, request_id=request.pk, version=request.version, response="It is the sixth."
    )
    first, second = queries.submissions_of(request)
    assert [(item.label, item.before, item.after) for item in differences(first, second)] == [
        ("Line of therapy", "4", "6")
    ]


def test_the_database_allows_one_draft_and_one_version_of_it(world: SimpleNamespace) -> None:
    request = submitted(world)
    made = correcting(world, request)
    other = draft(world)
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.filter(pk=other.pk).update(corrects=request)
    with pytest.raises(IntegrityError), transaction.atomic():
        Request.objects.filter(pk=request.pk).update(corrects=other)
    assert made.corrects == request
