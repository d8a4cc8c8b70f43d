#!/usr/bin/env python
"""Django's command-line entry point."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pa_portal.settings.dev")
    # The tables belong to another login than the one that pages are served with.
    if sys.argv[1:2] == ["migrate"] and (owner := os.environ.get("MIGRATION_DATABASE_URL")):
        os.environ["DATABASE_URL"] = owner
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
