"""Automatic approval, the settings of managers, and notices by e-mail."""

from __future__ import annotations

import datetime
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from pa_portal.audit.models import Event
from pa_portal.demo import cases
from pa_portal.determinations import actions, automatic, notices, queries
from pa_portal.determinations.case import Case
from pa_portal.determinations.letters import blocks
from pa_portal.determinations.models import Authorization, Determination, Letter, Notice
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.errors import NotAllowed
from tests.determinations.making import authorization_of, in_situation, on
from tests.records.making import PATIENT, day, draft, in_state

POLICY = "IC-0072"


# Automatic approval


def send(world: SimpleNamespace, callbacks, *, rationale: str = "", **given):
    request = draft(world, **given)
    with callbacks(execute=True):
        submissions.submit(**on(request, world.prescriber), clinical_rationale=rationale)
    request.refresh_from_db()
    return request


@pytest.fixture
def callbacks(django_capture_on_commit_callbacks):
    return django_capture_on_commit_callbacks


def test_it_is_off_until_a_manager_switches_it_on(world: SimpleNamespace, callbacks) -> None:
    assert send(world, callbacks).state == "submitted"
    actions.set_automatic_approval(by=world.other_manager, policy_id=POLICY, on=True)
    assert send(world, callbacks).state == "submitted"
    actions.set_automatic_approval(by=world.manager, policy_id=POLICY, on=True)
    request = send(world, callbacks)
    assert request.state == "approved"
    actions.set_automatic_approval(by=world.manager, policy_id=POLICY, on=False)
    assert send(world, callbacks).state == "submitted"


def test_it_is_recorded_as_automatic(world: SimpleNamespace, callbacks) -> None:
    actions.set_automatic_approval(by=world.manager, policy_id=POLICY, on=True)
    request = send(world, callbacks)
    determination = queries.determination_in_force(request)
    assert (determination.automatic, determination.decided_by, determination.decider) == (
        True,
        None,
        "Automatic review",
    )
    assert determination.signature["name"] == ""
    assert "without a reviewer" in determination.signature["meaning"]
    event = Event.objects.get(action="determination.approved")
    assert (event.actor_id, event.detail["automatic"]) == (None, True)
    assert authorization_of(request).start == day(7)
    assert "without a reviewer" in " ".join(blocks.texts(Letter.objects.get().content["blocks"]))
    assert queries.task_of(request).stopped_at
    assert queries.replay(determination).matches
    assert next(queries.export_rows(world.manager, day(0), day(0))).decided_by == ""
    # A director can undo it as any other.
    actions.void(by=world.director, authorization_id=authorization_of(request).pk, reason="The code is another's.")


@pytest.mark.parametrize(
    "case",
    [
        {"answers": cases.HYPERSENSITIVE, "rationale": "Desensitization"},
        {"answers": cases.NOT_TESTED, "rationale": "Results pending"},
        {"answers": cases.ER_LOW_POSITIVE},
        {"answers": cases.HER2_UNSETTLED, "rationale": "The block is exhausted."},
        {"diagnosis": "C79.81"},
        {"requested_start_date": day(-1)},
    ],
    ids=["does not meet", "insufficient", "flagged", "not settled", "code not covered", "starts in the past"],
)
def test_what_leaves_anything_to_judge_waits_for_a_person(world: SimpleNamespace, callbacks, case) -> None:
    actions.set_automatic_approval(by=world.manager, policy_id=POLICY, on=True)
    assert send(world, callbacks, **case).state == "submitted"
    assert not Determination.objects.exists()


def test_nor_does_it_decide_for_medicare_over_the_limit_or_twice(
    world: SimpleNamespace, callbacks, monkeypatch
) -> None:
    actions.set_automatic_approval(by=world.manager, policy_id=POLICY, on=True)
    request = draft(world)
    data = {**PATIENT, "plan": world.plan.pk, "line_of_business": "medicare", "state": "MD", "member_id": "PMH9"}
    submissions.save_patient(**on(request, world.prescriber), data=data)
    with callbacks(execute=True):
        submissions.submit(**on(request, world.prescriber))
    request.refresh_from_db()
    assert request.state == "submitted"
    with monkeypatch.context() as patch:
        patch.setattr(Case, "within_limit", False)
        assert send(world, callbacks).state == "submitted"
    assert send(world, callbacks).state == "approved"
    assert send(world, callbacks).state == "submitted"
    assert Authorization.objects.count() == 1


def test_what_a_reviewer_asked_for_comes_back_to_a_reviewer(world: SimpleNamespace, callbacks) -> None:
    request = in_state(world, "pended")
    actions.set_automatic_approval(by=world.manager, policy_id=POLICY, on=True)
    with callbacks(execute=True):
        actions.respond_to_pend(**on(request, world.prescriber), response="Here it is.")
    request.refresh_from_db()
    assert request.state == "submitted"


