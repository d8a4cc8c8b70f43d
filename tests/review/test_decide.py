"""Deciding: the letter first, then the decision; what needs a rationale; and that nothing typed is ever lost."""

from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from criteria import dates
from pa_portal.audit.models import Event
from pa_portal.demo import cases
from pa_portal.determinations import actions as determinations
from pa_portal.determinations.case import Case
from pa_portal.determinations.models import Authorization, Determination, Letter
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.models import Request
from tests.records.making import day, in_state, submitted
from tests.review.desk import DECISIONS, Desk, act_path, case_path

NOTE = "See the note."
WHY = "Discussed with the prescriber on the telephone."


def typed_date(value: datetime.date) -> str:
    return f"{value:%m/%d/%Y}"


def filled(act: str) -> dict[str, Any]:
    """What makes each decision acceptable on a request that meets the criteria."""
    return {
        "approve": {"start": typed_date(day(7)), "rationale": WHY},
        "pend": {"other": "The pathology report", "respond_by": typed_date(day(10))},
        "deny": {"reasons": ["her2_negative"], "sentence-her2_negative": "The report shows 3+.", "rationale": WHY},
    }[act]


def decided() -> list[str]:
    return list(Determination.objects.order_by("decided_at").values_list("decision", flat=True))


# Looking first


@pytest.mark.parametrize("act", DECISIONS)
def test_the_letter_is_seen_first_and_nothing_is_decided(director: Desk, world: SimpleNamespace, act: str) -> None:
    request = submitted(world)
    events = Event.objects.count()
    seen = director.check(request, act, **filled(act))
    assert seen.status == 200
    heading = {"approve": "We approved your", "pend": "We need more information", "deny": "We did not approve"}[act]
    assert heading in seen.text
    assert "Nothing is decided yet" in seen.text
    assert decided() == []
    assert not Letter.objects.exists()
    assert not Authorization.objects.exists()
    assert Event.objects.count() == events
    request.refresh_from_db()
    assert request.state == "submitted"


