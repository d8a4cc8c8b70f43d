"""Filling in a draft: what is kept, what is refused, and what a stale tab is told."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from criteria import catalog
from pa_portal.audit.models import Event
from pa_portal.submissions import actions, queries
from pa_portal.submissions.errors import NotAllowed, Stale
from pa_portal.submissions.models import Answer, Patient, Prescriber, Request
from tests.records.making import MEETS, PATIENT, PRESCRIBER, TREATMENT, day, draft, in_state, submitted

BAD_TEXT = ["Mari\x00sol", "Mari\ud800sol", "Mari\x1bsol", "Mari\x7fsol", "Mari\nsol"]


def errors_of(save, **given) -> set[str]:
    with pytest.raises(ValidationError) as refused:
        save(**given)
    return set(refused.value.message_dict)


def test_a_draft_is_dated_and_governed_by_the_day_it_began(world: SimpleNamespace) -> None:
    request = actions.start_draft(by=world.prescriber)
    assert request.request_date == timezone.localdate()
    assert request.policy_version == catalog.governing("IC-0072", timezone.localdate()).version
    Request.objects.filter(pk=request.pk).update(request_date=day(-3))
    kept = actions.save_diagnosis(
        by=world.prescriber, request_id=request.pk, version=1, data={"diagnosis_code": "C50.911"}
    )
    assert kept.request_date == day(-3)


@pytest.mark.parametrize("name", ["reviewer", "manager", "clinic_manager"])
def test_only_prescribers_start_requests(world: SimpleNamespace, name: str) -> None:
    with pytest.raises(NotAllowed):
        actions.start_draft(by=getattr(world, name))


def test_a_colleague_goes_on_with_the_draft(world: SimpleNamespace) -> None:
    request = draft(world)
    after = actions.save_answers(
        by=world.colleague, request_id=request.pk, version=request.version, answers={"line_of_therapy": 5}
    )
    assert after.answers["line_of_therapy"] == 5
    assert queries.answers_of(request).filter(fact="line_of_therapy").last().given_by == world.colleague


@pytest.mark.parametrize("name", ["reviewer", "manager", "clinic_manager"])
def test_only_the_provider_changes_a_pended_request(world: SimpleNamespace, name: str) -> None:
    request = in_state(world, "pended")
    with pytest.raises(NotAllowed):
        actions.save_answers(
            by=getattr(world, name), request_id=request.pk, version=request.version, answers={"line_of_therapy": 7}
        )


def test_a_stale_tab_is_told_and_changes_nothing(world: SimpleNamespace) -> None:
    request = draft(world)
    stale = {"by": world.prescriber, "request_id": request.pk, "version": request.version - 1}
    for save, given in (
        (actions.save_answers, {"answers": {"line_of_therapy": 2}}),
        (actions.save_diagnosis, {"data": {"diagnosis_code": "C50.912"}}),
        (actions.save_treatment, {"data": {"height_cm": "170"}}),
        (actions.save_patient, {"data": {"first_name": "Other"}}),
        (actions.save_prescriber, {"data": {"phone": "804-555-0199"}}),
        (actions.save_rationale, {"data": {"clinical_rationale": "Because"}}),
        (actions.submit, {}),
        (actions.discard_draft, {}),
    ):
        with pytest.raises(Stale) as told:
            save(**stale, **given)
        assert told.value.current == request.version
    stored = queries.request_for(world.prescriber, request.pk)
    assert stored.version == request.version
    assert stored.answers == MEETS
    assert stored.patient.first_name == "Marisol"
    assert stored.prescriber.phone == PRESCRIBER["phone"]


def test_saving_the_same_again_is_no_error_and_no_change(world: SimpleNamespace) -> None:
    request = draft(world)
    events = Event.objects.count()
    again = {"by": world.prescriber, "request_id": request.pk, "version": 1}
    for save, given in (
        (actions.save_answers, {"answers": {"line_of_therapy": MEETS["line_of_therapy"]}}),
        (actions.save_diagnosis, {"data": {"diagnosis_code": "c50911"}}),
        (actions.save_treatment, {"data": TREATMENT}),
        (actions.save_patient, {"data": {**PATIENT, "plan": world.plan.pk}}),
        (actions.save_prescriber, {"data": PRESCRIBER}),
    ):
        assert save(**again, **given).version == request.version
    assert Event.objects.count() == events


@pytest.mark.parametrize(
    ("answers", "at_fault"),
    [
        ({"line_of_therapy": "2"}, {"line_of_therapy"}),
        ({"line_of_therapy": 21}, {"line_of_therapy"}),
        ({"line_of_therapy": True}, {"line_of_therapy"}),
        ({"er_percent": float("nan")}, {"er_percent"}),
        ({"er_percent": float("inf")}, {"er_percent"}),
        ({"er_percent": 10**5000}, {"er_percent"}),
        ({"regimen": "single_agent\x00"}, {"regimen"}),
        ({"regimen": "\ud800"}, {"regimen"}),
        ({"disease_settings": ["metastatic", "metastatic"]}, {"disease_settings"}),
        ({"visceral_crisis": "yes"}, {"visceral_crisis"}),
        ({"shoe_size": 40}, {"shoe_size"}),
        ({"request_date": "2020-01-01"}, {"request_date"}),
        ({"date_of_birth": "1980-01-01"}, {"date_of_birth"}),
        ({"approved_regimen": "other"}, {"approved_regimen"}),
        ({"line_of_therapy": 3, "her2_ihc": "4+", "er_percent": -1}, {"her2_ihc", "er_percent"}),
    ],
)
def test_answers_outside_what_a_fact_accepts_are_refused_whole(world: SimpleNamespace, answers, at_fault) -> None:
    request = actions.start_draft(by=world.prescriber)
    given = {"by": world.prescriber, "request_id": request.pk, "version": 1, "answers": answers}
    assert errors_of(actions.save_answers, **given) == at_fault
    assert not Answer.objects.exists()


def test_answers_keep_their_history(world: SimpleNamespace) -> None:
    request = actions.start_draft(by=world.prescriber)
    for value in (2, 3, None, 3, 3):
        request = actions.save_answers(
            by=world.prescriber, request_id=request.pk, version=request.version, answers={"line_of_therapy": value}
        )
    assert [answer.value for answer in queries.answers_of(request)] == [2, 3, None, 3]
    assert request.answers == {"line_of_therapy": 3}
    assert request.version == 5


def test_one_is_not_true_and_minus_zero_is_zero(world: SimpleNamespace) -> None:
    request = draft(world, answers={"er_percent": 0})
    request = actions.save_answers(
        by=world.prescriber, request_id=request.pk, version=request.version, answers={"er_percent": -0.0}
    )
    assert json.dumps(Request.objects.get(pk=request.pk).answers) in ('{"er_percent": 0}', '{"er_percent": 0.0}')


@pytest.mark.parametrize("text", BAD_TEXT)
@pytest.mark.parametrize("field", ["first_name", "last_name", "member_id", "address_line1", "city"])
def test_text_that_cannot_be_stored_is_named_by_field(world: SimpleNamespace, field: str, text: str) -> None:
    request = actions.start_draft(by=world.prescriber)
    data = {**PATIENT, "plan": world.plan.pk, field: text}
    assert errors_of(actions.save_patient, by=world.prescriber, request_id=request.pk, version=1, data=data) == {field}


@pytest.mark.parametrize(
    ("change", "at_fault"),
    [
        ({"first_name": ""}, {"first_name"}),
        ({"first_name": "   "}, {"first_name"}),
        ({"last_name": "x" * 61}, {"last_name"}),
        ({"date_of_birth": None}, {"date_of_birth"}),
        ({"date_of_birth": "yesterday"}, {"date_of_birth"}),
        ({"date_of_birth": "1899-12-31"}, {"date_of_birth"}),
        ({"date_of_birth": datetime.date(9999, 12, 31)}, {"date_of_birth"}),
        ({"plan": None}, {"plan"}),
        ({"plan": "nonsense"}, {"plan"}),
        ({"line_of_business": "barter"}, {"line_of_business"}),
        ({"sex": "x"}, {"sex"}),
        ({"state": "ZZ"}, {"state"}),
        ({"postal_code": "2322"}, {"postal_code"}),
        ({"phone": "call me"}, {"phone"}),
        ({"phone": "123"}, {"phone"}),
        ({"phone": "٨٠٤٥٥٥٠١٧٠"}, {"phone"}),
        ({"member_id": "", "plan": "", "date_of_birth": ""}, {"member_id", "plan", "date_of_birth"}),
    ],
)
def test_patient_details_that_cannot_be(world: SimpleNamespace, change, at_fault) -> None:
    request = actions.start_draft(by=world.prescriber)
    data = {**PATIENT, "plan": world.plan.pk, **change}
    assert errors_of(actions.save_patient, by=world.prescriber, request_id=request.pk, version=1, data=data) == at_fault
    assert not Patient.objects.exists()


def test_a_provider_is_no_health_plan(world: SimpleNamespace) -> None:
    request = actions.start_draft(by=world.prescriber)
    data = {**PATIENT, "plan": world.other_clinic}
    assert errors_of(actions.save_patient, by=world.prescriber, request_id=request.pk, version=1, data=data) == {"plan"}


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "#eval", "‮renaM", "Zoë 🌸", "李", "O'Brien-Åse"])
def test_any_script_and_symbol_is_a_name(world: SimpleNamespace, name: str) -> None:
    request = actions.start_draft(by=world.prescriber)
    data = {**PATIENT, "plan": world.plan.pk, "first_name": name}
    saved = actions.save_patient(by=world.prescriber, request_id=request.pk, version=1, data=data)
    assert queries.request_for(world.prescriber, saved.pk).patient.first_name == name


@pytest.mark.parametrize(
    "npi", ["", "1529483714", "0529483715", "152948371", "15294837150", "١٥٢٩٤٨٣٧١٥", "1529483715\n9", "abcdefghij"]
)
def test_an_npi_is_checked_by_its_last_digit(world: SimpleNamespace, npi: str) -> None:
    request = actions.start_draft(by=world.prescriber)
    data = {**PRESCRIBER, "npi": npi}
    given = {"by": world.prescriber, "request_id": request.pk, "version": 1, "data": data}
    assert errors_of(actions.save_prescriber, **given) == {"npi"}


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("C50.911", "C50.911"), ("c50911", "C50.911"), (" c50 911 ", "C50.911"), ("Z853", "Z85.3"), ("C50", "C50")],
)
def test_a_code_is_written_the_standard_way(world: SimpleNamespace, typed: str, stored: str) -> None:
    request = actions.start_draft(by=world.prescriber)
    data = {"diagnosis_code": typed, "not_covered_confirmed": True}
    saved = actions.save_diagnosis(by=world.prescriber, request_id=request.pk, version=1, data=data)
    assert Request.objects.get(pk=saved.pk).diagnosis_code == stored


@pytest.mark.parametrize("typed", ["", None, 5, "breast", "50.911", "C50.91111", "C50.911\x00", "C5\ud8000.911"])
def test_what_is_no_code_is_refused(world: SimpleNamespace, typed) -> None:
    request = actions.start_draft(by=world.prescriber)
    given = {"by": world.prescriber, "request_id": request.pk, "version": 1, "data": {"diagnosis_code": typed}}
    assert errors_of(actions.save_diagnosis, **given) == {"diagnosis_code"}


@pytest.mark.parametrize(
    ("change", "at_fault"),
    [
        ({"height_cm": ""}, {"height_cm"}),
        ({"height_cm": "49.9"}, {"height_cm"}),
        ({"height_cm": "250.1"}, {"height_cm"}),
        ({"height_cm": "163.25"}, {"height_cm"}),
        ({"height_cm": "NaN"}, {"height_cm"}),
        ({"height_cm": float("nan")}, {"height_cm"}),
        ({"height_cm": "1e400000"}, {"height_cm"}),
        ({"height_cm": "9" * 5000}, {"height_cm"}),
        ({"weight_kg": "tall"}, {"weight_kg"}),
        ({"weight_kg": Decimal("-70")}, {"weight_kg"}),
        ({"weight_kg": "400.1"}, {"weight_kg"}),
        ({"requested_start_date": day(400)}, {"requested_start_date"}),
        ({"requested_start_date": "0001-01-01"}, {"requested_start_date"}),
        ({"requested_start_date": "soon"}, {"requested_start_date"}),
        ({"urgency": "yesterday"}, {"urgency"}),
        ({"urgency": "expedited"}, {"urgency_reason"}),
        ({"urgency": "expedited", "urgency_reason": " \n "}, {"urgency_reason"}),
        ({"urgency": "expedited", "urgency_reason": "x" * 2001}, {"urgency_reason"}),
        ({"urgency": "expedited", "urgency_reason": "a\x00"}, {"urgency_reason"}),
    ],
)
def test_treatment_that_cannot_be(world: SimpleNamespace, change, at_fault) -> None:
    request = actions.start_draft(by=world.prescriber)
    data = {**TREATMENT, "requested_start_date": day(7), **change}
    given = {"by": world.prescriber, "request_id": request.pk, "version": 1, "data": data}
    assert errors_of(actions.save_treatment, **given) == at_fault


def test_one_page_of_the_treatment_leaves_the_other_alone(world: SimpleNamespace) -> None:
    request = draft(world, urgency="expedited", urgency_reason="Impending fracture")
    request = actions.save_treatment(
        by=world.prescriber,
        request_id=request.pk,
        version=request.version,
        data={"height_cm": "170", "weight_kg": "70"},
    )
    assert (request.urgency, request.urgency_reason) == ("expedited", "Impending fracture")
    request = actions.save_treatment(
        by=world.prescriber,
        request_id=request.pk,
        version=request.version,
        data={"requested_start_date": day(9), "urgency": "standard", "urgency_reason": "left over"},
    )
    stored = Request.objects.get(pk=request.pk)
    assert (stored.urgency, stored.urgency_reason, stored.height_cm) == ("standard", "", Decimal(170))


# People


def second_draft(world: SimpleNamespace, **change) -> Request:
    request = actions.start_draft(by=world.colleague)
    return actions.save_patient(
        by=world.colleague, request_id=request.pk, version=1, data={**PATIENT, "plan": world.plan.pk, **change}
    )


def test_the_same_patient_is_one_record(world: SimpleNamespace) -> None:
    first = draft(world)
    second = second_draft(world, first_name="MARISOL", member_id="pmh1001", address_line1="", phone="804-555-0188")
    assert second.patient_id == first.patient_id
    patient = Patient.objects.get()
    assert patient.address_line1 == "1 Elm Street"
    assert patient.phone == "804-555-0188"


def test_a_slip_is_put_right_in_place(world: SimpleNamespace) -> None:
    request = draft(world)
    patient = request.patient_id
    request = actions.save_patient(
        by=world.prescriber, request_id=request.pk, version=request.version, data={"last_name": "Quintero"}
    )
    assert request.patient_id == patient
    assert Patient.objects.get().last_name == "Quintero"


def test_another_requests_patient_is_never_turned_into_somebody_else(world: SimpleNamespace) -> None:
    first = submitted(world)
    second = second_draft(world)
    second = actions.save_patient(
        by=world.colleague, request_id=second.pk, version=second.version, data={"date_of_birth": "1990-01-01"}
    )
    assert second.patient_id != first.patient_id
    assert Patient.objects.get(pk=first.patient_id).date_of_birth == PATIENT["date_of_birth"]
    assert second.patient.first_name == "Marisol"


def test_a_known_patient_prefills_a_request(world: SimpleNamespace) -> None:
    first = draft(world)
    second = actions.start_draft(by=world.colleague)
    second = actions.save_patient(
        by=world.colleague, request_id=second.pk, version=1, data={}, patient_id=first.patient_id
    )
    assert (second.patient_id, second.plan_id) == (first.patient_id, world.plan.pk)
    second = actions.save_prescriber(
        by=world.colleague, request_id=second.pk, version=2, data={}, prescriber_id=first.prescriber_id
    )
    assert second.prescriber_id == first.prescriber_id


def test_one_profile_for_each_npi_in_an_organization(world: SimpleNamespace) -> None:
    first = draft(world)
    second = actions.start_draft(by=world.colleague)
    second = actions.save_prescriber(
        by=world.colleague, request_id=second.pk, version=1, data={**PRESCRIBER, "phone": "804-555-0999"}
    )
    assert second.prescriber_id == first.prescriber_id
    assert Prescriber.objects.get().phone == "804-555-0999"
    theirs = actions.start_draft(by=world.other_prescriber)
    actions.save_prescriber(by=world.other_prescriber, request_id=theirs.pk, version=1, data=PRESCRIBER)
    assert Prescriber.objects.count() == 2


def test_answers_follow_the_date_of_birth(world: SimpleNamespace) -> None:
    request = draft(world, answers={})
    assert queries.walk_for(request).facts["date_of_birth"] == "1968-02-29"
    request = actions.save_patient(
        by=world.prescriber, request_id=request.pk, version=request.version, data={"date_of_birth": day(-3000)}
    )
    assert queries.walk_for(request).pending is None


def test_trying_answers_saves_nothing(world: SimpleNamespace) -> None:
    request = draft(world)
    tried = queries.walk_for(request, {"cremophor_hypersensitivity": True})
    assert "line_of_therapy" in tried.set_aside
    assert queries.walk_for(Request.objects.get(pk=request.pk)).set_aside != tried.set_aside
