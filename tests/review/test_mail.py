"""Letters to mail: the patients' copies, until a reviewer of the plan says that they are in the mail."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from pypdf import PdfReader

from pa_portal.audit.models import Event, Trace
from pa_portal.determinations import actions
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters import copies, pdf, printing
from pa_portal.determinations.mailing import letters_to_mail
from pa_portal.determinations.models import Letter, Mailing
from pa_portal.submissions.errors import NotAllowed
from tests.determinations import making
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


# Several at once


PRINT = f"{LIST}print/"


def printed(client: Any, letters: list[Letter]) -> tuple[Any, list[str]]:
    """The answer, and the text of each page of its PDF."""
    answer = client.post(f"{PRINT}pdf/", {"letter": [letter.pk for letter in letters]})
    return answer, [page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages]


@pytest.fixture
def three(world: SimpleNamespace) -> list[Letter]:
    """In the order in which they wait. The second, approved in part, has three pages."""
    for situation in ("approved", "modified", "denied"):
        making.in_situation(world, situation)
    return list(letters_to_mail(world.reviewer))


def test_all_that_wait_are_one_pdf_each_on_a_sheet_of_its_own(
    desk: Desk, world: SimpleNamespace, three: list[Letter]
) -> None:
    seen = desk.read(desk.client.post(PRINT, {"all": "1"}))
    assert seen.status == 200
    assert seen.hidden["letter"] == [str(letter.pk) for letter in three]
    answer, pages = printed(desk.client, three[::-1])
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert "private" in answer["Cache-Control"] or "no-store" in answer["Cache-Control"]
    at = 0
    for letter in three:
        assert at % 2 == 0, "on the front of a sheet"
        alone = [
            page.extract_text() for page in PdfReader(BytesIO(pdf.render(copies.for_patient(letter.content)))).pages
        ]
        assert pages[at : at + len(alone)] == alone, "as it is alone, its page numbers too"
        at += len(alone)
        if len(alone) % 2 and letter != three[-1]:
            assert pages[at] == ""
            at += 1
    assert at == len(pages)
    assert not Mailing.objects.exists()
    assert len(desk.get(LIST).rows) == 3, "and they wait until somebody says that they were mailed"


def test_a_few_are_chosen_then_marked_together(desk: Desk, world: SimpleNamespace, three: list[Letter]) -> None:
    chosen = [three[0], three[2]]
    asked = {"letter": [letter.pk for letter in chosen]}
    seen = desk.read(desk.client.post(PRINT, asked))
    assert "Mark all 2 as mailed" in seen.text
    actions.mark_as_mailed(by=world.director, letter_id=three[0].pk)
    told = desk.read(desk.client.post(f"{PRINT}mailed/", asked, follow=True)).text
    assert "Marked as mailed: 1 letter." in told
    assert f"Marked as mailed already: {three[0].request.reference} by {world.director.get_full_name()}." in told
    assert list(letters_to_mail(world.reviewer)) == [three[1]]
    again, _ = printed(desk.client, chosen)
    assert again.status_code == 200, "the printer may have jammed"
    seen = desk.read(desk.client.post(PRINT, {"letter": [letter.pk for letter in three]}))
    assert "Of the letters you chose, 2 no longer wait." in seen.text
    assert seen.hidden["letter"] == [str(three[1].pk)]


@pytest.mark.parametrize("address", ["", "pdf/", "mailed/"])
def test_none_chosen_is_told_and_one_that_is_not_theirs_stops_all(
    desk: Desk, world: SimpleNamespace, three: list[Letter], address: str
) -> None:
    post = desk.client.post
    assert "Choose at least one letter" in desk.read(post(PRINT + address, follow=True)).text
    for wrong in (["x"], ["\x00"], [uuid4() for _ in range(printing.MOST + 1)]):
        assert post(PRINT + address, {"letter": wrong}).status_code == 404
    if address:
        assert post(PRINT + address, {"letter": [three[0].pk, uuid4()]}).status_code == 404
    assert not Mailing.objects.exists()
    assert desk.client.get(PRINT + address).status_code == 405


def test_each_letter_read_in_a_batch_is_on_record(desk: Desk, world: SimpleNamespace, three: list[Letter]) -> None:
    printed(desk.client, three)
    (taken,) = Trace.objects.filter(what=Trace.What.FILE)
    assert (taken.object_type, set(taken.subjects)) == ("determinations_letter", {letter.pk for letter in three})
    assert (taken.user_id, taken.page) == (world.reviewer.pk, "POST admin:determinations_letter_print_pdf")


def test_what_draws_them_ends_and_its_failure_tells_nothing_of_a_letter(monkeypatch: Any, three: list[Letter]) -> None:
    monkeypatch.setattr(printing.sys, "executable", "/bin/false")
    with pytest.raises(RuntimeError, match=r"^The letters were not drawn: the process ended with 1\.$"):
        printing.render([copies.for_patient(three[0].content)], title="T", author="A", on=date(2026, 1, 2))
