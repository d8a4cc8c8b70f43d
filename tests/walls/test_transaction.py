"""A request happens whole or not at all, and the next one on the same connection starts as nobody."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from pa_portal.accounts.models import Organization, User
from pa_portal.audit import acting
from pa_portal.http.transaction import EnterWhenKnown, RequestTransaction
from tests.records.conftest import build_world

View = Callable[[HttpRequest], HttpResponse]


@pytest.fixture
def people(transactional_db: None) -> SimpleNamespace:
    return build_world()


def ask(view: View, user: object = None) -> HttpResponse:
    request = RequestFactory().get("/somewhere/")
    request.user = user or AnonymousUser()
    return RequestTransaction(EnterWhenKnown(view))(request)


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        return str(cursor.fetchone()[0])


def noting(status: int) -> View:
    def view(request: HttpRequest) -> HttpResponse:
        User.objects.filter(email="ana@portal.example").update(last_login=timezone.now())
        return HttpResponse(status=status)

    return view


@pytest.mark.parametrize(
    ("status", "stays"), [(200, True), (303, True), (404, True), (422, True), (500, False), (503, False)]
)
def test_an_error_of_ours_undoes_what_was_done(people: SimpleNamespace, status: int, stays: bool) -> None:
    assert ask(noting(status)).status_code == status
    assert User.objects.filter(last_login__isnull=False).exists() is stays


def test_an_exception_undoes_what_was_done(people: SimpleNamespace) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        noting(200)(request)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        ask(view)
    assert not User.objects.filter(last_login__isnull=False).exists()


def test_a_swallowed_database_error_is_no_success(people: SimpleNamespace) -> None:
    """Postgres would answer the COMMIT with a ROLLBACK, and the page would say that it was done."""

    def view(request: HttpRequest) -> HttpResponse:
        noting(200)(request)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 / 0")
        except DatabaseError:
            pass
        return HttpResponse("Saved.")

    with pytest.raises(transaction.TransactionManagementError):
        ask(view)


def test_the_context_is_that_of_who_asks_and_ends_with_the_request(people: SimpleNamespace) -> None:
    seen: list[tuple[str, ...]] = []

    def view(request: HttpRequest) -> HttpResponse:
        before = setting("portal.user_id")
        assert request.user.is_authenticated is not None
        names = ("role", "portal.user_id", "portal.side", "portal.organization_id", "portal.system")
        seen.append((before, *(setting(name) for name in names)))
        return HttpResponse()

    for person in (people.prescriber, people.reviewer, people.clinic_manager, None):
        ask(view, person)
        assert (setting("role"), setting("portal.user_id")) == ("none", "")
    own, plan = str(people.clinic.pk), str(people.plan.pk)
    assert [(before, role, user, side, organization) for before, role, user, side, organization, _ in seen] == [
        ("", "portal_web", str(people.prescriber.pk), "provider", own),
        ("", "portal_web", str(people.reviewer.pk), "plan", plan),
        ("", "portal_web", str(people.clinic_manager.pk), "manager", own),
        ("", "portal_web", "", "", ""),
    ]


@pytest.mark.parametrize("method", ["get", "head", "post"])
def test_a_page_is_sent_when_the_disk_has_it_on_record(people: SimpleNamespace, method: str) -> None:
    """Whoever looks, acts or takes a file away: nothing of a request is confirmed early."""
    seen = []

    def view(request: HttpRequest) -> HttpResponse:
        assert request.user.is_authenticated
        acting.shown([people.clinic.pk], Organization, in_file=True)
        seen.append(setting("synchronous_commit"))
        return HttpResponse()

    request = getattr(RequestFactory(), method)("/requests/")
    request.user = people.prescriber
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    RequestTransaction(EnterWhenKnown(view))(request)
    connection.close()
    assert seen == ["on"]


def test_a_page_that_never_asks_who_it_is_for_enters_nothing(
    people: SimpleNamespace, django_assert_num_queries: Callable[..., object]
) -> None:
    with django_assert_num_queries(2):  # BEGIN and COMMIT
        ask(lambda request: HttpResponse(), people.prescriber)
