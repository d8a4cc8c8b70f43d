"""Who may act holds nothing about patients; nor do Django's own tables and the queue's, whose jobs name ids alone."""

from pa_portal.audit.walls import ALL, EDIT, READ, Wall

WALLS = {
    "accounts_organization": Wall(EDIT),
    "accounts_user": Wall(EDIT),
    # Of the sign-in: sessions, attempts counted, allauth's addresses and second factors.
    **{
        table: Wall(ALL)
        for table in (
            "accounts_session",
            "accounts_attempts",
            "account_emailaddress",
            "account_emailconfirmation",
            "mfa_authenticator",
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
