"""The patient's copy: the same facts, in the patient's envelope, of every letter that tells of a decision."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from pa_portal.audit.queries import pages_about
from pa_portal.determinations.letters import blocks, copies, html, pdf
from pa_portal.determinations.letters.content import compose
from tests.letters.reading import html_text, missing, pdf_text
from tests.letters.samples import APPROVAL, DENIAL, SAMPLES
from tests.letters.test_same_facts import HOSTILE, with_name
from tests.letters.test_views import READERS, STRANGERS, letter_of, world

__all__ = ["world"]

NOT_COPIED = {"information_request", "peer_to_peer_notice"}
ADDRESS = ["Elena Vasquez-O’Brien", "18 Orchard Street", "Dayton, OH 45403"]


def test_every_decision_is_copied() -> None:
    assert {kind for kind, _ in SAMPLES.values()} - NOT_COPIED == copies.COPIED


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_the_copy_says_what_the_letter_says(name: str) -> None:
    record = compose(*SAMPLES[name])
    if name in NOT_COPIED:
        with pytest.raises(copies.NoCopy):
            copies.for_patient(record)
        return
    copy = copies.for_patient(record)
    (window,) = (block for block in copy["blocks"] if block["type"] == "recipient")
    assert window["lines"] == ADDRESS
    changed = {block["type"] for block in copy["blocks"] if block not in record["blocks"]}
    assert changed == {"recipient", "paragraph"}
    assert len(copy["blocks"]) == len(record["blocks"]) + 1
    facts = list(blocks.texts(copy["blocks"]))
    assert missing(facts, html_text(html.render(copy))) == []
    assert missing(facts, pdf_text(pdf.render(copy))) == []


def test_the_letter_names_who_gets_a_copy() -> None:
    assert ", ".join(ADDRESS) in list(blocks.texts(compose("denial", DENIAL)["blocks"]))


def test_without_an_address_the_copy_bears_the_name_alone() -> None:
    record = compose("denial", replace(DENIAL, patient=replace(DENIAL.patient, address=())))
    assert copies.for_patient(record)["copy"]["recipient"] == ADDRESS[:1]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_are_text_in_the_copy_too(text: str) -> None:
    letter = with_name(text)
    copy = copies.for_patient(compose("approval", replace(letter, patient=replace(letter.patient, address=(text,)))))
    facts = list(blocks.texts(copy["blocks"]))
    assert missing(facts, html_text(html.render(copy))) == []
    assert missing(facts, pdf_text(pdf.render(copy))) == []


def test_composing_it_does_not_change_the_letter() -> None:
    record = compose("approval", APPROVAL)
    before = list(record["blocks"])
    copies.for_patient(record)
    assert record["blocks"] == before


@pytest.mark.parametrize("form", ["correspondence:copy", "correspondence:copy_pdf"])
def test_who_reads_the_letter_reads_the_copy(client, world, form) -> None:
    letter = letter_of(world, "denied")
    for reader in (*READERS, *STRANGERS):
        client.force_login(getattr(world, reader))
        assert client.get(reverse(form, args=[letter.pk])).status_code == (200 if reader in READERS else 404)
    assert pages_about(letter).filter(page=f"GET {form}").count() == len(READERS) + len(STRANGERS)


def test_the_letter_leads_to_its_copy_and_a_request_for_information_has_none(client, world) -> None:
    client.force_login(world.reviewer)
    denial, asked = letter_of(world, "denied"), letter_of(world, "pended")
    address = reverse("correspondence:copy", args=[denial.pk])
    assert address in client.get(reverse("correspondence:letter", args=[denial.pk])).content.decode()
    assert "1 Elm Street" in client.get(address).content.decode()
    assert "patient/" not in client.get(reverse("correspondence:letter", args=[asked.pk])).content.decode()
    assert client.get(reverse("correspondence:copy", args=[asked.pk])).status_code == 404
