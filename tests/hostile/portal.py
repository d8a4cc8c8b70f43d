"""A portal with two practices and two plans that may not know of each other, and every page of it opened once.

Side "ours" has a request in every situation, side "theirs" a few with another patient. ``explore`` opens every page
that each of our people can reach, by following links and by trying our ids on every address, and keeps its forms.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.db import models
from django.db.models import F
from django.http import HttpResponse
from django.test import Client

from pa_portal.accounts.actions import appoint_privacy_officer
from pa_portal.http.wsgi import readable, readable_alone
from pa_portal.submissions import actions
from pa_portal.submissions.models import Request
from tests.determinations.conftest import build_wider_world
from tests.determinations.making import ACTS, SITUATIONS, in_situation
from tests.hostile.addresses import Address, address_of, every_address
from tests.records import making
from tests.records.sample_files import PDF

OURS = (
    "prescriber",
    "colleague",
    "staff",
    "reviewer",
    "second_reviewer",
    "director",
    "second_director",
    "manager",
    "clinic_manager",
)
THEIRS = ("other_prescriber", "other_staff", "other_reviewer", "other_director", "other_manager")
NOBODY = "nobody"
ROLES = (NOBODY, *OURS, *THEIRS)
# One of each kind opens every page; their colleagues would find the same ones.
EXPLORERS = ("prescriber", "staff", "reviewer", "director", "second_director", "manager", NOBODY)

THEIR_PATIENT = {
    "first_name": "Zephyrine",
    "last_name": "Obergarten",
    "date_of_birth": datetime.date(1951, 11, 3),
    "member_id": "QQX77431",
    "line_of_business": "commercial",
    "sex": "female",
    "address_line1": "77 Foxglove Terrace",
    "city": "Roanoke",
    "state": "VA",
    "postal_code": "24011",
}
ID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
# A request's own page looks another in each situation; of other kinds of page, two are enough.
ONE_A_SITUATION = ("intake:request", "admin:submissions_request_change")
# What each side may never read of the other.
SECRETS = {
    "ours": ("Quintana", "PMH1001", "1 Elm Street", "Marisol"),
    "theirs": ("Obergarten", "QQX77431", "77 Foxglove", "Zephyrine"),
}


@dataclass(frozen=True)
class Form:
    """A form as it stood on a page: who saw it where, where it goes, and what a browser would send unchanged."""

    role: str
    page: str
    method: str
    action: str
    fields: tuple[tuple[str, str], ...]
    kinds: tuple[tuple[str, str], ...]
    multipart: bool


@dataclass
class Portal:
    """``cookies``: a session for each role. ``ids``: by side, each model's ids. ``pages``: (role, path) that opened.

    ``answers``: what each of the pages said, in their order. ``naming``: (path, field) wherever a page's form or link
    has a random id as a field's value.
    """

    world: SimpleNamespace
    cookies: dict[str, str]
    ids: dict[str, dict[str, list[str]]]
    pages: list[tuple[str, str]] = field(default_factory=list)
    answers: list[HttpResponse] = field(default_factory=list)
    forms: list[Form] = field(default_factory=list)
    naming: set[tuple[str, str]] = field(default_factory=set)

    def send(
        self,
        role: str,
        method: str,
        path: str,
        *,
        query: str = "",
        body: bytes = b"",
        content_type: str = "",
        csrf: bool = False,
        **meta: Any,
    ) -> Any:
        """The answer to a request sent byte for byte: nothing is encoded, corrected or kept for the next one."""
        client = _Outside(enforce_csrf_checks=csrf, raise_request_exception=False)
        given: dict[str, Any] = {"HTTP_COOKIE": self.cookies.get(role, "")} | meta
        if body or method not in ("GET", "HEAD"):
            given = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body)} | given
        if content_type:
            given["CONTENT_TYPE"] = content_type
        raw = path.encode("utf-8", "surrogatepass").decode("latin-1")
        given |= {"PATH_INFO": raw, "QUERY_STRING": query}
        response: Any = client.generic(method, "/", **given)
        # A stream is read to its end, or what fails in it would be seen by nobody, and it would hold the connection.
        response.read = b"".join(response.streaming_content) if response.streaming else response.content
        return response

    def side(self, role: str) -> str:
        return "ours" if role in OURS else "theirs" if role in THEIRS else NOBODY


class _Outside(Client):
    """The test client behind the guard that the test client leaves out, since it stands in front of Django."""

    def request(self, **request: Any) -> Any:
        environ = self._base_environ(**request)
        if readable(environ):
            return super().request(**request)
        answered: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]]) -> None:
            answered.update(status=int(status[:3]), headers=dict(headers))

        body = readable_alone(_never)(environ, start)
        return HttpResponse(b"".join(body), **answered)


def _never(*_: Any) -> Any:
    raise AssertionError("The guard let through what it should not.")


def build(patch: pytest.MonkeyPatch, folder: Any) -> Portal:
    """Both sides' records and a session for everybody."""
    patch.setattr(settings, "ATTACHMENT_ROOT", folder)
    world = build_wider_world()
    appoint_privacy_officer(by=None, user=world.manager)
    for situation in SITUATIONS:
        in_situation(world, situation)
    ACTS["assign"](world.reviewer, in_situation(world, "submitted"))
    _with_a_document(world)
    ours = _ids()
    patch.setattr(making, "PATIENT", THEIR_PATIENT)
    other = SimpleNamespace(
        plan=world.other_plan,
        prescriber=world.other_prescriber,
        staff=world.other_staff,
        reviewer=world.other_reviewer,
        director=world.other_director,
        second_director=world.other_director,
    )
    for situation in ("draft", "submitted", "denied", "approved", "pended"):
        in_situation(other, situation)
    _with_a_document(other)
    theirs = {name: [one for one in found if one not in ours.get(name, ())] for name, found in _ids().items()}
    return Portal(world, _sessions(world), {"ours": ours, "theirs": theirs})


