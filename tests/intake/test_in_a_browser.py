"""The whole wizard as people use it: without scripts, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pa_portal.accounts.models import User
from pa_portal.submissions import queries
from tests.intake.wizard import CASES, DIAGNOSIS, PASSWORD, PATIENT, PRESCRIBER, TREATMENT, Wizard, timing

pytestmark = pytest.mark.django_db(transaction=True)

DETAILS = (PATIENT, PRESCRIBER, DIAGNOSIS, TREATMENT)


@pytest.fixture
def plain_page(browser: Any, live_server: Any) -> Iterator[Any]:
    """A page in a browser that runs no scripts, as wide as a small phone."""
    context = browser.new_context(
        base_url=live_server.url, java_script_enabled=False, viewport={"width": 320, "height": 640}
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def control(page: Any, name: str, value: str) -> Any:
    """The control of a field; for radios and checkboxes, the one with this value."""
    chosen = page.locator(f"main [name='{name}'][value='{value}']")
    text = page.locator(f"main [name='{name}']:not([type=radio]):not([type=checkbox])")
    return chosen if text.count() == 0 else text


def fill(page: Any, data: dict[str, Any]) -> None:
    for name, value in data.items():
        for item in value if isinstance(value, list) else [value]:
            found = control(page, name, item)
            if found.get_attribute("type") in ("radio", "checkbox"):
                found.check()
            elif found.get_attribute("class") and "form-select" in found.get_attribute("class"):
                found.select_option(item)
            else:
                found.fill(item)
    page.get_by_role("button", name="Save and continue").click()


def names_on(page: Any) -> list[str]:
    found = page.locator("main form input[name]:not([type=hidden]), main form textarea[name], main form select[name]")
    return list(dict.fromkeys(found.nth(place).get_attribute("name") for place in range(found.count())))


def sign_in(page: Any, user: User) -> None:
    page.goto("/accounts/sign-in/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_the_whole_wizard_without_scripts_on_a_small_screen(plain_page: Any, prescriber: User) -> None:
    page = plain_page
    sign_in(page, prescriber)
    page.get_by_role("button", name="Start a new request").click()
    for data in (*DETAILS, timing()):
        fill(page, data)
    case = CASES["hr_positive_first_line"]
    headings = []
    while "/questions/" in page.url:
        headings += page.get_by_role("heading", level=1).all_inner_texts()
        assert page.get_by_text("Why we ask:").is_visible()
        assert page.locator(".why .cite").inner_text().startswith("Section")
        assert page.locator("main :checked").count() == 0
        asked = [name for name in names_on(page) if "-" not in name]
        fill(page, {name: case[name] for name in asked})
    assert len(headings) == len(set(headings)) == 10
    assert page.url.endswith("/check/")
    page.get_by_role("button", name="Sign and submit").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Request submitted"
    (sent,) = queries.requests_for(prescriber)
    assert sent.reference in page.content()
    assert queries.submission_of(sent).content["decision"]["pathways"] == ["hr_positive_first_line"]


def test_the_whole_wizard_by_keyboard_alone(page: Any, prescriber: User) -> None:
    page.goto("/accounts/sign-in/")
    tab_to(page, "[name=username]")
    page.keyboard.type(prescriber.email)
    tab_to(page, "[name=password]")
    page.keyboard.type(PASSWORD)
    press(page, "Sign in")
    press(page, "Start a new request")
    for data in (*DETAILS, timing()):
        type_in(page, data)
        press(page, "Save and continue")
    case = CASES["with_capecitabine_after_anthracycline_and_taxane"]
    while "/questions/" in page.url:
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.form !== null"), "one Tab leads to the first control"
        asked = [name for name in names_on(page) if "-" not in name]
        type_in(page, {name: case[name] for name in asked})
        press(page, "Save and continue")
    assert page.url.endswith("/check/")
    press(page, "Sign and submit")
    assert page.url.endswith("/submitted/")
    assert queries.requests_for(prescriber).count() == 1


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until the control has the focus, and make sure that one can see where it is."""
    for _ in range(150):
        if page.evaluate("s => document.activeElement?.matches(s)", selector):
            outline = page.evaluate(
                "() => { const e = document.activeElement, l = e.closest('.choice') ?? e;"
                " return getComputedStyle(l).outlineStyle + getComputedStyle(e).outlineStyle }"
            )
            assert outline != "nonenone", f"no visible focus on {selector}"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with Tab")


def press(page: Any, name: str) -> None:
    """Tab to the button, press Enter, and wait for the next page."""
    page.get_by_role("button", name=name).evaluate("button => button.setAttribute('data-wanted', '')")
    tab_to(page, "[data-wanted]")
    with page.expect_navigation():
        page.keyboard.press("Enter")


def type_in(page: Any, data: dict[str, Any]) -> None:
    for name, value in data.items():
        for item in value if isinstance(value, list) else [value]:
            kind = control(page, name, item).get_attribute("type")
            if kind == "radio":
                tab_to(page, f"[name='{name}']")
                for _ in range(12):
                    if page.evaluate("v => document.activeElement.value === v && document.activeElement.checked", item):
                        break
                    here = page.evaluate("v => document.activeElement.value === v", item)
                    page.keyboard.press("Space" if here else "ArrowDown")
            elif kind == "checkbox":
                tab_to(page, f"[name='{name}'][value='{item}']")
                page.keyboard.press("Space")
            elif control(page, name, item).evaluate("node => node.tagName") == "SELECT":
                tab_to(page, f"[name='{name}']")
                label = control(page, name, item).locator(f"option[value='{item}']").inner_text()
                page.keyboard.type(label)
            else:
                tab_to(page, f"[name='{name}']")
                page.keyboard.press("Control+A")
                page.keyboard.type(item)


