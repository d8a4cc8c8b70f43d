"""`python -m tests.chaos.world`: migrate a database, put people and one whole draft in it, and say which, as JSON."""

from __future__ import annotations

import json
import sys

import django


def main() -> None:
    django.setup()
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from django.core.management import call_command
    from django.db import transaction

    from pa_portal.accounts.acting import acting_as_portal
    from tests.records.conftest import build_world
    from tests.records.making import PASSWORD, draft

    call_command("migrate", interactive=False, verbosity=0)
    with transaction.atomic(), acting_as_portal("tests"):
        world = build_world()
        request = draft(world)
        secret = generate_totp_secret()
        TOTP.activate(world.prescriber, secret)
    person = {"email": world.prescriber.email, "password": PASSWORD, "secret": secret}
    json.dump({"draft": str(request.pk), "version": request.version, **person}, sys.stdout)


if __name__ == "__main__":
    main()
