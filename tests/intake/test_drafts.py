"""Drafts are saved at every step, belong to the team, survive stale tabs, and make exactly one request."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from criteria import catalog
from pa_portal.submissions import queries
from tests.intake.wizard import CASES, PATIENT, PRESCRIBER, Wizard


def as_user(user: Any, wizard: Wizard) -> Wizard:
    client = Client()
    client.force_login(user)
    return Wizard(client, wizard.id)


def test_each_step_is_saved_and_a_colleague_can_go_on(wizard: Wizard, colleague: Any) -> None:
    wizard.post("details/patient/", PATIENT)
    theirs = as_user(colleague, wizard)
    dashboard = theirs.get("/requests/")
    assert "Maria Okafor" in dashboard.text
    assert wizard.url() in {href for _, href in dashboard.page.links}
    seen = theirs.next()
    assert seen.path == wizard.url("details/prescriber/")
    theirs.post(seen.path, PRESCRIBER)
    assert wizard.next().path == wizard.url("details/diagnosis/")


def test_going_back_shows_what_was_saved_and_wipes_nothing(clinical: Wizard) -> None:
    clinical.answer(CASES["hr_positive_first_line"], stop_before="er_percent")
    assert clinical.get("questions/her2-ish-numbers/").values["her2_ish_ratio"] == ["1.4"]
    assert clinical.get("questions/disease-extent/").values["disease_settings"] == ["metastatic"]
    assert clinical.get("details/patient/").values["date_of_birth"] == ["03/14/1961"]
    assert clinical.get("details/timing/").values["urgency"] == ["standard"]
    assert clinical.next().path == clinical.url("questions/estrogen-receptor/")


def test_back_and_send_again_without_a_change_is_no_conflict(clinical: Wizard) -> None:
    old = clinical.get("questions/hypersensitivity/").values
    clinical.post("questions/hypersensitivity/", {"cremophor_hypersensitivity": "false"})
    again = clinical.client.post(
        clinical.url("questions/hypersensitivity/"), {**old, "cremophor_hypersensitivity": "false"}
    )
    assert again.status_code == 303


def test_a_stale_tab_is_told_and_keeps_what_was_typed(clinical: Wizard, prescriber: Any) -> None:
    stale = clinical.get("questions/hypersensitivity/").values
    clinical.post("questions/hypersensitivity/", {"cremophor_hypersensitivity": "unknown"})
    response = clinical.client.post(
        clinical.url("questions/hypersensitivity/"), {**stale, "cremophor_hypersensitivity": "false"}
    )
    seen = clinical.read(response)
    assert seen.status == 409
    assert "changed in another tab" in seen.text
    assert seen.values["cremophor_hypersensitivity"] == ["false"]
    assert "Saved meanwhile: <strong>Not known</strong>" in " ".join(seen.text.split())
    assert queries.request_for(prescriber, clinical.id).answers["cremophor_hypersensitivity"] == "unknown"
    # the page that told so can be sent as it is
    assert clinical.client.post(seen.path, seen.values).status_code == 303
    assert queries.request_for(prescriber, clinical.id).answers["cremophor_hypersensitivity"] is False


def test_a_stale_details_page_keeps_what_was_typed_beside_what_is_saved(wizard: Wizard) -> None:
    wizard.post("details/patient/", PATIENT)
    stale = wizard.get("details/patient/").values
    wizard.post("details/patient/", {"member_id": "NEW-1"})
    seen = wizard.read(wizard.client.post(wizard.url("details/patient/"), {**stale, "first_name": "Marie"}))
    assert seen.status == 409
    assert seen.values["first_name"] == ["Marie"]
    text = " ".join(seen.text.split())
    assert "Saved meanwhile: <strong>Maria</strong>" in text
    assert "Saved meanwhile: <strong>NEW-1</strong>" in text


def test_a_stale_answer_that_is_no_longer_asked_is_shown_not_dropped(clinical: Wizard) -> None:
    clinical.answer(CASES["tnbc_subsequent"], stop_before="er_percent")
    stale = clinical.get("questions/estrogen-receptor/").values
    clinical.post("questions/regimen/", {"regimen": "with_capecitabine", "confirmed": "1"})
    seen = clinical.read(
        clinical.client.post(clinical.url("questions/estrogen-receptor/"), {**stale, "er_percent": "42"})
    )
    assert seen.status == 409
    text = " ".join(seen.text.split())
    assert "ER staining: you answered <strong>42%</strong>" in text
    assert clinical.client.post(seen.path, seen.values).status_code == 303


def test_a_tab_left_open_on_a_submitted_draft_gets_its_text_back(clinical: Wizard) -> None:
    clinical.answer(CASES["tnbc_subsequent"])
    stale = clinical.get("details/timing/").values
    clinical.post("check/", {})
    sent = {**stale, "urgency": "expedited", "urgency_reason": "Bilirubin is rising."}
    seen = clinical.read(clinical.client.post(clinical.url("details/timing/"), sent))
    assert seen.status == 409
    assert "Bilirubin is rising." in seen.text
    assert clinical.client.post(clinical.url("questions/regimen/"), {"regimen": "other"}).status_code == 409
    assert clinical.get("questions/regimen/").path == clinical.url()


def test_a_stale_check_page_does_not_submit(clinical: Wizard, prescriber: Any) -> None:
    clinical.answer(CASES["tnbc_subsequent"])
    stale = clinical.get("check/").values
    clinical.post("details/treatment/", {"weight_kg": "70"})
    seen = clinical.read(clinical.client.post(clinical.url("check/"), stale))
    assert seen.status == 409
    assert "has not been submitted" in seen.text
    assert queries.request_for(prescriber, clinical.id).state == "draft"


def test_submitting_again_leads_to_the_same_receipt(clinical: Wizard, prescriber: Any) -> None:
    clinical.answer(CASES["tnbc_subsequent"])
    form = clinical.get("check/").values
    receipts = {clinical.client.post(clinical.url("check/"), form)["Location"] for _ in range(3)}
    assert receipts == {clinical.url("submitted/")}
    draft = queries.request_for(prescriber, clinical.id)
    assert queries.submissions_of(draft).count() == 1
    receipt = clinical.get("submitted/")
    assert draft.reference in receipt.text
    assert "What happens next" in receipt.text


@pytest.mark.django_db(transaction=True)
def test_submitting_many_times_at_once_makes_one_submission(clinical: Wizard, prescriber: Any) -> None:
    clinical.answer(CASES["tnbc_subsequent"])
    form = clinical.get("check/").values

    def submit(_: int) -> tuple[int, str]:
        client = Client()
        client.cookies = clinical.client.cookies.copy()
        try:
            response = client.post(clinical.url("check/"), form)
            return response.status_code, response["Location"]
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=10) as pool:
        answers = set(pool.map(submit, range(50)))
    assert answers == {(303, clinical.url("submitted/"))}
    assert queries.submissions_of(queries.request_for(prescriber, clinical.id)).count() == 1


def test_an_incomplete_draft_is_led_to_what_is_missing(wizard: Wizard) -> None:
    wizard.fill_details()
    assert wizard.get("check/").path == wizard.url("questions/hypersensitivity/")
    response = wizard.client.post(wizard.url("check/"), {"version": wizard.get().values.get("version", ["6"])[0]})
    assert response.status_code in (303, 409)


def test_discarding_asks_first_and_takes_the_draft_off_every_list(clinical: Wizard) -> None:
    assert clinical.get("discard/").status == 200
    assert clinical.get().status == 200
    assert clinical.post("discard/", {}).status_code == 303
    assert clinical.get().status == 404
    assert clinical.url() not in clinical.get("/requests/").text


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A version of the policy that governs from today on."""
    began, known = catalog.latest("IC-0072"), catalog.get
    newer = dataclasses.replace(began, version="2099-01-01", effective=timezone.localdate())
    monkeypatch.setattr(catalog, "governing", lambda policy_id, on: newer)
    monkeypatch.setattr(catalog, "get", lambda id, version: newer if version == newer.version else known(id, version))
    return newer


