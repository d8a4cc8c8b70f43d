"""Deciding: what is frozen, what needs a reason, who may not, and that one of two wins."""

from __future__ import annotations

import datetime
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from criteria import catalog, dates
from pa_portal.audit.models import Event
from pa_portal.demo import cases
from pa_portal.determinations import actions, granting, queries
from pa_portal.determinations.case import Case
from pa_portal.determinations.errors import Conflict
from pa_portal.determinations.letters import content as letters
from pa_portal.determinations.models import Authorization, Determination, Letter
from pa_portal.submissions import actions as submissions
from pa_portal.submissions import trees
from pa_portal.submissions.errors import NotAllowed, Stale
from pa_portal.submissions.models import CriteriaTree, Request, Submission
from pa_portal.submissions.numbers import AUTHORIZATION
from pa_portal.submissions.snapshot import digest
from tests.records.conftest import build_world
from tests.records.making import day, draft, in_state, submitted

RATIONALE = "Discussed with the prescriber on the telephone."


def on(request: Request, by) -> dict:
    return {"by": by, "request_id": request.pk, "version": request.version}


def refused(action, **given) -> set[str]:
    with pytest.raises(ValidationError) as told:
        action(**given)
    assert not Determination.objects.exists()
    assert not Authorization.objects.exists()
    assert not Letter.objects.exists()
    return set(told.value.message_dict)


@pytest.mark.parametrize(
    ("start", "valid_through", "renewal_date", "doses"),
    [
        ("2026-08-31", "2027-02-27", "2027-02-28", 9),
        ("2026-11-24", "2027-05-23", "2027-05-24", 9),
        ("2027-02-28", "2027-08-27", "2027-08-28", 9),
        ("2027-08-31", "2028-02-28", "2028-02-29", 9),
    ],
)
def test_an_approval_makes_the_authorization(
    world: SimpleNamespace, monkeypatch, start: str, valid_through: str, renewal_date: str, doses: int
) -> None:
    monkeypatch.setattr(granting, "near", lambda *given: None)
    request = submitted(world)
    determination = actions.approve(**on(request, world.reviewer), start=datetime.date.fromisoformat(start))
    authorization = Authorization.objects.get()
    assert AUTHORIZATION.valid(authorization.number)
    dated = [day.isoformat() for day in (authorization.start, authorization.valid_through, authorization.renewal_date)]
    assert dated == [start, valid_through, renewal_date]
    assert (authorization.hcpcs, authorization.interval_days, authorization.regimen) == ("J9207", 21, "single_agent")
    assert (authorization.units_per_dose, authorization.doses) == (75, doses)
    assert authorization.total_units == 75 * doses
    assert authorization.determination == determination
    assert authorization.status == "active"


def test_a_decision_freezes_what_it_rests_on(world: SimpleNamespace) -> None:
    request = submitted(world)
    determination = actions.approve(**on(request, world.reviewer), start=day(7))
    determination.refresh_from_db()
    content = determination.submission.content
    assert determination.outcome == "meets"
    assert determination.facts == content["facts"]
    assert determination.criteria == content["decision"]["trace"]
    assert {
        "id": determination.policy_id,
        "version": determination.policy_version,
        "digest": determination.policy_digest,
    } == content["policy"]
    assert queries.replay(determination).matches


@pytest.mark.parametrize(
    ("state", "kind"), [("approved", "approval"), ("denied", "denial"), ("pended", "information_request")]
)
def test_every_decision_has_its_letter(world: SimpleNamespace, state: str, kind: str) -> None:
    in_state(world, state)
    letter = Letter.objects.get()
    assert letter.kind == kind
    assert letter.sha256 == letters.sha256(letter.content)
    assert Event.objects.filter(action="letter.created", object_id=str(letter.pk)).exists()
    assert Event.objects.filter(action=f"determination.{state}").exists()


