"""`python -m pa_portal.http.probe`: exits 0 when the portal on port 8000 here is ready for requests. For containers."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

ADDRESS = "http://127.0.0.1:8000/readyz"


def ready() -> bool:
    # Django answers only to the names it was given.
    name = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    request = urllib.request.Request(ADDRESS, headers={"Host": name})
    try:
        with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310 (a fixed http address)
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


if __name__ == "__main__":
    sys.exit(not ready())
