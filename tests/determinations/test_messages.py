"""Messages between the two sides and the plan's own notes: who may, who reads, what is new, who is told, and once."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from pa_portal.audit.models import Event
from pa_portal.determinations import actions, clocks, notices, queries
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.models import Message, MessageRead, Note, Notice, Task
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.models import Request
from tests.determinations.making import deny
from tests.records.making import in_state, submitted


@pytest.fixture
def request_(world: SimpleNamespace) -> Request:
    return submitted(world)


def say(by, request: Request, body: str = "Which cycle is this?", **given) -> Message:
    return actions.send_message(by=by, request_id=request.pk, body=body, **given)


def new_to(user) -> int:
    return queries.unread(user).count()


def test_both_sides_read_a_message_and_only_they(world: SimpleNamespace, request_: Request) -> None:
    say(world.reviewer, request_)
    say(world.staff, request_, "The third.")
    told = [(message.side, message.author, message.body) for message in queries.messages_of(request_)]
    assert told == [
        ("plan", world.reviewer, "Which cycle is this?"),
        ("provider", world.staff, "The third."),
    ]
    for stranger in (world.other_prescriber, world.other_reviewer, world.other_manager):
        assert new_to(stranger) == 0
        with pytest.raises(Request.DoesNotExist):
            say(stranger, request_)
        with pytest.raises(Request.DoesNotExist):
            actions.read_messages(by=stranger, request_id=request_.pk)


def test_what_is_new_is_new_to_the_other_side_until_one_of_it_reads(world: SimpleNamespace, request_: Request) -> None:
    say(world.prescriber, request_, "The report follows.")
    assert (new_to(world.reviewer), new_to(world.director), new_to(world.staff)) == (1, 1, 0)
    assert queries.with_unread(world.reviewer, Request.objects.all()).get().unread is True
    assert queries.with_unread(world.prescriber, Request.objects.all()).get().unread is False

    # Who only looks after the figures does not read for the side.
    assert actions.read_messages(by=world.manager, request_id=request_.pk) == 0
    assert actions.read_messages(by=world.prescriber, request_id=request_.pk) == 0
    assert new_to(world.reviewer) == 1

    assert actions.read_messages(by=world.reviewer, request_id=request_.pk) == 1
    assert actions.read_messages(by=world.director, request_id=request_.pk) == 0
    assert (new_to(world.reviewer), new_to(world.director)) == (0, 0)
    assert MessageRead.objects.get().by == world.reviewer
    assert Event.objects.filter(action="message.read", object_id=str(request_.pk)).count() == 1


def test_an_answer_reads_what_it_answers(world: SimpleNamespace, request_: Request) -> None:
    say(world.prescriber, request_)
    say(world.reviewer, request_)
    assert new_to(world.reviewer) == 0
    assert new_to(world.prescriber) == 1


def test_a_form_sent_twice_makes_one(world: SimpleNamespace, request_: Request) -> None:
    id = uuid.uuid4()
    assert say(world.reviewer, request_, id=id) == say(world.reviewer, request_, id=str(id), seen=0)
    assert Message.objects.count() == 1
    note = uuid.uuid4()
    for _ in range(2):
        actions.write_note(by=world.reviewer, request_id=request_.pk, body="Call again.", id=note)
    assert Note.objects.count() == 1


@pytest.mark.parametrize("whose", ["their own, elsewhere", "a colleague's", "nobody's"])
@pytest.mark.parametrize("make", [actions.send_message, actions.write_note])
def test_whoever_used_an_id_already_is_not_felt(world: SimpleNamespace, request_: Request, make, whose: str) -> None:
    """Every id makes a record of one's own: a foreign one and an unused one are the same."""
    token, elsewhere = uuid.uuid4(), submitted(world)
    used = {"their own, elsewhere": [(world.reviewer, elsewhere)], "a colleague's": [(world.director, request_)]}
    made = [make(by=by, request_id=request.pk, body="First.", id=token) for by, request in used.get(whose, ())]
    said = make(by=world.reviewer, request_id=request_.pk, body="Mine.", id=token)
    assert (said.body, said.author, said.request) == ("Mine.", world.reviewer, request_)
    assert said not in made
    # Not the id itself either, where somebody learned that of a stored one.
    assert make(by=world.reviewer, request_id=request_.pk, body="Mine too.", id=said.pk) != said