def test_a_letter_tells_what_was_submitted_and_not_what_changed_since(world: SimpleNamespace) -> None:
    request = submitted(world)
    submissions.save_patient(
        **on(draft(world), world.prescriber), data={"address_line1": "9 Oak Lane", "city": "Norfolk"}
    )
    actions.approve(**on(request, world.reviewer), start=day(7))
    text = letters.canonical_json(Letter.objects.get().content)
    assert "Marisol Quintana" in text
    assert Authorization.objects.get().number in text
    assert "Norfolk" not in text


def test_if_the_letter_fails_nothing_is_decided(world: SimpleNamespace, monkeypatch) -> None:
    def fail(*given) -> None:
        raise RuntimeError("no letter")

    monkeypatch.setattr(letters, "compose", fail)
    request = submitted(world)
    events = Event.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        actions.approve(**on(request, world.reviewer), start=day(7))
    assert Request.objects.get(pk=request.pk).state == "submitted"
    assert not Determination.objects.exists()
    assert not Authorization.objects.exists()
    assert Event.objects.count() == events


# What needs a rationale


@pytest.mark.parametrize(
    "case",
    [
        {"answers": cases.HYPERSENSITIVE, "rationale": "Desensitization"},
        {"answers": cases.NOT_TESTED, "rationale": "Results pending"},
        {"diagnosis": "C79.81"},
    ],
    ids=["does not meet", "insufficient", "code not covered"],
)
def test_approving_against_the_recommendation_needs_a_rationale(world: SimpleNamespace, case) -> None:
    request = submitted(world, **case)
    for blank in ("", "  \n"):
        given = {**on(request, world.reviewer), "start": day(7), "rationale": blank}
        assert refused(actions.approve, **given) == {"rationale"}
    determination = actions.approve(**on(request, world.reviewer), start=day(7), rationale=RATIONALE)
    assert determination.rationale == RATIONALE


def test_more_units_than_the_limit_need_a_rationale(world: SimpleNamespace, monkeypatch) -> None:
    request = submitted(world)
    monkeypatch.setattr(Case, "within_limit", False)
    assert refused(actions.approve, **on(request, world.reviewer), start=day(7)) == {"rationale"}
    assert "billed_units" in [reason.criterion for reason in queries.case_of(request).possible_reasons]


@pytest.mark.parametrize(
    ("reasons", "rationale", "at_fault"),
    [
        ([], RATIONALE, {"reasons"}),
        (["no_cremophor_hypersensitivity"], "", {"rationale"}),
        (["no_cremophor_hypersensitivity"], " ", {"rationale"}),
        ([], "", {"reasons", "rationale"}),
        (["adult"], RATIONALE, {"reasons"}),
        (["nonsense"], RATIONALE, {"reasons"}),
        ([{}], RATIONALE, {"reasons"}),
        ([{"criterion": "no_cremophor_hypersensitivity", "text": "a\x00"}], RATIONALE, {"reasons"}),
        (["no_cremophor_hypersensitivity"], "a\ud800", {"rationale"}),
        (["no_cremophor_hypersensitivity"], "x" * 4001, {"rationale"}),
    ],
)
def test_a_denial_needs_a_reason_that_stands_in_the_way_and_a_rationale(
    world: SimpleNamespace, reasons, rationale: str, at_fault: set[str]
) -> None:
    request = submitted(world, answers=cases.HYPERSENSITIVE, rationale="Desensitization")
    given = {**on(request, world.director), "reasons": reasons, "rationale": rationale}
    assert refused(actions.deny, **given) == at_fault


def test_a_denial_keeps_and_tells_its_reasons(world: SimpleNamespace) -> None:
    request = submitted(world, answers=cases.TDXD_STILL_AN_OPTION, rationale="Close to home")
    determination = actions.deny(
        **on(request, world.director),
        reasons=["not_tdxd_candidate", {"criterion": "pretreated", "text": "No anthracycline so far."}],
        rationale=RATIONALE,
    )
    kept = {reason["criterion"]: reason for reason in determination.reasons}
    assert kept["pretreated"] == {"criterion": "pretreated", "code": "not_met", "text": "No anthracycline so far."}
    assert kept["not_tdxd_candidate"]["text"]
    told = letters.canonical_json(Letter.objects.get().content)
    assert "No anthracycline so far." in told
    assert RATIONALE not in told


