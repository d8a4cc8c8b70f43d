"""The queue: which requests, in which order, what it says of them, and what its address may not do."""

from __future__ import annotations

import datetime
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from pa_portal.audit.models import Event
from pa_portal.demo import cases
from pa_portal.determinations import actions
from pa_portal.determinations.models import Task
from pa_portal.review import lists
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.models import Request, Submission
from pa_portal.submissions.numbers import REFERENCE
from tests.conftest import counting_statements
from tests.records.making import PATIENT, in_state, submitted
from tests.review.desk import QUEUE, Desk


def references(seen: Any) -> list[str]:
    return [row.split()[0] for row in seen.rows]


def test_open_requests_with_the_least_time_left_first(desk: Desk, world: SimpleNamespace) -> None:
    first, second = submitted(world), submitted(world)
    urgent = submitted(world, urgency="expedited", urgency_reason="The first dose is due this week.")
    pended = in_state(world, "pended")
    for state in ("approved", "denied", "withdrawn", "draft"):
        in_state(world, state)
    wanted = [urgent.reference, first.reference, second.reference, pended.reference]
    assert references(desk.queue()) == wanted


def test_a_row_says_what_a_reviewer_sorts_by(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world, answers=cases.ER_LOW_POSITIVE, diagnosis="C79.81", rationale="See the note.")
    (row,) = desk.queue().rows
    for said in (
        request.reference,
        "M. Quintana",
        "Riverbend Oncology",
        "Initial",
        "Standard",
        "6 days left",
        "Assign to me",
        "Meets criteria",
        "ER-low-positive",
        "Code not covered",
        "Submitted",
    ):
        assert said in row
    assert "Marisol" not in row


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (cases.PATHWAYS["tnbc_subsequent"], "Meets criteria"),
        (cases.HYPERSENSITIVE, "Criteria not met"),
        (cases.NOT_TESTED, "Not established"),
    ],
)
def test_the_recommendation_is_in_words(desk: Desk, world: SimpleNamespace, answers: Any, said: str) -> None:
    submitted(world, answers=answers, rationale="See the note.")
    assert said in desk.queue().rows[0]


def test_the_patient_is_as_submitted(desk: Desk, world: SimpleNamespace) -> None:
    request = in_state(world, "pended")
    submissions.save_patient(
        by=world.prescriber,
        request_id=request.pk,
        version=request.version,
        data={**PATIENT, "plan": world.plan.pk, "last_name": "Other"},
    )
    assert "M. Quintana" in desk.queue().rows[0]


def test_an_answer_past_its_day_is_marked(desk: Desk, world: SimpleNamespace, monkeypatch: Any) -> None:
    in_state(world, "pended")
    assert "Answer due" in desk.queue().rows[0]
    later = timezone.localdate() + datetime.timedelta(days=8)
    monkeypatch.setattr(timezone, "localdate", lambda *given: later)
    assert "Answer was due" in desk.queue().rows[0]


FILTERED: tuple[tuple[dict[str, str], list[str]], ...] = (
    ({"state": "submitted"}, ["plain", "urgent", "unsettled"]),
    ({"state": "pended"}, ["pended"]),
    ({"state": "approved"}, ["approved"]),
    ({"state": "withdrawn"}, []),
    ({"urgency": "expedited"}, ["urgent"]),
    ({"urgency": "standard", "state": "submitted"}, ["plain", "unsettled"]),
    ({"type": "renewal"}, []),
    ({"type": "initial", "urgency": "expedited"}, ["urgent"]),
    ({"recommendation": "insufficient_information"}, ["unsettled"]),
    ({"recommendation": "meets", "state": "pended"}, ["pended"]),
    ({"recommendation": "does_not_meet"}, []),
)


def test_filters(desk: Desk, world: SimpleNamespace) -> None:
    made = {
        "plain": submitted(world),
        "urgent": submitted(world, urgency="expedited", urgency_reason="This week"),
        "unsettled": submitted(world, answers=cases.NOT_TESTED, rationale="Results pending"),
        "pended": in_state(world, "pended"),
        "approved": in_state(world, "approved"),
    }
    for query, wanted in FILTERED:
        assert set(references(desk.queue(**query))) == {made[name].reference for name in wanted}, query