def test_if_it_fails_the_submission_stands_and_a_person_decides(world, callbacks, monkeypatch, caplog) -> None:
    actions.set_automatic_approval(by=world.manager, policy_id=POLICY, on=True)

    def fail(*args, **given) -> None:
        raise ValidationError({"patient": "Marisol Quintana"})

    monkeypatch.setattr(automatic.granting, "grant", fail)
    request = send(world, callbacks)
    assert request.state == "submitted"
    assert queries.submission_of(request)
    assert "left to a reviewer" in caplog.text
    assert "Marisol" not in caplog.text


# Settings


@pytest.mark.parametrize("name", ["prescriber", "staff", "reviewer", "director", "clinic_manager"])
def test_only_a_plans_manager_sets_things(world: SimpleNamespace, name: str) -> None:
    by = getattr(world, name)
    for attempt in (
        lambda: actions.set_automatic_approval(by=by, policy_id=POLICY, on=True),
        lambda: actions.save_letter_settings(by=by, data={"appeal_days": 30}),
        lambda: actions.save_clock_rule(
            by=by, stage="request", line_of_business="commercial", urgency="standard", hours=1
        ),
    ):
        with pytest.raises(NotAllowed):
            attempt()


@pytest.mark.parametrize(
    ("attempt", "at_fault"),
    [
        (lambda by: actions.set_automatic_approval(by=by, policy_id="none", on=True), {"policy_id"}),
        (lambda by: actions.save_letter_settings(by=by, data={"appeal_days": 0}), {"appeal_days"}),
        (lambda by: actions.save_letter_settings(by=by, data={"appeal_days": None}), {"appeal_days"}),
        (lambda by: actions.save_letter_settings(by=by, data={"appeal_days": "9" * 5000}), {"appeal_days"}),
        (lambda by: actions.save_letter_settings(by=by, data={"peer_to_peer_days": 366}), {"peer_to_peer_days"}),
        (
            lambda by: actions.save_letter_settings(by=by, data={"external_review_text": "a\x00"}),
            {"external_review_text"},
        ),
        (
            lambda by: actions.save_letter_settings(by=by, data={"appeals_phone": "1", "appeal_days": 0}),
            {"appeals_phone", "appeal_days"},
        ),
        (lambda by: rule(by, hours=0), {"hours"}),
        (lambda by: rule(by, hours="soon"), {"hours"}),
        (lambda by: rule(by, hours=None), {"hours"}),
        (lambda by: rule(by, hours=2161), {"hours"}),
        (lambda by: rule(by, urgency="never"), {"urgency"}),
        (lambda by: rule(by, stage="none", line_of_business="other"), {"stage", "line_of_business"}),
    ],
)
def test_settings_that_cannot_be(world: SimpleNamespace, attempt, at_fault: set[str]) -> None:
    with pytest.raises(ValidationError) as told:
        attempt(world.manager)
    assert set(told.value.message_dict) == at_fault


def rule(by, **changed):
    given = {"stage": "request", "line_of_business": "commercial", "urgency": "standard", "hours": 24} | changed
    return actions.save_clock_rule(by=by, **given)


def test_letters_follow_the_plans_settings(world: SimpleNamespace) -> None:
    text = {
        "external_review_text": "Ask the Bureau of Insurance for a review.",
        "appeals_phone": "804-555-0188",
        "nondiscrimination_text": "We treat nobody differently.",
    }
    actions.save_letter_settings(by=world.manager, data={"appeal_days": 60, "peer_to_peer_days": 5} | text)
    actions.save_letter_settings(by=world.other_manager, data={"appeal_days": 10})
    request = in_state(world, "denied")
    shown = " ".join(blocks.texts(Letter.objects.get().content["blocks"]))
    for said in ("60 days from this letter", "5 days from this letter", *text.values()):
        assert said in shown
    assert queries.determination_in_force(request).appeal_by == day(60)
    assert Event.objects.filter(action="letter_settings.saved").count() == 2


# Notices


@pytest.fixture(autouse=True)
def address(settings) -> None:
    settings.NOTICE_BASE_URL = "https://portal.example"


def kinds(**wanted) -> list[str]:
    return list(Notice.objects.filter(**wanted).order_by("created_at").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("situation", "queued"),
    [
        ("draft", []),
        ("submitted", ["submitted"]),
        ("recommended", ["submitted"]),
        ("pended", ["submitted", "pended"]),
        ("approved", ["submitted", "decided"]),
        ("denied", ["submitted", "decided"]),
        ("void", ["submitted", "decided", "voided"]),
        ("called", ["submitted", "decided", "call_scheduled"]),
        ("upheld", ["submitted", "decided", "appeal_filed", "appeal_decided"]),
        ("overturned", ["submitted", "decided", "appeal_filed", "appeal_decided"]),
    ],
)
def test_what_happens_is_noticed_once(world: SimpleNamespace, situation: str, queued: list[str]) -> None:
    in_situation(world, situation)
    assert kinds() == queued


