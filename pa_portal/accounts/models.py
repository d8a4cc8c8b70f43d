"""Who may act, and for whom: organizations and the people in them."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from pa_portal.accounts import text
from pa_portal.accounts.npi import npi
from pa_portal.accounts.places import State


class PostalAddress(models.Model):
    """Where letters go. Every part may be blank; the forms say which are needed."""

    address_line1 = models.CharField("street address", max_length=100, blank=True, validators=[text.one_line])
    address_line2 = models.CharField("suite, floor or unit", max_length=100, blank=True, validators=[text.one_line])
    city = models.CharField(max_length=60, blank=True, validators=[text.one_line])
    state = models.CharField("state", max_length=2, blank=True, choices=State)
    postal_code = models.CharField("ZIP code", max_length=10, blank=True, validators=[text.postal_code])

    class Meta:
        abstract = True

    def address_lines(self) -> list[str]:
        """Return the address as the lines of an envelope, without empty ones."""
        town = f"{self.city}, {self.state} {self.postal_code}".strip(" ,")
        return [line for line in (self.address_line1, self.address_line2, town) if line]


class Organization(PostalAddress):
    """A practice that asks, or a health plan that decides.

    The ``appeals_*``, ``peer_to_peer_phone`` and ``*_text`` fields are what a plan's letters say about rights and
    help; a provider leaves them blank.
    """

    class Kind(models.TextChoices):
        PROVIDER = "provider", "Provider organization"
        PLAN = "plan", "Health plan"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=150, validators=[text.one_line])
    kind = models.CharField(max_length=10, choices=Kind)
    npi = models.CharField("NPI", max_length=10, blank=True, validators=[npi])
    tin = models.CharField("tax identification number", max_length=10, blank=True, validators=[text.one_line])
    phone = models.CharField(max_length=25, blank=True, validators=[text.phone])
    fax = models.CharField(max_length=25, blank=True, validators=[text.phone])

    appeals_address = models.TextField(max_length=400, blank=True, validators=text.long_text(400))
    appeals_phone = models.CharField(max_length=25, blank=True, validators=[text.phone])
    appeals_fax = models.CharField(max_length=25, blank=True, validators=[text.phone])
    peer_to_peer_phone = models.CharField(max_length=25, blank=True, validators=[text.phone])
    nondiscrimination_text = models.TextField(max_length=4000, blank=True, validators=text.long_text(4000))
    language_help_text = models.TextField(max_length=4000, blank=True, validators=text.long_text(4000))

    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=models.Q(kind__in=("provider", "plan")), name="organization_kind"),
            models.CheckConstraint(condition=~models.Q(name=""), name="organization_name"),
        )

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person does here. Rights follow from the role and the organization, and from nothing else.

    Staff fill in what a prescriber then signs. A medical director may do all that a reviewer may, and sign denials.
    """

    PRESCRIBER = "prescriber", "Prescriber"
    STAFF = "staff", "Practice staff"
    REVIEWER = "reviewer", "Reviewer"
    DIRECTOR = "director", "Medical director"
    MANAGER = "manager", "Manager"


# The provider's side of a request, and the plan's.
PROVIDERS = (Role.PRESCRIBER, Role.STAFF)
REVIEWERS = (Role.REVIEWER, Role.DIRECTOR)

# Which kinds of organization a role may belong to. A manager sees the organization's own side.
ROLE_KINDS: dict[Role, frozenset[str]] = {
    Role.PRESCRIBER: frozenset({Organization.Kind.PROVIDER}),
    Role.STAFF: frozenset({Organization.Kind.PROVIDER}),
    Role.REVIEWER: frozenset({Organization.Kind.PLAN}),
    Role.DIRECTOR: frozenset({Organization.Kind.PLAN}),
    Role.MANAGER: frozenset({Organization.Kind.PROVIDER, Organization.Kind.PLAN}),
}

_HOMES: dict[str, str] = {
    Role.PRESCRIBER: "intake:dashboard",
    Role.STAFF: "intake:dashboard",
    Role.REVIEWER: "admin:index",
    Role.DIRECTOR: "admin:index",
    Role.MANAGER: "reports:home",
}


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail address, whatever the case it is typed in, and their organization with them."""

    def get_queryset(self) -> models.QuerySet[User]:
        return super().get_queryset().select_related("organization")

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person who signs in with an e-mail address. ``title`` is their job title, for signatures: "Medical director".

    ``is_privacy_officer``: a plan's manager who may take the audit trail away (see ``access.may_export_audit``).
    Rights come from ``role``, ``organization`` and that alone: there are no groups, permissions or superusers, so
    ``has_perm`` answers no, and the review admin decides by role.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address", max_length=254, unique=True, validators=[text.one_line])
    first_name = models.CharField(max_length=60, validators=[text.one_line])
    last_name = models.CharField(max_length=60, validators=[text.one_line])
    credentials = models.CharField(max_length=30, blank=True, validators=[text.one_line])
    title = models.CharField("job title", max_length=80, blank=True, validators=[text.one_line])
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="users")
    role = models.CharField(max_length=20, choices=Role)
    is_active = models.BooleanField("active", default=True)
    is_privacy_officer = models.BooleanField("privacy officer", default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["first_name", "last_name", "role", "organization"]

    class Meta:
        ordering = ("last_name", "first_name")
        constraints = (
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role"),
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
        )

    def __str__(self) -> str:
        return self.get_full_name()

    @classmethod
    def normalize_username(cls, username: str) -> str:
        return super().normalize_username(username).strip().lower()

    def get_full_name(self) -> str:
        """Return the name with credentials, as letters show it: "Ana Silva, MD"."""
        name = f"{self.first_name} {self.last_name}".strip()
        return f"{name}, {self.credentials}" if self.credentials else name

    @property
    def side(self) -> str:
        """Whose requests this person sees, as the database's walls name it; empty for nobody's.

        "provider": their organization's, drafts included; "manager": those that it sent; "plan": those sent to it.
        """
        if not self.is_active:
            return ""
        if self.role in PROVIDERS:
            return "provider"
        if self.role == Role.MANAGER and self.organization.kind == Organization.Kind.PROVIDER:
            return "manager"
        return "plan" if self.organization.kind == Organization.Kind.PLAN else ""

    def get_short_name(self) -> str:
        return self.first_name

    def audit_label(self) -> str:
        """Return who this is, to be kept beside what they did."""
        return f"{self.get_full_name()} ({self.get_role_display()})"

    @property
    def is_staff(self) -> bool:
        """Whether the review admin opens: for active reviewers and medical directors only."""
        return self.is_active and self.role in REVIEWERS

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return False

    def has_perms(self, perm_list: Any, obj: Any = None) -> bool:
        return not perm_list

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff

    def home_url(self) -> str:
        """Return the path of the page this person starts from."""
        return reverse(_HOMES[self.role])


class Session(AbstractBaseSession):
    """A browser that is signed in, or about to be. See ``accounts.sessions`` for when it ends.

    Nobody's while ``user`` is empty. It goes with the person, and when they may no longer sign in.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions", null=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        verbose_name = "session"

    @classmethod
    def get_session_store_class(cls) -> type[Any]:
        from pa_portal.accounts.sessions import SessionStore

        return SessionStore
