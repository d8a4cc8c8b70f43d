"""Who may read a letter, in which form, and what is kept of the reading."""

from __future__ import annotations

import io
import uuid
from types import SimpleNamespace

import pypdf
import pytest
from django.urls import reverse

from pa_portal.audit.queries import pages_about
from pa_portal.determinations.letters import blocks
from pa_portal.determinations.models import Authorization, Letter
from tests.determinations.conftest import build_wider_world
from tests.determinations.making import in_situation
from tests.letters.reading import html_text, missing, pdf_text
from tests.records.making import in_state

FORMS = ("correspondence:letter", "correspondence:letter_pdf")
READERS = ("prescriber", "colleague", "reviewer", "second_reviewer", "manager", "clinic_manager")
STRANGERS = ("other_prescriber", "other_reviewer", "other_manager")


@pytest.fixture
def world(db: None) -> SimpleNamespace:
    return build_wider_world()


def letter_of(world: SimpleNamespace, state: str) -> Letter:
    return Letter.objects.get(determination__request=in_state(world, state))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("reader", READERS)
def test_both_sides_read_the_letter_and_each_reading_is_recorded(client, world, form, reader):
    letter = letter_of(world, "approved")
    user = getattr(world, reader)
    client.force_login(user)
    assert client.get(reverse(form, args=[letter.pk])).status_code == 200
    (look,) = pages_about(letter)
    assert (look.user_id, look.organization_id, look.page) == (user.pk, user.organization_id, f"GET {form}")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_nobody_else_learns_that_there_is_one(client, world, form, stranger):
    letter = letter_of(world, "denied")
    client.force_login(getattr(world, stranger))
    assert client.get(reverse(form, args=[letter.pk])).status_code == 404
    assert client.get(reverse(form, args=[uuid.uuid4()])).status_code == 404


@pytest.mark.parametrize("form", FORMS)
def test_without_signing_in_one_is_asked_to(client, world, form):
    path = reverse(form, args=[letter_of(world, "pended").pk])
    response = client.get(path)
    assert response.status_code == 302
    assert reverse("accounts:sign_in") in response["Location"]


@pytest.mark.parametrize("form", FORMS)
def test_reading_is_all_that_one_can_do(client, world, form):
    client.force_login(world.prescriber)
    assert client.post(reverse(form, args=[letter_of(world, "approved").pk])).status_code == 405


@pytest.mark.parametrize("path", ["/letters/1/", "/letters/x.pdf", "/letters/"])
def test_what_is_no_id_is_not_found(client, world, path):
    client.force_login(world.prescriber)
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("situation", "kind"),
    [
        ("approved", "approval"),
        ("modified", "modified_approval"),
        ("denied", "denial"),
        ("pended", "information_request"),
        ("void", "void_notice"),
        ("called", "peer_to_peer_notice"),
        ("upheld", "appeal_upheld"),
        ("overturned", "appeal_overturned"),
    ],
)
def test_stored_record_shows_the_same_facts_in_both_forms(client, world, situation, kind):
    letter = Letter.objects.get(request=in_situation(world, situation), kind=kind)
    client.force_login(world.prescriber)
    page = client.get(reverse(FORMS[0], args=[letter.pk])).content.decode()
    document = client.get(reverse(FORMS[1], args=[letter.pk])).content
    facts = list(blocks.texts(letter.content["blocks"]))
    assert missing(facts, html_text(page)) == []
    assert missing(facts, pdf_text(document)) == []


def test_approval_tells_the_authorization_as_recorded(client, world):
    letter = letter_of(world, "approved")
    authorization = Authorization.objects.get(determination=letter.determination)
    shown = set(blocks.texts(letter.content["blocks"]))
    assert authorization.number in shown
    assert f"{authorization.total_units:,} units" in shown
    for day in (authorization.start, authorization.valid_through, authorization.renewal_date):
        assert f"{day:%B} {day.day}, {day.year}" in shown


def test_pdf_is_shown_inline_and_named_by_the_reference(client, world):
    letter = letter_of(world, "approved")
    client.force_login(world.prescriber)
    response = client.get(reverse(FORMS[1], args=[letter.pk]))
    assert response["Content-Type"] == "application/pdf"
    reference = letter.content["reference"]
    assert response["Content-Disposition"] == f'inline; filename="letter-{reference}.pdf"'
    assert reference in pypdf.PdfReader(io.BytesIO(response.content)).metadata.title


def test_page_links_to_the_pdf(client, world):
    letter = letter_of(world, "approved")
    client.force_login(world.prescriber)
    response = client.get(reverse(FORMS[0], args=[letter.pk]))
    assert f'href="{reverse(FORMS[1], args=[letter.pk])}"' in response.content.decode()
    assert "no-store" in response["Cache-Control"]
