"""Signing in and out, and the gate in front of every page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views import View

from pa_portal.accounts.access import RoleRequiredMixin, require_role
from pa_portal.accounts.actions import create_organization, create_user
from pa_portal.accounts.admin_site import PortalAdminSite
from pa_portal.accounts.models import _HOMES, ROLE_KINDS, Organization, Role, User
from pa_portal.audit.models import Event
from tests.records.making import PASSWORD

SIGN_IN = "/accounts/sign-in/"


@require_role("prescriber", "manager")
def page(request) -> HttpResponse:
    return HttpResponse("in")


class Page(RoleRequiredMixin, View):
    roles = ("prescriber", "manager")

    def get(self, request) -> HttpResponse:
        return HttpResponse("in")


@pytest.fixture(autouse=True)
def homes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where each role starts from is the other rooms' business."""
    monkeypatch.setattr(User, "home_url", lambda user: f"/home-of-{user.role}/")


@pytest.mark.parametrize("view", [page, Page.as_view()], ids=["function", "class"])
@pytest.mark.parametrize(
    ("name", "let_in"), [("prescriber", True), ("manager", True), ("clinic_manager", True), ("reviewer", False)]
)
def test_the_role_decides(world: SimpleNamespace, view, name: str, let_in: bool) -> None:
    request = RequestFactory().get("/requests/?page=2")
    request.user = getattr(world, name)
    if let_in:
        assert view(request).content == b"in"
    else:
        with pytest.raises(Http404):
            view(request)


@pytest.mark.parametrize("view", [page, Page.as_view()], ids=["function", "class"])
def test_somebody_not_signed_in_is_sent_to_sign_in_and_back(view) -> None:
    request = RequestFactory().get("/requests/?page=2")
    request.user = AnonymousUser()
    response = view(request)
    assert (response.status_code, response["Location"]) == (302, f"{SIGN_IN}?next=/requests/%3Fpage%3D2")


def test_a_part_of_a_page_moves_the_whole_page_to_sign_in() -> None:
    request = RequestFactory().get("/requests/dose/", headers={"HX-Request": "true"})
    request.user = AnonymousUser()
    response = page(request)
    assert (response.status_code, response["HX-Redirect"]) == (401, SIGN_IN)


def test_a_gate_must_name_roles() -> None:
    with pytest.raises(ValueError, match="at least one role"):
        require_role()
    with pytest.raises(ValueError, match="wizard"):
        require_role("wizard")


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_page_to_start_from_and_a_place_to_belong(role: str) -> None:
    assert reverse(_HOMES[role])
    assert ROLE_KINDS[role]


def sign_in(client: Client, email: str, password: str = PASSWORD, **extra: str) -> HttpResponse:
    return client.post(SIGN_IN, {"username": email, "password": password, **extra})


@pytest.mark.parametrize("typed", ["ana@portal.example", " Ana@Portal.EXAMPLE "])
def test_signing_in_and_out(world: SimpleNamespace, client: Client, typed: str) -> None:
    response = sign_in(client, typed)
    assert (response.status_code, response["Location"]) == (302, "/home-of-prescriber/")
    assert client.get(SIGN_IN)["Location"] == "/home-of-prescriber/"
    assert client.get(reverse("accounts:sign_out")).status_code == 405
    assert client.post(reverse("accounts:sign_out"))["Location"] == SIGN_IN
    assert client.get(SIGN_IN).status_code == 200
    assert client.post(reverse("accounts:sign_out")).status_code == 302
    assert [event.action for event in Event.objects.all()] == ["user.signed_in", "user.signed_out"]


@pytest.mark.parametrize(
    ("next_page", "leads_to"),
    [
        ("/requests/", "/requests/"),
        ("https://elsewhere.example/", "/home-of-prescriber/"),
        ("//elsewhere.example/", "/home-of-prescriber/"),
        ("javascript:alert(1)", "/home-of-prescriber/"),
    ],
)
def test_next_stays_on_this_host(world: SimpleNamespace, client: Client, next_page: str, leads_to: str) -> None:
    assert sign_in(client, "ana@portal.example", next=next_page)["Location"] == leads_to


