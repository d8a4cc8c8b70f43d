"""A plan's settings on their pages: who opens them, what is refused where, what is confirmed first, what is kept."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pa_portal.determinations import actions, queries
from pa_portal.determinations.models import ClockRule, SettingChange
from tests.review.desk import Desk

STANDARD = "/plan/time/request/commercial/standard/"
MEDICARE = "/plan/time/request/medicare/expedited/"
PAGES = ("/plan/", "/plan/time/", STANDARD, MEDICARE, "/plan/automatic/", "/plan/automatic/IC-0072/", "/plan/letters/")


@pytest.fixture
def manager(client: Any, world: SimpleNamespace) -> Desk:
    client.force_login(world.manager)
    return Desk(client)


def post(desk: Desk, path: str, **typed: Any) -> Any:
    """Send the form as its page was drawn, with what is typed in it."""
    return desk.client.post(path, {**desk.get(path).hidden, **typed})


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("person", "status"),
    [("manager", 200), ("reviewer", 404), ("director", 404), ("clinic_manager", 404), ("prescriber", 404), ("", 302)],
)
def test_a_plans_managers_alone_open_them(
    client: Any, world: SimpleNamespace, path: str, person: str, status: int
) -> None:
    if person:
        client.force_login(getattr(world, person))
    assert client.get(path).status_code == status


@pytest.mark.parametrize(
    "path", ["/plan/time/request/commercial/urgent/", "/plan/time/call/medicare/standard/", "/plan/automatic/IC-9999/"]
)
def test_what_there_is_not(manager: Desk, path: str) -> None:
    assert manager.get(path).status == 404
    assert manager.client.post(path).status_code == 404


def test_a_manager_finds_them_from_the_figures(manager: Desk) -> None:
    assert 'href="/plan/"' in manager.get("/reports/").html


class TestTime:
    def test_every_rule_says_its_hours_and_whose_it_is(self, manager: Desk) -> None:
        text = manager.get("/plan/time/").text
        assert "Commercial (employer or individual), standard 168 hours (7 days) Default." in text
        assert "Medicare, expedited 24 hours Fixed: nothing moves it. Default." in text

    def test_a_change_is_kept_and_listed(self, manager: Desk, world: SimpleNamespace) -> None:
        assert post(manager, STANDARD, hours="120", fixed="yes").status_code == 303
        assert (ClockRule.objects.get().hours, ClockRule.objects.get().fixed) == (120, True)
        text = manager.get("/plan/time/").text
        assert "standard 120 hours (5 days) Fixed: nothing moves it. Your own." in text
        assert "Gil Testcase Requests, Commercial (employer or individual), standard" in text
        assert "Time: was 168 hours (7 days) became 120 hours (5 days)" in text
        assert "Deadline: was can be paused and extended became fixed" in text
        assert queries.setting_changes(world.other_plan, "clock").count() == 0

    def test_saving_what_stands_changes_nothing(self, manager: Desk) -> None:
        post(manager, STANDARD, hours="168")
        assert not SettingChange.objects.exists()

    @pytest.mark.parametrize("hours", ["", "soon", "0", "-3", "2161", "9" * 5000, "1.5", "²", "a\x01"])
    def test_hours_that_cannot_be(self, manager: Desk, hours: str) -> None:
        answer = manager.read(post(manager, STANDARD, hours=hours))
        assert answer.status == 422
        assert [target for _, target in answer.errors] == ["id_hours"]
        assert answer.title.startswith("Error: ")
        assert answer.value("hours") == hours
        assert not ClockRule.objects.exists()

    def test_medicare_is_never_longer_than_federal_rules_and_stays_fixed(self, manager: Desk) -> None:
        answer = manager.read(post(manager, MEDICARE, hours="25"))
        assert answer.errors == [("Federal rules for Medicare leave at most 24 hours here.", "id_hours")]
        assert post(manager, MEDICARE, hours="20").status_code == 303
        assert ClockRule.objects.get().fixed is True

    def test_a_colleague_who_changed_it_first_is_named_and_nothing_typed_is_lost(
        self, manager: Desk, world: SimpleNamespace
    ) -> None:
        hidden = manager.get(STANDARD).hidden
        key = {"stage": "request", "line_of_business": "commercial", "urgency": "standard"}
        actions.save_clock_rule(by=world.manager, **key, hours=100)
        answer = manager.read(manager.client.post(STANDARD, {**hidden, "hours": "48"}))
        assert answer.status == 409
        assert "Gil Testcase changed something here meanwhile" in answer.text
        assert "It is 100 hours now" in answer.text
        assert answer.value("hours") == "48"
        assert manager.client.post(STANDARD, {**answer.hidden, "hours": "48"}).status_code == 303
        assert ClockRule.objects.get().hours == 48


class TestAutomatic:
    PATH = "/plan/automatic/IC-0072/"

    def test_it_is_off_and_says_what_it_does(self, manager: Desk) -> None:
        assert "Off" in manager.get("/plan/automatic/").text
        text = manager.get(self.PATH).text
        assert "without a reviewer, when all of this holds" in text
        assert "Nothing is ever denied this way" in text

    def test_it_is_confirmed_before_it_is_on(self, manager: Desk, world: SimpleNamespace) -> None:
        answer = manager.read(post(manager, self.PATH))
        assert (answer.status, answer.errors) == (422, [("Tick the box to turn automatic approval on.", "id_sure")])
        assert not queries.policy_setting(world.plan, "IC-0072").automatic_approval
        assert post(manager, self.PATH, sure="yes").status_code == 303
        assert queries.policy_setting(world.plan, "IC-0072").automatic_approval
        assert "Automatic approval: was off became on" in manager.get("/plan/automatic/").text

    def test_it_is_turned_off_without_a_question(self, manager: Desk, world: SimpleNamespace) -> None:
        actions.set_automatic_approval(by=world.manager, policy_id="IC-0072", on=True)
        assert post(manager, self.PATH).status_code == 303
        assert not queries.policy_setting(world.plan, "IC-0072").automatic_approval

    def test_turning_it_on_twice_does_not_turn_it_off(self, manager: Desk, world: SimpleNamespace) -> None:
        hidden = manager.get(self.PATH).hidden
        for status in (303, 409):
            sent = manager.client.post(self.PATH, {**hidden, "sure": "yes"})
            assert sent.status_code == status
        assert queries.policy_setting(world.plan, "IC-0072").automatic_approval


class TestLetters:
    PATH = "/plan/letters/"
    TYPED = {
        "address_line1": "1 Main Street", "city": "Richmond", "state": "VA", "postal_code": "23219",
        "phone": "804-555-0100", "appeal_days": "90", "peer_to_peer_days": "10",
        "language_help_text": "Ofrecemos ayuda en su idioma.\n<script>alert(1)</script>",
    }  # fmt: skip

    def test_the_new_words_are_seen_in_a_letter_first_and_then_saved(
        self, manager: Desk, world: SimpleNamespace
    ) -> None:
        seen = manager.read(post(manager, self.PATH, **self.TYPED, step="check"))
        assert seen.status == 200
        assert "was 180 becomes 90" in seen.text
        letter = seen.text.partition("Sample letter")[2]
        assert "90 days from this letter" in letter
        assert "Ofrecemos ayuda en su idioma." in letter
        assert "<script>alert" not in seen.html
        assert queries.letter_settings(world.plan).appeal_days == 180
        assert not SettingChange.objects.exists()

        saved = manager.client.post(self.PATH, {**seen.hidden, "step": "save"})
        assert saved.status_code == 303
        assert queries.letter_settings(world.plan).appeal_days == 90
        text = manager.get(self.PATH).text
        assert "Days to appeal: was 180 became 90" in text

    def test_line_breaks_as_a_browser_sends_them_change_nothing(self, manager: Desk, world: SimpleNamespace) -> None:
        given = {**self.TYPED, "appeals_address": "PO Box 1\r\nRichmond, VA 23220"}
        seen = manager.read(post(manager, self.PATH, **given, step="check"))
        assert "Address for appeals" not in seen.text.partition("Sample letter")[0]

    def test_changing_ones_mind_keeps_what_was_typed(self, manager: Desk) -> None:
        seen = manager.read(post(manager, self.PATH, **self.TYPED, step="check"))
        again = manager.read(manager.client.post(self.PATH, {**seen.hidden, "step": "change"}))
        assert again.status == 200
        assert again.value("appeal_days") == "90"
        assert again.value("language_help_text") == self.TYPED["language_help_text"]

    @pytest.mark.parametrize(
        ("typed", "at"),
        [
            ({"appeal_days": ""}, "id_appeal_days"),
            ({"appeal_days": "731"}, "id_appeal_days"),
            ({"appeals_phone": "call us"}, "id_appeals_phone"),
            ({"postal_code": "2"}, "id_postal_code"),
            ({"state": "XX"}, "id_state"),
            ({"nondiscrimination_text": "x" * 4001}, "id_nondiscrimination_text"),
            ({"external_review_text": "a\x01b"}, "id_external_review_text"),
        ],
    )
    @pytest.mark.parametrize("step", ["check", "save"])
    def test_what_cannot_be_is_said_at_its_field(self, manager: Desk, typed: Any, at: str, step: str) -> None:
        answer = manager.read(post(manager, self.PATH, **{**self.TYPED, **typed}, step=step))
        assert answer.status == 422
        assert [target for _, target in answer.errors] == [at]
        assert answer.value("city") == "Richmond"
        assert not SettingChange.objects.exists()

    def test_a_colleague_who_saved_first_is_named(self, manager: Desk, world: SimpleNamespace) -> None:
        hidden = manager.get(self.PATH).hidden
        actions.save_letter_settings(by=world.manager, data={"appeal_days": 60})
        answer = manager.read(manager.client.post(self.PATH, {**hidden, **self.TYPED, "step": "save"}))
        assert answer.status == 409
        assert "Gil Testcase changed something here meanwhile" in answer.text
        assert "Days to appeal was 60 becomes 90" in answer.text
        assert queries.letter_settings(world.plan).appeal_days == 60
