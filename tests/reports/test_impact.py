"""What another policy version would change: counted again one by one, with the cases, and nothing is changed."""

from __future__ import annotations

import datetime
from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from criteria import catalog
from criteria.evaluate import decide
from criteria.policy import Policy
from pa_portal.accounts.models import User
from pa_portal.audit.models import Event
from pa_portal.demo.bulk import seed as bulk
from pa_portal.demo.people import USERS
from pa_portal.determinations.models import Determination
from pa_portal.reports import drafts
from pa_portal.reports.impact import WORDS, impact
from pa_portal.reports.models import Case
from pa_portal.submissions.models import Submission

pytestmark = pytest.mark.django_db
END = timezone.make_aware(datetime.datetime(2026, 11, 20))
DAYS = (datetime.date(2025, 9, 1), datetime.date(2026, 11, 30))
ADDRESS = "reports:impact"


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


@pytest.fixture
def manager(settings: Any) -> User:
    settings.DEMO_ALLOWED = True
    call_command("seed_demo", stdout=StringIO())
    assert list(bulk.seed(250, end=END)) == [250]
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
    for row in found.pathways():
        was = {id for id, (old, _) in pairs.items() if row.id in old.pathways}
        would = {id for id, (_, new) in pairs.items() if row.id in new.pathways}
        assert (row.before, row.after) == (len(was), len(would))
        assert set(found.chosen(f"pathway:{row.id}:lost") or ()) == was - would
        assert set(found.chosen(f"pathway:{row.id}:gained") or ()) == would - was
    turns = found.criteria()
    assert turns
    words = dict(zip((True, False, None), WORDS, strict=True))
    for turn in turns:
        for word in WORDS:
            expected = {
                id
                for id, (old, new) in pairs.items()
                if old.outcome != new.outcome
                and old.verdict_of(turn.id) is not new.verdict_of(turn.id)
                and words[new.verdict_of(turn.id)] == word
            }
            assert turn.counts[word] == len(expected)
            assert set(found.chosen(f"criterion:{turn.id}:{word}") or ()) == expected
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
    numbers += [number for _, *pair in page.context["pathways"] for number in pair]
    numbers += [number for _, cells in page.context["criteria"] for number in cells]
    followed = [number for number in numbers if number.url]
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
        ("a: &x [1]\nb: *x\n", "references"),
        ("a: 1\n", "questions.yaml"),
        ("id: XX-1\n", "questions.yaml"),
        ("id: IC-0072\n", "policy.yaml:1"),
        ("id: IC-0072\nsurprise: 1\n", "unknown key"),
        ("[" * 5000, "YAML"),
        ("[" * 5000 + "]" * 5000, "form"),
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