def test_a_draft_keeps_its_policy_version_and_is_told_of_a_newer_one(
    clinical: Wizard, prescriber: Any, request: Any
) -> None:
    clinical.answer(CASES["tnbc_subsequent"])
    began = queries.request_for(prescriber, clinical.id).policy_version
    for page in ("", "check/"):
        assert "The policy has a newer version" not in clinical.get(page).text
    newer = request.getfixturevalue("newer")
    for page in ("", "check/"):
        seen = clinical.get(page)
        told = " ".join(seen.text.split())
        assert f"This draft began under version {began} and stays with it. Version {newer.version} governs" in told
        assert f"Policy IC-0072, version {began}" in told
    made = clinical.client.post(clinical.url("copy/"))
    copy = Wizard(clinical.client, made["Location"].split("/")[2])
    assert f"Policy IC-0072, version {newer.version}" in copy.get().text
    assert "The policy has a newer version" not in copy.get().text
    assert clinical.post("check/", {}).status_code == 303
    sent = queries.submission_of(queries.request_for(prescriber, clinical.id))
    assert sent.content["policy"]["version"] == began


ADDRESSES = (
    "", "details/patient/", "details/patient/find/", "questions/hypersensitivity/", "outcome/", "check/", "documents/",
    "submitted/", "discard/", "withdraw/", "appeal/", "peer-to-peer/",
)  # fmt: skip
POSTED = (
    "details/patient/", "details/patient/find/", "details/patient/use/", "details/prescriber/use/",
    "questions/hypersensitivity/", "outcome/", "check/", "documents/", "ready/", "discard/", "withdraw/", "respond/",
    "message/", "copy/", "correct/", "appeal/", "peer-to-peer/", "helpers/dose/", "helpers/medicare/",
    "helpers/liver-tests/",
)  # fmt: skip


@pytest.mark.parametrize("who", ["stranger", "reviewer"])
def test_what_is_not_yours_does_not_exist(clinical: Wizard, request: Any, who: str) -> None:
    theirs = as_user(request.getfixturevalue(who), clinical)
    for rest in ADDRESSES:
        assert theirs.client.get(clinical.url(rest)).status_code == 404, rest
    for rest in POSTED:
        assert theirs.client.post(clinical.url(rest), {"version": "1"}).status_code == 404, rest


def test_anyone_not_signed_in_is_asked_to_and_comes_back_to_the_same_page(clinical: Wizard) -> None:
    clinical.client.logout()
    for rest in ADDRESSES:
        response = clinical.client.get(clinical.url(rest))
        assert response.status_code == 302
        assert response["Location"] == f"/accounts/sign-in/?next={clinical.url(rest)}"


def test_pages_that_do_not_exist(clinical: Wizard) -> None:
    for rest in ("details/nothing/", "questions/nothing/", "nothing/"):
        assert clinical.get(rest).status == 404
    assert clinical.client.get("/requests/new/").status_code == 405
