"""What another policy version would change: counted again one by one, with the cases, and nothing is changed."""

from __future__ import annotations

import datetime
import random
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from benchmarks.cases import partial
from criteria import catalog
from criteria.evaluate import Decision, decide
from criteria.facts import FactError
from criteria.policy import Policy
from pa_portal.accounts.models import User
from pa_portal.audit.models import Event
from pa_portal.demo.bulk import seed as bulk
from pa_portal.demo.people import USERS
from pa_portal.determinations.models import Determination
from pa_portal.reports import answers, daily, drafts
from pa_portal.reports.filters import NO_PATHWAY
from pa_portal.reports.impact import PATHWAY_WAYS, WORDS, Impact, impact
from pa_portal.reports.models import Answers, Case, CaseFacts

pytestmark = pytest.mark.django_db
END = timezone.make_aware(datetime.datetime(2026, 11, 20))
DAYS = (datetime.date(2025, 9, 1), datetime.date(2026, 11, 30))
ADDRESS = "reports:impact"
# Ten of ten of ten and so on: a few hundred letters for a thousand million values.
LAUGHS = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))


def text_of(name: str) -> str:
    newest = catalog.latest("IC-0072")
    return (catalog.POLICIES / newest.id / newest.version / name).read_text(encoding="utf-8")


def stricter() -> str:
    """The policy as it might be next: receptors count as positive from 60% of the cells."""
    text = text_of("policy.yaml").replace("2025-09-04", "2027-01-01")
    for name in ("er_percent", "pr_percent"):
        limit = f"fact: {name}, at_least: 1}}"
        assert limit in text
        text = text.replace(limit, f"fact: {name}, at_least: 60}}", 1)
    return text


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A demo with a few hundred requests, made once for this file and taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(DEMO_ALLOWED=True):
            call_command("seed_demo", stdout=StringIO())
            assert list(bulk.seed(250, end=END)) == [250]
        yield
        transaction.set_rollback(True)


@pytest.fixture
def manager(seeded: None) -> User:
    return User.objects.get(email=USERS["whitfield"]["email"])


# What is asked for of each figure: its own requests.
def every_figure(tried: Policy) -> list[str]:
    policies = (tried, *catalog.versions("IC-0072"))
    pathways = {NO_PATHWAY, *(node.id for policy in policies for node in policy.pathways)}
    return [
        "changed",
        *(f"change:{old}:{new}" for old in WORDS for new in WORDS),
        *(f"pathway:{id}:{way}" for id in pathways for way in PATHWAY_WAYS),
        *(f"criterion:{id}:{word}" for policy in policies for id in policy.criteria for word in WORDS),
    ]


def taken(policy: Policy, answers: dict[str, Any]) -> dict[str, Any]:
    """The answers that a policy takes, whatever else was given."""
    facts = {}
    for name, fact in policy.facts.items():
        with suppress(FactError):
            facts[name] = fact.parse(answers.get(name))
    return facts