def test_what_is_not_established_may_be_a_reason(world: SimpleNamespace) -> None:
    request = submitted(world, answers=cases.NOT_TESTED, rationale="Results pending")
    determination = actions.deny(
        **on(request, world.director), reasons=["pd_l1_cps_below_10"], rationale="The result was not sent in time."
    )
    assert [reason["code"] for reason in determination.reasons] == ["not_established"]


def test_a_code_not_covered_may_be_a_reason(world: SimpleNamespace) -> None:
    request = submitted(world, diagnosis="C79.81")
    determination = actions.deny(**on(request, world.director), reasons=["diagnosis_code"], rationale=RATIONALE)
    assert [reason["code"] for reason in determination.reasons] == ["diagnosis_not_covered"]
    assert "Appendix 1" in letters.canonical_json(Letter.objects.get().content)


def test_denying_what_meets_needs_the_reviewers_own_words(world: SimpleNamespace) -> None:
    request = submitted(world)
    given = {**on(request, world.director), "rationale": RATIONALE}
    assert refused(actions.deny, **given, reasons=["her2_negative"]) == {"reasons"}
    told = [{"criterion": "her2_negative", "text": "The report sent shows IHC 3+."}]
    determination = actions.deny(**given, reasons=told)
    assert determination.reasons == [told[0] | {"code": "reviewer_judgement"}]


@pytest.mark.parametrize(
    ("needed", "by", "at_fault"),
    [
        ("", 7, {"information_needed"}),
        ("A report", -1, {"respond_by"}),
        ("A report", 91, {"respond_by"}),
        ("A report", None, {"respond_by"}),
        ("A report", "soon", {"respond_by"}),
        ("A report\x00", 7, {"information_needed"}),
        (" ", None, {"information_needed", "respond_by"}),
    ],
)
def test_a_pend_says_what_is_needed_and_by_when(world: SimpleNamespace, needed: str, by, at_fault: set[str]) -> None:
    request = submitted(world)
    given = {**on(request, world.reviewer), "information_needed": needed}
    respond_by = day(by) if isinstance(by, int) else by
    assert refused(actions.pend, **given, respond_by=respond_by) == at_fault


@pytest.mark.parametrize("start", ["", "soon", "0001-01-01", "9999-12-31", day(400), day(-400), 5])
def test_a_start_that_cannot_be(world: SimpleNamespace, start) -> None:
    request = submitted(world)
    assert refused(actions.approve, **on(request, world.reviewer), start=start) == {"start"}


# Who may not


def test_nobody_decides_a_request_they_made_or_sent(world: SimpleNamespace) -> None:
    for mine in ("created_by", "submitted_by"):
        request = draft(world, by=world.prescriber if mine == "created_by" else world.colleague)
        submissions.submit(**on(request, world.prescriber if mine == "submitted_by" else world.colleague))
        request.refresh_from_db()
        turned = world.prescriber
        turned.role, turned.organization = "director", world.plan
        for act, given in (
            (actions.approve, {"start": day(7)}),
            (actions.deny, {"reasons": ["adult"], "rationale": RATIONALE}),
            (actions.pend, {"information_needed": "A report", "respond_by": day(7)}),
        ):
            with pytest.raises(NotAllowed, match="somebody else"):
                act(**on(request, turned), **given)
        turned.role, turned.organization = "prescriber", world.clinic


def test_a_result_that_can_no_longer_be_reproduced_is_not_decided(world: SimpleNamespace, monkeypatch) -> None:
    request = submitted(world)
    monkeypatch.setattr(Case, "reproduced", False)
    with pytest.raises(NotAllowed, match="same result"):
        actions.approve(**on(request, world.reviewer), start=day(7))


# Two at once


