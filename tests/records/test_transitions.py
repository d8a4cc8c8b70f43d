"""Every move by every role from every state: the table's moves succeed, all others are refused and change nothing."""

from __future__ import annotations

import pytest

from pa_portal.audit.models import Event
from pa_portal.determinations import actions as determinations
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.models import Determination
from pa_portal.submissions import actions
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Request, Submission
from tests.records.making import day, in_state

STATES = ["draft", "submitted", "pended", "approved", "denied", "withdrawn"]
MOVES = {
    "submit": (actions.submit, {}),
    "discard": (actions.discard_draft, {}),
    "withdraw": (actions.withdraw, {}),
    "respond": (determinations.respond_to_pend, {"response": "Here it is."}),
    "pend": (determinations.pend, {"information_needed": "A report", "respond_by": day(7)}),
    "approve": (determinations.approve, {"start": day(7)}),
    "deny": (
        determinations.deny,
        {"reasons": [{"criterion": "her2_negative", "text": "Not shown."}], "rationale": "Not shown."},
    ),
}
PROVIDER, REVIEW = {"prescriber", "staff"}, {"reviewer", "director"}
# move -> roles, states it succeeds from, and where it leads
TABLE = {
    "submit": ({"prescriber"}, {"draft"}, "submitted"),
    "discard": (PROVIDER, {"draft"}, "withdrawn"),
    "withdraw": ({"prescriber"}, {"submitted", "pended"}, "withdrawn"),
    "respond": ({"prescriber"}, {"pended"}, "submitted"),
    "pend": (REVIEW, {"submitted"}, "pended"),
    "approve": (REVIEW, {"submitted", "pended"}, "approved"),
    "deny": ({"director"}, {"submitted", "pended"}, "denied"),
}
ACTORS = {
    "prescriber": "colleague",
    "staff": "staff",
    "reviewer": "second_reviewer",
    "director": "director",
    "manager": "manager",
    "provider manager": "clinic_manager",
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("move", MOVES)
def test_move(world, move: str, actor: str, state: str) -> None:
    request = in_state(world, state)
    by = getattr(world, ACTORS[actor])
    action, given = MOVES[move]
    roles, sources, target = TABLE[move]
    before = (Submission.objects.count(), Determination.objects.count(), Event.objects.count())

    def act():
        return action(by=by, request_id=request.pk, version=request.version, **given)

    if actor in roles and state in sources:
        act()
        request.refresh_from_db()
        assert request.state == target
        assert Event.objects.count() > before[2]
        return
    if move == "submit" and actor in roles:
        # Submitting again gives the same submission: no error, and nothing done.
        latest = Submission.objects.get(request=request)
        assert act() == latest
    else:
        refusals = (NotAllowed, Conflict) if state != "draft" or actor in PROVIDER else (Request.DoesNotExist,)
        with pytest.raises(refusals):
            act()
    stored = Request.objects.get(pk=request.pk)
    assert (stored.state, stored.version) == (state, request.version)
    assert (Submission.objects.count(), Determination.objects.count(), Event.objects.count()) == before


@pytest.mark.parametrize("stranger", ["other_prescriber", "other_reviewer", "other_manager"])
@pytest.mark.parametrize("move", MOVES)
def test_a_stranger_is_told_that_the_request_does_not_exist(world, move: str, stranger: str) -> None:
    request = in_state(world, "submitted")
    action, given = MOVES[move]
    with pytest.raises(Request.DoesNotExist):
        action(by=getattr(world, stranger), request_id=request.pk, version=request.version, **given)


def test_somebody_deactivated_can_do_nothing(world) -> None:
    request = in_state(world, "submitted")
    world.reviewer.is_active = False
    with pytest.raises(Request.DoesNotExist):
        determinations.approve(by=world.reviewer, request_id=request.pk, version=request.version, start=day(7))


@pytest.mark.parametrize("state", ["submitted", "approved", "denied", "withdrawn"])
def test_what_was_sent_can_no_longer_be_changed(world, state: str) -> None:
    request = in_state(world, state)
    for save, given in (
        (actions.save_answers, {"answers": {"line_of_therapy": 1}}),
        (actions.save_patient, {"data": {"first_name": "Other"}}),
        (actions.save_prescriber, {"data": {"phone": "804-555-0199"}}),
        (actions.save_diagnosis, {"data": {"diagnosis_code": "C50.912"}}),
        (actions.save_treatment, {"data": {"height_cm": "170"}}),
        (actions.save_rationale, {"data": {"clinical_rationale": "More"}}),
    ):
        with pytest.raises(NotAllowed):
            save(by=world.prescriber, request_id=request.pk, version=request.version, **given)
