"""Submitting: what is frozen, what is still missing, and that twice is once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from pa_portal.audit.models import Event
from pa_portal.demo import cases
from pa_portal.determinations import actions as determinations
from pa_portal.submissions import actions, queries, trees
from pa_portal.submissions.errors import NotReady, Stale
from pa_portal.submissions.models import Request, Submission
from pa_portal.submissions.snapshot import digest
from tests.records.conftest import build_world
from tests.records.making import MEETS, PATIENT, PRESCRIBER, draft, in_state, submitted


@pytest.mark.parametrize("pathway", cases.PATHWAYS)
def test_each_pathway_is_submitted_and_meets(world: SimpleNamespace, pathway: str) -> None:
    request = submitted(world, answers=cases.PATHWAYS[pathway])
    content = queries.submission_of(request).content
    assert content["decision"]["outcome"] == "meets"
    assert pathway in content["decision"]["pathways"]


def test_a_submission_freezes_everything(world: SimpleNamespace) -> None:
    request = submitted(world)
    submission = queries.submission_of(request)
    content = submission.content
    assert submission.digest == digest(content)
    assert content["policy"].keys() == {"id", "version", "digest"}
    assert content["given"] == {
        "request_type": "initial",
        "request_date": request.request_date.isoformat(),
        "date_of_birth": "1968-02-29",
    }
    assert content["facts"] == content["given"] | content["answers"]
    assert content["patient"]["member_id"] == "PMH1001"
    assert content["prescriber"]["npi"] == PRESCRIBER["npi"]
    assert content["request"]["reference"] == request.reference
    assert content["treatment"]["dose"] == {
        "bsa_m2": "1.76",
        "bsa_used_m2": "1.76",
        "capped": False,
        "dose_mg": "70.4",
        "vials": [[45, 1], [15, 2]],
        "vial_mg": 75,
        "administered_units": 71,
        "discarded_units": 4,
        "billed_units": 75,
        "max_units": 90,
        "interval_days": 21,
        "within_limit": True,
    }
    assert trees.read(content["decision"]["trace"])["children"]


def test_only_answers_on_the_path_count(world: SimpleNamespace) -> None:
    request = submitted(world)
    answers = queries.submission_of(request).content["answers"]
    assert set(answers) < set(MEETS)
    assert "capecitabine_failed" not in answers
    assert request.answers == MEETS


def test_later_changes_to_a_patient_do_not_reach_what_was_sent(world: SimpleNamespace) -> None:
    first = submitted(world)
    second = draft(world)
    actions.save_patient(
        by=world.prescriber, request_id=second.pk, version=second.version, data={"address_line1": "9 Oak Lane"}
    )
    content = queries.submission_of(first).content
    assert content["patient"]["address"][0] == "1 Elm Street"
    assert queries.submission_of(first).digest == digest(content)


def test_not_ready_names_everything_missing(world: SimpleNamespace) -> None:
    request = actions.start_draft(by=world.prescriber)
    with pytest.raises(NotReady) as told:
        actions.submit(by=world.prescriber, request_id=request.pk, version=1)
    assert told.value.missing == (
        "patient",
        "prescriber",
        "diagnosis_code",
        "height_cm",
        "weight_kg",
        "requested_start_date",
    )
    assert queries.missing(request) == told.value.missing


@pytest.mark.parametrize("fact", ["cremophor_hypersensitivity", "regimen", "er_percent", "her2_ihc"])
def test_a_question_left_open_is_named(world: SimpleNamespace, fact: str) -> None:
    request = draft(world, answers={name: value for name, value in MEETS.items() if name not in (fact, "pr_percent")})
    with pytest.raises(NotReady) as told:
        actions.submit(by=world.prescriber, request_id=request.pk, version=request.version)
    assert told.value.missing == (fact,)
    assert Request.objects.get(pk=request.pk).state == "draft"


@pytest.mark.parametrize("answers", [cases.HYPERSENSITIVE, cases.NOT_TESTED, cases.HER2_UNSETTLED])
def test_what_does_not_meet_is_submitted_with_a_rationale(world: SimpleNamespace, answers) -> None:
    request = draft(world, answers=answers)
    given = {"by": world.prescriber, "request_id": request.pk, "version": request.version}
    for blank in (None, "", " \n "):
        with pytest.raises(NotReady) as told:
            actions.submit(**given, clinical_rationale=blank)
        assert told.value.missing == ("clinical_rationale",)
    with pytest.raises(ValidationError) as refused:
        actions.submit(**given, clinical_rationale="Why\x00")
    assert set(refused.value.message_dict) == {"clinical_rationale"}
    submission = actions.submit(**given, clinical_rationale="  See the attached letter.\nThank you.  ")
    assert submission.content["request"]["clinical_rationale"] == "See the attached letter.\nThank you."
    assert Request.objects.get().clinical_rationale == "See the attached letter.\nThank you."


def test_a_code_outside_the_policy_is_submitted_all_the_same(world: SimpleNamespace) -> None:
    request = submitted(world, diagnosis="C79.81")
    treatment = queries.submission_of(request).content["treatment"]
    assert (treatment["diagnosis_covered"], treatment["diagnosis_description"]) == (False, "")


def test_an_expedited_request_needs_its_reason_until_the_end(world: SimpleNamespace) -> None:
    request = draft(world)
    Request.objects.filter(pk=request.pk).update(urgency="expedited")
    with pytest.raises(NotReady) as told:
        actions.submit(by=world.prescriber, request_id=request.pk, version=request.version)
    assert told.value.missing == ("urgency_reason",)


def test_submitting_again_is_the_same_submission(world: SimpleNamespace) -> None:
    request = draft(world)
    by = {"by": world.prescriber, "request_id": request.pk}
    first = actions.submit(**by, version=request.version)
    events = Event.objects.count()
    assert actions.submit(**by, version=request.version) == first
    assert actions.submit(**by, version=request.version + 1) == first
    assert actions.submit(by=world.colleague, request_id=request.pk, version=request.version) == first
    with pytest.raises(Stale):
        actions.submit(**by, version=request.version - 1)
    assert (Submission.objects.count(), Event.objects.count()) == (1, events)


def test_a_response_is_a_new_submission_and_the_first_stays(world: SimpleNamespace) -> None:
    request = in_state(world, "pended")
    first = queries.submission_of(request)
    changed = actions.save_answers(
        by=world.prescriber, request_id=request.pk, version=request.version, answers={"line_of_therapy": 7}
    )
    assert queries.submission_of(request) == first
    by = {"by": world.prescriber, "request_id": request.pk, "version": changed.version}
    with pytest.raises(NotReady) as told:
        determinations.respond_to_pend(**by, response="  ")
    assert told.value.missing == ("response",)
    with pytest.raises(ValidationError) as refused:
        determinations.respond_to_pend(**by, response="a\x00b")
    assert set(refused.value.message_dict) == {"response"}
    second = determinations.respond_to_pend(**by, response="It was the seventh line.")
    assert determinations.respond_to_pend(**by, response="It was the seventh line.") == second
    assert [row.number for row in queries.submissions_of(request)] == [1, 2]
    assert (first.content["answers"]["line_of_therapy"], second.content["answers"]["line_of_therapy"]) == (4, 7)
    assert second.content["request"]["response"] == "It was the seventh line."
    request.refresh_from_db()
    assert request.state == "submitted"
    assert request.submitted_at == first.submitted_at


def test_a_pended_request_stays_with_its_plan(world: SimpleNamespace) -> None:
    request = in_state(world, "pended")
    with pytest.raises(ValidationError) as refused:
        actions.save_patient(
            by=world.prescriber, request_id=request.pk, version=request.version, data={"plan": world.other_plan.pk}
        )
    assert set(refused.value.message_dict) == {"plan"}


def test_audit_rows_hold_no_patient_data(world: SimpleNamespace) -> None:
    in_state(world, "approved")
    written = " ".join(f"{event.action} {event.object_id} {event.detail}" for event in Event.objects.all())
    for secret in ("Marisol", "Quintana", "1968", "PMH1001", "Elm", "C50.911", "68.5"):
        assert secret not in written


@pytest.mark.django_db(transaction=True)
def test_fifty_submits_at_once_make_one_submission() -> None:
    world = build_world()
    request = draft(world)
    together = threading.Barrier(50)

    def press() -> Submission:
        try:
            together.wait(timeout=60)
            return actions.submit(by=world.prescriber, request_id=request.pk, version=request.version)
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        made = [future.result() for future in [threads.submit(press) for _ in range(50)]]
    assert len(set(made)) == Submission.objects.count() == 1
    assert Event.objects.filter(action="request.submitted").count() == 1
    assert Request.objects.get().version == request.version + 1


@pytest.mark.django_db(transaction=True)
def test_of_two_tabs_saving_at_once_one_is_told() -> None:
    world = build_world()
    request = draft(world)

    def save(line: int, together: threading.Barrier) -> int | None:
        try:
            together.wait(timeout=60)
            saved = actions.save_answers(
                by=world.prescriber, request_id=request.pk, version=request.version, answers={"line_of_therapy": line}
            )
        except Stale:
            return None
        finally:
            connection.close()
        return saved.answers["line_of_therapy"]

    for number in range(5):
        request.refresh_from_db()
        together = threading.Barrier(2)
        with ThreadPoolExecutor(2) as threads:
            lines = (5 + 2 * number, 6 + 2 * number)
            saved = [future.result() for future in [threads.submit(save, line, together) for line in lines]]
        assert saved.count(None) == 1
        assert Request.objects.get().answers["line_of_therapy"] == next(line for line in saved if line)


@pytest.mark.django_db(transaction=True)
def test_the_same_patient_and_prescriber_typed_at_once_are_one_record_each() -> None:
    world = build_world()
    drafts = [actions.start_draft(by=world.prescriber) for _ in range(8)]
    together = threading.Barrier(8)

    def fill(request: Request) -> tuple:
        try:
            together.wait(timeout=60)
            given = {"by": world.prescriber, "request_id": request.pk}
            actions.save_patient(**given, version=1, data={**PATIENT, "plan": world.plan.pk})
            saved = actions.save_prescriber(**given, version=2, data=PRESCRIBER)
        finally:
            connection.close()
        return saved.patient_id, saved.prescriber_id

    with ThreadPoolExecutor(8) as threads:
        found = [future.result() for future in [threads.submit(fill, request) for request in drafts]]
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    "change",
    [
        "requested_start_date = NULL",
        "patient_id = NULL",
        "plan_id = NULL",
        "diagnosis_code = ''",
        "submitted_at = NULL",
        "state = 'draft'",
        "state = 'lost'",
        "height_cm = 20",
        "reference = 'PA-0000-0000'",
        "urgency = 'whenever'",
    ],
)
def test_the_database_keeps_the_rules_too(world: SimpleNamespace, change: str) -> None:
    submitted(world)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE submissions_request SET {change}")
