"""A denial takes two people or a director: recommended, returned or signed; and what a signature covers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError

from pa_portal.demo import cases
from pa_portal.determinations import actions, queries
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters import content as letters
from pa_portal.determinations.models import Determination, Letter, RecommendationAnswer
from pa_portal.determinations.reasons import ReasonCode
from pa_portal.submissions.errors import NotAllowed
from pa_portal.submissions.snapshot import digest
from tests.determinations.making import RATIONALE, REASON, on, recommend
from tests.records.making import day, in_state, submitted


def test_a_reviewer_cannot_deny_but_recommend(world: SimpleNamespace) -> None:
    request = submitted(world)
    with pytest.raises(NotAllowed, match="medical director"):
        actions.deny(**on(request, world.reviewer), reasons=[REASON], rationale=RATIONALE)
    recommendation = actions.recommend_denial(**on(request, world.reviewer), reasons=[REASON], rationale=RATIONALE)
    request.refresh_from_db()
    assert request.state == "submitted"
    assert not Determination.objects.exists()
    assert not Letter.objects.exists()
    assert recommendation.reasons == [REASON | {"code": "reviewer_judgement"}]
    assert recommendation.signature["name"] == "Dora Testcase"
    task = queries.task_of(request)
    assert (task.awaiting_director, task.assignee, task.stopped_at) == (True, None, None)


@pytest.mark.parametrize(
    ("reasons", "rationale", "at_fault"),
    [([], RATIONALE, {"reasons"}), ([REASON], " ", {"rationale"}), (["adult"], "a\x00", {"reasons", "rationale"})],
)
def test_a_recommendation_is_held_to_the_same_as_a_denial(world, reasons, rationale: str, at_fault: set[str]) -> None:
    request = submitted(world)
    with pytest.raises(ValidationError) as told:
        actions.recommend_denial(**on(request, world.reviewer), reasons=reasons, rationale=rationale)
    assert set(told.value.message_dict) == at_fault


def test_a_director_signs_what_was_recommended(world: SimpleNamespace) -> None:
    request = submitted(world)
    recommend(world, request)
    determination = actions.sign_denial(**on(request, world.director))
    assert determination.reasons == [REASON | {"code": "reviewer_judgement"}]
    assert (determination.rationale, determination.decided_role) == (RATIONALE, "director")
    answer = RecommendationAnswer.objects.get()
    assert (answer.kind, answer.determination, answer.answered_by) == ("signed", determination, world.director)
    told = letters.canonical_json(Letter.objects.get().content)
    assert REASON["text"] in told
    assert RATIONALE not in told


def test_a_director_may_word_it_anew(world: SimpleNamespace) -> None:
    request = submitted(world)
    recommend(world, request)
    own = {"criterion": "her2_negative", "text": "The report is not signed."}
    determination = actions.sign_denial(**on(request, world.director), reasons=[own], rationale="Read again.")
    assert determination.reasons[0]["text"] == own["text"]
    assert determination.rationale == "Read again."


def test_a_director_hands_it_back_with_a_note(world: SimpleNamespace) -> None:
    request = submitted(world)
    recommend(world, request)
    with pytest.raises(ValidationError) as told:
        actions.return_recommendation(**on(request, world.director), note=" ")
    assert set(told.value.message_dict) == {"note"}
    answer = actions.return_recommendation(**on(request, world.director), note="Call the prescriber first.")
    assert (answer.kind, answer.note) == ("returned", "Call the prescriber first.")
    task = queries.task_of(request)
    assert (task.assignee, task.awaiting_director) == (world.reviewer, False)
    with pytest.raises(NotAllowed, match="recommended"):
        actions.sign_denial(**on(request, world.director))
    recommend(world, request)
    assert queries.recommendations_of(request).count() == 2


@pytest.mark.parametrize("by", ["approve", "pend", "withdraw", "correct"])
def test_a_recommendation_ends_with_what_overtakes_it(world: SimpleNamespace, by: str) -> None:
    request = in_state(world, "pended") if by == "correct" else submitted(world)
    recommend(world, request)
    {
        "approve": lambda: actions.approve(**on(request, world.second_reviewer)),
        "pend": lambda: actions.pend(**on(request, world.director), information_needed="The report", respond_by=day(7)),
        "withdraw": lambda: actions.withdraw(**on(request, world.prescriber)),
        "correct": lambda: actions.respond_to_pend(**on(request, world.prescriber), response="The right report."),
    }[by]()
    assert RecommendationAnswer.objects.get().kind == "overtaken"
    assert not queries.task_of(request).awaiting_director
    assert queries.open_recommendation(request) is None


def test_whoever_opened_the_page_before_is_told_of_the_recommendation(world: SimpleNamespace) -> None:
    request = submitted(world)
    opened = on(request, world.second_reviewer)
    recommend(world, request)
    for act, given in (
        (actions.approve, {}),
        (actions.pend, {"information_needed": "A report", "respond_by": day(7)}),
        (actions.recommend_denial, {"reasons": [REASON], "rationale": RATIONALE}),
    ):
        with pytest.raises(Conflict) as told:
            act(**opened, **given)
        assert (told.value.who, told.value.decision) == ("Dora Testcase", "Denial recommended")


def test_two_recommendations_at_a_time_are_one_too_many(world: SimpleNamespace) -> None:
    request = submitted(world)
    recommend(world, request)
    with pytest.raises(NotAllowed, match="already"):
        actions.recommend_denial(**on(request, world.second_reviewer), reasons=[REASON], rationale=RATIONALE)


@pytest.mark.parametrize(
    ("case", "codes"),
    [
        ({"answers": cases.HYPERSENSITIVE, "rationale": "Desensitization"}, {"not_met"}),
        ({"answers": cases.NOT_TESTED, "rationale": "Results pending"}, {"not_established"}),
        ({"diagnosis": "C79.81"}, {"diagnosis_not_covered"}),
        ({}, {"reviewer_judgement"}),
    ],
)
def test_every_possible_reason_has_a_code_of_the_table(world: SimpleNamespace, case, codes: set[str]) -> None:
    found = queries.case_of(submitted(world, **case)).possible_reasons
    assert {reason.code for reason in found} == codes
    assert codes <= set(ReasonCode.values)


# Signatures


@pytest.mark.parametrize("state", ["approved", "denied", "pended"])
def test_a_signature_says_who_as_what_when_and_what_it_means(world: SimpleNamespace, state: str) -> None:
    world.director.title, world.director.credentials = "Chief medical officer", "MD"
    world.director.save()
    request = in_state(world, state)
    determination = Determination.objects.get(request=request)
    signature, by = determination.signature, determination.decided_by
    assert (signature["id"], signature["role"], signature["title"]) == (str(by.pk), by.role, by.title)
    assert signature["name"] == f"{by.first_name} {by.last_name}"
    assert signature["at"] == determination.decided_at.isoformat()
    assert signature["meaning"]
    assert len(signature["sha256"]) == 64
    assert queries.replay(determination).matches


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("rationale", "Something else."),
        ("reasons", []),
        ("decision", "approved"),
        ("terms", {"approved": {"doses": 99}}),
        ("modification_reason", "Because."),
    ],
)
def test_what_was_signed_cannot_change_unnoticed(world: SimpleNamespace, field: str, value) -> None:
    in_state(world, "denied")
    determination = Determination.objects.get()
    setattr(determination, field, value)
    assert "signature" in queries.replay(determination).differences


def test_later_changes_to_a_person_do_not_reach_their_signature(world: SimpleNamespace) -> None:
    in_state(world, "denied")
    world.director.last_name = "Married"
    world.director.save()
    assert Determination.objects.get().signature["name"] == "Lou Testcase"


def test_every_signature_has_its_hash(world: SimpleNamespace) -> None:
    request = submitted(world)
    recommend(world, request)
    recommendation = queries.open_recommendation(request)
    signed = {
        "request": str(request.pk),
        "submission": recommendation.submission.digest,
        "reasons": recommendation.reasons,
        "rationale": RATIONALE,
    }
    assert recommendation.signature["sha256"] == digest(signed)