def test_more_filters(desk: Desk, world: SimpleNamespace, monkeypatch: Any) -> None:
    made = {
        "plain": submitted(world, answers=cases.PATHWAYS["tnbc_first_line"]),
        "flagged": submitted(world, answers=cases.ER_LOW_POSITIVE),
        "code": submitted(world, diagnosis="C79.81"),
        "heavy": submitted(world, height_cm="190", weight_kg="130"),
    }
    monkeypatch.setitem(PATIENT, "line_of_business", "medicaid")
    made["medicaid"] = submitted(world)
    made["decided"] = in_state(world, "approved")
    actions.send_message(by=world.prescriber, request_id=made["decided"].pk, body="When does it end?")
    actions.send_message(by=world.reviewer, request_id=made["plain"].pk, body="Which cycle?")
    Task.objects.filter(request=made["code"]).update(due_at=timezone.now() - datetime.timedelta(hours=3))
    Task.objects.filter(request=made["heavy"]).update(due_at=timezone.now() + datetime.timedelta(hours=3))
    for query, wanted in (
        ({"business": "medicaid"}, ["medicaid"]),
        ({"pathway": "tnbc_first_line"}, ["plain"]),
        ({"flag": "er_low_positive"}, ["flagged"]),
        ({"flag": "code"}, ["code"]),
        ({"flag": "units"}, []),
        ({"flag": "any"}, ["flagged", "code"]),
        ({"flag": "nonsense"}, [name for name in made if name != "decided"]),
        ({"messages": "new"}, ["decided"]),
        ({"time": "overdue"}, ["code"]),
        ({"time": "soon"}, ["heavy"]),
        ({"time": "paused"}, []),
        ({"flag": "any", "time": "overdue", "business": "commercial"}, ["code"]),
    ):
        assert set(references(desk.queue(**query))) == {made[name].reference for name in wanted}, query


