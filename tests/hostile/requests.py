"""Requests that nobody's browser would send, and what must hold for the answer to any of them."""

from __future__ import annotations

import logging
import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from django.core.signals import got_request_exception
from django.db import transaction
from django.test import TestCase
from hypothesis import strategies as st

from tests.hostile import values
from tests.hostile.addresses import every_address
from tests.hostile.portal import NOBODY, ROLES, SECRETS, Portal

URLENCODED = "application/x-www-form-urlencoded"
PARTS = f"multipart/form-data; boundary={values.BOUNDARY}"


@dataclass(frozen=True)
class Shot:
    """A request, with its body named rather than written out where it is large.

    ``typed``: the fields of a form that was sent as a browser sends it, else None.
    """

    role: str
    method: str
    path: str
    query: str = ""
    body: str | bytes = b""
    content_type: str = ""
    meta: tuple[tuple[str, str], ...] = ()
    csrf: bool = False
    typed: tuple[tuple[str, str], ...] | None = None


def shots(portal: Portal) -> st.SearchStrategy[Shot]:
    """Any hostile request: half to forms as they stand on pages, the rest to addresses, pages and nowhere."""
    return st.one_of(_to_a_form(portal), _to_a_form(portal), _to_an_address(portal), _to_a_page(portal)).flatmap(_odd)


_texts = st.one_of(
    st.sampled_from(values.TEXTS),
    st.sampled_from(values.TEXTS),
    st.text(st.characters(exclude_categories=()), max_size=30),
    st.integers(-(10**25), 10**25).map(str),
    st.floats().map(str),
    st.dates().map("{:%m/%d/%Y}".format),
)


@st.composite
def _to_a_form(draw: st.DrawFn, portal: Portal) -> Shot:
    """A form with a field or three changed, sent twice over, left out or added, mostly by the one who sees it."""
    form = draw(st.sampled_from(portal.forms))
    role = form.role if draw(st.integers(0, 4)) else draw(st.sampled_from(ROLES))
    pairs = list(form.fields)
    names = [name for name, _ in form.kinds] or ["version"]
    for _ in range(draw(st.integers(1, 3))):
        name, change = (
            draw(st.sampled_from(names)),
            draw(st.sampled_from(("set", "set", "set", "twice", "drop", "add"))),
        )
        if change in ("set", "drop"):
            pairs = [pair for pair in pairs if pair[0] != name]
        if change != "drop":
            pairs.append((name if change != "add" else draw(_texts), draw(_texts)))
    typed = tuple(pairs)
    path, method = urlsplit(form.action).path, form.method
    if method == "GET":
        return Shot(role, "GET", path, values.urlencoded(typed).decode())
    if form.multipart:
        name = draw(st.sampled_from(values.FILE_NAMES))
        content = values.FILES[draw(st.sampled_from(tuple(values.FILES)))]
        return Shot(role, method, path, body=values.multipart(typed, (("file", name, content),)), content_type=PARTS)
    return Shot(role, method, path, body=values.urlencoded(typed), content_type=URLENCODED, typed=typed)


@st.composite
def _to_an_address(draw: st.DrawFn, portal: Portal) -> Shot:
    """Any address, by anybody, by any method, with ids that are ours, theirs, nobody's or no ids, and any body."""
    address = draw(st.sampled_from(every_address()))
    side = draw(st.sampled_from(("ours", "ours", "theirs")))
    given = {name: draw(_value(portal, side, name, kind)) for name, kind in address.parameters}
    method = draw(st.sampled_from(("POST", "POST", "POST", "GET", *values.METHODS)))
    path = address.path(given)
    role = draw(st.sampled_from(ROLES))
    if draw(st.integers(0, 2)) == 0:
        body = draw(st.sampled_from(tuple(values.BODIES)))
        return Shot(role, method, path, body=body, content_type=values.BODIES[body][0])
    names = sorted({name for form in portal.forms for name, _ in form.kinds})
    pairs = draw(st.lists(st.tuples(st.sampled_from(names), _texts), max_size=8))
    return Shot(role, method, path, body=values.urlencoded(tuple(pairs)), content_type=URLENCODED)


def _value(portal: Portal, side: str, name: str, kind: str) -> st.SearchStrategy[str]:
    ids = portal.ids[side]
    if kind == "uuid":
        likely = {
            "letter_id": "determinations.letter",
            "document_id": "submissions.attachment",
            "appeal_id": "determinations.appeal",
        }.get(name, "submissions.request")
        every = [pk for found in ids.values() for pk in found]
        likeliest = st.sampled_from(ids[likely] or every)
        return st.one_of(likeliest, likeliest, st.sampled_from(every), st.uuids().map(str), _texts)
    if kind == "int":
        return st.one_of(st.integers(0, 3).map(str), _texts)
    known = [form.action.rstrip("/").rpartition("/")[2] for form in portal.forms]
    return st.one_of(st.sampled_from(known), st.sampled_from(("IC-0072", "2025-09-04", "..", "patient")), _texts)


@st.composite
def _to_a_page(draw: st.DrawFn, portal: Portal) -> Shot:
    """A page that opens, with a strange query; or no page at all."""
    if draw(st.integers(0, 4)) == 0:
        return Shot(
            draw(st.sampled_from(ROLES)), draw(st.sampled_from(values.METHODS)), draw(st.sampled_from(values.PATHS))
        )
    role, path = draw(st.sampled_from(portal.pages))
    query = draw(st.one_of(st.sampled_from(values.QUERIES), _queries(portal)))
    return Shot(role, draw(st.sampled_from(("GET", "GET", "GET", "HEAD"))), path, query)