def same_as_one_by_one(manager: User, tried: Policy) -> Impact:
    """The impact is what the engine makes of each request by itself, and each figure has its own requests."""
    found = impact(manager, tried, *DAYS, shows=every_figure(tried))
    inside, facts = {}, dict(CaseFacts.objects.values_list("pk", "facts"))
    for case in Case.objects.filter(plan_id=manager.organization_id).order_by("-submitted_at", "pk"):
        if DAYS[0] <= timezone.localdate(case.submitted_at) <= DAYS[1] and isinstance(facts[case.pk], dict):
            governing, answers = catalog.get(case.policy_id, case.policy_version), facts[case.pk]
            old, new = decide(governing, taken(governing, answers)), decide(tried, taken(tried, answers))
            inside[case.pk] = (old, new, old.outcome != case.outcome)
    pairs = {id: (old, new) for id, (old, new, _) in inside.items()}
    assert (found.size, found.left_out) == (len(inside), 0)
    assert found.not_reproduced == sum(odd for _, _, odd in inside.values())
    assert found.refused == sum(
        value is not None and name not in taken(tried, facts[id])
        for id in pairs
        for name, value in facts[id].items()
        if name in tried.facts
    )

    def shown(show: str) -> list[Any]:
        return [(id, after) for id, after in found.chosen(show) or ()]

    def those(ids: Collection[Any]) -> list[Any]:
        return [(id, pairs[id][1].outcome) for id in pairs if id in ids]

    counts = Counter((old.outcome, new.outcome) for old, new in pairs.values())
    assert found.counts() == {(old, new): counts[old, new] for old in WORDS for new in WORDS}
    for old, new in found.counts():
        assert shown(f"change:{old}:{new}") == those(
            {id for id, (a, b) in pairs.items() if (a.outcome, b.outcome) == (old, new)}
        )
    turned = {id for id, (old, new) in pairs.items() if old.outcome != new.outcome}
    assert (found.changed, shown("changed")) == (len(turned), those(turned))
    for row in found.pathways():

        def has(decision: Decision, id: str = row.id) -> bool:
            return not decision.pathways if id == NO_PATHWAY else id in decision.pathways

        was = {id for id, (old, _) in pairs.items() if has(old)}
        would = {id for id, (_, new) in pairs.items() if has(new)}
        expected = {"before": was, "after": would, "gained": would - was, "lost": was - would}
        expected["changed"] = turned & (was | would)
        assert row.counts == {way: len(ids) for way, ids in expected.items()}
        for way, ids in expected.items():
            assert shown(f"pathway:{row.id}:{way}") == those(ids)
    assert found.pathways()[-1].id == NO_PATHWAY
    words = dict(zip((True, False, None), WORDS, strict=True))
    for turn in found.criteria():
        for word in WORDS:
            ids = {
                id
                for id in turned
                if pairs[id][0].verdict_of(turn.id) is not pairs[id][1].verdict_of(turn.id)
                and words[pairs[id][1].verdict_of(turn.id)] == word
            }
            assert turn.counts[word] == len(ids)
            assert shown(f"criterion:{turn.id}:{word}") == those(ids)
    return found


def test_counted_again_one_by_one_whatever_is_kept(manager: User) -> None:
    """Before anything is kept, once all is, after changes, and when they are kept too; nothing is changed by asking."""
    tried = drafts.read(stricter(), "")
    found = same_as_one_by_one(manager, tried)
    assert found.changed > 5
    assert found.criteria()
    assert (found.refused, found.not_reproduced) == (0, 0)
    daily.fold()
    before = [list(model.objects.order_by("pk").values_list()) for model in (Case, Determination)]
    same_as_one_by_one(manager, tried)
    assert before == [list(model.objects.order_by("pk").values_list()) for model in (Case, Determination)]
    assert daily.differences() == 0
    # Answers of every kind, those that no version takes among them, on requests of days that are kept.
    dice = random.Random(5)
    odd = (None, True, 1, 1.0, "1", "unknown", [], ["metastatic"], {"a": [1]}, 10**400, "2026-02-30", "2026-02-28")
    for id in dice.sample(list(Case.objects.values_list("pk", flat=True)), 120):
        answers = {**partial(dice, keep=dice.choice((0.6, 1))), "no_longer_asked": dice.choice(odd)}
        answers |= {name: dice.choice(odd) for name in dice.sample([*tried.facts], dice.choice((0, 0, 3)))}
        CaseFacts.objects.filter(pk=id).update(facts=answers)
        Case.objects.filter(pk=id).update(outcome=dice.choice(WORDS))
    CaseFacts.objects.filter(pk=id).update(facts=["none"])
    found = same_as_one_by_one(manager, tried)
    assert found.refused > 20
    assert found.not_reproduced > 20
    daily.fold()
    same_as_one_by_one(manager, tried)
    assert daily.differences() == 0


def test_kept_answers_are_checked(manager: User) -> None:
    daily.fold()
    kept = Answers.objects.order_by("pk")[:2]
    Answers.objects.filter(pk=kept[0].pk).update(heads="{}")
    Answers.objects.filter(pk=kept[1].pk).delete()
    assert daily.differences() == 2
    daily.mark_all()
    daily.fold()
    assert daily.differences() == 0


