"""Production settings refuse to start half-configured, and pass Django's own deployment checks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHOLE = {
    "DJANGO_SETTINGS_MODULE": "pa_portal.settings.production",
    "SECRET_KEY": "9s8d7f6g5h4j3k2l1q0w9e8r7t6y5u4i3o2p1a0z9x8c7v6b5n4m",
    "DATABASE_URL": "postgres://portal@127.0.0.1/portal",
    "ALLOWED_HOSTS": "portal.example",
}


def check(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    clean = {key: value for key, value in os.environ.items() if key not in {*WHOLE, "DJANGO_ALLOW_ASYNC_UNSAFE"}}
    return subprocess.run(command, cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=False)


def test_passes_the_deployment_checks() -> None:
    done = check(WHOLE)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS"])
def test_names_what_is_missing(missing: str) -> None:
    done = check({key: value for key, value in WHOLE.items() if key != missing})
    assert done.returncode != 0
    assert f"environment variable {missing}" in done.stderr


def test_refuses_a_short_key() -> None:
    done = check(WHOLE | {"SECRET_KEY": "short"})
    assert done.returncode != 0
    assert "SECRET_KEY is shorter" in done.stderr
