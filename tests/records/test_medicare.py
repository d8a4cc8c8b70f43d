"""Medicare members: the contractor of where they live is named and recorded."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from pa_portal.submissions import actions, medicare, queries
from pa_portal.submissions.errors import NotReady
from pa_portal.submissions.models import Patient
from tests.records.making import draft

PALMETTO, NOVITAS = "Palmetto GBA", "Novitas Solutions, Inc."


def member(world: SimpleNamespace, **change: str):
    request = draft(world)
    data = {"line_of_business": "medicare", **change}
    return actions.save_patient(by=world.staff, request_id=request.pk, version=request.version, data=data)


def sent(world: SimpleNamespace, request) -> dict:
    return actions.submit(by=world.prescriber, request_id=request.pk, version=request.version).content


@pytest.mark.parametrize(
    ("state", "locality", "jurisdiction", "contractor"),
    [
        ("VA", "elsewhere", "M (11)", PALMETTO),
        ("VA", "Arlington County", "L (12)", NOVITAS),
        ("VA", "city of ALEXANDRIA", "L (12)", NOVITAS),
        ("MD", "", "L (12)", NOVITAS),
        ("OH", "", "15", "CGS Administrators, LLC"),
        ("OH", "Arlington County", "15", "CGS Administrators, LLC"),
        ("GU", "", "E (1)", "Noridian Healthcare Solutions, LLC"),
    ],
)
def test_the_contractor_is_recorded(world: SimpleNamespace, state, locality, jurisdiction, contractor) -> None:
    recorded = sent(world, member(world, state=state, locality=locality))["medicare"]
    assert (recorded["state"], recorded["jurisdiction"], recorded["contractor"]) == (state, jurisdiction, contractor)
    assert recorded["note"]
    assert recorded["cite"] == "Appendix 2"


def test_other_members_have_none(world: SimpleNamespace) -> None:
    request = member(world, line_of_business="medicaid", locality="Arlington County")
    content = sent(world, request)
    assert (content["medicare"], content["patient"]["locality"]) == (None, "")


@pytest.mark.parametrize(
    ("change", "missing"), [({"state": "VA"}, ("locality",)), ({"state": ""}, ("state",)), ({"state": "MD"}, ())]
)
def test_where_they_live_must_be_known(world: SimpleNamespace, change, missing) -> None:
    request = member(world, **change)
    assert queries.missing(request) == missing
    if missing:
        with pytest.raises(NotReady) as told:
            sent(world, request)
        assert told.value.missing == missing


def test_a_place_that_is_no_choice_is_refused(world: SimpleNamespace) -> None:
    with pytest.raises(ValidationError) as told:
        member(world, locality="Atlantis")
    assert set(told.value.message_dict) == {"locality"}


def test_moving_away_drops_the_county(world: SimpleNamespace) -> None:
    request = member(world, locality="Fairfax County")
    moved = actions.save_patient(by=world.staff, request_id=request.pk, version=request.version, data={"state": "MD"})
    assert moved.patient.locality == ""
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.update(locality="Fairfax County", line_of_business="commercial")


def test_choices_are_offered_only_where_a_state_is_split(world: SimpleNamespace) -> None:
    policy = queries.policy_of(draft(world))
    assert [value for value, _ in medicare.localities(policy, "VA")] == [
        "Arlington County",
        "Fairfax County",
        "City of Alexandria",
        "elsewhere",
    ]
    assert medicare.localities(policy, "MD") == ()