@pytest.mark.parametrize("first", ["approved", "denied", "pended"])
def test_the_second_reviewer_is_told_who_and_when(world: SimpleNamespace, first: str) -> None:
    request = submitted(world)
    opened = on(request, world.second_reviewer)
    made = {
        "approved": lambda: actions.approve(**on(request, world.reviewer), start=day(7)),
        "denied": lambda: actions.deny(
            **on(request, world.director), reasons=[{"criterion": "her2_negative", "text": "No."}], rationale=RATIONALE
        ),
        "pended": lambda: actions.pend(**on(request, world.reviewer), information_needed="A report", respond_by=day(7)),
    }[first]()
    for act, given in (
        (actions.approve, {"start": day(7)}),
        (actions.deny, {"reasons": ["her2_negative"], "rationale": RATIONALE}),
        (actions.pend, {"information_needed": "A report", "respond_by": day(7)}),
    ):
        with pytest.raises(Conflict) as told:
            act(**opened, **given)
        assert (told.value.who, told.value.when) == (made.decider, made.decided_at)
    assert Determination.objects.count() == 1


def test_a_change_by_the_provider_is_stale_and_no_conflict(world: SimpleNamespace) -> None:
    request = in_state(world, "pended")
    submissions.save_answers(**on(request, world.prescriber), answers={"line_of_therapy": 7})
    with pytest.raises(Stale):
        actions.approve(**on(request, world.reviewer), start=day(7))


def test_a_second_final_decision_is_refused_by_the_database_too(world: SimpleNamespace) -> None:
    in_state(world, "approved")
    twin = Determination.objects.get()
    twin.pk, twin.number, twin.request_version = "00000000-0000-0000-0000-000000000001", 2, 99
    with pytest.raises(IntegrityError, match="determination_final_once"), transaction.atomic():
        twin.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_once_one_wins() -> None:
    world = build_world()
    for number in range(6):
        request = submitted(world)
        together = threading.Barrier(2)

        def decide(name: str, request: Request = request, together: threading.Barrier = together) -> str:
            try:
                together.wait(timeout=60)
                if name == "reviewer":
                    actions.approve(**on(request, world.reviewer), start=day(7))
                else:
                    reason = {"criterion": "her2_negative", "text": "The report says otherwise."}
                    actions.deny(**on(request, world.director), reasons=[reason], rationale=RATIONALE)
            except Conflict as conflict:
                return f"{conflict.who} first"
            finally:
                connection.close()
            return "won"

        with ThreadPoolExecutor(2) as threads:
            outcomes = [
                future.result() for future in [threads.submit(decide, name) for name in ("reviewer", "director")]
            ]
        assert sorted(outcomes) in (["Dora Testcase first", "won"], ["Lou Testcase first", "won"])
        assert Determination.objects.filter(request=request).count() == 1
        assert Letter.objects.count() == number + 1


# Replay


@pytest.mark.parametrize("state", ["approved", "denied", "pended"])
def test_every_decision_can_be_replayed(world: SimpleNamespace, state: str) -> None:
    in_state(world, state)
    replay = queries.replay(Determination.objects.get())
    assert (replay.outcome, replay.differences) == ("meets", ())


@pytest.mark.parametrize(
    ("alter", "noticed"),
    [
        (lambda found: found.facts.update(line_of_therapy=2, tdxd_candidate=True), {"facts", "outcome", "criteria"}),
        (lambda found: setattr(found, "outcome", "does_not_meet"), {"outcome", "signature"}),
        (lambda found: setattr(found, "criteria", "0" * 64), {"criteria"}),
        (lambda found: name_another_tree(found), {"criteria", "submission"}),
        (lambda found: setattr(found, "policy_digest", "0" * 64), {"policy", "signature"}),
        (lambda found: setattr(found, "policy_version", "1999-01-01"), {"policy", "signature"}),
        (lambda found: found.submission.content["patient"].update(first_name="Other"), {"submission"}),
    ],
)
def test_replay_notices_every_alteration(world: SimpleNamespace, alter, noticed: set[str]) -> None:
    in_state(world, "approved")
    found = Determination.objects.select_related("submission").get()
    alter(found)
    assert set(queries.replay(found).differences) == noticed


