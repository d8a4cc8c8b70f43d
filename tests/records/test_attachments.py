"""Documents of a request: who may add, read and remove them, what is frozen, and what is kept on the disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import IntegrityError, connection, transaction

from pa_portal.audit.models import Event
from pa_portal.demo import cases
from pa_portal.determinations import actions as determinations
from pa_portal.submissions import actions, queries
from pa_portal.submissions.actions import attachments as acts
from pa_portal.submissions.documents import KINDS, documents_needed
from pa_portal.submissions.errors import Damaged, NotAllowed, Stale
from pa_portal.submissions.files.storage import storage
from pa_portal.submissions.models import ATTACHMENT_BYTES, Attachment, Request
from tests.records.making import day, draft, in_state
from tests.records.sample_files import JPEG, PDF, png, zip_of
from tests.records.test_scope import EVERYONE, SEE_DRAFTS, SEE_SENT


@pytest.fixture(autouse=True)
def root(settings, tmp_path: Path) -> Path:
    settings.ATTACHMENT_ROOT = tmp_path / "attachments"
    return settings.ATTACHMENT_ROOT


def attach(
    world: SimpleNamespace, request: Request, *, by: str = "staff", data: bytes = PDF, **given: Any
) -> Attachment:
    request.refresh_from_db()
    given = {"kind": "pathology", "criteria": ["her2_negative"], "name": "report.pdf", **given}
    return actions.add_attachment(
        by=getattr(world, by), request_id=request.pk, version=request.version, file=ContentFile(data), **given
    )


def kept(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


def remove(world: SimpleNamespace, attachment: Attachment, by: str = "staff") -> Request:
    version = Request.objects.get(pk=attachment.request_id).version
    return actions.remove_attachment(by=getattr(world, by), attachment_id=attachment.pk, version=version)


def submit(world: SimpleNamespace, request: Request) -> Any:
    request.refresh_from_db()
    return actions.submit(by=world.prescriber, request_id=request.pk, version=request.version)


def test_a_document_is_attached_and_kept_apart(world: SimpleNamespace, root: Path) -> None:
    request = draft(world)
    attachment = attach(world, request)
    assert attachment.request.version == request.version + 1
    (path,) = kept(root)
    assert path.read_bytes() == PDF
    assert "report" not in str(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, root)} == {0o700}
    assert (attachment.size, attachment.content_type) == (len(PDF), "application/pdf")
    event = Event.objects.get(action="attachment.added")
    assert "report" not in str(event.detail)
    with pytest.raises(ValueError, match="no address"):
        storage.url(attachment.stored_name)


def test_documents_read_at_once_are_those_of_the_list(world: SimpleNamespace) -> None:
    request, other = draft(world), draft(world)
    first, gone = attach(world, request), attach(world, request, data=JPEG, name="scan.jpg")
    last = attach(world, request, data=png(), name="labs.png")
    attach(world, other)
    remove(world, gone)
    assert queries.attached_to(request) == list(queries.attachments_of(request)) == [first, last]
    read = queries.attached_to(request)[0]
    assert (read.uploaded_by, read.criteria, read.uploaded_at) == (world.staff, first.criteria, first.uploaded_at)


def test_attaching_takes_the_ready_mark_back(world: SimpleNamespace) -> None:
    request = draft(world)
    actions.mark_ready_to_sign(by=world.staff, request_id=request.pk, version=request.version)
    attach(world, request)
    assert Request.objects.get(pk=request.pk).ready_to_sign_at is None


def test_a_stale_page_attaches_nothing(world: SimpleNamespace, root: Path) -> None:
    request = draft(world)
    with pytest.raises(Stale):
        actions.add_attachment(
            by=world.staff, request_id=request.pk, version=1, file=ContentFile(PDF), kind="labs", name="x"
        )
    assert not kept(root)
    assert not Attachment.objects.exists()


def test_the_same_file_again_is_the_same_attachment(world: SimpleNamespace, root: Path) -> None:
    request = draft(world)
    assert attach(world, request) == attach(world, request, by="prescriber")
    with pytest.raises(ValidationError, match="attached already"):
        attach(world, request, kind="labs")
    assert len(kept(root)) == 1


@pytest.mark.parametrize(
    ("given", "at_fault"),
    [
        ({"data": b""}, {"file"}),
        ({"data": zip_of()}, {"file"}),
        ({"data": b"%PDF-1.7 cut off"}, {"file"}),
        ({"data": PDF + bytes(ATTACHMENT_BYTES)}, {"file"}),
        ({"kind": "gossip"}, {"kind"}),
        ({"kind": "", "criteria": ["nonsense"]}, {"kind", "criteria"}),
    ],
)
def test_what_cannot_be_attached(world: SimpleNamespace, root: Path, given: dict[str, Any], at_fault: set[str]) -> None:
    request = draft(world)
    with pytest.raises(ValidationError) as told:
        attach(world, request, **given)
    assert set(told.value.message_dict) == at_fault
    assert not kept(root)


@pytest.mark.parametrize(
    ("limit", "value"), [("MOST_FILES", 2), ("MOST_BYTES_TOGETHER", len(PDF) + len(JPEG) + len(png()) - 1)]
)
def test_a_request_takes_only_so_much(world: SimpleNamespace, monkeypatch, root: Path, limit: str, value: int) -> None:
    monkeypatch.setattr(acts, limit, value)
    request = draft(world)
    first = attach(world, request)
    attach(world, request, data=JPEG)
    with pytest.raises(ValidationError) as told:
        attach(world, request, data=png())
    assert set(told.value.message_dict) == {"file"}
    remove(world, first)
    attach(world, request, data=png())
    assert len(kept(root)) <= 3


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("REPORT.PDF", "REPORT.PDF"),
        ("report.exe", "report.exe.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        (r"C:\scans\page 1.pdf", "page 1.pdf"),
        ("a\x00b\nc\ud800.pdf", "abc.pdf"),
        ("fdp\u202efdp.exe", "fdpfdp.exe.pdf"),
        ("", "document.pdf"),
        ("...", "document.pdf"),
        ("Befund Müller 报告 🌸.pdf", "Befund Müller 报告 🌸.pdf"),
        ("x" * 300 + ".pdf", "x" * 146 + ".pdf"),
        ("<script>.pdf", "<script>.pdf"),
    ],
)
def test_names(world: SimpleNamespace, typed: str, shown: str) -> None:
    attachment = attach(world, draft(world), name=typed)
    attachment.full_clean()
    assert Attachment.objects.get().download_name == shown


# Who


@pytest.mark.parametrize("state", ["submitted", "approved", "denied", "withdrawn"])
def test_nothing_is_attached_to_what_is_closed(world: SimpleNamespace, root: Path, state: str) -> None:
    request = in_state(world, state)
    with pytest.raises(NotAllowed):
        attach(world, request)
    assert not kept(root)


@pytest.mark.parametrize("name", EVERYONE)
def test_who_may_attach_read_and_remove(world: SimpleNamespace, root: Path, name: str) -> None:
    request = draft(world)
    attachment = attach(world, request)
    by = getattr(world, name)
    if name in SEE_DRAFTS:
        attach(world, request, by=name, data=JPEG)
        found, file = actions.open_attachment(by=by, attachment_id=str(attachment.pk))
        assert (found, file.read()) == (attachment, PDF)
        file.close()
        assert Event.objects.filter(action="attachment.read", actor_id=by.pk).count() == 1
        remove(world, attachment, name)
        assert not queries.attachments_for(by).filter(pk=attachment.pk).exists()
        return
    with pytest.raises((Request.DoesNotExist, NotAllowed)):
        attach(world, request, by=name, data=JPEG)
    for act in (
        lambda: queries.attachment_for(by, attachment.pk),
        lambda: actions.open_attachment(by=by, attachment_id=attachment.pk),
        lambda: remove(world, attachment, name),
    ):
        with pytest.raises(Attachment.DoesNotExist):
            act()
    assert len(kept(root)) == 1


def test_the_plan_sees_what_was_sent_and_no_more(world: SimpleNamespace, root: Path) -> None:
    request = draft(world)
    sent = attach(world, request)
    submit(world, request)
    request.refresh_from_db()
    determinations.pend(
        by=world.reviewer,
        request_id=request.pk,
        version=request.version,
        information_needed="A scan",
        respond_by=day(7),
    )
    added = attach(world, request, data=JPEG, kind="other")
    remove(world, sent)
    for name in EVERYONE:
        seen = set(queries.attachments_for(getattr(world, name)))
        assert seen == ({sent, added} if name in SEE_DRAFTS else {sent} if name in SEE_SENT else set()), name
    with pytest.raises(NotAllowed):
        remove(world, sent, "reviewer")
    assert len(kept(root)) == 2
    request.refresh_from_db()
    second = determinations.respond_to_pend(
        by=world.prescriber, request_id=request.pk, version=request.version, response="Attached."
    )
    assert [each["id"] for each in second.content["attachments"]] == [str(added.pk)]
    assert added in queries.attachments_for(world.reviewer)


@pytest.mark.parametrize("id", ["", "nonsense", "\x00", None])
def test_an_id_that_leads_nowhere(world: SimpleNamespace, id) -> None:
    with pytest.raises(Attachment.DoesNotExist):
        actions.open_attachment(by=world.prescriber, attachment_id=id)


# What is frozen, and what is kept


def test_a_submission_freezes_its_documents(world: SimpleNamespace) -> None:
    request = draft(world)
    dropped = attach(world, request, data=JPEG)
    attachment = attach(world, request)
    remove(world, dropped)
    content = submit(world, request).content
    assert content["attachments"] == [
        {
            "id": str(attachment.pk),
            "kind": "pathology",
            "criteria": ["her2_negative"],
            "name": "report.pdf",
            "content_type": "application/pdf",
            "size": len(PDF),
            "sha256": attachment.sha256,
            "uploaded_by": "Jo Testcase",
            "uploaded_at": attachment.uploaded_at.isoformat(),
        }
    ]
    assert content["documents_missing"] == ["treatment_history"]
    sent = Attachment.objects.filter(sent_at__isnull=False)
    assert list(sent) == [attachment]


def test_what_was_never_sent_leaves_no_bytes(
    world: SimpleNamespace, root: Path, django_capture_on_commit_callbacks
) -> None:
    request = draft(world)
    attachment = attach(world, request)
    with django_capture_on_commit_callbacks(execute=True):
        remove(world, attachment)
    assert not kept(root)
    attach(world, request)
    request.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        actions.discard_draft(by=world.staff, request_id=request.pk, version=request.version)
    assert not kept(root)
    assert Attachment.objects.filter(removed_at__isnull=False).count() == 2


@pytest.mark.parametrize("spoil", [lambda path: path.write_bytes(JPEG), lambda path: path.unlink()])
def test_a_file_that_is_not_what_was_stored_is_not_shown(world: SimpleNamespace, root: Path, spoil) -> None:
    attachment = attach(world, draft(world))
    spoil(kept(root)[0])
    with pytest.raises(Damaged):
        actions.open_attachment(by=world.prescriber, attachment_id=attachment.pk)
    assert not Event.objects.filter(action="attachment.read").exists()


def test_a_full_disk_attaches_nothing(world: SimpleNamespace, root: Path, monkeypatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        attach(world, draft(world))
    assert not kept(root)
    assert not Attachment.objects.exists()


def settle() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE {0} SET sha256 = repeat('0', 64)",
        "UPDATE {0} SET kind = 'labs'",
        "UPDATE {0} SET sent_at = NULL",
        "UPDATE {0} SET sent_at = now()",
        "UPDATE {0} SET removed_at = NULL, removed_by_id = NULL",
        "UPDATE {0} SET removed_at = now()",
        "DELETE FROM {0}",
        "TRUNCATE {0}",
    ],
)
def test_the_database_lets_nothing_else_change(world: SimpleNamespace, attempt: str) -> None:
    request = in_state(world, "draft")
    attachment = attach(world, request)
    submit(world, request)
    Attachment.objects.filter(pk=attachment.pk).update(removed_at=attachment.uploaded_at, removed_by=world.staff)
    settle()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attempt.format("submissions_attachment"))


# Which documents


@pytest.mark.parametrize(
    ("answers", "kinds"),
    [
        ({}, []),
        (cases.PATHWAYS["hr_positive_third_line_plus"], ["pathology", "treatment_history"]),
        (cases.PATHWAYS["hr_positive_second_line"], ["pathology"]),
        (cases.PATHWAYS["tnbc_first_line"], ["pathology", "labs"]),
        (cases.NOT_TESTED, ["pathology"]),
        (
            cases.PATHWAYS["with_capecitabine_after_anthracycline_and_taxane"],
            ["labs", "treatment_history"],
        ),
        (cases.HYPERSENSITIVE, []),
    ],
)
def test_the_documents_that_the_answers_rest_on(world: SimpleNamespace, answers, kinds: list[str]) -> None:
    request = draft(world, answers=answers)
    needed = documents_needed(request)
    assert [each.kind for each in needed] == kinds
    assert all(each.missing and each.criteria and each.facts for each in needed)
    assert queries.missing(request) == () or not answers


def test_a_document_is_asked_for_once(world: SimpleNamespace) -> None:
    request = draft(world)
    attach(world, request, kind="pathology", criteria=[])
    attach(world, request, kind="other", criteria=["crisis_or_refractory"], data=JPEG)
    assert [each.kind for each in documents_needed(request) if each.missing] == []


def test_every_fact_with_a_document_is_the_policys(world: SimpleNamespace) -> None:
    assert KINDS.keys() <= queries.policy_of(draft(world)).facts.keys()
