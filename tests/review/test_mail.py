"""Letters to mail: the patients' copies, until a reviewer of the plan says that they are in the mail."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from pa_portal.audit.models import Event
from pa_portal.determinations import actions
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.mailing import letters_to_mail
from pa_portal.determinations.models import Letter, Mailing
from pa_portal.submissions.errors import NotAllowed
from tests.records.conftest import PEOPLE
from tests.records.making import in_state
from tests.review.desk import Desk

LIST = "/admin/determinations/letter/"


@pytest.fixture
def letter(world: SimpleNamespace) -> Letter:
    return Letter.objects.get(request=in_state(world, "approved"))


def path(letter: Letter) -> str:
    return f"{LIST}{letter.pk}/mailed/"


def test_a_letter_waits_until_it_is_marked_once(desk: Desk, world: SimpleNamespace, letter: Letter) -> None:
    denied, _ = in_state(world, "denied"), in_state(world, "pended")
    first, second = desk.get(LIST).rows
    assert letter.request.reference in first
    assert "Marisol Quintana" in first
    assert "Approval" in first
    assert denied.reference in second, "the newer comes later, and a question to the prescriber has no copy"
    assert f"/letters/{letter.pk}/patient.pdf" in desk.get(LIST).html
    assert desk.client.get(path(letter)).status_code == 405
    for _ in range(2):
        seen = desk.read(desk.client.post(path(letter), follow=True))
        assert f"Marked as mailed: Approval, {letter.request.reference}." in seen.text
        assert len(seen.rows) == 1
    mailing = Mailing.objects.get()
    assert (mailing.letter_id, mailing.by_id) == (letter.pk, world.reviewer.pk)
    assert Event.objects.filter(action="letter.mailed", object_id=str(letter.pk)).count() == 1
    desk.client.force_login(world.director)
    told = desk.read(desk.client.post(path(letter), follow=True))
    assert "Dora Testcase marked this letter as mailed already." in told.text
    desk.client.post(path(Letter.objects.get(request=denied)))
    assert "Every patient’s copy is mailed." in desk.get(LIST).text


def test_the_case_says_who_mailed_the_copy_and_when(desk: Desk, world: SimpleNamespace, letter: Letter) -> None:
    assert "Patient’s copy mailed" not in desk.case(letter.request).text
    mailing = actions.mark_as_mailed(by=world.director, letter_id=letter.pk)
    timeline = desk.case(letter.request).text.partition("Timeline")[2]
    at = timezone.localtime(mailing.at)
    when = f"{at:%b} {at.day}, {at.year}, {f'{at:%I:%M %p}'.lstrip('0')}"
    assert f"{when} Patient’s copy mailed {world.director.get_full_name()} Approval letter of" in timeline


@pytest.mark.parametrize("person", PEOPLE)
def test_by_role_and_organization(world: SimpleNamespace, letter: Letter, client: Any, person: str) -> None:
    by = getattr(world, person)
    client.force_login(by)
    page, sent = client.get(LIST), client.post(path(letter))
    ours = person in {"reviewer", "second_reviewer", "director"}
    reviews = ours or person in {"other_reviewer", "other_director"}
    assert page.status_code == (200 if reviews else 404)
    assert sent.status_code == (303 if ours else 404)
    assert ("Quintana" in page.content.decode()) == ours
    assert Mailing.objects.count() == ours
    if not reviews:
        assert not letters_to_mail(by).exists()
    if not ours:
        with pytest.raises(Letter.DoesNotExist if reviews else NotAllowed):
            actions.mark_as_mailed(by=by, letter_id=letter.pk)


def test_two_at_once_and_nothing_undone(world: SimpleNamespace, letter: Letter) -> None:
    first = actions.mark_as_mailed(by=world.reviewer, letter_id=letter.pk)
    assert actions.mark_as_mailed(by=world.reviewer, letter_id=letter.pk).at == first.at
    with pytest.raises(Conflict) as told:
        actions.mark_as_mailed(by=world.director, letter_id=letter.pk)
    assert told.value.who == "Dora Testcase"
    for undo in (lambda: Mailing.objects.all().delete(), lambda: Mailing.objects.update(by=world.director)):
        with pytest.raises(DatabaseError), transaction.atomic():
            undo()
    asked = Letter.objects.get(request=in_state(world, "pended"))
    with pytest.raises(Letter.DoesNotExist):
        actions.mark_as_mailed(by=world.reviewer, letter_id=asked.pk)
