"""What another policy version would change: counted again one by one, with the cases, and nothing is changed."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
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

from criteria import catalog
from criteria.evaluate import Decision, decide
from criteria.policy import Policy
from pa_portal.accounts.models import User
from pa_portal.audit.models import Event
from pa_portal.demo.bulk import seed as bulk
from pa_portal.demo.people import USERS
from pa_portal.determinations.models import Determination
from pa_portal.reports import drafts
from pa_portal.reports.filters import NO_PATHWAY
from pa_portal.reports.impact import WORDS, impact
from pa_portal.reports.models import Case
from pa_portal.submissions.models import Submission

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


def latest_facts() -> dict[Any, tuple[Policy, dict[str, Any]]]:
    found = {}
    for sent in Submission.objects.order_by("number"):
        policy = sent.content["policy"]
        found[sent.request_id] = (catalog.get(policy["id"], policy["version"]), sent.content["facts"])
    return found


def test_counted_again_one_by_one(manager: User) -> None:
    tried = drafts.read(stricter(), "")
    before = [list(model.objects.order_by("pk").values_list()) for model in (Case, Determination)]
    found = impact(manager, tried, *DAYS)
    facts = latest_facts()
    inside = [one.pk for one in Case.objects.all() if DAYS[0] <= timezone.localdate(one.submitted_at) <= DAYS[1]]
    assert sorted(found.ids) == sorted(inside)
    assert (found.refused, found.not_reproduced, found.left_out) == (0, 0, 0)
    pairs = {id: (decide(*facts[id]), decide(tried, facts[id][1])) for id in inside}
    counts = Counter((old.outcome, new.outcome) for old, new in pairs.values())
    assert found.counts() == {(old, new): counts[old, new] for old in WORDS for new in WORDS}
    assert sum(count for (old, new), count in counts.items() if old != new) > 5
    turned = {id for id, (old, new) in pairs.items() if old.outcome != new.outcome}
    for row in found.pathways():

        def has(decision: Decision, id: str = row.id) -> bool:
            return not decision.pathways if id == NO_PATHWAY else id in decision.pathways

        was = {id for id, (old, _) in pairs.items() if has(old)}
        would = {id for id, (_, new) in pairs.items() if has(new)}
        expected = {"before": was, "after": would, "gained": would - was, "lost": was - would}
        expected["changed"] = turned & (was | would)
        assert row.counts == {way: len(ids) for way, ids in expected.items()}
        for way, ids in expected.items():
            assert set(found.chosen(f"pathway:{row.id}:{way}") or ()) == ids
    assert found.pathways()[-1].id == NO_PATHWAY
    turns = found.criteria()
    assert turns
    words = dict(zip((True, False, None), WORDS, strict=True))
    for turn in turns:
        for word in WORDS:
            ids = {
                id
                for id, (old, new) in pairs.items()
                if old.outcome != new.outcome
                and old.verdict_of(turn.id) is not new.verdict_of(turn.id)
                and words[new.verdict_of(turn.id)] == word
            }
            assert turn.counts[word] == len(ids)
            assert set(found.chosen(f"criterion:{turn.id}:{word}") or ()) == ids
    assert before == [list(model.objects.order_by("pk").values_list()) for model in (Case, Determination)]


def test_the_version_in_force_changes_nothing(manager: User) -> None:
    found = impact(manager, catalog.latest("IC-0072"), *DAYS)
    assert found.size > 250
    assert not found.changed.any()
    assert found.criteria() == []


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
    assert page.context["changed"].text == str(int(impact(manager, drafts.read(stricter(), ""), *DAYS).changed.sum()))
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
