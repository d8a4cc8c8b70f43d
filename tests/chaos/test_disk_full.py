"""The disk is full: a 503 that says so, nothing half done, never "saved" for what was not; and all is well once there
is room.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from pa_portal.submissions.files.storage import AttachmentStorage
from pa_portal.submissions.models import Attachment, Submission
from tests.chaos.conftest import LONG
from tests.chaos.counting import count
from tests.chaos.installation import installed
from tests.chaos.people import people_submitting
from tests.chaos.waiting import until
from tests.records.conftest import build_world
from tests.records.making import draft
from tests.records.sample_files import PDF

DISK_MEGABYTES = 240
# What Postgres keeps of its log must leave room on so small a disk.
SMALL = {"max_wal_size": "64MB", "min_wal_size": "32MB"}
FILL = """
    CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
    END
    $$;
    CREATE TRIGGER disk_is_full BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION disk_is_full();
"""


@pytest.fixture
def world(transactional_db: None) -> SimpleNamespace:
    return build_world()


@contextmanager
def full(table: str) -> Iterator[None]:
    """Postgres has no room for another row of this table, as it says it itself (SQLSTATE 53100)."""
    with connection.cursor() as cursor:
        cursor.execute(FILL.format(table=table))
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION disk_is_full() CASCADE")


@pytest.mark.parametrize("table", ["submissions_submission", "audit_event", "determinations_task"])
def test_a_database_without_room_refuses_in_words(world: SimpleNamespace, table: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(world.prescriber)
    request = draft(world)
    address, form = f"/requests/{request.pk}/check/", {"version": request.version}
    with full(table):
        answer = client.post(address, form)
    assert answer.status_code == 503
    assert "This was not confirmed" in answer.content.decode()
    request.refresh_from_db()
    assert (request.state, Submission.objects.count()) == ("draft", 0)
    assert client.post(address, form).status_code == 303
    assert Submission.objects.count() == 1


def test_a_disk_without_room_for_a_document_refuses_in_words(
    world: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    client = Client(raise_request_exception=False)
    client.force_login(world.prescriber)
    request = draft(world)
    form = {"version": request.version, "kind": "pathology"}
    with monkeypatch.context() as patch:
        patch.setattr(AttachmentStorage, "_save", no_room)
        answer = client.post(f"/requests/{request.pk}/documents/", {**form, "file": SimpleUploadedFile("a.pdf", PDF)})
    assert answer.status_code == 503
    assert "A file or a password has to be given again" in answer.content.decode()
    assert not Attachment.objects.exists()


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of its own with little room. Needs root."""
    folder = Path(tempfile.mkdtemp(prefix="pa-portal-full-"))
    folder.chmod(0o755)
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=755", "tmpfs", str(folder)]
    subprocess.run(command, check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        shutil.rmtree(folder, ignore_errors=True)


def fill(disk: Path) -> Path:
    """Take all the room there is."""
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(bytes(1024 * 1024)):
            pass
    assert shutil.disk_usage(disk).free == 0
    return filler


@pytest.mark.skipif(not LONG or os.geteuid() != 0, reason="in `make chaos`, as root: it mounts a file system")
def test_a_full_file_system_under_postgres(report: Callable[[str], None]) -> None:
    """Postgres may refuse statements or stop altogether; whatever it does, what was confirmed is there in the end."""
    with small_disk() as disk, installed(home=disk / "postgres", settings=SMALL) as installation:
        installation.web.start()
        with people_submitting(installation) as ledger:
            ledger.wait_for_more(5)
            filler = fill(disk)
            ledger.wait_for_answer("503")
            filler.unlink()
            if not installation.cluster.alive:
                installation.start_postgres_again()
            until(installation.web.answers, "the portal answers again")
            ledger.wait_for_more(5)
        found = count(installation, ledger)
    report(f"a full disk under Postgres: {found}; {dict(ledger.answers)}")
    assert (found.lost, found.duplicated, found.half) == (0, 0, 0)