@st.composite
def _queries(draw: st.DrawFn, portal: Portal) -> str:
    names = sorted({name for form in portal.forms for name, _ in form.kinds} | {"p", "e", "q", "page", "next", "o"})
    pairs = draw(st.lists(st.tuples(st.sampled_from(names), _texts), max_size=5))
    return values.urlencoded(tuple(pairs)).decode()


@st.composite
def _odd(draw: st.DrawFn, shot: Shot) -> Shot:
    """One in three gets strange headers or cookies besides, and one in ten has its token asked for."""
    meta: dict[str, str] = {}
    if draw(st.integers(0, 2)) == 0:
        for name in draw(st.lists(st.sampled_from(tuple(values.HEADERS)), min_size=1, max_size=3, unique=True)):
            meta[name] = draw(st.sampled_from(values.HEADERS[name]))
    if draw(st.integers(0, 19)) == 0:
        meta["HTTP_COOKIE"] = draw(st.sampled_from(values.COOKIES))
    csrf = draw(st.integers(0, 9)) == 0
    plain = not meta and not csrf
    return Shot(
        shot.role,
        shot.method,
        shot.path,
        shot.query,
        shot.body,
        shot.content_type,
        tuple(meta.items()),
        csrf,
        shot.typed if plain else None,
    )


# What must hold


class Failures(logging.Handler):
    """Collects what went wrong without anybody being told: exceptions raised in a view, or logged anywhere."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        # What Django calls suspicious is a bad request of its sender's, answered with 400.
        if record.exc_info and not record.name.startswith("django.security"):
            self.found.append(f"logged by {record.name}: {record.getMessage()}")

    def note(self, **_: Any) -> None:
        self.found.append(traceback.format_exc())


@contextmanager
def watched() -> Iterator[Failures]:
    failures = Failures()
    loggers = [logging.getLogger(name) for name in ("", "django", "procrastinate", "pa_portal")]
    got_request_exception.connect(failures.note)
    for logger in loggers:
        logger.addHandler(failures)
    try:
        yield failures
    finally:
        got_request_exception.disconnect(failures.note)
        for logger in loggers:
            logger.removeHandler(failures)


def fire(portal: Portal, shot: Shot) -> Any:
    """Send it, check what holds for every answer, run what waits for the commit, and take everything back."""
    body = values.BODIES[shot.body][1]() if isinstance(shot.body, str) else shot.body
    with watched() as failures, transaction.atomic():
        with TestCase.captureOnCommitCallbacks(execute=True):
            response = portal.send(
                shot.role,
                shot.method,
                shot.path,
                query=shot.query,
                body=body,
                content_type=shot.content_type,
                csrf=shot.csrf,
                **dict(shot.meta),
            )
        transaction.set_rollback(True)
    assert not failures.found, "\n".join(failures.found)
    check(portal, shot, response)
    return response


# Answers to probes by machines: "not ready" is what a database without durable writes, as tests use, must be told.
MAY_BE_UNREADY = ("/readyz",)


def check(portal: Portal, shot: Shot, response: Any) -> None:
    status = response.status_code
    assert status < 500 or (shot.path in MAY_BE_UNREADY and status == 503), status
    text = response.read.decode("utf-8", "replace") if "pdf" not in response["Content-Type"] else ""
    assert "Traceback (most recent call last)" not in text
    side = portal.side(shot.role) if "HTTP_COOKIE" not in dict(shot.meta) else NOBODY
    for owner, secrets in SECRETS.items():
        if owner == side and status not in (400, 403, 404, 405, 413, 415, 429):
            continue
        told = [secret for secret in secrets if secret in text]
        assert not told, f"{shot.role} was told of {told} with status {status}"
    if location := response.headers.get("Location", ""):
        host = urlsplit(location).netloc
        assert host in ("", "testserver"), location
        assert not location.startswith(("//", "/\\")), location
    if status == 422 and shot.typed is not None and response["Content-Type"].startswith("text/html"):
        check_told(shot.typed, text)


_TEXT_BOX = re.compile(
    r'<input(?=[^>]*\btype="(?:text|tel|email|date|number)")(?=[^>]*\bname="([^"]*)")[^>]*\bvalue="([^"]*)"'
)
_TEXT_AREA = re.compile(r'<textarea[^>]*\bname="([^"]*)"[^>]*>\n?(.*?)</textarea>', re.DOTALL)


def check_told(typed: tuple[tuple[str, str], ...], page: str) -> None:
    """The page names the problem, leads to the field at fault, and still holds what was typed."""
    assert 'role="alert"' in page, "no summary of what is wrong"
    for target in re.findall(r'<a href="#([^"]+)"', page.partition('id="error-summary"')[2].partition("</ul>")[0]):
        assert f'id="{target}"' in page, f"the summary leads to #{target}, which is not there"
    boxes = [box for box in re.findall(r"<input[^>]*>", page) if not re.search(r"\breadonly\b", box)]
    shown = dict(_TEXT_BOX.findall("".join(boxes))) | dict(_TEXT_AREA.findall(page))
    for name, value in typed:
        if name in shown and [each for each, _ in typed].count(name) == 1:
            left, sent = readable(unescape(shown[name])), readable(value)
            # Of a number, two hundred characters are kept: none that could be meant has as many.
            assert left == sent or (len(left) >= 200 and sent.startswith(left)), f"{name}: what was typed is gone"


def readable(text: str) -> str:
    """Text but for what no page can show or browser keeps: spaces around it, line ends, and what is not a character."""
    sent = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\ufffd\u2028\u2029]", "", sent).strip()