def test_a_day_of_many_parts(manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PART", 1)
    monkeypatch.setattr(answers, "_TOGETHER", 40)
    daily.mark_all()
    daily.fold()
    assert Answers.objects.filter(part__gt=0).exists()
    same_as_one_by_one(manager, drafts.read(stricter(), ""))


def test_the_version_in_force_changes_nothing(manager: User) -> None:
    found = impact(manager, catalog.latest("IC-0072"), *DAYS)
    assert found.size > 250
    assert not found.changed
    assert found.criteria() == []
    assert found.governed


def test_the_page_says_when_nothing_can_change(manager: User, client: Client) -> None:
    client.force_login(manager)
    asked = {"version": f"IC-0072 {catalog.latest('IC-0072').version}", "from": "2025-09-01", "to": "2026-11-30"}
    assert "This version governed every one of them" in client.get(reverse(ADDRESS), asked).content.decode()


def test_a_version_that_is_no_longer_there_is_left_out(manager: User) -> None:
    Case.objects.filter(pk=Case.objects.earliest("submitted_at").pk).update(policy_version="1999-01-01")
    found = impact(manager, catalog.latest("IC-0072"), *DAYS)
    assert (found.left_out, found.size > 250, found.changed) == (1, True, 0)


def test_days_without_requests(manager: User) -> None:
    found = impact(manager, catalog.latest("IC-0072"), datetime.date(2001, 1, 1), datetime.date(2001, 1, 2))
    assert found.size == 0
    assert set(found.counts().values()) == {0}


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.POLICY_DRAFTS = str(tmp_path / "drafts")
    return tmp_path / "drafts"


def put(folder: Path, name: str, policy: str, questions: str = "") -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "policy.yaml").write_text(policy, encoding="utf-8")
    if questions:
        (folder / name / "questions.yaml").write_text(questions, encoding="utf-8")


def test_drafts_in_a_folder_are_offered_and_what_is_wrong_with_others_is_said(
    manager: User, client: Client, folder: Path, tmp_path: Path
) -> None:
    put(folder, "IC-0072/2027-01-01", stricter(), text_of("questions.yaml"))
    put(folder, "half-done", "id: IC-0072\nsurprise: 1\n")
    put(folder, "unreadable", "[" * 5000)
    put(tmp_path, "elsewhere", stricter())
    (folder / "out").symlink_to(tmp_path / "elsewhere")
    client.force_login(manager)
    days = {"from": "2025-09-01", "to": "2026-11-30"}
    page = client.get(reverse(ADDRESS), {"version": "draft:IC-0072/2027-01-01", **days})
    assert page.status_code == 200
    assert page.context["changed"].text == str(impact(manager, drafts.read(stricter(), ""), *DAYS).changed)
    text = page.content.decode()
    assert "Draft IC-0072/2027-01-01: IC-0072 2027-01-01" in text
    assert "(not published)" in text
    broken = {one.name: one.problem for one in page.context["broken"]}
    assert broken.keys() == {"half-done", "unreadable"}
    assert "policy.yaml:2: surprise: unknown key" in broken["half-done"]
    assert "nests values too deeply" in broken["unreadable"]
    for name in ("half-done", "out", "../elsewhere", "nothing"):
        assert client.get(reverse(ADDRESS), {"version": f"draft:{name}", **days}).status_code == 422


def test_without_a_folder_or_with_none_there_no_draft_is_offered(folder: Path, settings: Any) -> None:
    assert drafts.in_folder() == []
    settings.POLICY_DRAFTS = ""
    assert drafts.in_folder() == []


def sent(client: Client, policy: str | bytes, questions: str | bytes = "") -> Any:
    files = {"policy": SimpleUploadedFile("policy.yaml", policy if isinstance(policy, bytes) else policy.encode())}
    if questions:
        content = questions if isinstance(questions, bytes) else questions.encode()
        files["questions"] = SimpleUploadedFile("questions.yaml", content)
    return client.post(reverse(ADDRESS), files)


