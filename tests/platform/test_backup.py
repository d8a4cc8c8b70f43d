"""A backup drill on the demo's data: saved while the portal works, restored elsewhere, compared row by row."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from pa_portal.db import places, project
from pa_portal.db.cluster import SUPERUSER, Cluster

ROOT = Path(__file__).parents[2]
APPEND_ONLY = "submissions_submission"


def manage(url: str, attachments: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PG"))}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "pa_portal.settings.dev",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": url,
        "ATTACHMENT_ROOT": str(attachments),
    }
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def fresh_cluster() -> Iterator[Cluster]:
    cluster = Cluster(places.at(project.throwaway_home()), durable=False)
    cluster.start()
    yield cluster
    cluster.destroy()


source = pytest.fixture(scope="module", name="source")(fresh_cluster)
target = pytest.fixture(scope="module", name="target")(fresh_cluster)


@pytest.fixture(scope="module")
def backup(source: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the demo, and beside it the documents it is of."""
    folder = tmp_path_factory.mktemp("backups")
    for arguments in (["migrate", "--verbosity=0"], ["seed_demo"]):
        done = manage(source.url, folder / "documents", *arguments)
        assert done.returncode == 0, done.stderr
    made = manage(source.url, folder / "documents", "backup", str(folder))
    assert made.returncode == 0, made.stderr
    return Path(made.stdout.strip())


def as_superuser(cluster: Cluster, statement: str) -> None:
    with psycopg.connect(
        host=str(cluster.place.socket), port=places.PORT, user=SUPERUSER, dbname=places.NAME, autocommit=True
    ) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement)


def test_the_drill(source: Cluster, target: Cluster, backup: Path, tmp_path: Path) -> None:
    """One after the other: restored and the same; not over something; told what differs; replaced on request."""
    manifest = json.loads((backup / "manifest.json").read_text())
    assert manifest["tables"][APPEND_ONLY][0] > 10
    assert len(manifest["attachments"]) > 0
    assert {path.stat().st_mode & 0o077 for path in (backup, backup / "manifest.json")} <= {0, 0o044}
    assert backup.stat().st_mode & 0o077 == 0

    restored = manage(target.url, tmp_path, "restore", str(backup))
    assert restored.returncode == 0, restored.stderr
    assert "every count and hash is the same" in restored.stdout
    for name in manifest["attachments"]:
        assert (tmp_path / name).read_bytes() == (backup.parent / "documents" / name).read_bytes()

    again = manage(target.url, tmp_path, "restore", str(backup))
    assert (again.returncode, again.stderr.strip()) == (
        1,
        "CommandError: The database is not empty. Restore into a new one, or say --replace to delete it.",
    )

    as_superuser(target, f"UPDATE {APPEND_ONLY} SET digest = repeat('0', 64) WHERE number = 1")
    as_superuser(target, "DELETE FROM determinations_letter")
    compared = manage(target.url, tmp_path, "restore", str(backup), "--compare")
    assert compared.returncode == 1
    assert f"{APPEND_ONLY} has other content" in compared.stderr
    assert "determinations_letter has 0 rows, not" in compared.stderr

    replaced = manage(target.url, tmp_path, "restore", str(backup), "--replace")
    assert replaced.returncode == 0, replaced.stderr
    migrated = manage(target.url, tmp_path, "migrate", "--check")
    assert migrated.returncode == 0, migrated.stdout
    with pytest.raises(psycopg.errors.RestrictViolation), psycopg.connect(target.url) as connection:
        connection.execute(f"DELETE FROM {APPEND_ONLY}")


@pytest.mark.parametrize(
    ("file", "says"),
    [("database.dump", "is damaged"), ("manifest.json", "is not a backup"), ("attachments", "missing or damaged")],
)
def test_a_damaged_backup_is_refused_before_anything_changes(
    target: Cluster, backup: Path, tmp_path: Path, file: str, says: str
) -> None:
    damaged = tmp_path / "damaged"
    subprocess.run(["cp", "-r", str(backup), str(damaged)], check=True)
    place = damaged / file
    if place.is_dir():
        place = next(path for path in place.rglob("*") if path.is_file())
    place.write_bytes(b"x" + place.read_bytes())
    done = manage(target.url, tmp_path, "restore", str(damaged), "--replace")
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr
