"""A patient's request from the first keystroke to the answer of an appeal, over HTTP, with everything else listened to.

Their pages tell of them, and the letters do. Nothing else may: no log at any level, no e-mail, no address or header, no
cache, no session, no queued task, no audit row, no error page.
"""

from __future__ import annotations

import datetime
import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client

from pa_portal.audit.models import Event
from pa_portal.http.logs import WithoutValues
from pa_portal.submissions import queries
from tests.canary.life import PATIENT, WRITTEN, details, told
from tests.intake.wizard import CASES, Wizard
from tests.records.making import PASSWORD
from tests.records.sample_files import PDF
from tests.review.desk import Desk, act_path, case_path

pytestmark = pytest.mark.django_db

# Where a patient's record is, and has to be. Whatever is not here must not know of them.
RECORDS = re.compile(
    r"submissions_(patient|request|submission|answer|attachment)\w*"
    r"|determinations_(determination|letter|recommendation|recommendationanswer|appeal|appealoutcome|message|note)\w*"
    r"|reports_case\w*"
)


class Listening(Client):
    """A browser that keeps what an onlooker would see: the address asked for, and every header of the answer."""

    def __init__(self, **given: Any) -> None:
        super().__init__(raise_request_exception=False, **given)
        self.seen: list[str] = []

    def request(self, **request: Any) -> Any:
        response: Any = super().request(**request)
        self.seen.append(f"{request['REQUEST_METHOD']} {request['PATH_INFO']}?{request.get('QUERY_STRING', '')}")
        # The name of a file goes to the one who saves it.
        hidden = ("Content-Disposition",) if response.headers.get("Content-Disposition") else ()
        self.seen += [f"{name}: {value}" for name, value in response.headers.items() if name not in hidden]
        self.seen += [f"cookie: {cookie.OutputString()}" for cookie in response.cookies.values()]
        if request["PATH_INFO"] not in ("/healthz", "/readyz"):
            assert "no-store" in response.headers.get("Cache-Control", ""), request["PATH_INFO"]
        return response


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """What the portal's own formatter writes of every record of every logger, at every level."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    made = settings.LOGGING["formatters"]["line"]
    assert made["()"] == "pa_portal.http.logs.WithoutValues"
    handler.setFormatter(WithoutValues(made["format"]))
    names = [name for name, logger in logging.root.manager.loggerDict.items() if isinstance(logger, logging.Logger)]
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in names)]
    before = [(logger, logger.level, logger.propagate) for logger in loggers]
    for logger in loggers:
        # Formatting what the test's own tools say is not what is asked here.
        if logger.name.partition(".")[0] not in ("faker", "hypothesis", "playwright"):
            logger.setLevel(1)
            logger.addHandler(handler)
            logger.propagate = False
    try:
        yield out
    finally:
        for logger, level, propagate in before:
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate


def browser_of(person: Any) -> Listening:
    client = Listening()
    client.force_login(person)
    return client


def live(world: SimpleNamespace) -> list[Listening]:
    """The whole story; gives the browsers it happened in."""
    mine, reviews, directs, counts = (
        browser_of(person) for person in (world.prescriber, world.reviewer, world.director, world.manager)
    )
    wizard = Wizard.start(mine).fill_details(**details(str(world.plan.pk)))
    pk = wizard.id
    _attach(wizard)
    wizard.answer({**CASES["tnbc_subsequent"], "regimen": "other"})
    assert wizard.post("outcome/", {"clinical_rationale": WRITTEN["rationale"]}).status_code == 303
    assert mine.get(wizard.url("check/")).status_code == 200
    assert wizard.post("check/", {}).status_code == 303
    _typed_wrongly(mine, wizard)
    desk, director = Desk(reviews), Desk(directs)

    def found() -> Any:
        return queries.request_for(world.reviewer, pk)

    request = found()
    for path in (case_path(request), "/admin/submissions/request/", "/reports/"):
        for browser in (mine, reviews, directs, counts):
            browser.get(path)
    reviews.post("/admin/submissions/request/find/", {"words": WRITTEN["search"]})
    mine.post("/requests/patients/", {"search": WRITTEN["search"]})
    _send_text(desk, request, "message")
    _send_text(desk, request, "note")
    day = datetime.date.today() + datetime.timedelta(days=14)
    asked = {"other": WRITTEN["needed"], "respond_by": f"{day:%m/%d/%Y}"}
    assert desk.decide(found(), "pend", **asked).status_code == 303
    form = wizard.get().values
    assert mine.post(wizard.url("respond/"), {**form, "response": WRITTEN["response"]}).status_code == 303
    reasons = director.open(found(), "deny").offered("reasons")
    typed = {"reasons": reasons[:1], "rationale": WRITTEN["denial"], f"sentence-{reasons[0]}": WRITTEN["denial"]}
    assert director.decide(found(), "deny", **typed).status_code == 303
    for _, href in wizard.get().page.links:
        if href.startswith(("/letters/", f"/requests/{pk}/documents/")):
            for browser in (mine, reviews):
                response: Any = browser.get(href)
                b"".join(response.streaming_content) if response.streaming else response.content
    grounds = {"grounds": WRITTEN["grounds"], "urgency": "standard"}
    assert wizard.post("appeal/", grounds).status_code == 303
    said = {"explanation": WRITTEN["answer"], "rationale": WRITTEN["answer"]}
    desk.check(found(), "uphold", **said)
    for query in ("", "?patients=yes"):
        for kind in ("csv", "xlsx"):
            answer: Any = counts.get(f"/reports/requests.{kind}{query}")
            b"".join(answer.streaming_content) if answer.streaming else answer.content
    counts.get(f"/reports/requests/{pk}/")
    return [mine, reviews, directs, counts]


def _attach(wizard: Wizard) -> None:
    form = {name: value[0] for name, value in wizard.get("documents/").values.items()}
    file = SimpleUploadedFile(WRITTEN["file"], PDF, content_type="application/pdf")
    sent = wizard.client.post(wizard.url("documents/"), {**form, "kind": "pathology", "file": file})
    assert sent.status_code == 303


def _send_text(desk: Desk, request: Any, name: str) -> None:
    hidden = {
        key: values[0] for key, values in desk.case(request).hidden.items() if key in ("token", "seen", "version")
    }
    assert desk.client.post(act_path(request, name), {**hidden, name: WRITTEN[name]}).status_code in (303, 409, 422)


def _typed_wrongly(browser: Listening, wizard: Wizard) -> None:
    """Every kind of error page, met with the patient's details in hand."""
    typed = {**PATIENT, "version": "1"}
    draft = Wizard.start(browser)
    assert browser.post(draft.url("details/patient/"), {**typed, "date_of_birth": "soon"}).status_code in (409, 422)
    assert browser.post(wizard.url("details/patient/"), typed).status_code == 409
    assert browser.post("/requests/nothing/", typed).status_code == 404
    assert browser.put(wizard.url("appeal/"), json.dumps(typed)).status_code == 405
    assert browser.post(wizard.url("details/patient/"), json.dumps(typed), content_type="application/json").status_code
    forged = Listening(enforce_csrf_checks=True)
    forged.cookies = browser.cookies
    assert forged.post(wizard.url("appeal/"), typed).status_code == 403
    assert Listening().post(wizard.url("details/patient/"), typed).status_code == 401
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "request_for", _fail)
        failed = browser.post(wizard.url("details/patient/"), typed)
    assert failed.status_code == 500
    assert told(failed.content.decode()) == []
    browser.seen += forged.seen


