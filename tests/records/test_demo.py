"""The demo: everything in it went through the actions, once, and never in production."""

from __future__ import annotations

import datetime
import itertools
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.utils import timezone
from pypdf import PdfReader

from pa_portal.accounts.models import Organization, User
from pa_portal.audit.models import Event
from pa_portal.demo.cases import PATHWAYS
from pa_portal.demo.people import PASSWORD, USERS
from pa_portal.determinations import correspondents, queries
from pa_portal.determinations.mailing import letters_to_mail
from pa_portal.determinations.models import (
    Appeal,
    Authorization,
    Determination,
    Letter,
    Mailing,
    Message,
    Note,
    PeerToPeerEvent,
    Task,
)
from pa_portal.submissions import actions
from pa_portal.submissions.models import Answer, Attachment, Request, State, Submission

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


def test_it_covers_every_state_and_pathway_once(settings, tmp_path: Path) -> None:
    settings.DEMO_ALLOWED = True
    settings.ATTACHMENT_ROOT = tmp_path
    before = timezone.now()
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
    assert all(determination.letters.exists() for determination in Determination.objects.all())
    assert queries.expiring_for(User.objects.get(email=USERS["okafor"]["email"])).count() == 1
    assert Authorization.objects.count() >= 4
    assert all(authenticate(username=details["email"], password=PASSWORD) for details in USERS.values())
    months_of_work(before)
    everything_the_portal_can_do()
    every_part_of_a_case_page(before)


def months_of_work(before: datetime.datetime) -> None:
    """It happened over months, in order, and not in the future; afterwards the clock is right again."""
    times = list(Event.objects.order_by("id").values_list("at", flat=True))
    assert all(later - earlier > datetime.timedelta(seconds=-5) for earlier, later in itertools.pairwise(times))
    assert before <= timezone.now() < before + datetime.timedelta(minutes=10)
    assert times[-1] <= timezone.now()
    sent = Submission.objects.values_list("submitted_at", flat=True)
    weeks = {(before - at).days // 7 for at in sent}
    assert weeks >= set(range(12))
    assert all(timezone.localtime(at).weekday() < 5 for at in sent if before - at > datetime.timedelta(days=3))
    for determination in Determination.objects.all():
        assert determination.submission.submitted_at < determination.decided_at <= timezone.now()
        assert determination.letters.earliest("created_at").created_at - determination.decided_at < datetime.timedelta(
            minutes=1
        )


def everything_the_portal_can_do() -> None:
    signed = [submission.content["attestation"] for submission in Submission.objects.all()]
    assert {sign["signed_by"]["role"] for sign in signed} == {"prescriber"}
    assert Request.objects.filter(state="draft", ready_to_sign_at__isnull=False).count() == 1
    assert Answer.objects.filter(given_by__role="staff").exists()
    assert Submission.objects.filter(correction__isnull=False).count() == 1
    assert {each.kind for each in Attachment.objects.filter(sent_at__isnull=False)} == {
        "pathology",
        "labs",
        "treatment_history",
    }
    reviewer = User.objects.get(email=USERS["nair"]["email"])
    for attachment in Attachment.objects.filter(sent_at__isnull=False):
        _, file = actions.open_attachment(by=reviewer, attachment_id=attachment.pk)
        reader = PdfReader(file)
        assert attachment.original_name.removesuffix(".pdf").capitalize() in reader.pages[0].extract_text()
        file.close()
    assert {
        submission.content["medicare"]["contractor"]
        for submission in Submission.objects.all()
        if submission.content["medicare"]
    } == {"Palmetto GBA"}
    assert set(Task.objects.values_list("awaiting_director", flat=True)) == {True, False}
    assert Authorization.objects.filter(status="void").exists()


def every_part_of_a_case_page(now: datetime.datetime) -> None:
    """Something to read, to call, to hear and to hurry for, on either side."""
    nair, okafor = (User.objects.get(email=USERS[name]["email"]) for name in ("nair", "okafor"))
    assert all(correspondents.unread(each).exists() for each in (nair, okafor))
    assert Message.objects.filter(read__isnull=False).exists()
    assert Note.objects.count() >= 3
    assert Appeal.objects.filter(outcome__isnull=True, task__due_at__gt=now).exists()
    assert PeerToPeerEvent.objects.filter(kind="scheduled", call_at__gt=now).exists()
    assert Event.objects.filter(action="task.assigned", actor_label__contains="Whitfield").exists()
    left = [request.time_left for request in queries.worklist(nair).filter(state="submitted")]
    assert any(each < datetime.timedelta(0) for each in left)
    assert any(datetime.timedelta(0) < each < datetime.timedelta(hours=12) for each in left)
    assert any(
        each.content["treatment"]["dose"]["capped"] for each in Submission.objects.filter(request__state="submitted")
    )
    assert any(len(each.reasons) == 2 for each in Determination.objects.filter(decision="denied"))
    assert Request.objects.filter(request_type="renewal", state="submitted").exists()
    assert letters_to_mail(nair).exists()
    assert Mailing.objects.exists()
