"""The case page: every verdict with the answer behind it, what needs a second look, and what is kept of a reading."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from criteria import catalog
from pa_portal.audit.queries import pages_about
from pa_portal.demo import cases
from pa_portal.determinations import actions as determinations
from pa_portal.determinations.models import Authorization, Letter
from pa_portal.submissions import actions as submissions
from pa_portal.submissions.models import Request
from tests.records.making import PATIENT, day, draft, in_state, submitted
from tests.review.desk import ACTS, Desk, act_path, case_path

NOTE = "See the note."


@pytest.mark.parametrize("pathway", sorted(cases.PATHWAYS))
def test_the_pathway_met_comes_first(desk: Desk, world: SimpleNamespace, pathway: str) -> None:
    seen = desk.case(submitted(world, answers=cases.PATHWAYS[pathway]))
    assert seen.status == 200
    label = catalog.get("IC-0072", "2025-09-04").pathway(pathway).label
    shown, _, others = seen.text.partition("Other pathways (7)")
    assert f"Met: {label}" in shown.partition("Pathway met")[2]
    assert f"Met: {label}" not in others.replace("Not met", "")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (
            cases.PATHWAYS["tnbc_first_line"],
            ["Meets criteria", "Met: PD-L1 CPS is below 10", "PD-L1 combined positive score: 4"],
        ),
        (
            cases.NOT_TESTED,
            [
                "Not established: PD-L1 CPS is below 10",
                "PD-L1 combined positive score: Not tested",
                "Pathway still open",
            ],
        ),
        (
            cases.TDXD_STILL_AN_OPTION,
            ["Not met: Patient is not a candidate for fam-trastuzumab deruxtecan", "Closest pathway"],
        ),
        (
            cases.HYPERSENSITIVE,
            ["Criteria not met", "Not met: No history of severe hypersensitivity", "Pathways (8), not asked about"],
        ),
        (cases.HER2_UNSETTLED, ["Not established: Disease is HER2-negative", "HER2/CEP17 ratio: 2.3", "ISH group 2"]),
    ],
)
def test_each_criterion_has_its_verdict_and_answer(
    desk: Desk, world: SimpleNamespace, answers: Any, said: list[str]
) -> None:
    text = desk.case(submitted(world, answers=answers, rationale=NOTE)).text
    for words in said:
        assert words in text
    assert "Section III" in text


def test_what_was_not_asked_is_not_called_open(desk: Desk, world: SimpleNamespace) -> None:
    text = desk.case(submitted(world, answers=cases.HYPERSENSITIVE, rationale=NOTE)).text
    assert "Not asked: With capecitabine" in text
    assert "Not established" not in text


def test_each_answer_names_who_gave_it(desk: Desk, world: SimpleNamespace) -> None:
    request = draft(world)
    changed = submissions.save_answers(
        by=world.colleague, request_id=request.pk, version=request.version, answers={"her2_ihc": "0"}
    )
    submissions.submit(by=world.prescriber, request_id=request.pk, version=changed.version)
    text = desk.case(request).text
    assert "HER2 IHC score: 0 Ben Testcase" in text
    assert "ER staining: 80% Ana Testcase" in text
    assert "Request date" in text.partition("From the request itself")[0]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"answers": cases.ER_LOW_POSITIVE}, ["ER-low-positive (1% to 10%).", "Section III"]),
        ({"diagnosis": "C79.81"}, ["Diagnosis code C79.81 is not covered.", "Appendix 1", "Not covered"]),
        ({"height_cm": "190", "weight_kg": "130"}, ["Body surface area is capped.", "2.2"]),
        ({"urgency": "expedited", "urgency_reason": "Rising oxygen need."}, ["Expedited", "Rising oxygen need."]),
        ({"answers": cases.NOT_TESTED, "rationale": "Sent last week."}, ["Clinical rationale", "Sent last week."]),
    ],
)
def test_what_needs_a_second_look_has_its_note(desk: Desk, world: SimpleNamespace, given: Any, said: list[str]) -> None:
    text = desk.case(submitted(world, **given)).text
    for words in said:
        assert words in text


def test_a_medicare_member_is_flagged_with_the_contractor(desk: Desk, world: SimpleNamespace, monkeypatch: Any) -> None:
    monkeypatch.setitem(PATIENT, "line_of_business", "medicare")
    monkeypatch.setitem(PATIENT, "locality", "elsewhere")
    text = desk.case(submitted(world)).text
    assert "Medicare member." in text
    assert "serves elsewhere, VA" in text


def test_dose_diagnosis_patient_prescriber_and_policy(desk: Desk, world: SimpleNamespace) -> None:
    text = desk.case(submitted(world)).text
    for said in (
        "C50.911",
        "Covered by the policy",
        "70.4 mg",
        "75 of 90",
        "1.76 m²",
        "1 × 45 mg, 2 × 15 mg",
        "Marisol Quintana",
        "February 29, 1968",
        "PMH1001",
        "Commercial",
        "Adaeze Okafor",
        "1529483715",
        "IC-0072, version 2025-09-04",
        "At most 90 units every 21 days",
        "40 mg/m² over 3 hours every 21 days",
        "J9207",
    ):
        assert said in text


@pytest.mark.parametrize("state", ["approved", "denied", "pended"])
def test_what_was_decided_and_the_letter(desk: Desk, world: SimpleNamespace, state: str) -> None:
    request = in_state(world, state)
    seen = desk.case(request)
    letter = Letter.objects.get()
    for path in (f"/letters/{letter.pk}/", f"/letters/{letter.pk}.pdf"):
        assert f'href="{path}"' in seen.html
    said = {
        "approved": lambda: Authorization.objects.get().number,
        "denied": lambda: "The report describes another patient.",
        "pended": lambda: "The report",
    }[state]()
    assert said in seen.text


def test_an_answer_to_a_request_for_information_shows_what_changed(desk: Desk, world: SimpleNamespace) -> None:
    request = submitted(world, answers=cases.LIVER_TESTS_HIGH, rationale=NOTE)
    determinations.pend(
        by=world.reviewer,
        request_id=request.pk,
        version=request.version,
        information_needed="Newer liver tests",
        respond_by=day(7),
    )
    request.refresh_from_db()
    changed = submissions.save_answers(
        by=world.prescriber, request_id=request.pk, version=request.version, answers={"alt_x_uln": 2.2}
    )
    determinations.respond_to_pend(
        by=world.prescriber, request_id=request.pk, version=changed.version, response="Repeated yesterday."
    )
    text = desk.case(request).text
    assert "Changed since submission 1 Answers, ALT: was 3.1 × ULN is now 2.2 × ULN" in text
    assert "Repeated yesterday." in text
    assert "Submission 1," in text
    assert "criteria not met" in text
    assert "Meets criteria" in text


def test_other_requests_for_the_patient_are_at_hand(desk: Desk, world: SimpleNamespace) -> None:
    earlier, request = in_state(world, "denied"), submitted(world)
    html = desk.case(request).html
    assert f'href="{case_path(earlier)}"' in html
    assert f'href="{case_path(request)}"' not in html.partition("<main")[2]


def test_requests_and_authorizations_of_the_member_elsewhere_are_at_hand(desk: Desk, world: SimpleNamespace) -> None:
    made = in_state(world, "approved")
    authorization = made.authorizations.get()
    text = desk.case(submitted(world, by=world.other_prescriber)).text
    assert f"{made.reference} Initial" in text
    assert f"approved, {world.clinic.name} Authorization {authorization.number}," in text
    assert f"{authorization.total_units} units, active" in text


def test_a_start_too_near_another_authorization_is_flagged(desk: Desk, world: SimpleNamespace) -> None:
    made = in_state(world, "approved")
    text = desk.case(submitted(world, requested_start_date=day(14))).text
    assert "Doses could be less than 21 days apart." in text
    assert made.authorizations.get().number in text
    assert "less than 21 days apart" not in desk.case(made).text
    assert "less than 21 days apart" not in desk.case(submitted(world, requested_start_date=day(300))).text


@pytest.mark.parametrize("state", ["approved", "denied", "withdrawn"])
def test_what_is_decided_does_not_speak_of_deciding(desk: Desk, world: SimpleNamespace, state: str) -> None:
    text = desk.case(in_state(world, state)).text
    assert "Denying would need" not in text
    assert "What the engine made of the answers" in text


@pytest.mark.parametrize(
    ("role", "state", "acts"),
    [
        ("reviewer", "submitted", {"approve", "pend", "recommend"}),
        ("director", "submitted", {"approve", "pend", "deny"}),
        ("reviewer", "pended", {"approve", "recommend"}),
        ("director", "pended", {"approve", "deny"}),
        ("reviewer", "recommended", {"approve", "pend"}),
        ("director", "recommended", {"approve", "pend", "deny", "return"}),
        ("director", "approved", set()),
        ("director", "denied", set()),
        ("director", "withdrawn", set()),
    ],
)
def test_a_case_offers_what_this_role_can_do(
    client: Any, world: SimpleNamespace, role: str, state: str, acts: set[str]
) -> None:
    request = recommended(world) if state == "recommended" else in_state(world, state)
    client.force_login(getattr(world, role))
    html = Desk(client).case(request).html
    assert {act for act in ACTS if f'href="{act_path(request, act)}?seen={request.version}"' in html} == acts


def recommended(world: SimpleNamespace) -> Request:
    request = submitted(world)
    determinations.recommend_denial(
        by=world.reviewer,
        request_id=request.pk,
        version=request.version,
        reasons=[{"criterion": "her2_negative", "text": "The report shows 3+."}],
        rationale="The report attached contradicts the answer.",
    )
    request.refresh_from_db()
    return request


@pytest.mark.parametrize("page", ["case", "approve", "pend", "deny"])
def test_every_reading_is_on_record(director: Desk, world: SimpleNamespace, page: str) -> None:
    request = submitted(world)
    seen = director.case(request) if page == "case" else director.open(request, page)
    assert seen.status == 200
    (look,) = pages_about(request)
    name = "change" if page == "case" else page
    assert (look.user_id, look.page) == (world.director.pk, f"GET admin:submissions_request_{name}")


@pytest.mark.parametrize(
    "name",
    ["<script>alert(1)</script>", "محمد & Söhne", "😀" * 60, "{{ view.name }}"],
    ids=["markup", "rtl", "emoji", "template"],
)
def test_names_are_text(desk: Desk, world: SimpleNamespace, monkeypatch: Any, name: str) -> None:
    monkeypatch.setitem(PATIENT, "last_name", name)
    request = submitted(world)
    for seen in (desk.case(request), desk.queue(), desk.open(request, "approve")):
        assert escape(name) in seen.html
        assert "<script>alert" not in seen.html


def test_the_number_of_queries_does_not_grow_with_the_history(desk: Desk, world: SimpleNamespace) -> None:
    def queries(request: Request) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.case(request).status == 200
        return len(captured)

    request = in_state(world, "pended")
    desk.queue()  # the first page of a session also saves it
    once = queries(request)
    for _ in range(3):
        determinations.respond_to_pend(
            by=world.prescriber, request_id=request.pk, version=request.version, response="Sent."
        )
        request.refresh_from_db()
        determinations.pend(
            by=world.reviewer,
            request_id=request.pk,
            version=request.version,
            information_needed="More",
            respond_by=day(7),
        )
        request.refresh_from_db()
    assert queries(request) <= once + 1
