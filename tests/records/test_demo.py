"""The demo: everything in it went through the actions, once, and never in production."""

from __future__ import annotations

from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from pa_portal.accounts.models import Organization, User
from pa_portal.audit.models import Event
from pa_portal.demo.cases import PATHWAYS
from pa_portal.demo.people import PASSWORD, USERS
from pa_portal.determinations import queries
from pa_portal.determinations.models import Authorization, Determination, Letter
from pa_portal.submissions.models import Request, State, Submission

pytestmark = pytest.mark.django_db


def run() -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("allowed", [False, None, "1"])
def test_it_refuses_where_it_is_not_allowed(settings, allowed) -> None:
    settings.DEMO_ALLOWED = allowed
    with pytest.raises(CommandError, match="DEMO_ALLOWED"):
        run()
    assert not Organization.objects.exists()


def test_it_covers_every_state_and_pathway_once(settings) -> None:
    settings.DEMO_ALLOWED = True
    first = run()
    counts = [model.objects.count() for model in (Request, Submission, Determination, Letter, Event, User)]
    second = run()
    assert [model.objects.count() for model in (Request, Submission, Determination, Letter, Event, User)] == counts
    for printed in (first, second):
        for details in USERS.values():
            assert details["email"] in printed
        assert PASSWORD in printed
    assert set(Request.objects.values_list("state", flat=True)) == set(State.values)
    assert set(Request.objects.values_list("request_type", flat=True)) == {"initial", "renewal"}
    sent = [submission.content["decision"] for submission in Submission.objects.all()]
    assert {pathway for decision in sent for pathway in decision["pathways"]} >= set(PATHWAYS)
    assert {decision["outcome"] for decision in sent} == {"meets", "does_not_meet", "insufficient_information"}
    assert {flag for decision in sent for flag in decision["flags"]} >= {"er_low_positive"}
    assert all(queries.replay(determination).matches for determination in Determination.objects.all())
    assert Letter.objects.count() == Determination.objects.count()
    assert queries.expiring_for(User.objects.get(email=USERS["okafor"]["email"])).count() == 1
    assert Authorization.objects.count() >= 4
    assert all(authenticate(username=details["email"], password=PASSWORD) for details in USERS.values())
