"""Every address x method x person x record, generated from the URL resolver and checked against matrix.txt."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import transaction
from django.test import Client
from django.urls import reverse

from pa_portal.accounts.models import Role, User
from pa_portal.accounts.second_factor import OPEN
from tests.access.addresses import Address, addresses
from tests.access.matrix import ANONYMOUS, GROUPS, PEOPLE, PERSONAL, THEIRS, Rule, build, path_of, rules

pytestmark = pytest.mark.django_db

ADDRESSES = addresses()
RULES = rules()
METHODS = ("GET", "POST")
# No view here takes these: one person of each kind tries them, on a record of their own.
OTHER_METHODS = ("HEAD", "OPTIONS", "PUT", "PATCH", "DELETE")
SIGN_IN = "/accounts/sign-in/"
READY = "/readyz"  # says 503 of a test's database, which does not wait for the disk
# Leads to sign-in because it signs out, and not because it keeps anybody out.
LEAVES = {"admin:logout"}


@dataclass(frozen=True, slots=True)
class Answer:
    """A response with what differs from one request to the next taken out."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...]

    @property
    def asks_to_sign_in(self) -> bool:
        return self.status == 401 or (self.status == 302 and dict(self.headers).get("Location", "").startswith(SIGN_IN))

    @property
    def refuses(self) -> bool:
        return self.status in (404, 405)


class Door:
    """Sends requests as each person, and undoes whatever each request did."""

    def __init__(self, world: SimpleNamespace) -> None:
        self.world = world
        self.clients = {ANONYMOUS: Client(raise_request_exception=False)}
        for person, name in PEOPLE.items():
            self.clients[person] = client = Client(raise_request_exception=False)
            client.force_login(getattr(world, name))
        self.cookies = {person: client.cookies.output() for person, client in self.clients.items()}

    @contextmanager
    def sent(
        self, person: str, method: str, path: str, data: dict[str, Any] | None = None, **headers: str
    ) -> Iterator[Answer]:
        """The answer, and for the block what the request did to the database."""
        client = self.clients[person]
        kept = {name: morsel.value for name, morsel in client.cookies.items()}
        with transaction.atomic():
            response = client.generic(method, path, **_body(method, data), headers=headers)
            content = b"".join(response.streaming_content) if response.streaming else response.content
            assert response.status_code < 500 or path == READY, f"{method} {path} as {person}: {response.status_code}"
            yield Answer(response.status_code, _text(content, path), _headers(response, path))
            transaction.set_rollback(True)
        client.cookies.clear()
        client.cookies.load(kept)

    def send(self, person: str, method: str, path: str, data: dict[str, Any] | None = None, **headers: str) -> Answer:
        with self.sent(person, method, path, data, **headers) as answer:
            return answer


def _body(method: str, data: dict[str, Any] | None) -> dict[str, Any]:
    from urllib.parse import urlencode

    if method not in ("POST", "PUT", "PATCH"):
        return {}
    return {"data": urlencode(data or {}), "content_type": "application/x-www-form-urlencoded"}


_CHANGING = re.compile(
    r'(name="(?:csrfmiddlewaretoken|kept)"\s+value=")[^"]+'
    r"|[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
    r'|\bdata-seconds="\d+"'
)


def _plain(text: str) -> str:
    return _CHANGING.sub(lambda found: found[1] or "ID", text)


def _text(content: bytes, path: str) -> str:
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"\n".join(book.read(name) for name in book.namelist())
    return _plain(content.decode("utf-8", "replace"))


def _headers(response: Any, path: str) -> tuple[tuple[str, str], ...]:
    gone = ("X-Request-ID", "Content-Length", "Expires", "Date", "Last-Modified")
    told = response.cookies.get("messages")  # what the next page will say
    found = {**dict(response.items()), **({"messages": told.value} if told else {})}
    return tuple(sorted((name, _plain(value)) for name, value in found.items() if name not in gone))


