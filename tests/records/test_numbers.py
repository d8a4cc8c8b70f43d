"""Reference and authorization numbers: a slip of the pen never makes another valid number."""

from __future__ import annotations

import re

import pytest
from django.db import IntegrityError

from pa_portal.submissions import actions, numbers
from pa_portal.submissions.guard import insert_numbered
from pa_portal.submissions.models import Request

KINDS = [numbers.REFERENCE, numbers.AUTHORIZATION]


@pytest.mark.parametrize("kind", KINDS)
def test_new_numbers_are_valid_and_have_the_stated_shape(kind: numbers.Numbering) -> None:
    for _ in range(200):
        number = kind.new()
        assert kind.valid(number)
        assert re.search(kind.pattern, number)
        assert not set("01ILOUV") & set(number[len(kind.prefix) + 1 :])


@pytest.mark.parametrize("kind", KINDS)
def test_every_wrong_character_and_every_exchange_is_found(kind: numbers.Numbering) -> None:
    number = kind.new()
    places = [place for place in range(len(kind.prefix), len(number)) if number[place] != "-"]
    for place in places:
        for character in numbers.ALPHABET.replace(number[place], ""):
            assert not kind.valid(number[:place] + character + number[place + 1 :])
        for other in places:
            swapped = list(number)
            swapped[place], swapped[other] = swapped[other], swapped[place]
            assert kind.valid("".join(swapped)) == (number[place] == number[other])


@pytest.mark.parametrize(
    ("typed", "valid"),
    [
        (lambda number: number.lower(), True),
        (lambda number: number.replace("-", " "), True),
        (lambda number: number.replace("-", ""), True),
        (lambda number: number[:-1], False),
        (lambda number: number + "2", False),
        (lambda number: number[3:], True),
        (lambda number: "AU" + number[2:], False),
        (lambda number: "", False),
        (lambda number: "PA-0000-0000", False),
        (lambda number: "PA-7K3M-Q2X\x00", False),
    ],
)
def test_reading_what_was_typed(typed, valid: bool) -> None:
    number = numbers.REFERENCE.new()
    while number[3:5] == "PA":
        number = numbers.REFERENCE.new()
    assert numbers.REFERENCE.valid(typed(number)) is valid
    if valid:
        assert numbers.REFERENCE.tidy(typed(number)) == number


def test_a_taken_number_is_drawn_again(world, monkeypatch: pytest.MonkeyPatch) -> None:
    first = actions.start_draft(by=world.prescriber)
    fresh = numbers.REFERENCE.new()
    drawn = iter([first.reference, first.reference, fresh])
    monkeypatch.setattr(numbers.Numbering, "new", lambda self: next(drawn))
    assert actions.start_draft(by=world.prescriber).reference == fresh


def test_giving_up_when_every_number_drawn_is_taken(world, monkeypatch: pytest.MonkeyPatch) -> None:
    first = actions.start_draft(by=world.prescriber)
    monkeypatch.setattr(numbers.Numbering, "new", lambda self: first.reference)
    with pytest.raises(IntegrityError):
        actions.start_draft(by=world.prescriber)
    assert Request.objects.count() == 1


def test_another_broken_rule_is_not_mistaken_for_a_taken_number(world) -> None:
    request = actions.start_draft(by=world.prescriber)
    twin = Request(**{f.attname: getattr(request, f.attname) for f in Request._meta.concrete_fields if f.name != "id"})
    twin.state = "nowhere"
    with pytest.raises(IntegrityError, match="request_state"):
        insert_numbered(twin, "reference", numbers.REFERENCE)
