"""What somebody sends cannot write a line of its own into the log."""

from __future__ import annotations

import io
import logging
from typing import Any

import pytest
from django.conf import settings

from pa_portal.http.logs import WithoutValues
from tests.hostile.portal import Portal

pytestmark = pytest.mark.django_db

FORGED = "2026-01-01 00:00:00,000 ERROR forged: a line of its own"


@pytest.mark.parametrize(
    ("method", "path", "meta"),
    [
        ("GET", f"/nothing/\n{FORGED}", {}),
        ("GET", f"/nothing/\r\n{FORGED}", {}),
        ("GET", f"/nothing/\u2028{FORGED}", {}),
        (f"X\n{FORGED}", "/requests/", {}),
        ("POST", "/requests/new/", {"HTTP_ORIGIN": f"x\n{FORGED}"}),
        ("POST", "/requests/new/", {"HTTP_REFERER": f"x\n{FORGED}"}),
        ("GET", "/requests/", {"HTTP_HOST": f"x\n{FORGED}"}),
    ],
)
def test_no_input_starts_a_line_of_its_own(portal: Portal, method: str, path: str, meta: dict[str, Any]) -> None:
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(WithoutValues(settings.LOGGING["formatters"]["line"]["format"]))
    loggers = [logging.getLogger(name) for name in ("", "django", "django.security")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        portal.send("prescriber", method, path, csrf=True, **meta)
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
    assert not [line for line in out.getvalue().splitlines() if line.startswith("2026-01-01")]