def test_if_the_act_fails_nothing_is_noticed(world: SimpleNamespace) -> None:
    request = in_state(world, "submitted")
    with transaction.atomic():
        actions.approve(**on(request, world.reviewer))
        transaction.set_rollback(True)
    assert kinds() == ["submitted"]


def test_it_goes_to_those_who_have_to_do_with_the_request(world: SimpleNamespace) -> None:
    request = draft(world, by=world.staff)
    submissions.submit(**on(request, world.colleague))
    assert set(Notice.objects.values_list("recipient__email", flat=True)) == {
        world.staff.email,
        world.colleague.email,
    }
    world.staff.is_active = False
    world.staff.save()
    assert [notice.recipient for notice in notices.waiting()] == [world.colleague]


def test_a_message_holds_a_link_and_nothing_about_the_patient(world: SimpleNamespace) -> None:
    request = in_situation(world, "overturned")
    notices.send_waiting()
    assert len(mail.outbox) == 4
    for message in mail.outbox:
        text = f"{message.subject} {message.body} {message.extra_headers}"
        assert f"https://portal.example/requests/{request.pk}/" in text or f"/{request.pk}/" in text
        for private in (
            "Marisol",
            "Quintana",
            "PMH1001",
            "C50",
            "Ixempra",
            "ixabepilone",
            request.reference,
            "approved",
        ):
            assert private.lower() not in text.lower()
        assert message.to == [world.prescriber.email]


def test_nothing_is_sent_twice(world: SimpleNamespace) -> None:
    in_state(world, "approved")
    assert notices.send_waiting() == (2, 0)
    assert notices.send_waiting() == (0, 0)
    request = Determination.objects.get().request
    notices.queue("decided", request, occasion=Determination.objects.get().pk)
    assert notices.send_waiting() == (0, 0)
    assert len(mail.outbox) == 2


class Refusing(EmailBackend):
    def send_messages(self, messages):
        raise OSError(f"no such user {messages[0].to}")


def test_what_the_server_refuses_is_tried_again_and_then_left(world: SimpleNamespace, settings) -> None:
    in_state(world, "submitted")
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    for _ in range(notices.MOST_ATTEMPTS):
        assert notices.send_waiting() == (0, 1)
    assert notices.send_waiting() == (0, 0)
    assert notices.stuck() == 1
    assert Notice.objects.get().error == "OSError"


def test_what_was_being_sent_when_a_run_died_is_not_sent_again(world: SimpleNamespace) -> None:
    in_state(world, "submitted")
    Notice.objects.update(claimed_at=timezone.now())
    assert notices.send_waiting() == (0, 0)
    assert notices.stuck() == 1


@pytest.mark.parametrize(
    ("before", "queued"),
    [
        (46, []),
        (45, ["expires_in_45_days"]),
        (15, ["expires_in_45_days"]),
        (14, ["expires_in_14_days"]),
        (1, ["expires_in_14_days"]),
        (0, []),
    ],
)
def test_an_authorization_that_ends_is_noticed(world: SimpleNamespace, before: int, queued: list[str]) -> None:
    authorization = authorization_of(in_state(world, "approved"))
    today = authorization.renewal_date - datetime.timedelta(days=before)
    for _ in range(2):
        notices.queue_expiring(today)
    assert kinds(kind__startswith="expires") == queued


def test_first_one_and_then_the_other(world: SimpleNamespace) -> None:
    authorization = authorization_of(in_state(world, "approved"))
    for before in range(50, -3, -1):
        notices.queue_expiring(authorization.renewal_date - datetime.timedelta(days=before))
    assert kinds(kind__startswith="expires") == ["expires_in_45_days", "expires_in_14_days"]


@pytest.mark.parametrize("why", ["void", "renewed"])
def test_what_is_void_or_being_renewed_is_not_noticed(world: SimpleNamespace, why: str) -> None:
    request = in_situation(world, "void" if why == "void" else "approved")
    authorization = authorization_of(request)
    if why == "renewed":
        renewal = actions.start_renewal(by=world.prescriber, authorization_id=authorization.pk)
        submissions.save_answers(**on(renewal, world.prescriber), answers=cases.RENEWAL)
        submissions.save_treatment(**on(renewal, world.prescriber), data={"requested_start_date": day(90)})
        submissions.submit(**on(renewal, world.prescriber))
    assert notices.queue_expiring(authorization.renewal_date - datetime.timedelta(days=30)) == 0


def test_the_command_sends_and_says_how_many(world: SimpleNamespace, settings) -> None:
    in_state(world, "approved")
    out = StringIO()
    call_command("send_notices", stdout=out)
    assert out.getvalue() == "2 sent, 0 refused by the mail server\n"
    settings.NOTICE_BASE_URL = ""
    with pytest.raises(CommandError, match="NOTICE_BASE_URL"):
        call_command("send_notices", stdout=out)
    with pytest.raises(CommandError, match="--every"):
        call_command("send_notices", every=0, stdout=out)