def _with_a_document(world: SimpleNamespace) -> None:
    """A request that was sent with a document, asked about, and got another since; and a draft with one."""

    def attach(request: Any, data: bytes) -> None:
        request.refresh_from_db()
        actions.add_attachment(
            by=world.prescriber,
            request_id=request.pk,
            version=request.version,
            file=ContentFile(data),
            kind="pathology",
            criteria=[],
            name="report.pdf",
        )

    attach(making.draft(world), PDF)
    draft = making.draft(world)
    attach(draft, PDF)
    draft.refresh_from_db()
    actions.submit(by=world.prescriber, request_id=draft.pk, version=draft.version)


def _ids() -> dict[str, list[str]]:
    """The ids of every record with a random one, by model; of requests, those that were sent come first."""
    found = {
        model._meta.label_lower: [str(pk) for pk in model._default_manager.order_by("pk").values_list("pk", flat=True)]
        for model in apps.get_models()
        if isinstance(model._meta.pk, models.UUIDField)
    }
    sent = Request.objects.order_by(F("submitted_at").asc(nulls_last=True))
    return found | {"submissions.request": [str(pk) for pk in sent.values_list("pk", flat=True)]}


def _sessions(world: SimpleNamespace) -> dict[str, str]:
    cookies = {}
    for role in (*OURS, *THEIRS):
        client = Client()
        client.force_login(getattr(world, role))
        cookies[role] = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    assert get_user_model().objects.count() >= len(cookies)
    return cookies


# Opening every page


def explore(portal: Portal) -> Portal:
    """Fill ``pages`` and ``forms``: a page or two of each kind for each role.

    Pages of one kind have the same address but for random ids. First links are followed; what none of them leads to is
    tried with our ids.
    """
    for role in EXPLORERS:
        visit = _Visit(portal, role)
        visit.follow("/")
        for address in every_address():
            for path in _tried(portal, address):
                if address.name not in visit.settled:
                    visit.follow(path)
    return portal