def test_who_writes_on_an_older_page_is_told_who_wrote_meanwhile(world: SimpleNamespace, request_: Request) -> None:
    say(world.reviewer, request_, seen=0)
    with pytest.raises(Conflict) as told:
        say(world.second_reviewer, request_, seen=0)
    assert told.value.who == "Dora Testcase"
    assert Message.objects.count() == 1
    say(world.second_reviewer, request_, seen=1)


@pytest.mark.parametrize("body", ["", "  \n ", "nul \x00", "x" * 4001])
def test_what_cannot_be_sent(world: SimpleNamespace, request_: Request, body: str) -> None:
    with pytest.raises(ValidationError) as refused:
        say(world.reviewer, request_, body)
    assert list(refused.value.message_dict) == ["body"]
    with pytest.raises(ValidationError):
        actions.write_note(by=world.reviewer, request_id=request_.pk, body=body)


def test_notes_stay_with_the_plan(world: SimpleNamespace, request_: Request) -> None:
    actions.write_note(by=world.reviewer, request_id=request_.pk, body="The dose looks high for a first cycle.")
    for insider in (world.reviewer, world.second_reviewer, world.director, world.manager):
        assert [note.body for note in queries.notes_for(insider, request_)] == [
            "The dose looks high for a first cycle."
        ]
    for outsider in (world.prescriber, world.staff, world.clinic_manager, world.other_reviewer, world.other_manager):
        assert queries.notes_for(outsider, request_) == []
    # The practice's own trail of audit rows does not say that there is a note.
    event = Event.objects.get(action="note.written")
    assert event.organization_id == world.plan.pk
    assert "dose" not in str(event.detail)
    assert not Notice.objects.filter(kind="message").exists()


@pytest.mark.parametrize("table", ["message", "messageread", "note"])
def test_nothing_said_is_changed_or_deleted(world: SimpleNamespace, request_: Request, table: str) -> None:
    say(world.prescriber, request_)
    actions.read_messages(by=world.reviewer, request_id=request_.pk)
    actions.write_note(by=world.reviewer, request_id=request_.pk, body="Seen.")
    for change in (f"DELETE FROM determinations_{table}", f"UPDATE determinations_{table} SET request_id = request_id"):
        change = change.replace("request_id", "message_id") if table == "messageread" else change
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)


class TestNotice:
    def recipients(self) -> set:
        return {notice.recipient for notice in Notice.objects.filter(kind="message")}

    def test_of_the_plan_to_the_practice(self, world: SimpleNamespace, request_: Request) -> None:
        say(world.reviewer, request_)
        assert self.recipients() == {world.prescriber}

    def test_of_the_practice_to_whoever_has_the_request(self, world: SimpleNamespace, request_: Request) -> None:
        say(world.prescriber, request_)
        assert self.recipients() == set()
        actions.assign_to_me(by=world.reviewer, task_id=request_.tasks.get().pk)
        say(world.prescriber, request_)
        assert self.recipients() == {world.reviewer}

    def test_of_the_practice_to_who_decided(self, world: SimpleNamespace) -> None:
        request = submitted(world)
        deny(world, request)
        say(world.prescriber, request)
        assert self.recipients() == {world.director}

    def test_names_no_patient_and_leads_where_its_reader_reads(
        self, world: SimpleNamespace, request_: Request, settings
    ) -> None:
        settings.NOTICE_BASE_URL = "https://portal.example"
        actions.assign_to_me(by=world.reviewer, task_id=request_.tasks.get().pk)
        say(world.prescriber, request_, "Marisol Quintana had her third cycle.")
        say(world.reviewer, request_, "Thank you. Which dose?")
        Notice.objects.exclude(kind="message").delete()
        notices.send_waiting()
        links = {mail.to[0]: mail.body for mail in mail.outbox}
        assert f"https://portal.example/admin/submissions/request/{request_.pk}/change/" in links["dora@portal.example"]
        assert f"/requests/{request_.pk}/" in links["ana@portal.example"]
        for sent in mail.outbox:
            for secret in ("Marisol", "Quintana", "cycle", "dose", request_.reference):
                assert secret not in sent.subject + sent.body


