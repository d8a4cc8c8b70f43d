"""What each letter says, and what it refuses to be written without."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from pa_portal.determinations.letters import blocks
from pa_portal.determinations.letters.content import LetterError, Reason, compose
from pa_portal.determinations.letters.record import canonical_json, sha256
from tests.letters.samples import (
    APPEAL_OVERTURNED,
    APPEAL_UPHELD,
    APPROVAL,
    DENIAL,
    INFORMATION_REQUEST,
    MODIFIED_APPROVAL,
    PEER_TO_PEER_NOTICE,
    PLAN,
    RENEWAL,
    SAMPLES,
    VOID_NOTICE,
)


def said(kind, letter):
    return list(blocks.texts(compose(kind, letter)["blocks"]))


@pytest.mark.parametrize(
    "fact",
    [
        "AU-4XN2-88RT-Q",
        "March 10, 2026",
        "September 9, 2026",
        "September 10, 2026",
        "Ixempra (ixabepilone)",
        "J9207",
        "70020-1910-xx, 70020-1911-xx",
        "68.4 mg every 21 days",
        "75 units every 21 days",
        "9 doses",
        "675 units",
        "Single agent (no other cancer drug)",
        "Triple-negative disease, second line or later (section III)",
        "Ixabepilone for breast cancer (IC-0072)",
        "2025-09-04",
        "Elena Vasquez-O’Brien",
        "HV 204 118 937",
        "C50.412: Malignant neoplasm of upper-outer quadrant of left female breast",
        "Maya Okonkwo, MD (NPI 1234567893)",
    ],
)
def test_approval_states(fact):
    assert fact in said("approval", APPROVAL)


def test_approval_says_when_and_how_to_renew():
    text = " ".join(said("approval", APPROVAL))
    assert "Send it by July 27, 2026, 45 days before the renewal date." in text
    assert "the new period starts on September 10, 2026, with no gap" in text
    for need in APPROVAL.renewal_needs:
        assert need in text
    assert "section IV of the policy" in text


def test_approval_of_a_renewal_says_so():
    record = compose("renewal_approval", RENEWAL)
    assert record["title"] == "We approved your renewal request (PA-9TQ4-W7HC)"
    assert "Renewal approved: Ixempra (ixabepilone)." in blocks.texts(record["blocks"])


def test_approval_claims_that_rules_are_met_only_when_told_which():
    assert "Your request meets these rules of our policy." in said("approval", APPROVAL)
    text = " ".join(said("approval", replace(APPROVAL, pathway=None)))
    assert "meets" not in text.split("How to renew")[0]


def test_denial_gives_each_reason_with_section_answer_and_what_would_change_it():
    record = compose("denial", DENIAL)
    (reasons,) = [block for block in record["blocks"] if block["type"] == "reasons"]
    assert [item["text"] for item in reasons["items"]] == [reason.text for reason in DENIAL.reasons]
    for item, reason in zip(reasons["items"], DENIAL.reasons, strict=True):
        assert [fact["value"] for fact in item["facts"]] == [
            "Section III of the policy",
            reason.answer,
            reason.would_change,
        ]


@pytest.mark.parametrize(
    "fact",
    [
        "August 31, 2026 (180 days from this letter)",
        "Appeals Department, PO Box 20714, Columbus, OH 43220",
        "1-800-555-0150",
        "1-800-555-0151",
        "1-800-555-0160",
        "March 18, 2026 (14 days from this letter)",
        PLAN.external_review_text,
        *PLAN.nondiscrimination_text.splitlines(),
    ],
)
def test_denial_states_the_rights(fact):
    assert fact in said("denial", DENIAL)


def test_denial_says_the_same_of_another_plans_settings():
    plan = replace(
        PLAN, appeal_days=60, peer_to_peer_days=5, appeals_address="Box 1\nToledo, OH", external_review_text=""
    )
    text = said("denial", replace(DENIAL, plan=plan))
    assert "May 3, 2026 (60 days from this letter)" in text
    assert "March 9, 2026 (5 days from this letter)" in text
    assert "Box 1, Toledo, OH" in text
    assert "Review by someone outside our plan" not in text


def test_information_request_says_what_by_when_and_that_nothing_is_denied():
    text = said("information_request", INFORMATION_REQUEST)
    assert "This is not a denial. We have not decided yet." in text
    assert "Waiting for your answer" in text
    assert "March 18, 2026" in text
    for needed in INFORMATION_REQUEST.information_needed.splitlines():
        assert needed in text


def test_a_shorter_approval_is_renewed_no_earlier_than_it_starts():
    short = replace(APPROVAL.authorization, renewal_date=date(2026, 4, 1), valid_through=date(2026, 3, 31))
    text = " ".join(said("approval", replace(APPROVAL, authorization=short)))
    assert "Send it by March 10, 2026, 22 days before the renewal date." in text


def test_renewal_says_which_number_goes_with_which_dose():
    text = " ".join(said("renewal_approval", RENEWAL))
    assert "It covers doses given from March 10, 2026 through September 9, 2026." in text
    assert "For doses before the start date, the earlier number stays good." in text


@pytest.mark.parametrize(
    "fact",
    [
        "You asked for September 9, 2026. We approved June 9, 2026.",
        "You asked for 9. We approved 5.",
        *MODIFIED_APPROVAL.explanation.splitlines(),
        "August 31, 2026 (180 days from this letter)",
        "March 18, 2026 (14 days from this letter)",
        PLAN.external_review_text,
        "375 units",
    ],
)
def test_approval_of_less_says_what_changed_why_and_how_to_question_it(fact):
    assert fact in said("modified_approval", MODIFIED_APPROVAL)


@pytest.mark.parametrize(
    ("kind", "letter", "facts"),
    [
        (
            "appeal_upheld",
            APPEAL_UPHELD,
            [
                APPEAL_UPHELD.explanation,
                "March 20, 2026",
                "March 4, 2026",
                "Expedited (fast)",
                PLAN.external_review_text,
            ]
            + [reason.text for reason in DENIAL.reasons],
        ),
        (
            "appeal_overturned",
            APPEAL_OVERTURNED,
            [APPEAL_OVERTURNED.explanation, "March 20, 2026", "AU-4XN2-88RT-Q", "September 10, 2026"],
        ),
        (
            "void_notice",
            VOID_NOTICE,
            [
                VOID_NOTICE.explanation,
                "AU-4XN2-88RT-Q",
                "March 12, 2026",
                "September 8, 2026 (180 days from this letter)",
            ],
        ),
        (
            "peer_to_peer_notice",
            PEER_TO_PEER_NOTICE,
            ["March 9, 2026", "2:30 PM EST", "937-555-0110", "Priya Raman, MD"],
        ),
    ],
)
def test_what_each_letter_after_a_decision_states(kind, letter, facts):
    shown = said(kind, letter)
    assert [fact for fact in facts if fact not in shown] == []


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("denial", "We do not approve this request."),
        ("change", "The part that we approved stays approved."),
        ("void", "The authorization stays void."),
    ],
)
def test_upheld_appeal_says_what_stands(what, says):
    letter = replace(APPEAL_UPHELD, appeal=replace(APPEAL_UPHELD.appeal, what=what))
    assert says in " ".join(said("appeal_upheld", letter))


@pytest.mark.parametrize(("after_denial", "says"), [(True, "time you have to appeal"), (False, "We have not decided")])
def test_notice_of_a_call_says_what_it_can_do(after_denial, says):
    call = replace(PEER_TO_PEER_NOTICE.call, after_denial=after_denial)
    assert says in " ".join(said("peer_to_peer_notice", replace(PEER_TO_PEER_NOTICE, call=call)))


@pytest.mark.parametrize(
    ("kind", "letter", "field"),
    [
        ("approval", replace(APPROVAL, renewal_needs=()), "renewal_needs"),
        ("renewal_approval", replace(RENEWAL, authorization=None), "authorization"),
        ("modified_approval", replace(MODIFIED_APPROVAL, changes=()), "changes"),
        ("modified_approval", replace(MODIFIED_APPROVAL, explanation=" "), "explanation"),
        ("appeal_upheld", replace(APPEAL_UPHELD, appeal=None), "appeal"),
        ("appeal_upheld", replace(APPEAL_UPHELD, explanation=""), "explanation"),
        ("appeal_overturned", replace(APPEAL_OVERTURNED, authorization=None), "authorization"),
        ("void_notice", replace(VOID_NOTICE, explanation=""), "explanation"),
        ("peer_to_peer_notice", replace(PEER_TO_PEER_NOTICE, call=None), "call"),
        ("approval", replace(APPROVAL, authorization=None), "authorization"),
        ("denial", replace(DENIAL, reasons=()), "reasons"),
        ("denial", replace(DENIAL, reasons=(Reason(text=" ", cite="III"),)), "reasons"),
        ("denial", replace(DENIAL, reasons=(Reason(text="Too young", cite=""),)), "reasons"),
        ("information_request", replace(INFORMATION_REQUEST, information_needed=" \n "), "information_needed"),
        ("information_request", replace(INFORMATION_REQUEST, respond_by=None), "respond_by"),
        ("approval", replace(APPROVAL, request=replace(APPROVAL.request, urgency="soon")), "request.urgency"),
        ("congratulation", APPROVAL, "kind"),
    ],
)
def test_incomplete_letter_is_refused_naming_the_field(kind, letter, field):
    with pytest.raises(LetterError) as caught:
        compose(kind, letter)
    assert caught.value.field == field


@pytest.mark.parametrize("name", SAMPLES)
def test_title_names_the_reference_and_no_patient(name):
    kind, letter = SAMPLES[name]
    record = compose(kind, letter)
    assert letter.request.reference in record["title"]
    assert "Vasquez" not in record["title"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ana \t Ruiz\n", "Ana Ruiz"),
        ("a\x00b\x1bc\x7f", "a\ufffdb\ufffdc\ufffd"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("\ufffe\uffff\U0001ffff\ufdd0", "\ufffd" * 4),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("\u2066x\u2069\ufeff", "x"),
        ("می‌خواهم", "می‌خواهم"),
        ("👩‍👩‍👧", "👩‍👩‍👧"),
        ('<b>#eval("1")</b> \\ ] {{ x }}', '<b>#eval("1")</b> \\ ] {{ x }}'),
    ],
)
def test_text_is_kept_as_typed_but_for_what_no_page_can_hold(typed, kept):
    assert blocks.clean(typed) == kept


def test_phone_number_keeps_its_order_in_a_right_to_left_line():
    line = blocks.notice("Help", "اتصل على 1-800-555-0142 الآن")["paragraphs"][0]
    assert "\u200e1-800-555-0142\u200e" in line
    assert blocks.notice("Help", "Call 1-800-555-0142")["paragraphs"] == ["Call 1-800-555-0142"]


@pytest.mark.parametrize("name", SAMPLES)
def test_record_survives_json_and_a_change_of_key_order(name):
    record = compose(*SAMPLES[name])
    stored = json.loads(json.dumps(record))
    shuffled = json.loads(json.dumps(record, sort_keys=True))
    assert stored == record
    assert sha256(record) == sha256(stored) == sha256(shuffled)
    assert json.loads(canonical_json(record)) == record


def test_every_change_of_a_fact_changes_the_hash():
    other = replace(APPROVAL, decided_on=date(2026, 3, 5))
    assert sha256(compose("approval", APPROVAL)) != sha256(compose("approval", other))


def test_hash_is_of_sorted_compact_utf8_json():
    record = {"b": "é", "a": [1, {"y": None, "x": True}]}
    assert canonical_json(record) == '{"a":[1,{"x":true,"y":null}],"b":"é"}'
    assert sha256(record) == "aba1fe42f3072878c7198db2eb8e2b9640aea410e1c88aba262f3459cbf9751a"