def _fail(*_: Any, **__: Any) -> None:
    raise ValueError(f"Key (last_name)=({PATIENT['last_name']}) already exists; {PATIENT}")


def test_nothing_but_their_record_knows_the_patient(world: SimpleNamespace, settings: Any) -> None:
    settings.NOTICE_BASE_URL = "https://portal.example"
    with everything_logged() as logged:
        browsers = live(world)
        call_command("send_notices", stdout=io.StringIO())
        for browser in browsers:
            browser.post("/accounts/sign-out/")
        bad = Listening()
        for name in (PATIENT["last_name"], PATIENT["member_id"]):
            bad.post("/accounts/sign-in/", {"username": "x@portal.example", "password": PASSWORD, "next": f"/{name}"})
    lines = logged.getvalue()
    assert "Internal Server Error" in lines
    assert "ValueError" in lines, "the failure above is logged, without what it said"
    assert told(lines) == []
    seen = [line for browser in browsers for line in browser.seen]
    assert len(seen) > 500
    assert [line for line in seen if told(line)] == []
    assert mail.outbox
    for message in mail.outbox:
        assert told(str(message.message().as_string())) == []
    assert told(json.dumps([session.get_decoded() for session in Session.objects.all()], default=str)) == []
    for name in settings.CACHES:
        assert told(str(vars(caches[name]))) == []


def test_no_other_table_holds_anything_of_the_patient(world: SimpleNamespace) -> None:
    live(world)
    knowing = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT t::text FROM {name} t")
            if any(told(row) for (row,) in cursor.fetchall()):
                knowing.append(name)
    assert "submissions_patient" in knowing
    assert [name for name in knowing if not RECORDS.fullmatch(name)] == []
    # Each act is one, and what was looked at is in the trace.
    assert Event.objects.count() > 25
