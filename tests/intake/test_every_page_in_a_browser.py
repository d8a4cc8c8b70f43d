"""Every page and every error state: no WCAG 2.2 AA violation, one h1, and nothing to scroll sideways at 320 px."""

from __future__ import annotations

from typing import Any

import pytest

from pa_portal.accounts.models import User
from pa_portal.determinations import actions as determinations
from pa_portal.submissions import queries
from tests.intake.test_documents import png
from tests.intake.wizard import CASES, PASSWORD, PATIENT, PRESCRIBER, Wizard, timing

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = {"wide": 1280, "narrow": 320}


@pytest.fixture
def look(page: Any, axe: Any, screenshot: Any) -> Any:
    """``look("name")`` holds the open page to the rules, at both widths, and keeps a picture of each."""

    def check(name: str) -> None:
        for label, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 900})
            screenshot(page, f"intake-{name}-{label}")
            spare = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert spare <= 0, f"{name} scrolls sideways by {spare} px at {width} px"
            assert axe(page) == [], f"{name} at {width} px"
            assert page.locator("h1").count() == 1, name
        page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})

    return check


@pytest.fixture
def signed_in(page: Any, prescriber: User) -> Any:
    page.goto("/accounts/sign-in/")
    page.get_by_label("E-mail address").fill(prescriber.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/requests/")
    return page


def test_sign_in_and_error_pages(page: Any, look: Any, prescriber: User) -> None:
    page.goto("/accounts/sign-in/")
    look("sign-in")
    page.get_by_role("button", name="Sign in").click()
    assert page.title().startswith("Error: ")
    look("sign-in-error")
    page.goto("/no-such-page/")
    look("not-found")


def test_public_check(page: Any, look: Any, db: None) -> None:
    page.goto("/accounts/sign-in/")
    page.get_by_role("link", name="Check the criteria without signing in").click()
    look("public-start")
    page.get_by_role("button", name="Continue").click()
    look("public-start-error")
    page.get_by_role("radio", name="Renewal").check()
    page.get_by_label("How old is the patient?").fill("52")
    page.get_by_role("button", name="Continue").click()
    look("public-authorized-regimen")
    page.get_by_role("button", name="Back").click()
    page.get_by_role("radio", name="Initial request").check()
    page.get_by_role("button", name="Continue").click()
    case = {
        **CASES["with_capecitabine_after_anthracycline_and_taxane"],
        "anthracycline_outcome": "progressed_after_therapy",
    }
    _answer_here(page, case, until="Progression after anthracycline")
    page.get_by_text("Give the two dates instead").click()
    page.get_by_label("Date of the last dose").fill("01/15/2025")
    page.get_by_label("Date of progression").fill("07/16/2025")
    page.get_by_role("radio", name="Adjuvant").check()
    page.get_by_text("Outside the window:").wait_for()
    look("public-dates-live")
    page.get_by_label("Date of progression").fill("07/16/2024")
    page.get_by_role("button", name="Continue").click()
    look("public-dates-error")
    page.get_by_label("Date of progression").fill("03/16/2025")
    page.get_by_role("button", name="Continue").click()
    _answer_here(page, case, until="Liver tests")
    page.get_by_text("Give the result and its upper limit instead").first.click()
    page.get_by_label("AST result").fill("100.1")
    page.get_by_label("Upper limit of normal for AST").fill("40")
    page.get_by_text("2.51 × ULN").first.wait_for()
    look("public-limits-live")
    page.get_by_text("Your answers so far").click()
    look("public-answers")
    page.get_by_role("button", name="Continue").click()
    look("public-result-not-met")
    page.get_by_role("button", name="Change Liver tests").click()
    page.locator("[name=ast_x_uln]").fill("1")
    _answer_here(page, case, until="Result of the check")
    look("public-result")
    page.get_by_role("button", name="Change Planned regimen").click()
    page.get_by_role("radio", name="Single agent").check()
    page.get_by_role("button", name="Continue").click()
    look("public-confirm")
    page.get_by_role("button", name="Keep the answers as they are").click()
    assert page.get_by_role("radio", name="With capecitabine").is_checked()
    page.get_by_role("button", name="Continue").click()
    page.emulate_media(media="print")
    look("public-result-printed")


def _answer_here(page: Any, case: dict[str, Any], *, until: str) -> None:
    """Answer page after page of the public check until the one with this heading."""
    while page.get_by_role("heading", level=1).inner_text() != until:
        shown = page.locator("main form input[name]:not([type=hidden]):not([name*='-'])")
        for name in {shown.nth(place).get_attribute("name") for place in range(shown.count())}:
            for value in case[name] if isinstance(case[name], list) else [case[name]]:
                chosen = page.locator(f"[name='{name}'][value='{value}']:not([type=text])")
                chosen.check() if chosen.count() else page.locator(f"[name='{name}']").fill(value)
        with page.expect_navigation():
            page.get_by_role("button", name="Continue").click()


def test_dashboard_and_details(signed_in: Any, look: Any) -> None:
    page = signed_in
    look("dashboard-empty")
    page.get_by_role("button", name="Start a new request").click()
    look("patient")
    page.get_by_role("button", name="Save and continue").click()
    assert page.title().startswith("Error: ")
    page.locator("#error-summary:focus").wait_for()
    look("patient-error")
    _type(page, PATIENT)
    page.get_by_role("button", name="Save and continue").click()
    look("prescriber")
    _type(page, {**PRESCRIBER, "npi": "1234567890"})
    page.get_by_role("button", name="Save and continue").click()
    look("prescriber-error")
    _type(page, PRESCRIBER)
    page.get_by_role("button", name="Save and continue").click()
    look("diagnosis")
    page.get_by_label("ICD-10-CM code").fill("upper outer")
    page.get_by_role("button", name="Save and continue").click()
    look("diagnosis-search")
    page.get_by_label("ICD-10-CM code").fill("C34.90")
    page.get_by_role("button", name="Save and continue").click()
    look("diagnosis-not-covered")
    page.get_by_label("Go on with C34.90").check()
    page.get_by_role("button", name="Save and continue").click()
    look("treatment")
    page.get_by_label("Height").fill("190")
    page.get_by_label("Weight").fill("120")
    page.get_by_text("The cap applies.").wait_for()
    look("treatment-capped")
    page.get_by_role("button", name="Save and continue").click()
    look("timing")
    page.get_by_label("Requested start date").fill(timing()["requested_start_date"])
    page.get_by_role("radio", name="Expedited").check()
    page.get_by_role("button", name="Save and continue").click()
    look("timing-error")


def test_questions_to_the_receipt(signed_in: Any, look: Any, clinical: Wizard) -> None:
    page = signed_in
    page.goto(clinical.url())
    look("steps")
    case = CASES["hr_positive_first_line"]
    seen = clinical.answer(case, stop_before="disease_settings")
    page.goto(seen.path)
    look("question-choices")
    page.get_by_role("button", name="Save and continue").click()
    look("question-choices-error")
    seen = clinical.answer(case, stop_before="her2_ish_ratio")
    page.goto(seen.path)
    look("question-her2")
    page.get_by_label("ratio").fill("2.4")
    page.get_by_label("copy number").fill("3.2")
    page.get_by_text("IHC 2+ and ISH group 2").wait_for()
    look("question-her2-live")
    seen = clinical.answer(case, stop_before="er_percent")
    page.goto(seen.path)
    look("question-number")
    page.get_by_role("spinbutton").or_(page.get_by_role("textbox")).fill("lots")
    page.get_by_role("button", name="Save and continue").click()
    look("question-number-error")
    clinical.answer(case)
    page.goto(clinical.url("check/"))
    look("check-meets")
    page.goto(clinical.url("questions/regimen/"))
    page.get_by_label("With capecitabine").check()
    page.get_by_role("button", name="Save and continue").click()
    look("confirm-change")
    page.get_by_role("link", name="Keep the answers as they are").click()
    page.goto(clinical.url("discard/"))
    look("discard")
    page.goto(clinical.url("check/"))
    page.get_by_role("button", name="Sign and submit").click()
    look("submitted")
    page.get_by_role("link", name="View this request").click()
    look("request-submitted")
    page.goto(clinical.url("withdraw/"))
    look("withdraw")


def test_known_people_and_medicare(signed_in: Any, look: Any, clinical: Wizard, reviewer: User) -> None:
    page = signed_in
    page.goto("/requests/")
    page.get_by_label("Start for a patient").fill("okafor")
    page.get_by_role("button", name="Find").click()
    look("patients")
    page.get_by_label("Name, member ID").fill("nobody")
    page.get_by_role("button", name="Find").click()
    look("patients-none")
    draft = Wizard.start(clinical.client)
    page.goto(draft.url("details/patient/"))
    page.get_by_role("radio", name="Medicare").check()
    page.get_by_label("State or territory").select_option("VA")
    page.get_by_label("County or city").wait_for()
    look("patient-medicare-live")
    _type(page, {**PATIENT, "line_of_business": "medicare"})
    page.get_by_role("button", name="Save and continue").click()
    look("patient-medicare-error")
    page.get_by_label("County or city").select_option("Arlington County")
    page.get_by_role("button", name="Save and continue").click()
    look("prescriber-picker")
    page.goto("/requests/profile/")
    page.get_by_label("NPI").fill("1")
    page.get_by_role("button", name="Save profile").click()
    look("profile-error")


def test_documents_and_signing(
    signed_in: Any, look: Any, clinical: Wizard, staff: User, settings: Any, tmp_path: Any
) -> None:
    settings.ATTACHMENT_ROOT = tmp_path
    page = signed_in
    clinical.answer(CASES["tnbc_subsequent"])
    page.goto(clinical.url("documents/"))
    look("documents-missing")
    page.get_by_label("File").set_input_files({"name": "notes.txt", "mimeType": "text/plain", "buffer": b"ER 0%"})
    page.get_by_label("Pathology report").check()
    page.get_by_role("button", name="Attach").click()
    page.get_by_text("There is a problem").wait_for()
    look("documents-error")
    scan = {"name": "pathology-march.png", "mimeType": "image/png", "buffer": png()}
    page.get_by_label("File").set_input_files(scan)
    page.get_by_label("Disease is HER2-negative").check()
    page.get_by_role("button", name="Attach").click()
    page.get_by_text("Supports:").wait_for()
    look("documents")
    page.goto(clinical.url("check/"))
    look("check-to-sign")
    clinical.client.force_login(staff)
    clinical.client.post(clinical.url("ready/"), clinical.get("check/").values)
    page.goto("/requests/")
    look("dashboard-ready-to-sign")
    page.get_by_role("link", name="Read and sign").last.click()
    look("check-ready-to-sign")
    page.context.clear_cookies(name="sessionid")
    page.goto(clinical.url("check/"))
    page.get_by_label("E-mail address").fill(staff.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("marked this ready").wait_for()
    look("check-by-staff")


def test_corrections_appeals_and_calls(signed_in: Any, look: Any, clinical: Wizard, director: User) -> None:
    page = signed_in
    clinical.answer({**CASES["tnbc_subsequent"], "regimen": "other"})
    clinical.post("outcome/", {"clinical_rationale": "Responded in a trial."})
    clinical.post("check/", {})
    draft = Wizard(clinical.client, clinical.client.post(clinical.url("correct/"))["Location"].split("/")[2])
    draft.post("details/treatment/", {"weight_kg": "72"})
    page.goto(draft.url("check/"))
    look("check-correction")
    page.get_by_role("button", name="Sign and submit the correction").click()
    page.goto(clinical.url())
    look("request-corrected")
    page.get_by_role("link", name="Ask for a peer-to-peer call").click()
    page.get_by_label("Phone").fill("later")
    page.get_by_role("button", name="Ask for the call").click()
    look("peer-to-peer-error")
    found = queries.request_for(director, clinical.id)
    determinations.deny(
        by=director, request_id=found.id, version=found.version, reasons=["single_agent"], rationale="Not covered."
    )
    page.goto(clinical.url())
    look("request-denied")
    page.get_by_role("link", name="File an appeal").click()
    page.get_by_role("button", name="File the appeal").click()
    look("appeal-error")
    page.get_by_label("Why should the decision change?").fill("The regimen was typed wrong.")
    page.get_by_role("radio", name="Standard").check()
    page.get_by_role("button", name="File the appeal").click()
    page.get_by_text("Appeal filed").first.wait_for()
    look("request-appealed")


def test_signed_out_and_back(signed_in: Any, look: Any, wizard: Wizard, prescriber: User) -> None:
    page = signed_in
    page.goto(wizard.url("details/patient/"))
    page.get_by_label("First name").fill("Maria")
    page.context.clear_cookies(name="sessionid")
    page.get_by_role("button", name="Save and continue").click()
    look("signed-out")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in in a new tab").click()
    other = opened.value
    other.get_by_label("E-mail address").fill(prescriber.email)
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in").click()
    other.wait_for_url("**/requests/")
    page.get_by_role("button", name="I have signed in: go on").click()
    look("resume")
    page.get_by_role("button", name="Save it and go on").click()
    assert page.get_by_label("First name").input_value() == "Maria"
    assert page.title().startswith("Error: ")


def test_stale_tab(signed_in: Any, look: Any, clinical: Wizard) -> None:
    page = signed_in
    page.goto(clinical.url("questions/hypersensitivity/"))
    clinical.post("questions/hypersensitivity/", {"cremophor_hypersensitivity": "unknown"})
    page.get_by_label("No", exact=True).check()
    page.get_by_role("button", name="Save and continue").click()
    page.get_by_text("was changed in another tab").wait_for()
    look("stale")


def test_not_met_to_a_clinical_review(signed_in: Any, look: Any, clinical: Wizard) -> None:
    page = signed_in
    clinical.answer({**CASES["tnbc_subsequent"], "regimen": "other"})
    page.goto(clinical.url("outcome/"))
    look("outcome-not-met")
    page.get_by_role("button", name="Save and continue").click()
    look("outcome-error")
    page.get_by_label("Clinical rationale").fill("Prior response to ixabepilone in a trial.")
    page.get_by_role("button", name="Save and continue").click()
    look("check-not-met")


def test_not_established(signed_in: Any, look: Any, clinical: Wizard) -> None:
    clinical.answer(
        {
            **CASES["tnbc_first_line"],
            "er_percent": "unknown",
            "germline_brca": "not_tested",
            "pd_l1_cps": "unknown",
            "pr_percent": "unknown",
            "visceral_crisis": "unknown",
            "endocrine_refractory": "unknown",
            "anthracycline_outcome": "unknown",
            "taxane_outcome": "unknown",
            "capecitabine_failed": "unknown",
            "anthracycline_contraindicated": "unknown",
        }
    )
    signed_in.goto(clinical.url("outcome/"))
    look("outcome-not-established")


def test_pended_and_decided(signed_in: Any, look: Any, clinical: Wizard, reviewer: User) -> None:
    import datetime

    page = signed_in
    clinical.answer(CASES["tnbc_subsequent"])
    clinical.post("check/", {})
    Wizard.start(clinical.client)
    found = queries.request_for(reviewer, clinical.id)
    today = datetime.date.today()
    determinations.pend(
        by=reviewer,
        request_id=found.id,
        version=found.version,
        information_needed="The pathology report with ER and PR staining.",
        respond_by=today + datetime.timedelta(days=14),
    )
    ask = "Which cycle is planned, and in which setting?"
    determinations.send_message(by=reviewer, request_id=found.id, body=ask)
    page.goto("/requests/")
    look("dashboard")
    page.goto(clinical.url())
    look("request-pended")
    page.get_by_role("button", name="Send the message").click()
    look("request-message-error")
    page.get_by_label("Write to the plan").fill("The third, after surgery.")
    page.get_by_role("button", name="Send the message").click()
    page.wait_for_url("**#messages")
    look("request-messages")
    page.get_by_role("button", name="Sign and send the response").click()
    look("request-pended-error")
    page.get_by_label("Your response").fill("ER 0%, PR 0%, report of March 3.")
    page.get_by_role("button", name="Sign and send the response").click()
    found = queries.request_for(reviewer, clinical.id)
    determinations.approve(by=reviewer, request_id=found.id, version=found.version, start=found.requested_start_date)
    page.goto(clinical.url())
    look("request-approved")


def _type(page: Any, data: dict[str, str]) -> None:
    for name, value in data.items():
        control = page.locator(f"[name={name}]").first
        if control.get_attribute("type") == "radio":
            page.locator(f"[name={name}][value={value}]").check()
        elif control.evaluate("node => node.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