@pytest.fixture(scope="module")
def door(django_db_setup: None, django_db_blocker: Any) -> Iterator[Door]:
    """One set of records for all, in a transaction that is given up at the end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield Door(build())
        transaction.set_rollback(True)


# Every address is classified


def test_every_address_has_its_line() -> None:
    missing = [f"{each.name}   (/{each.route})" for each in ADDRESSES if each.name not in RULES]
    assert not missing, (
        "These addresses are not in tests/access/matrix.txt. Add a line for each: its name, who may open it "
        f"({', '.join(GROUPS)}), and of what kind of record (the head of the file lists the kinds; - for none). "
        "Where it captures something else than the ids of that record, give samples in tests/access/matrix.py, SAMPLES."
        "\n  " + "\n  ".join(missing)
    )


def test_every_line_has_its_address() -> None:
    assert not set(RULES) - {each.name for each in ADDRESSES}, "Take these lines out of tests/access/matrix.txt."


# Every address behaves as its line says


def typical(rule: Rule) -> set[str]:
    """Nobody, one person whom the rule lets in, and one whom it does not."""
    let_in = [person for person in PEOPLE if rule.lets(person)]
    kept_out = [person for person in PEOPLE if not rule.lets(person)]
    return {ANONYMOUS, *let_in[:1], *kept_out[:1]}


def sides(person: str) -> tuple[str, str]:
    """Whose records are this person's own, and whose are foreign to them, by what the records call it."""
    if person in THEIRS:
        return "foreign", "own"
    return ("practice" if person == "provider manager" else "own"), "foreign"


@pytest.mark.parametrize("address", [each for each in ADDRESSES if each.name in RULES], ids=lambda each: each.name)
def test_address(door: Door, address: Address) -> None:
    rule = RULES[address.name]
    for person in (ANONYMOUS, *PEOPLE):
        own, foreign = sides(person)
        answers = {
            (whose, method): door.send(person, method, path_of(address, rule, door.world, whose))
            for whose in ((own, foreign, "missing") if rule.what not in ("-", *PERSONAL) else (own,))
            for method in METHODS
        }
        check(door, address, rule, person, answers)
        for method in OTHER_METHODS if person in typical(rule) else ():
            answer = door.send(person, method, path_of(address, rule, door.world, own))
            if person == ANONYMOUS and rule.who != "anybody":
                assert answer.asks_to_sign_in or answer.status == 405, (address.name, method)
            elif not rule.lets(person):
                assert answer.refuses, (address.name, person, method, answer.status)
            elif method not in ("HEAD", "OPTIONS") and rule.who not in ("anybody", "signed-in"):
                assert answer.status in (302, 303, 400, 403, 404, 405, 409, 422), (address.name, person, method)


def check(door: Door, address: Address, rule: Rule, person: str, answers: dict[tuple[str, str], Answer]) -> None:
    own, foreign = sides(person)
    at = f"{address.name} as {person}"
    for method in METHODS:
        mine = answers[own, method]
        if person == ANONYMOUS and rule.who != "anybody":
            assert mine.asks_to_sign_in or mine.status == 405, f"{method} {at}: {mine.status}, not asked to sign in"
        elif not rule.lets(person):
            assert mine.refuses, f"{method} {at}: {mine.status}, and the table says {rule.who}"
        if (foreign, method) in answers:
            theirs, nothing = answers[foreign, method], answers["missing", method]
            assert theirs == nothing, f"{method} {at}: another's record does not look like none"
            if person != ANONYMOUS:
                assert theirs.refuses, f"{method} {at}: {theirs.status} for another's record"
    if rule.lets(person) and rule.who != "anybody" and rule.what not in PERSONAL and address.name not in LEAVES:
        mine = [answers[own, method] for method in METHODS]
        reached = [each for each in mine if not (each.refuses or each.asks_to_sign_in)]
        assert reached, f"{at}: the table says {rule.who}, and nothing opens"
    if person != ANONYMOUS:
        for method in METHODS:
            leaked = [mark for mark in door.world.marks[foreign] if mark in answers[own, method].body]
            assert not leaked, f"{method} {at}: shows {leaked}"


