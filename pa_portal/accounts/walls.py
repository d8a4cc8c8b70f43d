"""Who may act holds nothing about patients; nor do Django's own tables and the queue's, whose jobs name ids alone."""

from pa_portal.accounts import guards
from pa_portal.audit.walls import ALL, EDIT, READ, Wall

# What a plan's manager says of it in letters.
_OF_ORGANIZATION = (
    "address_line1, address_line2, city, state, postal_code, phone, fax, appeals_address, appeals_phone, appeals_fax, "
    "peer_to_peer_phone, nondiscrimination_text, language_help_text"
)

WALLS = {
    "accounts_organization": Wall(f"SELECT, UPDATE ({_OF_ORGANIZATION})", system=EDIT, guard=guards.ORGANIZATIONS),
    "accounts_user": Wall("SELECT, INSERT, UPDATE (password, is_active, last_login)", system=EDIT, guard=guards.PEOPLE),
    "mfa_authenticator": Wall(ALL, guard=guards.FACTORS),
    # Of the sign-in: sessions, attempts counted, allauth's addresses.
    **{
        table: Wall(ALL)
        for table in (
            "accounts_session",
            "accounts_attempts",
            "account_emailaddress",
            "account_emailconfirmation",
        )
    },
    **{f"procrastinate_{name}": Wall(ALL) for name in ("events", "jobs", "periodic_defers", "workers")},
    # Read by the admin's pages and by readiness; nothing of these is used to decide who may do what.
    **{
        table: Wall(READ)
        for table in (
            "auth_group",
            "auth_group_permissions",
            "auth_permission",
            "django_admin_log",
            "django_content_type",
            "django_migrations",
        )
    },
}