def test_browser_back_shows_the_saved_answer_and_going_on_works(page: Any, prescriber: User, clinical: Wizard) -> None:
    sign_in(page, prescriber)
    page.goto(clinical.url("questions/hypersensitivity/"))
    fill(page, {"cremophor_hypersensitivity": "false"})
    page.wait_for_url("**/disease-extent/")
    fill(page, {"disease_settings": ["metastatic"]})
    page.wait_for_url("**/regimen/")
    page.go_back()
    page.go_back()
    assert page.get_by_label("No", exact=True).is_checked()
    fill(page, {"cremophor_hypersensitivity": "unknown"})
    page.wait_for_url("**/regimen/")
    assert queries.request_for(prescriber, clinical.id).answers["cremophor_hypersensitivity"] == "unknown"


def test_a_change_asks_first_and_what_it_set_aside_comes_back(page: Any, prescriber: User, clinical: Wizard) -> None:
    clinical.answer(CASES["tnbc_subsequent"])
    sign_in(page, prescriber)
    page.goto(clinical.url("check/"))
    page.get_by_role("link", name="Change Planned regimen").click()
    fill(page, {"regimen": "with_capecitabine"})
    page.get_by_role("heading", name="This change sets answers aside").wait_for()
    for answer in ("Line of therapy", "HER2 IHC score", "ER staining", "PR staining"):
        assert page.get_by_role("term").filter(has_text=answer).is_visible()
    page.get_by_role("link", name="Keep the answers as they are").click()
    assert page.get_by_label("As a single agent").is_checked()
    fill(page, {"regimen": "with_capecitabine"})
    page.get_by_role("button", name="Change, and set them aside").click()
    page.get_by_role("heading", name="Anthracycline treatment").wait_for()
    page.goto(clinical.url("questions/regimen/"))
    fill(page, {"regimen": "single_agent"})
    page.wait_for_url("**/check/")
    assert page.get_by_role("term").filter(has_text="ER staining").is_visible()


def test_change_returns_to_the_check_after_what_is_newly_needed(page: Any, prescriber: User, clinical: Wizard) -> None:
    clinical.answer(CASES["tnbc_subsequent"])
    sign_in(page, prescriber)
    page.goto(clinical.url("check/"))
    page.get_by_role("link", name="Change Line of therapy").click()
    fill(page, {"line_of_therapy": "1"})
    page.wait_for_url("**/germline-brca/")
    fill(page, {"germline_brca": "no_mutation"})
    page.wait_for_url("**/pd-l1/")
    fill(page, {"pd_l1_cps": "2"})
    page.wait_for_url("**/check/")


def test_a_draft_is_resumed_from_the_list_where_it_was(page: Any, prescriber: User, clinical: Wizard) -> None:
    seen = clinical.answer(CASES["tnbc_subsequent"], stop_before="er_percent")
    sign_in(page, prescriber)
    page.get_by_role("link", name="Continue: Maria Okafor").click()
    page.get_by_role("link", name="Continue: Estrogen receptor").click()
    assert page.url.endswith(seen.path)
    page.go_back()
    page.get_by_role("link", name="HER2 immunohistochemistry").click()
    assert page.locator("[name=her2_ihc][value='0']").is_checked()


def test_a_double_click_makes_one_request(page: Any, prescriber: User, clinical: Wizard) -> None:
    clinical.answer(CASES["tnbc_subsequent"])
    sign_in(page, prescriber)
    page.goto(clinical.url("check/"))
    page.get_by_role("button", name="Sign and submit").dblclick()
    page.wait_for_url("**/submitted/")
    assert queries.submissions_of(queries.request_for(prescriber, clinical.id)).count() == 1


def test_none_of_these_and_not_known_clear_the_other_answers(page: Any, prescriber: User, clinical: Wizard) -> None:
    sign_in(page, prescriber)
    seen = clinical.answer(CASES["tnbc_subsequent"], stop_before="disease_settings")
    page.goto(seen.path)
    page.get_by_label("Metastatic").check()
    page.get_by_label("None of these").check()
    assert not page.get_by_label("Metastatic").is_checked()
    page.get_by_label("Locally advanced").check()
    assert not page.get_by_label("None of these").is_checked()
    seen = clinical.answer(CASES["tnbc_subsequent"], stop_before="er_percent")
    page.goto(seen.path)
    page.locator("[name=er_percent]").fill("12")
    page.get_by_label("Not tested or not known").check()
    assert page.locator("[name=er_percent]").input_value() == ""


def test_nothing_about_the_patient_stays_in_the_browser(page: Any, prescriber: User, clinical: Wizard) -> None:
    sign_in(page, prescriber)
    page.goto(clinical.url("details/treatment/"))
    page.get_by_label("Height").fill("190")
    page.get_by_text("The cap applies.").or_(page.get_by_text("Units to bill")).first.wait_for()
    kept = page.evaluate("() => [...Object.entries(localStorage), ...Object.entries(sessionStorage)]")
    assert [value for _, value in kept if value != clinical.url("details/treatment/")] == []
    assert page.url.endswith("/details/treatment/")