# Parts of pages


@pytest.mark.parametrize("address", [each for each in ADDRESSES if each.name in RULES], ids=lambda each: each.name)
def test_a_part_of_a_page_is_no_way_round(door: Door, address: Address) -> None:
    """With htmx's header the same people are let in, and the others get nothing else."""
    rule = RULES[address.name]
    if rule.who == "anybody":
        return
    for method in METHODS:
        answer = door.send(ANONYMOUS, method, path_of(address, rule, door.world, "own"), **{"HX-Request": "true"})
        assert answer.asks_to_sign_in or answer.status == 405, (address.name, method, answer.status)
    for person in typical(rule) - GROUPS[rule.who] - {ANONYMOUS}:
        path = path_of(address, rule, door.world, sides(person)[0])
        for method in METHODS:
            assert door.send(person, method, path, **{"HX-Request": "true"}).refuses, (address.name, person, method)


# Second ids in addresses, below a first that is one's own

SECONDS = [each for each in ADDRESSES if each.takes[0:1] == ("pk",) and each.takes[-1].endswith("_id")]


@pytest.mark.parametrize("address", SECONDS, ids=lambda each: each.name)
def test_a_second_id_below_ones_own(door: Door, address: Address) -> None:
    """Another side's, nobody's and one's own of another request: all of them are nothing."""
    rule, second = RULES[address.name], address.takes[1]
    elsewhere = {"document": "sent", "sent": "document"}.get(rule.what)
    for person in (each for each in PEOPLE if rule.lets(each) and each not in THEIRS):
        own = door.world.records["own"][rule.what]
        ids = {"foreign": door.world.records["foreign"][rule.what][second], "missing": uuid.uuid4()}
        if elsewhere:
            ids["another request's"] = door.world.records["own"][elsewhere][second]
        for method in METHODS:
            told = [door.send(person, method, reverse(address.name, kwargs={**own, second: id})) for id in ids.values()]
            assert told[0].refuses, (person, method, told[0].status)
            assert all(each == told[0] for each in told), (person, method, dict(zip(ids, told, strict=True)))


def test_second_ids_are_tried() -> None:
    assert {RULES[each.name].what for each in SECONDS} == {"document", "appealed", "sent"}


# Second factor, and nobody above the rest


@pytest.mark.parametrize("person", ["prescriber", "reviewer", "plan manager"])
def test_without_a_second_factor_only_what_is_named_is_open(door: Door, settings: Any, person: str) -> None:
    settings.MFA_REQUIRED = True
    for address in ADDRESSES:
        if address.name in OPEN or address.name not in RULES:
            continue
        for method in METHODS:
            answer = door.send(person, method, path_of(address, RULES[address.name], door.world, sides(person)[0]))
            where = dict(answer.headers).get("Location", "")
            assert (answer.status, where.partition("?")[0]) == (302, "/accounts/second-factor/"), (address.name, method)


def test_what_is_open_without_a_second_factor_shows_no_patient() -> None:
    assert {each.name for each in ADDRESSES} >= OPEN
    assert {RULES[name].what for name in OPEN} <= {"-", *PERSONAL}


def test_there_is_no_superuser() -> None:
    for name in ("is_superuser", "groups", "user_permissions"):
        with pytest.raises(FieldDoesNotExist):
            User._meta.get_field(name)
    assert not hasattr(User.objects, "create_superuser")
    assert "superuser" not in Role.values
    for role in Role:
        anybody = User(role=role, is_active=True)
        anybody.is_superuser = True  # as a stray attribute it opens nothing
        assert not anybody.has_perm("submissions.view_request")
        assert anybody.is_staff is (role in (Role.REVIEWER, Role.DIRECTOR))
