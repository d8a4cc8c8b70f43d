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
    unwanted = {*WHOLE, "DJANGO_ALLOW_ASYNC_UNSAFE", "SECRET_KEY_FALLBACKS", "SECRET_KEY_FILE", "DATABASE_PASSWORD"}
    clean = {key: value for key, value in os.environ.items() if key not in unwanted}
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


def test_a_replaced_key_must_have_been_a_good_one() -> None:
    done = check(WHOLE | {"SECRET_KEY_FALLBACKS": "short"})
    assert "SECRET_KEY is shorter" in done.stderr


def test_secrets_may_come_from_files(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(WHOLE["SECRET_KEY"] + "\n")
    without = {name: value for name, value in WHOLE.items() if name != "SECRET_KEY"}
    assert check(without | {"SECRET_KEY_FILE": str(key)}).returncode == 0
    missing = check(without | {"SECRET_KEY_FILE": str(tmp_path / "none")})
    assert "SECRET_KEY_FILE" in missing.stderr
    assert missing.returncode != 0
    both = check(WHOLE | {"SECRET_KEY_FILE": str(key)})
    assert "Both SECRET_KEY and SECRET_KEY_FILE are set" in both.stderr


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "in the address"),
        ({"DATABASE_PASSWORD": "apart"}, "apart"),
    ],
)
def test_the_databases_password_may_come_apart_from_its_address(environment: dict[str, str], expected: str) -> None:
    code = "from django.conf import settings; print(settings.DATABASES['default']['PASSWORD'])"
    whole = WHOLE | {"DATABASE_URL": "postgres://portal:in%20the%20address@127.0.0.1/portal"} | environment
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=os.environ | whole, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == expected


def test_passwords_are_hashed_slowly_and_with_salt() -> None:
    """PBKDF2 with SHA-256 as Django has it by default: 600,000 rounds or more, whatever tests use instead."""
    from django.conf import global_settings
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    from pa_portal.settings import base

    assert not hasattr(base, "PASSWORD_HASHERS")
    assert global_settings.PASSWORD_HASHERS[0].endswith(".PBKDF2PasswordHasher")
    assert (PBKDF2PasswordHasher.algorithm, PBKDF2PasswordHasher.iterations >= 600_000) == ("pbkdf2_sha256", True)
    assert PBKDF2PasswordHasher().salt() != PBKDF2PasswordHasher().salt()