def name_another_tree(found: Determination) -> None:
    """One that is on record, with other verdicts; in the submission as well."""
    tree = {**trees.read(found.criteria), "verdict": None}
    found.criteria = found.submission.content["decision"]["trace"] = trees.keep(tree)


def test_a_tree_is_kept_once_and_is_what_its_hash_says(world: SimpleNamespace) -> None:
    in_state(world, "approved")
    in_state(world, "denied")
    names = set(Submission.objects.values_list("content__decision__trace", flat=True))
    assert names == set(Determination.objects.values_list("criteria", flat=True))
    assert names == set(CriteriaTree.objects.values_list("pk", flat=True))
    with pytest.raises(IntegrityError, match="tree_is_what_its_hash_says"), transaction.atomic():
        CriteriaTree.objects.create(sha256="0" * 64, content="{}")


def test_records_that_hold_their_tree_themselves_are_read_as_ever(world: SimpleNamespace) -> None:
    """As submissions and determinations were kept before trees were shared."""
    in_state(world, "approved")
    found = Determination.objects.select_related("submission").get()
    content = found.submission.content
    found.criteria = content["decision"]["trace"] = trees.read(found.criteria)
    assert Case(found.submission).reproduced
    assert queries.replay(found).differences == ("submission",)  # whose hash is of the new form
    found.submission.digest = digest(content)
    assert queries.replay(found).differences == ("signature",)  # which names the submission's hash
    found.criteria["verdict"] = None
    assert not Case(found.submission).reproduced
    assert queries.replay(found).differences == ("submission", "signature", "criteria")


def test_a_tree_is_read_where_the_engine_writes_it_in_other_words(world: SimpleNamespace) -> None:
    in_state(world, "approved")
    content = Determination.objects.get().submission.content
    tree = trees.read(content["decision"]["trace"])
    for changed, reproduced in (({"label": "Other words"}, True), ({"verdict": None}, False)):
        content["decision"]["trace"] = trees.keep({**tree, **changed})
        assert Case(Submission(content=content)).reproduced is reproduced


def test_replay_notices_an_altered_letter(world: SimpleNamespace) -> None:
    in_state(world, "approved")
    found = Determination.objects.prefetch_related("letters").get()
    found.letters.all()[0].content["title"] = "Something else"
    assert queries.replay(found).differences == ("letters",)


# Renewal


def renewal(world: SimpleNamespace, start: datetime.date) -> tuple[Authorization, Request]:
    request = submitted(world)
    actions.approve(**on(request, world.reviewer), start=start)
    authorization = Authorization.objects.get()
    return authorization, actions.start_renewal(by=world.colleague, authorization_id=authorization.pk)


def test_a_renewal_is_prefilled_and_asks_section_four(world: SimpleNamespace) -> None:
    authorization, request = renewal(world, day(-150))
    assert (request.request_type, request.renews) == ("renewal", authorization.pk)
    assert request.approved_regimen == "single_agent"
    assert request.patient_id == authorization.patient_id
    assert (str(request.height_cm), request.diagnosis_code) == ("163.0", "C50.911")
    assert request.answers == {}
    assert actions.start_renewal(by=world.prescriber, authorization_id=authorization.pk) == request
    saved = submissions.save_answers(**on(request, world.prescriber), answers=cases.RENEWAL)
    saved = submissions.save_treatment(**on(saved, world.prescriber), data={"requested_start_date": day(31)})
    submission = submissions.submit(**on(saved, world.prescriber))
    assert submission.content["decision"]["outcome"] == "meets"
    with pytest.raises(NotAllowed, match="waiting for a decision"):
        actions.start_renewal(by=world.prescriber, authorization_id=authorization.pk)
    saved.refresh_from_db()
    assert queries.proposed_start(saved) == authorization.renewal_date
    given = on(saved, world.reviewer)
    with pytest.raises(ValidationError) as told:
        actions.approve(**given, start=authorization.valid_through)
    assert set(told.value.message_dict) == {"start"}
    actions.approve(**given, start=authorization.renewal_date)
    latest = queries.authorization_for(world.prescriber, saved.pk)
    assert latest.renewal_date == dates.renewal_date(authorization.renewal_date)


