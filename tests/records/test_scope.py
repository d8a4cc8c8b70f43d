"""Who sees what. Foreign, missing and malformed ids cannot be told apart."""

from __future__ import annotations

import uuid
from types import SimpleNamespace

import pytest

from pa_portal.determinations import queries as determinations
from pa_portal.determinations.models import Authorization, Letter
from pa_portal.submissions import actions, queries
from pa_portal.submissions.models import Patient, Prescriber, Request
from tests.records.making import draft, in_state, submitted

STATES = ["draft", "submitted", "pended", "approved", "denied", "withdrawn"]
SEE_DRAFTS = {"prescriber", "colleague", "staff"}
REVIEW = {"reviewer", "second_reviewer", "director"}
SEE_SENT = SEE_DRAFTS | REVIEW | {"manager", "clinic_manager"}
EVERYONE = sorted(SEE_SENT | {"other_prescriber", "other_staff", "other_reviewer", "other_director", "other_manager"})


@pytest.mark.parametrize("state", STATES)
def test_who_sees_a_request(world: SimpleNamespace, state: str) -> None:
    request = in_state(world, state)
    for name in EVERYONE:
        user = getattr(world, name)
        sees = name in (SEE_DRAFTS if state == "draft" else SEE_SENT)
        assert queries.visible_to(user).filter(pk=request.pk).exists() is sees, name
        assert queries.requests_for(user).filter(pk=request.pk).exists() is (sees and state != "draft"), name
        assert queries.drafts_for(user).filter(pk=request.pk).exists() is (sees and state == "draft"), name
        if sees:
            assert queries.request_for(user, str(request.pk)) == request
        else:
            with pytest.raises(Request.DoesNotExist):
                queries.request_for(user, request.pk)


@pytest.mark.parametrize("id", [uuid.uuid4(), "", "nonsense", "\x00", None, 7, "9" * 5000])
def test_an_id_that_leads_nowhere(world: SimpleNamespace, id) -> None:
    for look, missing in (
        (queries.request_for, Request.DoesNotExist),
        (determinations.letter_for, Letter.DoesNotExist),
        (determinations.lock_authorization, Authorization.DoesNotExist),
    ):
        with pytest.raises(missing):
            look(world.prescriber, id)
    assert determinations.authorization_for(world.prescriber, id) is None


def test_a_discarded_draft_is_gone_for_everybody(world: SimpleNamespace) -> None:
    request = draft(world)
    actions.discard_draft(by=world.prescriber, request_id=request.pk, version=request.version)
    for name in EVERYONE:
        assert not queries.visible_to(getattr(world, name)).exists()


def test_deactivation_ends_all_sight(world: SimpleNamespace) -> None:
    in_state(world, "submitted")
    for name in EVERYONE:
        user = getattr(world, name)
        user.is_active = False
        assert not queries.visible_to(user).exists()
        assert not queries.patients_for(user).exists()
        assert not queries.prescribers_for(user).exists()


def test_the_queue_holds_what_is_open_for_the_plan(world: SimpleNamespace) -> None:
    made = {state: in_state(world, state) for state in STATES}
    expedited = draft(world, urgency="expedited", urgency_reason="Impending fracture")
    actions.submit(by=world.prescriber, request_id=expedited.pk, version=expedited.version)
    queue = list(queries.queue(world.reviewer))
    assert queue == [expedited, made["submitted"], made["pended"]]
    assert {row.recommendation for row in queue} == {"meets"}
    assert queue[0].pathways == ["hr_positive_third_line_plus"]
    assert queue[0].flags == []
    for name in EVERYONE:
        assert queries.queue(getattr(world, name)).exists() is (name in REVIEW)


@pytest.mark.parametrize("state", ["approved", "denied", "pended"])
def test_who_sees_a_letter_and_an_authorization(world: SimpleNamespace, state: str) -> None:
    request = in_state(world, state)
    letter = Letter.objects.get()
    for name in EVERYONE:
        user = getattr(world, name)
        if name in SEE_SENT:
            assert determinations.letter_for(user, letter.pk) == letter
            assert (determinations.authorization_for(user, request.pk) is not None) is (state == "approved")
        else:
            assert not determinations.letters_for(user).exists()
            assert not determinations.authorizations_for(user).exists()
            assert determinations.authorization_for(user, request.pk) is None
            with pytest.raises(Letter.DoesNotExist):
                determinations.letter_for(user, letter.pk)


def test_patients_and_prescribers_belong_to_the_organization(world: SimpleNamespace) -> None:
    draft(world)
    patient, prescriber = Patient.objects.get(), Prescriber.objects.get()
    for name in EVERYONE:
        user = getattr(world, name)
        assert list(queries.patients_for(user)) == ([patient] if name in SEE_DRAFTS else [])
        assert list(queries.prescribers_for(user)) == ([prescriber] if name in SEE_DRAFTS else [])


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("quint", True),
        ("marisol QUINTANA", True),
        ("pmh1001", True),
        ("Quintana 1002", False),
        ("\x00\ud800", False),
        ("", True),
    ],
)
def test_searching_patients(world: SimpleNamespace, search: str, found: bool) -> None:
    draft(world)
    assert queries.patients_for(world.prescriber, search).exists() is found


def test_another_organizations_patient_cannot_be_chosen(world: SimpleNamespace) -> None:
    draft(world)
    theirs = actions.start_draft(by=world.other_prescriber)
    for save, given, missing in (
        (actions.save_patient, {"patient_id": Patient.objects.get().pk}, Patient.DoesNotExist),
        (actions.save_prescriber, {"prescriber_id": Prescriber.objects.get().pk}, Prescriber.DoesNotExist),
    ):
        with pytest.raises(missing):
            save(by=world.other_prescriber, request_id=theirs.pk, version=1, data={}, **given)


def test_one_request_with_its_people_is_one_query(world: SimpleNamespace, django_assert_num_queries) -> None:
    request = draft(world)
    with django_assert_num_queries(1):
        found = queries.request_for(world.prescriber, request.pk)
        assert found.patient.plan_name == found.plan.name
        assert found.prescriber.full_name
        assert queries.walk_for(found).pending is None


@pytest.mark.parametrize("who", ["prescriber", "reviewer"])
def test_a_request_read_by_itself_is_as_the_lists_have_it(world: SimpleNamespace, who: str) -> None:
    user, request = getattr(world, who), submitted(world)
    found, listed = queries.request_for(user, request.pk), queries.requests_for(user).get()
    for person in ("self", "patient", "prescriber", "plan", "organization"):
        one, other = (item if person == "self" else getattr(item, person) for item in (found, listed))
        fields = [field.attname for field in one._meta.concrete_fields]
        assert [getattr(one, name) for name in fields] == [getattr(other, name) for name in fields]