def test_what_presses_is_counted_above_the_list_and_marked_in_it(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    assert "overdue" not in desk.queue().text
    Task.objects.filter(request=request).update(due_at=timezone.now() - datetime.timedelta(hours=3))
    actions.send_message(by=world.prescriber, request_id=request.pk, body="The report follows.")
    seen = desk.queue()
    assert "1 overdue" in seen.text
    assert "1 with a new message" in seen.text
    assert "Overdue by 3 hours" in seen.rows[0]
    assert "New message" in seen.rows[0]


HOSTILE = (
    ("state=nonsense", 200),
    ("recommendation=%27%22", 200),
    ("urgency=", 200),
    ("state=submitted&state=pended", 200),
    ("p=abc", 200),
    ("p=" + "9" * 5000, 200),
    ("p=1", 200),
    ("p=0", 302),
    ("p=99", 302),
    ("p=" + "9" * 50, 302),
    ("e=1", 200),
    ("q=%ED%A0%80", 200),
    ("q=" + "x" * 5000, 200),
    ("q=%00", 400),
    ("state=%00", 400),
    ("patient__last_name=Quintana", 404),
    ("patient__last_name__icontains=Q", 404),
    ("o=1", 404),
    ("all=", 404),
    ("_popup=1", 404),
    ("_to_field=id", 404),
    ("_facets=1", 404),
    ("created_by__password__startswith=a", 404),
)


def test_hostile_addresses_find_nothing_out(desk: Desk, world: SimpleNamespace) -> None:
    for _ in range(2):
        submitted(world)
    for query, status in HOSTILE:
        assert desk.client.get(f"{QUEUE}?{query}").status_code == status, query[:80]


def test_an_address_does_not_search_patients(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    assert references(desk.queue(q=" ")) == [request.reference]
    for typed in ("Quintana", "Marisol", "PMH1001", "PA-", "PA-2222-2223", "%"):
        assert references(desk.queue(q=typed)) == [], typed


def test_an_address_finds_a_reference_however_it_is_typed(desk: Desk, world: SimpleNamespace) -> None:
    request = in_state(world, "approved")
    submitted(world)
    seen = desk.queue(q=request.reference.replace("-", " ").lower())
    assert references(seen) == [request.reference]
    assert "by its reference number alone" in seen.text


def test_no_address_of_the_queue_names_a_patient(desk: Desk, world: SimpleNamespace) -> None:
    submitted(world)
    html = desk.queue().html
    assert 'method="post"' in html.partition('role="search"')[0].rpartition("<form")[2]
    for name in ("q", "words"):
        assert f"?{name}=" not in html


def queries(desk: Desk) -> int:
    with counting_statements() as asked:
        assert desk.queue().status == 200
    return len(asked)


def test_the_number_of_queries_does_not_grow(desk: Desk, world: SimpleNamespace) -> None:
    in_state(world, "pended")
    for _ in range(4):
        submitted(world)
    desk.queue()  # the first page of a session also saves it
    few = queries(desk)
    first = Request.objects.filter(state="submitted").first()
    copies(first, 45)
    assert len(desk.queue().rows) == 50
    assert queries(desk) == few <= 8


def copies(request: Request, many: int) -> None:
    """More requests like this one, in one go."""
    sent = request.submissions.get()
    fields = {field.attname: getattr(request, field.attname) for field in Request._meta.concrete_fields}
    more = [Request(**{**fields, "id": uuid.uuid4(), "reference": REFERENCE.new()}) for _ in range(many)]
    Request.objects.bulk_create(more)
    Submission.objects.bulk_create(
        Submission(
            request=copy,
            number=1,
            request_version=sent.request_version,
            content=sent.content,
            digest=sent.digest,
            submitted_by_id=sent.submitted_by_id,
        )
        for copy in more
    )
    task = request.tasks.get()
    clock = {field.attname: getattr(task, field.attname) for field in Task._meta.concrete_fields}
    Task.objects.bulk_create(Task(**{**clock, "id": uuid.uuid4(), "request_id": copy.pk}) for copy in more)


def test_a_long_queue_has_pages(desk: Desk, world: SimpleNamespace) -> None:
    copies(submitted(world), 59)
    assert len(desk.queue().rows) == 50
    assert len(desk.queue(p="2").rows) == 10
    assert "1 to 50 of 60 requests" in desk.queue().text
    assert "51 to 60 of 60 requests" in desk.queue(p="2").text
    for beyond in ("0", "9"):
        assert desk.client.get(QUEUE, {"p": beyond})["Location"] == f"{QUEUE}?e=1"


def test_a_list_is_counted_as_far_as_is_of_use(desk: Desk, world: SimpleNamespace, monkeypatch: Any) -> None:
    monkeypatch.setattr(lists, "AHEAD", 55)
    copies(submitted(world), 119)
    assert "1 to 50 of more than 55 requests" in desk.queue().text
    assert "51 to 100 of more than 105 requests" in desk.queue(p="2").text
    assert "101 to 120 of 120 requests" in desk.queue(p="3").text
    assert "Next page" not in desk.queue(p="3").text


def test_decided_requests_come_newest_first(desk: Desk, world: SimpleNamespace) -> None:
    made = [in_state(world, "approved") for _ in range(3)]
    assert references(desk.queue(state="approved")) == [request.reference for request in reversed(made)]


# Time left, and who has it


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (-72, "Overdue by 3 days"),
        (-1, "Overdue by 60 minutes"),
        (5, "4 hours left"),
        (30, "29 hours left"),
        (100, "4 days left"),
    ],
)
def test_time_left_is_in_words(desk: Desk, world: SimpleNamespace, hours: int, said: str) -> None:
    request = submitted(world)
    due = timezone.now() + datetime.timedelta(hours=hours)
    Task.objects.filter(request=request).update(started_at=due - datetime.timedelta(days=9), due_at=due)
    (row,) = desk.queue().rows
    assert said in row
    assert said in desk.case(request).text
    assert ("#unmet" in desk.queue().html.partition("field-left")[2].partition("</td>")[0]) is (hours < 0)


def test_whose(desk: Desk, world: SimpleNamespace) -> None:
    mine, theirs, free = (submitted(world) for _ in range(3))
    desk.client.post(f"{QUEUE}{mine.pk}/assign/")
    desk.client.post(f"{QUEUE}{theirs.pk}/reassign/", {"to": str(world.second_reviewer.pk)})
    for whose, wanted in (
        ("mine", {mine}),
        ("unassigned", {free}),
        ("", {mine, theirs, free}),
        ("x", {mine, theirs, free}),
    ):
        assert set(references(desk.queue(whose=whose))) == {each.reference for each in wanted}, whose


