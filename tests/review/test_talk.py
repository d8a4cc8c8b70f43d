"""Messages to the prescriber and notes to colleagues on the case page: what is shown, told, kept and counted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pa_portal.determinations import actions, queries
from pa_portal.determinations.models import Message, Note
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.models import Request
from tests.records.making import in_state, submitted
from tests.review.desk import Desk, Seen, act_path

HOSTILE = "<script>alert(1)</script> \u202e ✈ o'Hara"


def form_of(desk: Desk, request: Request, name: str) -> dict[str, str]:
    """The hidden fields of one of the two forms, as the page holds them."""
    html = desk.case(request).html.partition(f'action="{act_path(request, name)}"')[2].partition("</form>")[0]
    return {key: values[0] for key, values in Seen(200, html).hidden.items()}


def send(desk: Desk, request: Request, name: str, text: str, **hidden: str) -> Any:
    given = {**form_of(desk, request, name), **hidden}
    return desk.client.post(act_path(request, name), {**given, name: text})


@pytest.mark.parametrize("name", ["message", "note"])
def test_what_is_written_is_kept_and_shown_as_text(desk: Desk, world: SimpleNamespace, name: str) -> None:
    request = submitted(world)
    sent = send(desk, request, name, HOSTILE)
    assert (sent.status_code, sent.url.partition("#")[2]) == (303, f"{name}s-title")
    seen = desk.case(request)
    assert HOSTILE in seen.text
    assert "<script>alert" not in seen.html
    assert 'id="messages-title"' in seen.html
    assert 'id="notes-title"' in seen.html


@pytest.mark.parametrize("name", ["message", "note"])
@pytest.mark.parametrize(
    ("typed", "said"),
    [("  ", "Write a"), ("x" * 4001, "at most 4000 characters"), ("a\x00b", "cannot be stored")],
)
def test_what_cannot_be_sent_is_said_and_kept(
    desk: Desk, world: SimpleNamespace, name: str, typed: str, said: str
) -> None:
    request = submitted(world)
    answer = desk.read(send(desk, request, name, typed))
    assert answer.status == 422
    assert answer.title.startswith("Error: ")
    [(message, target)] = answer.errors
    assert target == f"id_{name}"
    assert said in message or "ull characters" in message
    assert answer.value(name).strip() == typed.strip() or "\x00" in typed
    assert not Message.objects.exists()
    assert not Note.objects.exists()


@pytest.mark.parametrize("name", ["message", "note"])
def test_pressing_the_button_twice_keeps_one(desk: Desk, world: SimpleNamespace, name: str) -> None:
    request = submitted(world)
    hidden = form_of(desk, request, name)
    for _ in range(2):
        assert send(desk, request, name, "Which cycle?", **hidden).status_code == 303
    assert Message.objects.count() + Note.objects.count() == 1


def test_a_colleague_who_wrote_first_is_named_and_the_text_stays(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    hidden = form_of(desk, request, "message")
    actions.send_message(by=world.second_reviewer, request_id=request.pk, body="Which cycle is this?")
    answer = desk.read(send(desk, request, "message", "Which cycle?", **hidden))
    assert answer.status == 409
    assert "Eli Testcase wrote meanwhile" in answer.text
    assert answer.value("message") == "Which cycle?"
    again = {name: values[0] for name, values in answer.hidden.items() if name in ("token", "seen")}
    assert again["seen"] == "1"
    assert send(desk, request, "message", "And the dose?", **again).status_code == 303


@pytest.mark.parametrize("seen", ["", "x", "-1", "9" * 5000, "²"])
def test_a_token_that_is_none_sends_nothing_unseen(desk: Desk, world: SimpleNamespace, seen: str) -> None:
    request = submitted(world)
    actions.send_message(by=world.prescriber, request_id=request.pk, body="The report follows.")
    assert send(desk, request, "message", "Which cycle?", seen=seen).status_code in (409, 422)
    assert Message.objects.count() == 1


def test_what_the_provider_wrote_is_new_until_a_reviewer_opens_the_case(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    actions.send_message(by=world.prescriber, request_id=request.pk, body="The report follows.")
    first = desk.case(request)
    assert "1 new" in first.text
    assert "Ana Testcase Riverbend Oncology" in first.text
    assert "1 new" not in desk.case(request).text
    assert not queries.unread(world.reviewer).exists()


def test_what_the_plan_wrote_says_who_read_it(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    send(desk, request, "message", "Which cycle?")
    assert "Not read yet" in desk.case(request).text
    actions.read_messages(by=world.staff, request_id=request.pk)
    assert "Read by Jo Testcase" in desk.case(request).text


def test_a_withdrawn_request_keeps_the_text_and_says_why(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    hidden = form_of(desk, request, "message")
    submissions.withdraw(by=world.prescriber, request_id=request.pk, version=request.version)
    answer = desk.read(send(desk, request, "message", "Which cycle?", **hidden))
    assert answer.status == 422
    assert "This request is withdrawn" in answer.text
    assert "What you had typed Which cycle?" in answer.text


def test_opening_the_address_of_a_form_leads_to_the_case(desk: Desk, world: SimpleNamespace) -> None:
    request = in_state(world, "approved")
    for name in ("message", "note"):
        assert desk.client.get(act_path(request, name)).url.endswith(f"{request.pk}/change/")


@pytest.mark.parametrize("person", ["other_reviewer", "manager", "prescriber"])
def test_others_find_nothing_there(client: Any, world: SimpleNamespace, person: str) -> None:
    request = submitted(world)
    client.force_login(getattr(world, person))
    for name in ("message", "note"):
        assert client.post(act_path(request, name), {name: "Hello"}).status_code == 404
    assert not Message.objects.exists()
    assert not Note.objects.exists()


def test_queries_do_not_grow_with_what_was_written(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert desk.case(request).status == 200
        return len(asked)

    for by in (world.reviewer, world.director):
        actions.send_message(by=by, request_id=request.pk, body="Which cycle?")
        actions.write_note(by=by, request_id=request.pk, body="Call.")
    # The first opening records what is read by it.
    count()
    few = count()
    for _ in range(5):
        actions.send_message(by=world.second_reviewer, request_id=request.pk, body="Which cycle?")
        actions.write_note(by=world.second_reviewer, request_id=request.pk, body="Call.")
    assert count() == few