def test_a_failed_sign_in_does_not_say_why(world: SimpleNamespace, client: Client) -> None:
    User.objects.filter(email="ben@portal.example").update(is_active=False)
    told = set()
    for email, password in (
        ("ana@portal.example", "wrong"),
        ("nobody@portal.example", PASSWORD),
        ("ben@portal.example", PASSWORD),
        ("ana@portal.example\x00", PASSWORD),
        ("ana@portal.example", "wrong\x00"),
        ("x" * 5000, PASSWORD),
    ):
        response = sign_in(client, email, password)
        assert response.status_code == 422
        told |= {str(error) for error in response.context["form"].non_field_errors()}
    assert len(told) == 1
    failed = Event.objects.filter(action="user.sign_in_failed")
    assert {event.object_id for event in failed} == {str(world.prescriber.pk), str(world.colleague.pk)}
    assert not any(event.detail for event in failed)


def test_an_address_is_kept_in_lower_case_and_once(world: SimpleNamespace) -> None:
    given = {
        "by": None,
        "organization": world.clinic,
        "role": "prescriber",
        "password": PASSWORD,
        "first_name": "New",
        "last_name": "Person",
    }
    assert create_user(**given, email=" New@Portal.Example ").email == "new@portal.example"
    with pytest.raises(ValidationError) as told:
        create_user(**given, email="NEW@portal.example")
    assert set(told.value.message_dict) == {"email"}
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=world.prescriber.pk).update(email="Ana@portal.example")


@pytest.mark.parametrize(
    ("organization", "role", "allowed"),
    [
        ("clinic", "prescriber", True),
        ("plan", "prescriber", False),
        ("clinic", "staff", True),
        ("plan", "staff", False),
        ("clinic", "reviewer", False),
        ("plan", "reviewer", True),
        ("clinic", "director", False),
        ("plan", "director", True),
        ("clinic", "manager", True),
        ("plan", "manager", True),
    ],
)
def test_which_role_belongs_where(world: SimpleNamespace, organization: str, role: str, allowed: bool) -> None:
    given = {
        "by": None,
        "organization": getattr(world, organization),
        "role": role,
        "email": "new@portal.example",
        "password": PASSWORD,
        "first_name": "New",
        "last_name": "Person",
    }
    if allowed:
        user = create_user(**given)
        assert user.is_staff is (role in ("reviewer", "director"))
        assert not user.has_perm("submissions.view_request")
        assert Event.objects.get(action="user.created").object_id == str(user.pk)
    else:
        with pytest.raises(ValidationError):
            create_user(**given)


@pytest.mark.parametrize("password", ["short", "new@portal.example", "123456789012345"])
def test_a_weak_password_is_refused(world: SimpleNamespace, password: str) -> None:
    with pytest.raises(ValidationError) as told:
        create_user(
            by=None,
            organization=world.clinic,
            role="prescriber",
            email="new@portal.example",
            password=password,
            first_name="New",
            last_name="Person",
        )
    assert set(told.value.message_dict) == {"password"}


def test_an_organizations_npi_is_checked(db: None) -> None:
    with pytest.raises(ValidationError) as told:
        create_organization(by=None, kind="provider", name="Clinic", npi="1740283655")
    assert set(told.value.message_dict) == {"npi"}
    assert not Organization.objects.exists()


# The admin


@pytest.mark.parametrize(
    ("name", "status", "leads_to"),
    [
        (None, 302, f"{SIGN_IN}?next=/admin/"),
        ("prescriber", 404, None),
        ("staff", 404, None),
        ("manager", 404, None),
        ("reviewer", 200, None),
        ("director", 200, None),
    ],
)
def test_the_admin_opens_for_reviewers_alone(world: SimpleNamespace, name: str | None, status: int, leads_to) -> None:
    gate = PortalAdminSite().admin_view(lambda request: HttpResponse("queue"))
    request = RequestFactory().get("/admin/")
    request.user = getattr(world, name) if name else AnonymousUser()
    if status == 404:
        with pytest.raises(Http404):
            gate(request)
        return
    response = gate(request)
    assert (response.status_code, response.get("Location")) == (status, leads_to)


def test_the_admin_has_no_login_page_of_its_own(world: SimpleNamespace) -> None:
    site = PortalAdminSite()
    for user, leads_to in (
        (AnonymousUser(), SIGN_IN),
        (world.prescriber, SIGN_IN),
        (world.reviewer, reverse("admin:index")),
    ):
        request = RequestFactory().post("/admin/login/", {"username": "a", "password": "b"})
        request.user = user
        assert site.login(request)["Location"] == leads_to
