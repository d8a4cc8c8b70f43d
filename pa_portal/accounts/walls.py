"""Who may act holds nothing about patients; nor do Django's own tables and the queue's, whose jobs name ids alone."""

from pa_portal.accounts import guards
from pa_portal.audit.walls import ALL, EDIT, READ, Wall, Watch

# What a plan's manager says of it in letters.
_OF_ORGANIZATION = (
    "address_line1, address_line2, city, state, postal_code, phone, fax, appeals_address, appeals_phone, appeals_fax, "
    "peer_to_peer_phone, nondiscrimination_text, language_help_text"
)

WALLS = {
    # What decides who may act is on record as patients' data are; the record of a factor or address names its owner.
    # That somebody signs in, and by what, is an event.
    "accounts_organization": Wall(
        f"SELECT, UPDATE ({_OF_ORGANIZATION})", system=EDIT, guard=guards.ORGANIZATIONS, watch=Watch(by_name=True)
    ),
    "accounts_user": Wall(
        "SELECT, INSERT, UPDATE (password, is_active, last_login)",
        system=EDIT,
        guard=guards.PEOPLE,
        watch=Watch(quiet=("last_login",), by_name=True),
    ),
    "mfa_authenticator": Wall(
        ALL, guard=guards.FACTORS, watch=Watch(person="user_id", quiet=("last_used_at",), by_name=True)
    ),
    "account_emailaddress": Wall(ALL, watch=Watch(person="user_id", by_name=True)),
    "account_emailconfirmation": Wall(ALL, watch=Watch(by_name=True)),
    # Of the sign-in: sessions, whose row decides nothing without the text that the portal has signed in it; attempts.
    "accounts_session": Wall(ALL),
    "accounts_attempts": Wall(ALL),
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