def test_the_preview_names_no_number_before_there_is_one(director: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    preview = director.check(request, "approve", **filled("approve"))
    assert "AU-" not in preview.text
    assert "(given on approval)" in preview.text
    director.decide(request, "approve", **filled("approve"))
    number = Authorization.objects.get().number
    letter = director.get(f"/letters/{Letter.objects.get().pk}/").text
    told = letter.partition("Dear ")[2]
    assert told.partition("Reference")[0].replace(number, "(given on approval)").rstrip() in preview.text


@pytest.mark.parametrize("act", DECISIONS)
def test_changing_ones_mind_keeps_what_was_typed(director: Desk, world: SimpleNamespace, act: str) -> None:
    request = submitted(world)
    preview = director.check(request, act, **filled(act))
    seen = director.read(director.client.post(act_path(request, act), {**preview.hidden, "step": "change"}))
    assert seen.status == 200
    assert not seen.errors
    for name, value in filled(act).items():
        assert (seen.ticked(name) if isinstance(value, list) else seen.value(name)) == value
    assert decided() == []


# Approving


def test_an_approval_shows_its_dates_and_units_and_makes_them(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    start = day(7)
    last, renewal = dates.valid_through(start), dates.renewal_date(start)
    opened = desk.open(request, "approve")
    assert opened.value("start") == typed_date(start)
    for value in (last, renewal):
        assert f"{value:%b} {value.day}, {value.year}" in opened.text
    response = desk.decide(request, "approve", start=opened.value("start"), rationale="")
    assert (response.status_code, response["Location"]) == (303, case_path(request))
    authorization = Authorization.objects.get()
    assert (authorization.start, authorization.valid_through, authorization.renewal_date) == (start, last, renewal)
    assert Determination.objects.get().decided_by == world.reviewer
    seen = desk.case(request)
    assert f"Approved: authorization {authorization.number}" in seen.text


@pytest.mark.parametrize(
    ("given", "needed"),
    [
        ({}, False),
        ({"answers": cases.HYPERSENSITIVE, "rationale": NOTE}, True),
        ({"answers": cases.NOT_TESTED, "rationale": NOTE}, True),
        ({"diagnosis": "C79.81"}, True),
        ({"over_limit": True}, True),
    ],
    ids=["meets", "does not meet", "not established", "code not covered", "over the limit"],
)
def test_approving_against_the_recommendation_needs_a_rationale(
    desk: Desk, world: SimpleNamespace, monkeypatch: Any, given: dict[str, Any], needed: bool
) -> None:
    if given.pop("over_limit", False):
        monkeypatch.setattr(Case, "within_limit", False)
    request = submitted(world, **given)
    assert ("This approval needs a rationale" in desk.open(request, "approve").text) is needed
    start = typed_date(day(3))
    for blank in ("", " \r\n "):
        seen = desk.check(request, "approve", start=start, rationale=blank)
        assert seen.status == (422 if needed else 200)
        assert [target for _, target in seen.errors] == (["id_rationale"] if needed else [])
    assert desk.send(request, "approve", "decide", start=start, rationale="").status_code == (422 if needed else 303)
    assert decided() == ([] if needed else ["approved"])
    if needed:
        assert desk.decide(request, "approve", start=start, rationale=WHY).status_code == 303
        assert Determination.objects.get().rationale == WHY


@pytest.mark.parametrize("typed", [{"doses": "2"}, {"units_per_dose": "60"}, {"valid_through": typed_date(day(60))}])
def test_less_is_approved_with_a_reason_that_the_letter_prints(
    desk: Desk, world: SimpleNamespace, typed: dict[str, str]
) -> None:
    request = submitted(world)
    given = {"start": typed_date(day(7)), "rationale": "", **typed}
    seen = desk.check(request, "approve", **given)
    assert [target for _, target in seen.errors] == ["id_modification_reason"]
    assert '<details class="less" open>' in seen.html
    told = "Two doses until the scan."
    seen = desk.check(request, "approve", **given, modification_reason=told)
    assert told in seen.html.partition("letter-preview")[2]
    assert desk.decide(request, "approve", **given, modification_reason=told).status_code == 303
    made, authorization = Determination.objects.get(), Authorization.objects.get()
    assert (made.modified, made.modification_reason) == (True, told)
    assert Letter.objects.get().kind == "modified_approval"
    if "doses" in typed:
        assert authorization.doses == 2
    elif "units_per_dose" in typed:
        assert authorization.units_per_dose == 60
    else:
        assert authorization.valid_through == day(60)


@pytest.mark.parametrize(
    "typed",
    [
        {"doses": "0"},
        {"doses": "99"},
        {"doses": "1e1"},
        {"units_per_dose": "91"},
        {"units_per_dose": "9" * 5000},
        {"units_per_dose": "NaN"},
        {"valid_through": "01/01/0001"},
        {"valid_through": "12/31/9999"},
        {"valid_through": "soon"},
    ],
)
def test_what_cannot_be_approved_is_said_at_its_field(
    desk: Desk, world: SimpleNamespace, typed: dict[str, str]
) -> None:
    request = submitted(world)
    seen = desk.check(request, "approve", start=typed_date(day(7)), rationale="", modification_reason="Less", **typed)
    assert seen.status == 422
    assert next(target for _, target in seen.errors) == f"id_{next(iter(typed))}"
    assert seen.value(next(iter(typed))) == next(iter(typed.values()))
    assert decided() == []


def test_a_requested_start_that_is_past_is_pointed_out(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world, requested_start_date=day(-3))
    assert "which is past" in desk.open(request, "approve").text


# Denying


@pytest.mark.parametrize(
    ("typed", "targets"),
    [
        ({}, ["id_reasons", "id_rationale"]),
        ({"rationale": WHY}, ["id_reasons"]),
        ({"reasons": ["no_cremophor_hypersensitivity"]}, ["id_rationale"]),
        ({"reasons": ["adult"], "rationale": WHY}, ["id_reasons"]),
        ({"reasons": ["nonsense"], "rationale": WHY}, ["id_reasons"]),
        (
            {
                "reasons": ["no_cremophor_hypersensitivity"],
                "sentence-no_cremophor_hypersensitivity": " ",
                "rationale": WHY,
            },
            ["id_sentence-no_cremophor_hypersensitivity"],
        ),
    ],
)
def test_a_denial_needs_a_specific_reason_and_a_rationale(
    director: Desk, world: SimpleNamespace, typed: dict[str, Any], targets: list[str]
) -> None:
    request = submitted(world, answers=cases.HYPERSENSITIVE, rationale=NOTE)
    name = "sentence-no_cremophor_hypersensitivity"
    typed = {name: director.open(request, "deny").value(name), **typed}
    for step in ("check", "decide"):
        seen = director.read(director.send(request, "deny", step, **typed))
        assert seen.status == 422
        assert seen.title.startswith("Error: ")
        assert [target for _, target in seen.errors] == targets
        assert seen.value("rationale") == typed.get("rationale", "")
    assert decided() == []


def test_a_denial_offers_what_stands_in_the_way_and_tells_it_in_the_reviewers_words(
    director: Desk, world: SimpleNamespace
) -> None:
    request = submitted(world, answers=cases.TDXD_STILL_AN_OPTION, rationale=NOTE)
    opened = director.open(request, "deny")
    offered = opened.offered("reasons")
    assert set(offered) == set(request.submissions.get().content["decision"]["unmet"])
    assert opened.ticked("reasons") == []
    typed = {f"sentence-{name}": opened.value(f"sentence-{name}") for name in offered}
    typed |= {
        "reasons": ["not_tdxd_candidate", "pretreated"],
        "sentence-pretreated": "No taxane yet.",
        "rationale": WHY,
    }
    preview = director.check(request, "deny", **typed)
    assert "No taxane yet." in preview.text
    letter = preview.html.partition('class="letter"')[2]
    assert WHY not in letter
    assert director.decide(request, "deny", **typed).status_code == 303
    reasons = {reason["criterion"]: reason["text"] for reason in Determination.objects.get().reasons}
    assert reasons["pretreated"] == "No taxane yet."
    assert reasons["not_tdxd_candidate"] == typed["sentence-not_tdxd_candidate"]


def test_denying_what_meets_needs_the_reviewers_own_words(director: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    opened = director.open(request, "deny")
    assert "goes against the recommendation" in opened.text
    assert opened.value("sentence-her2_negative") == ""
    seen = director.check(request, "deny", reasons=["her2_negative"], rationale=WHY)
    assert [target for _, target in seen.errors] == ["id_sentence-her2_negative"]
    assert director.decide(request, "deny", **filled("deny")).status_code == 303


# Recommending, signing, giving back


TYPED = {"reasons": ["her2_negative"], "sentence-her2_negative": "The report shows 3+.", "rationale": WHY}


def test_a_reviewer_recommends_and_a_director_signs(client: Any, world: SimpleNamespace) -> None:
    request, desk = submitted(world), Desk(client)
    client.force_login(world.reviewer)
    seen = desk.check(request, "recommend", **TYPED)
    assert "nothing is decided by this" in seen.text
    assert "The report shows 3+." in seen.text
    assert desk.decide(request, "recommend", **TYPED).status_code == 303
    assert decided() == []
    assert not Letter.objects.exists()
    client.force_login(world.director)
    assert "Denial recommended" in desk.queue(state="recommended").rows[0]
    case = desk.case(request)
    assert "Denial recommended, waiting for a medical director By Dora Testcase" in case.text
    assert WHY in case.text
    request.refresh_from_db()
    opened = desk.open(request, "deny")
    assert opened.ticked("reasons") == ["her2_negative"]
    assert opened.value("sentence-her2_negative") == "The report shows 3+."
    assert opened.value("rationale") == WHY
    assert desk.decide(request, "deny", **TYPED).status_code == 303
    made = Determination.objects.get()
    assert (made.decision, made.decided_by) == ("denied", world.director)
    assert desk.queue(state="recommended").rows == []


def test_a_director_gives_back_with_a_note(client: Any, world: SimpleNamespace) -> None:
    request, desk = submitted(world), Desk(client)
    client.force_login(world.reviewer)
    desk.decide(request, "recommend", **TYPED)
    request.refresh_from_db()
    client.force_login(world.director)
    seen = desk.check(request, "return", note=" ")
    assert (seen.status, [target for _, target in seen.errors]) == (422, ["id_note"])
    assert desk.decide(request, "return", note="Ask for the addendum first.").status_code == 303
    client.force_login(world.reviewer)
    text = desk.case(request).text
    assert "Ask for the addendum first." in text
    assert "waiting for a medical director" not in text
    assert decided() == []


def test_a_reviewer_does_not_sign_a_denial(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    assert desk.client.get(act_path(request, "deny"))["Location"] == case_path(request)
    seen = desk.read(desk.send(request, "deny", "decide", **TYPED))
    assert seen.status == 409
    assert "Only a medical director signs a denial." in seen.text
    assert WHY in seen.text
    assert decided() == []


def test_a_recommendation_made_meanwhile_is_told(client: Any, world: SimpleNamespace) -> None:
    request, desk = submitted(world), Desk(client)
    client.force_login(world.reviewer)
    for _ in range(2):
        assert desk.send(request, "recommend", "decide", **TYPED).status_code == 303
    client.force_login(world.second_reviewer)
    seen = desk.read(desk.send(request, "approve", "decide", **filled("approve")))
    assert seen.status == 409
    assert "Dora Testcase acted on this request first" in seen.text
    assert "Denial recommended," in seen.text
    assert seen.value("rationale") == WHY


# Asking


@pytest.mark.parametrize(
    ("answers", "offered"),
    [
        (cases.NOT_TESTED, ["pd_l1_cps_below_10", "no_germline_brca_mutation"]),
        (cases.LIVER_TESTS_HIGH, ["liver_tests_allow_capecitabine"]),
        (cases.PATHWAYS["tnbc_first_line"], []),
    ],
)
def test_what_to_ask_for_is_offered_from_the_criteria(
    desk: Desk, world: SimpleNamespace, answers: Any, offered: list[str]
) -> None:
    request = submitted(world, answers=answers, rationale=NOTE)
    assert desk.open(request, "pend").offered("needed") == offered


def test_asking_lists_each_thing_in_the_letter(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world, answers=cases.NOT_TESTED, rationale=NOTE)
    typed = {
        "needed": ["pd_l1_cps_below_10"],
        "other": "Latest CT report\r\n\r\nThe assay used",
        "respond_by": typed_date(day(10)),
    }
    preview = desk.check(request, "pend", **typed)
    assert preview.text.count("PD-L1 combined positive score. PD-L1 has not been tested") == 1
    assert desk.decide(request, "pend", **typed).status_code == 303
    determination = Determination.objects.get()
    lines = determination.information_needed.splitlines()
    assert lines[0].startswith("PD-L1 combined positive score.")
    assert lines[1:] == ["Latest CT report", "The assay used"]
    assert determination.respond_by == day(10)


@pytest.mark.parametrize(
    ("answers", "typed", "targets"),
    [
        (cases.NOT_TESTED, {"respond_by": "soon"}, ["id_respond_by"]),
        (cases.NOT_TESTED, {"other": " "}, ["id_needed"]),
        (cases.PATHWAYS["tnbc_first_line"], {"other": ""}, ["id_other"]),
        (cases.NOT_TESTED, {"needed": ["nonsense"], "other": "A report"}, ["id_needed"]),
        (cases.NOT_TESTED, {"other": "A report", "respond_by": "13/45/2026"}, ["id_respond_by"]),
        (cases.NOT_TESTED, {"other": "A report", "respond_by": ""}, ["id_respond_by"]),
        (cases.NOT_TESTED, {"other": "A report", "respond_by": "01/01/2001"}, ["id_respond_by"]),
        (cases.NOT_TESTED, {"other": "A report", "respond_by": "01/01/2999"}, ["id_respond_by"]),
    ],
)
def test_asking_says_what_and_by_when(
    desk: Desk, world: SimpleNamespace, answers: Any, typed: dict[str, Any], targets: list[str]
) -> None:
    request = submitted(world, answers=answers, rationale=NOTE)
    seen = desk.check(request, "pend", **{"respond_by": typed_date(day(7)), **typed})
    assert seen.status == 422
    assert [target for _, target in seen.errors if target in targets] == targets
    assert seen.value("other").strip() == typed.get("other", "").strip()
    assert seen.value("respond_by") == typed.get("respond_by", typed_date(day(7)))


@pytest.mark.parametrize("urgency", ["standard", "expedited"])
def test_an_expedited_request_is_asked_to_answer_sooner(desk: Desk, world: SimpleNamespace, urgency: str) -> None:
    request = submitted(world, urgency=urgency, urgency_reason="This week" if urgency == "expedited" else "")
    days = {"standard": 14, "expedited": 3}[urgency]
    assert desk.open(request, "pend").value("respond_by") == typed_date(day(days))


# What is typed


HOSTILE = (
    "a\x00b",
    "\u200b",
    "\u202e",
    "x" * 4001,
    "<script>alert(1)</script>",
    "😀" * 100,
    "{% now 'Y' %}",
    "\x1b[2J",
)


@pytest.mark.parametrize(
    ("act", "name"), [("approve", "rationale"), ("deny", "sentence-her2_negative"), ("pend", "other")]
)
def test_no_text_breaks_a_page(director: Desk, world: SimpleNamespace, act: str, name: str) -> None:
    request = submitted(world)
    for text in HOSTILE:
        seen = director.check(request, act, **{**filled(act), name: text})
        assert seen.status in (200, 422), text
        assert "<script>alert" not in seen.html
        if seen.status == 422:
            assert seen.errors or "cannot be written" in seen.text
            assert seen.value(name) == text or "\x00" in text


NO_START = ("", "soon", "02/30/2027", "1/1/1", "12/31/9999", "01/01/2001", "9" * 5000, "2026-13-01", "<b>")


def test_a_start_that_cannot_be_is_said_at_its_field(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    for start in NO_START:
        seen = desk.check(request, "approve", start=start, rationale=WHY)
        assert seen.status == 422, start
        assert [target for _, target in seen.errors] == ["id_start"]
        assert seen.value("start") == start
        assert seen.value("rationale") == WHY


def test_a_date_may_be_typed_in_several_ways(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    for typed in ("3/7/2027", "03-07-2027", "03.07.2027", "2027-03-07", " 03/07/2027 "):
        assert "Mar 7, 2027" in desk.check(request, "approve", start=typed, rationale="").text, typed


# Somebody else first


FIRST: dict[str, Any] = {
    "approve": {"start": day(7)},
    "deny": {"reasons": [{"criterion": "her2_negative", "text": "Another patient."}], "rationale": "Mixed up."},
    "pend": {"information_needed": "A report", "respond_by": day(7)},
}


def act_first(world: SimpleNamespace, request: Request, act: str) -> None:
    """A colleague decides; the request as the test opened it stays as it was."""
    getattr(determinations, act)(
        by=world.director if act == "deny" else world.second_reviewer,
        request_id=request.pk,
        version=request.version,
        **FIRST[act],
    )


@pytest.mark.parametrize("step", ["check", "decide"])
@pytest.mark.parametrize("mine", ["approve", "pend", "deny"])
@pytest.mark.parametrize("theirs", ["approve", "deny"])
def test_the_second_reviewer_is_told_who_and_when_and_loses_no_text(
    client: Any, world: SimpleNamespace, theirs: str, mine: str, step: str
) -> None:
    client.force_login(world.director if theirs == "approve" else world.reviewer)
    desk = Desk(client)
    request = submitted(world)
    act_first(world, request, theirs)
    seen = desk.read(desk.send(request, mine, step, **filled(mine)))
    assert seen.status == 409
    who = "Lou Testcase" if theirs == "deny" else "Eli Testcase"
    assert f"{who} acted on this request first" in seen.text
    first = Determination.objects.get()
    when = timezone.localtime(first.decided_at)
    assert f"{first.get_decision_display()}, {when:%B} {when.day}, {when.year}" in seen.text
    for name, value in filled(mine).items():
        if name != "reasons":
            assert value in seen.text
    assert len(decided()) == 1


def test_after_a_colleague_asked_one_may_still_decide_with_ones_text(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    act_first(world, request, "pend")
    seen = desk.read(desk.send(request, "approve", "decide", **filled("approve")))
    assert seen.status == 409
    assert "Eli Testcase acted on this request first" in seen.text
    assert seen.value("rationale") == WHY
    assert seen.value("start") == filled("approve")["start"]
    assert decided() == ["pended"]
    again = {**seen.hidden, **filled("approve"), "step": "decide"}
    assert desk.client.post(act_path(request, "approve"), again).status_code == 303
    assert decided() == ["pended", "approved"]


def test_a_change_by_the_provider_is_told_and_keeps_the_text(desk: Desk, world: SimpleNamespace) -> None:
    request = in_state(world, "pended")
    submissions.save_answers(
        by=world.prescriber, request_id=request.pk, version=request.version, answers={"line_of_therapy": 7}
    )
    seen = desk.read(desk.send(request, "approve", "decide", **filled("approve")))
    assert seen.status == 409
    assert "This request changed meanwhile" in seen.text
    assert seen.value("rationale") == WHY
    assert decided() == ["pended"]


def test_a_reason_that_no_longer_stands_is_not_lost(director: Desk, world: SimpleNamespace) -> None:
    request = in_state(world, "pended")
    stale = request.version
    changed = submissions.save_answers(
        by=world.prescriber,
        request_id=request.pk,
        version=request.version,
        answers=cases.HYPERSENSITIVE,
    )
    changed = submissions.save_rationale(
        by=world.prescriber, request_id=request.pk, version=changed.version, data={"clinical_rationale": NOTE}
    )
    determinations.respond_to_pend(
        by=world.prescriber, request_id=request.pk, version=changed.version, response="Corrected."
    )
    request.version = stale
    seen = director.read(director.send(request, "deny", "decide", **filled("deny")))
    assert seen.status == 409
    assert "The report shows 3+." in seen.text
    assert seen.value("rationale") == WHY
    assert "no_cremophor_hypersensitivity" in seen.offered("reasons")


def test_a_withdrawn_request_is_not_decided(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    submissions.withdraw(by=world.prescriber, request_id=request.pk, version=request.version)
    seen = desk.read(desk.send(request, "approve", "decide", **filled("approve")))
    assert seen.status == 409
    assert "withdrawn" in seen.text
    assert WHY in seen.text
    assert decided() == []


@pytest.mark.parametrize("act", DECISIONS)
def test_pressing_the_button_twice_decides_once(director: Desk, world: SimpleNamespace, act: str) -> None:
    request = submitted(world)
    for _ in range(3):
        response = director.send(request, act, "decide", **filled(act))
        assert (response.status_code, response["Location"]) == (303, case_path(request))
    assert len(decided()) == 1


def test_a_token_that_is_none_decides_nothing(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world)
    for version in ("", "0", "-1", "abc", "9" * 5000, "٣", "1.0"):
        data = {**filled("approve"), "version": version, "step": "decide"}
        seen = desk.read(desk.client.post(act_path(request, "approve"), data))
        assert seen.status == 409, version
        assert seen.value("rationale") == WHY
    assert decided() == []


def test_a_case_that_changed_since_it_was_read_is_pointed_out(desk: Desk, world: SimpleNamespace) -> None:
    request = in_state(world, "pended")
    path = act_path(request, "approve")
    assert "changed since you opened" not in desk.get(path, seen=str(request.version)).text
    assert "changed since you opened" in desk.get(path, seen=str(request.version - 1)).text
    assert "changed since you opened" not in desk.get(path, seen="x").text


@pytest.mark.parametrize(
    ("state", "act"),
    [("approved", "approve"), ("approved", "deny"), ("denied", "pend"), ("withdrawn", "approve"), ("pended", "pend")],
)
def test_what_cannot_be_decided_leads_back_to_the_case(
    director: Desk, world: SimpleNamespace, state: str, act: str
) -> None:
    request = in_state(world, state)
    response = director.client.get(act_path(request, act))
    assert (response.status_code, response["Location"]) == (302, case_path(request))
    assert "so it cannot be" in director.case(request).text


def test_nobody_decides_what_they_submitted(client: Any, world: SimpleNamespace) -> None:
    request = submitted(world)
    turned = world.prescriber
    turned.role, turned.organization = "reviewer", world.plan
    turned.save()
    client.force_login(turned)
    desk = Desk(client)
    assert "somebody else must decide it" in desk.case(request).text
    assert desk.client.get(act_path(request, "approve")).status_code == 302
    seen = desk.read(desk.send(request, "approve", "decide", **filled("approve")))
    assert seen.status == 409
    assert "somebody else must decide it" in seen.text
    assert decided() == []