def test_the_start_offered_is_the_day_asked_for(world: SimpleNamespace) -> None:
    assert queries.proposed_start(submitted(world)) == day(7)
    _, late = renewal(world, day(-250))
    late = submissions.save_treatment(**on(late, world.prescriber), data={"requested_start_date": day(3)})
    assert queries.proposed_start(late) == day(3)


@pytest.mark.parametrize("name", ["reviewer", "manager", "clinic_manager"])
def test_only_a_prescriber_renews(world: SimpleNamespace, name: str) -> None:
    authorization, _ = renewal(world, day(0))
    with pytest.raises(NotAllowed):
        actions.start_renewal(by=getattr(world, name), authorization_id=authorization.pk)
    with pytest.raises(Authorization.DoesNotExist):
        actions.start_renewal(by=world.other_prescriber, authorization_id=authorization.pk)


def test_a_void_authorization_is_not_renewed(world: SimpleNamespace) -> None:
    in_state(world, "approved")
    Authorization.objects.update(status="void")
    with pytest.raises(NotAllowed, match="void"):
        actions.start_renewal(by=world.prescriber, authorization_id=Authorization.objects.get().pk)


@pytest.mark.parametrize(
    ("before_renewal", "expiring"), [(46, False), (45, True), (1, True), (0, False), (-1, False), (180, False)]
)
def test_what_is_to_be_renewed(world: SimpleNamespace, before_renewal: int, expiring: bool) -> None:
    in_state(world, "approved")
    authorization = Authorization.objects.get()
    today = authorization.renewal_date - datetime.timedelta(days=before_renewal)
    assert queries.expiring_for(world.prescriber, today=today).exists() is expiring


# Export


def test_the_export_has_a_row_for_each_request_submitted(world: SimpleNamespace) -> None:
    requests = {state: in_state(world, state) for state in ("draft", "submitted", "pended", "approved", "denied")}
    rows = {row.reference: row for row in queries.export_rows(world.manager, day(0), day(0))}
    assert set(rows) == {request.reference for state, request in requests.items() if state != "draft"}
    approved = rows[requests["approved"].reference]
    assert (approved.state, approved.decision, approved.outcome, approved.decided_by) == (
        "approved",
        "approved",
        "meets",
        "Dora Testcase",
    )
    assert approved.pathways == "hr_positive_third_line_plus"
    assert (approved.patient, approved.member_id, approved.npi) == ("Marisol Quintana", "PMH1001", "1529483715")
    assert approved.total_units == Authorization.objects.get().total_units
    pended = rows[requests["pended"].reference]
    assert (pended.decision, pended.authorization, pended.total_units) == (None, None, None)
    assert list(queries.export_rows(world.clinic_manager, day(0), day(0)))
    for name in ("other_manager", "prescriber", "reviewer"):
        assert not list(queries.export_rows(getattr(world, name), day(0), day(0)))
    assert not list(queries.export_rows(world.manager, day(1), day(1)))
    assert not list(queries.export_rows(world.manager, day(-1), day(-1)))
    assert list(queries.export_rows(world.manager, datetime.date.min, datetime.date.max))


def test_the_export_shows_the_latest_submission_once(world: SimpleNamespace) -> None:
    request = in_state(world, "pended")
    request = submissions.save_diagnosis(**on(request, world.prescriber), data={"diagnosis_code": "C50.412"})
    (row,) = queries.export_rows(world.manager, day(0), day(0))
    assert (row.reference, row.diagnosis_code) == (request.reference, "C50.911")
    actions.respond_to_pend(**on(request, world.prescriber), response="It is the left side.")
    assert Submission.objects.count() == 2
    (row,) = queries.export_rows(world.manager, day(0), day(0))
    assert (row.reference, row.diagnosis_code) == (request.reference, "C50.412")


def test_the_policy_version_named_exists(world: SimpleNamespace) -> None:
    in_state(world, "approved")
    found = Determination.objects.get()
    assert catalog.get(found.policy_id, found.policy_version).digest == found.policy_digest