def test_a_version_that_is_not_published_is_tried_and_each_figure_leads_to_its_cases(
    manager: User, client: Client
) -> None:
    client.force_login(manager)
    published = catalog.versions("IC-0072")
    answer = sent(client, stricter())
    assert answer.status_code == 302
    assert "version=sent" in answer["Location"]
    assert catalog.versions("IC-0072") == published
    assert Event.objects.filter(action="report.policy_tried").count() == 1
    page = client.get(reverse(ADDRESS), {"version": "sent", "from": "2025-09-01", "to": "2026-11-30"})
    assert page.status_code == 200
    assert "IC-0072 2027-01-01" in page.content.decode()
    assert not page.context["impact"].governed
    numbers = [page.context["changed"]]
    numbers += [number for _, cells in page.context["matrix"] for number, _ in cells]
    numbers += [number for _, cells in page.context["pathways"] for number in cells]
    numbers += [number for _, cells in page.context["criteria"] for number in cells]
    followed = [number for number in numbers if number.url][::3]
    assert len(followed) > 5
    for number in followed:
        listed = client.get(number.url)
        assert listed.context["cases"].count == int(number.text.replace(",", ""))
        assert len(listed.context["cases"].items) == min(listed.context["cases"].count, 25)
    other = Client()
    other.force_login(manager)
    assert other.get(reverse(ADDRESS), {"version": "sent", "from": "2025-09-01", "to": "2026-11-30"}).status_code == 422


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "UTF-8"),
        ("id: [", "not readable as YAML"),
        ("a: &a [1, *a]\n", "where nothing is named so yet"),
        (LAUGHS, "too many values"),
        ("a: 1\n", "questions.yaml"),
        ("id: XX-1\n", "questions.yaml"),
        ("id: IC-0072\n", "policy.yaml:1"),
        ("id: IC-0072\nsurprise: 1\n", "unknown key"),
        ("[" * 5000, "too deeply"),
        ("[" * 30 + "]" * 30, "questions.yaml"),
        ("id: IC-0072\nversion: 2025-99-99\n", "form"),
        (b"a" * (600 * 1024), "larger"),
    ],
)
def test_files_that_are_no_policy_are_refused_with_a_reason(
    world: Any, client: Client, policy: str | bytes, says: str
) -> None:
    client.force_login(world.manager)
    answer = sent(client, policy)
    assert answer.status_code == 422
    assert any(says in problem.message for problem in answer.context["upload"].problems), answer.context[
        "upload"
    ].problems


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 200),
        ({"version": "IC-0072 2025-09-04"}, 422),
        ({"version": "IC-0072 1999-01-01", "from": "2026-01-01", "to": "2026-02-01"}, 422),
        ({"version": "IC-0072 2025-09-04", "from": "2026-02-01", "to": "2026-01-01"}, 422),
        ({"version": "IC-0072 2025-09-04", "from": "yesterday", "to": "2026-01-01"}, 422),
        ({"version": "IC-0072 2025-09-04", "from": "2026-01-01", "to": "2026-02-01"}, 200),
        ({"version": "IC-0072 2025-09-04", "from": "2026-01-01", "to": "2026-02-01", "show": "all:of:it"}, 404),
        (
            {"version": "IC-0072 2025-09-04", "from": "2026-01-01", "to": "2026-02-01", "show": "changed", "page": "x"},
            200,
        ),
    ],
)
def test_what_may_be_asked(world: Any, client: Client, query: dict[str, str], status: int) -> None:
    client.force_login(world.manager)
    assert client.get(reverse(ADDRESS), query).status_code == status


@pytest.mark.parametrize(("who", "status"), [("manager", 200), ("clinic_manager", 404), ("reviewer", 404)])
def test_who_may(world: Any, client: Client, who: str, status: int) -> None:
    client.force_login(getattr(world, who))
    assert client.get(reverse(ADDRESS)).status_code == status