def assignee(request: Request) -> Any:
    return Task.objects.get(request=request).assignee


def test_take_next_opens_the_most_urgent_that_is_free(desk: Desk, world: SimpleNamespace) -> None:
    first, second = submitted(world), submitted(world)
    for request in (first, second):
        response = desk.client.post(f"{QUEUE}take-next/")
        assert (response.status_code, response["Location"]) == (303, f"{QUEUE}{request.pk}/change/")
        assert assignee(request) == world.reviewer
    assert desk.client.post(f"{QUEUE}take-next/")["Location"] == QUEUE
    assert "Nothing is waiting for you to take" in desk.queue().text


def test_assign_release_and_reassign(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    path = f"{QUEUE}{request.pk}"
    assert desk.client.post(f"{path}/assign/", {"back": "queue"})["Location"] == QUEUE
    assert assignee(request) == world.reviewer
    assert world.reviewer.get_full_name() in desk.queue().rows[0]
    desk.client.post(f"{path}/release/")
    assert assignee(request) is None
    for nobody in ("", "x", "\x00", str(world.prescriber.pk), str(world.other_reviewer.pk)):
        assert desk.client.post(f"{path}/reassign/", {"to": nobody}).status_code == 303
        assert assignee(request) is None
    desk.client.post(f"{path}/reassign/", {"to": str(world.second_reviewer.pk)})
    assert assignee(request) == world.second_reviewer
    desk.client.post(f"{path}/assign/")
    assert f"{world.second_reviewer.get_full_name()} has this request already" in desk.case(request).text
    desk.client.post(f"{path}/release/")
    assert "Only its assignee" in desk.case(request).text
    assert assignee(request) == world.second_reviewer


def test_assigning_is_by_post_and_within_the_plan(client: Any, desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    paths = (f"{QUEUE}take-next/", *(f"{QUEUE}{request.pk}/{act}/" for act in ("assign", "release", "reassign")))
    for path in paths:
        assert client.get(path).status_code == 405, path
    client.force_login(world.other_reviewer)
    for path in paths[1:]:
        assert client.post(path, {"to": str(world.other_reviewer.pk)}).status_code == 404, path
    client.force_login(world.manager)
    for path in paths:
        assert client.post(path).status_code == 404, path
    assert assignee(request) is None


# Finding


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("quintana", True),
        ("Marisol Quintana", True),
        ("pmh1001", True),
        ("quin mari", True),
        ("Quintana Other", False),
        ("%", False),
        ("<script>", False),
    ],
)
def test_a_patient_is_found_by_a_form(desk: Desk, world: SimpleNamespace, typed: str, found: bool) -> None:
    request = in_state(world, "approved")
    seen = desk.read(desk.client.post(f"{QUEUE}find/", {"words": typed}))
    assert seen.status == 200
    assert (request.reference in seen.text) is found
    assert seen.value("words") == typed


def test_a_reference_leads_to_its_case(desk: Desk, world: SimpleNamespace) -> None:
    request = in_state(world, "denied")
    response = desk.client.post(f"{QUEUE}find/", {"words": f" {request.reference.lower()} "})
    assert (response.status_code, response["Location"]) == (303, f"{QUEUE}{request.pk}/change/")


@pytest.mark.parametrize("typed", ["", "  ", "a\x00b", "x" * 101, "line\nbreak"])
def test_what_cannot_be_searched_for_is_said_at_the_field(desk: Desk, world: SimpleNamespace, typed: str) -> None:
    seen = desk.read(desk.client.post(f"{QUEUE}find/", {"words": typed}))
    assert seen.status == 422
    assert seen.title.startswith("Error: ")
    assert 'aria-invalid="true"' in seen.html


def test_a_search_is_on_record_without_its_words(desk: Desk, world: SimpleNamespace) -> None:
    submitted(world)
    desk.client.post(f"{QUEUE}find/", {"words": "Quintana"})
    event = Event.objects.get(action="request.searched")
    assert (event.actor_id, event.detail) == (world.reviewer.pk, {"found": 1})