def test_a_withdrawn_request_takes_notes_and_no_messages(world: SimpleNamespace) -> None:
    request = in_state(world, "withdrawn")
    with pytest.raises(NotAllowed, match="withdrawn"):
        say(world.reviewer, request)
    actions.write_note(by=world.reviewer, request_id=request.pk, body="Withdrawn by phone.")


# However much was said


@pytest.fixture
def many(world: SimpleNamespace) -> Request:
    """What waits to be read, and beside it twenty requests on which everything was read, 20,000 messages in all."""
    waiting = submitted(world)
    say(world.prescriber, waiting)
    say(world.reviewer, waiting)
    say(world.prescriber, waiting, "Once more.")
    with connection.cursor() as cursor:
        for _ in range(20):
            cursor.execute(
                """
                WITH said AS (
                    INSERT INTO determinations_message (id, request_id, side, author_id, sent_at, body)
                    SELECT gen_random_uuid(), %s, side, %s, now(), 'Said and read.'
                    FROM generate_series(1, 500), (VALUES ('plan'), ('provider')) sides (side) RETURNING id
                ) INSERT INTO determinations_messageread (message_id, by_id, at) SELECT id, %s, now() FROM said
                """,
                [submitted(world).pk, world.prescriber.pk, world.reviewer.pk],
            )
        cursor.execute("ANALYZE determinations_message, determinations_messageread, determinations_task")
    return waiting


def test_what_is_new_is_found_by_its_mark_whatever_was_read(world: SimpleNamespace, many: Request) -> None:
    for user, index, new in ((world.reviewer, "task_new_to_plan", 1), (world.prescriber, "task_new_to_provider", 0)):
        assert new_to(user) == new
        with connection.cursor() as cursor:
            # As with many requests, where reading them all costs more.
            for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin"):
                cursor.execute(f"SET LOCAL enable_{way} = off")
        (plan,) = json.loads(queries.unread(user).explain(analyze=True, format="json"))
        nodes = list(nodes_of(plan["Plan"]))
        assert index in [node.get("Index Name") for node in nodes]
        read = [
            node["Actual Loops"] * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0))
            for node in nodes
            if node.get("Relation Name", "").startswith("determinations_message")
        ]
        assert sum(read) <= 8, "of twenty thousand"


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from nodes_of(inner)


def test_the_mark_goes_with_the_last_that_was_new_and_stays_true(world: SimpleNamespace, request_: Request) -> None:
    def marks() -> tuple[bool, bool]:
        return Task.objects.values_list("new_to_plan", "new_to_provider").get(request=request_)

    assert marks() == (False, False)
    say(world.prescriber, request_)
    say(world.prescriber, request_, "And one more.")
    assert marks() == (True, False)
    say(world.reviewer, request_, "An answer reads.")
    assert marks() == (False, True)
    actions.read_messages(by=world.staff, request_id=request_.pk)
    assert marks() == (False, False)
    older = Task.objects.get(request=request_)
    say(world.prescriber, request_)
    clocks.stop(older, by=world.reviewer, reason="Decided.", at=timezone.now())
    assert marks() == (True, False), "a copy of the row from before the message takes no mark away"