class _Visit:
    """One person's way through the portal. ``settled``: addresses that opened, or that are nothing for this role."""

    def __init__(self, portal: Portal, role: str) -> None:
        self.portal, self.role = portal, role
        self.settled: set[str] = set()
        self._known: set[str] = set()
        self._refused: Counter[str] = Counter()
        self._opened: Counter[str] = Counter()
        self._shapes: set[Any] = set()

    def follow(self, start: str) -> None:
        ahead = deque([start])
        while ahead:
            ahead.extend(self._open(ahead.popleft()))

    def _open(self, path: str) -> list[str]:
        address, kind = address_of(path), _without_ids(path)
        most = len(SITUATIONS) + 2 if address and address.name in ONE_A_SITUATION else 2
        if path in self._known or address is None or self._opened[kind] >= most:
            return []
        self._known.add(path)
        response = self.portal.send(self.role, "GET", path)
        if response.status_code != 200:
            self._refused[address.name] += 1
            if response.status_code == 405 or self._refused[address.name] >= 4:
                self.settled.add(address.name)
            return [urlsplit(urljoin(path, response["Location"])).path] if response.has_header("Location") else []
        self.settled.add(address.name)
        self._opened[kind] += 1
        self.portal.pages.append((self.role, path))
        self.portal.answers.append(response)
        if not response["Content-Type"].startswith("text/html"):
            return []
        page = Reader(self.role, path, response.read.decode())
        for form in page.forms:
            shape = _without_ids(form.action), form.kinds
            if shape not in self._shapes:
                self._shapes.add(shape)
                self.portal.forms.append(form)
        self.portal.naming |= page.naming
        return page.links


def _without_ids(path: str) -> str:
    return re.sub(r"[0-9a-f-]{36}", "*", path)


def _tried(portal: Portal, address: Address) -> Iterator[str]:
    if not address.parameters:
        yield address.path({})
    elif len(address.parameters) == 1 and address.parameters[0][1] == "uuid":
        for pk in portal.ids["ours"]["submissions.request"]:
            yield address.path({address.parameters[0][0]: pk})


class Reader(HTMLParser):
    """The links and forms of a page, and which of their fields hold random ids."""

    def __init__(self, role: str, path: str, html: str) -> None:
        super().__init__()
        self.role, self.path = role, path
        self.links: list[str] = []
        self.forms: list[Form] = []
        self.naming: set[tuple[str, str]] = set()
        self._form: dict[str, Any] | None = None
        self._choice = ""
        self._text: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        for name in ("href", "hx-get"):
            if name in given and not given[name].startswith(("#", "mailto:", "tel:", "http")):
                to = urlsplit(urljoin(self.path, given[name]))
                self.links.append(to.path)
                self.naming |= {(to.path, key) for key, value in parse_qsl(to.query) if ID.fullmatch(value)}
        if tag == "form":
            self._form = {"given": given, "fields": [], "kinds": {}, "actions": [], "naming": set()}
        elif self._form is not None and "hx-post" in given:
            self._form["actions"].append((given["hx-post"], "", ""))
        elif self._form is not None and tag in ("input", "select", "textarea", "button", "option"):
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None
        fields, kinds, name = self._form["fields"], self._form["kinds"], given.get("name", "")
        if ID.fullmatch(given.get("value", "")):
            self._form["naming"].add(name or self._choice)
        if tag == "option":
            if self._choice and ("selected" in given or self._choice not in dict(fields)):
                fields[:] = [pair for pair in fields if pair[0] != self._choice]
                fields.append((self._choice, given.get("value", "")))
            return
        if "formaction" in given:
            self._form["actions"].append((given["formaction"], name, given.get("value", "")))
            return
        if not name or name == "csrfmiddlewaretoken":
            return
        kinds[name] = given.get("type", "text") if tag == "input" else tag
        self._choice = name if tag == "select" else ""
        if tag == "textarea":
            fields.append((name, ""))
            self._text = []
        elif tag == "input" and (kinds[name] not in ("radio", "checkbox") or "checked" in given):
            fields.append((name, given.get("value", "")))
        elif tag == "button" and "value" in given:
            fields.append((name, given["value"]))

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text is not None and self._form is not None:
            name = self._form["fields"][-1][0]
            self._form["fields"][-1] = (name, unescape("".join(self._text)).removeprefix("\n"))
            self._text = None
        elif tag == "select":
            self._choice = ""
        elif tag == "form" and self._form is not None:
            self._keep(self._form)
            self._form = None

    def _keep(self, form: dict[str, Any]) -> None:
        given = form["given"]
        action = urljoin(self.path, given.get("action", "")).partition("?")[0]
        self.naming |= {(action, name) for name in form["naming"]}
        for action, name, value in [(given.get("action", ""), "", ""), *form["actions"]]:
            self.forms.append(
                Form(
                    self.role,
                    self.path,
                    given.get("method", "get").upper(),
                    urljoin(self.path, action),
                    (*form["fields"], *([(name, value)] if name else [])),
                    tuple(form["kinds"].items()),
                    given.get("enctype", "") == "multipart/form-data",
                )
            )
