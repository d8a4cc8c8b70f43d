"""The table of who reaches what (matrix.txt), the people who try, and the records they try it on."""

from __future__ import annotations

import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from django.core.files.base import ContentFile
from django.test import override_settings
from django.urls import reverse

from pa_portal.accounts.actions import appoint_privacy_officer
from pa_portal.determinations import actions as determinations
from pa_portal.determinations import queries
from pa_portal.determinations.models import Letter
from pa_portal.exports import actions as exports
from pa_portal.submissions import actions
from pa_portal.submissions.models import Attachment, Request
from tests.access.addresses import Address
from tests.determinations.conftest import build_wider_world
from tests.records import making
from tests.records.sample_files import PDF

FILE = exports.What("requests", "csv", "data=requests&for=requests&column=reference", False)
TABLE = Path(__file__).with_name("matrix.txt")

# The people by what the table calls them. Everybody belongs to ours, or to theirs: another practice, another plan.
OURS = {
    "prescriber": "prescriber",
    "staff": "staff",
    "reviewer": "reviewer",
    "director": "director",
    "plan manager": "manager",
    "provider manager": "clinic_manager",
}
THEIRS = {
    "other prescriber": "other_prescriber",
    "other staff": "other_staff",
    "other reviewer": "other_reviewer",
    "other plan manager": "other_manager",
}
PEOPLE = {**OURS, **THEIRS}
ANONYMOUS = "anonymous"

PROVIDER = {"prescriber", "staff", "other prescriber", "other staff"}
REVIEWER = {"reviewer", "director", "other reviewer"}
MANAGER = {"plan manager", "provider manager", "other plan manager"}
GROUPS: dict[str, set[str]] = {
    "anybody": {ANONYMOUS, *PEOPLE},
    "signed-in": set(PEOPLE),
    "provider": PROVIDER,
    "prescriber": {"prescriber", "other prescriber"},
    "reviewer": REVIEWER,
    "manager": MANAGER,
    "plan-manager": {"plan manager", "other plan manager"},
    # Only ours was appointed, so the other plan's manager is kept out.
    "privacy-officer": {"plan manager"},
    "reader": PROVIDER | REVIEWER | MANAGER,
}
# Records that are nobody's but the person's own: whoever asks for another's, or for none, is told the same.
PERSONAL = {"factor", "link"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the table."""

    who: str
    what: str

    def lets(self, person: str) -> bool:
        return person in GROUPS[self.who]


def rules() -> dict[str, Rule]:
    lines = (line.split() for line in TABLE.read_text(encoding="utf-8").splitlines())
    return {line[0]: Rule(line[1], line[2]) for line in lines if line and not line[0].startswith("#")}


# The records


def build() -> SimpleNamespace:
    """The people, and for ours and theirs the same records. ``marks``: what of theirs no page of ours may show."""
    world = build_wider_world()
    appoint_privacy_officer(by=None, user=world.manager)
    theirs = SimpleNamespace(
        **{
            **vars(world),
            "prescriber": world.other_prescriber,
            "staff": world.other_staff,
            "plan": world.other_plan,
            "reviewer": world.other_reviewer,
            "director": world.other_director,
            "manager": world.other_manager,
        }
    )
    world.records = {"own": _records(world)}
    strange = {"first_name": "Zyxwina", "last_name": "Zzyzxfremd", "member_id": "ZZFREMD77"}
    with mock.patch.dict(making.PATIENT, strange):
        world.records["foreign"] = _records(theirs)
    # The practice's manager has colleagues of their own; what the practice sent is the same.
    world.records["practice"] = {**world.records["own"], "person": {"person_id": world.prescriber.pk}}
    world.records["missing"] = {kind: dict.fromkeys(ids, None) for kind, ids in world.records["own"].items()}
    references = Request.objects.filter(organization=world.other_clinic).values_list("reference", flat=True)
    world.marks = {"foreign": [*strange.values(), *references]}
    references = Request.objects.filter(organization=world.clinic).values_list("reference", flat=True)
    world.marks["own"] = ["Marisol", "Quintana", "PMH1001", *references]
    return world


def _records(side: SimpleNamespace) -> dict[str, dict[str, Any]]:
    with override_settings(ATTACHMENT_ROOT=Path(tempfile.mkdtemp(prefix="matrix-"))):
        draft, sent = making.draft(side), making.draft(side)
        documents = [_attach(side, each) for each in (draft, sent)]
        _send(side, sent)
    denied, appealed = making.in_state(side, "denied"), making.in_state(side, "denied")
    appeal = determinations.file_appeal(
        by=side.prescriber, request_id=appealed.pk, version=appealed.version, grounds="The report was exchanged."
    )
    approved = making.in_state(side, "approved")
    letter = Letter.objects.get(request=approved)
    authorization = queries.authorizations_of(approved).get()
    return {
        "draft": {"pk": draft.pk},
        "request": {"pk": sent.pk, "request_id": sent.pk},
        "pended": {"pk": making.in_state(side, "pended").pk},
        "denied": {"pk": denied.pk},
        "appealed": {"pk": appealed.pk, "appeal_id": appeal.pk},
        "appealed-request": {"pk": appealed.pk},
        "approved": {"pk": authorization.pk},
        "letter": {"letter_id": letter.pk},
        "document": {"pk": draft.pk, "document_id": documents[0].pk},
        "sent": {"pk": sent.pk, "document_id": documents[1].pk},
        "patient": {"id": draft.patient_id},
        "prescriber": {"id": draft.prescriber_id},
        "member": {"patient_id": sent.patient_id},
        "colleague": {"id": side.director.pk, "person_id": side.director.pk},
        "person": {"person_id": side.director.pk},
        "export": {"export_id": exports.ask(by=side.manager, what=FILE, expected=1).pk},
        "schedule": {
            "schedule_id": exports.schedule(by=side.manager, what=FILE, frequency="weekly", delivery="folder").pk
        },
    }


def _attach(side: SimpleNamespace, request: Request) -> Attachment:
    request.refresh_from_db()
    details = {"kind": "pathology", "criteria": ["her2_negative"], "name": "report.pdf", "file": ContentFile(PDF)}
    return actions.add_attachment(by=side.staff, request_id=request.pk, version=request.version, **details)


def _send(side: SimpleNamespace, request: Request) -> None:
    request.refresh_from_db()
    actions.submit(by=side.prescriber, request_id=request.pk, version=request.version)


# What an address captures besides the ids of records.
SAMPLES: dict[str, dict[str, Any]] = {
    "intake:details": {"slug": "patient"},
    "intake:question": {"slug": "hypersensitivity"},
    "intake:boxes": {"slug": "hypersensitivity"},
    "admin:policy": {"policy_id": "IC-0072", "version": "2025-09-04"},
    "admin:policy_compare": {"policy_id": "IC-0072", "before": "2025-09-04", "after": "2025-09-04"},
    "plan:switch": {"policy_id": "IC-0072"},
    "plan:time": {"stage": "request", "line_of_business": "commercial", "urgency": "standard"},
    "account_reset_password_from_key": {"uidb36": "0", "key": "0-0"},
    "mfa_edit_webauthn": {"pk": 1},
    "mfa_remove_webauthn": {"pk": 1},
}


def path_of(address: Address, rule: Rule, world: SimpleNamespace, whose: str) -> str:
    """The path of an address for a record of ours (``own``), of theirs (``foreign``), or of nobody (``missing``)."""
    ids = world.records[whose].get(rule.what, {})
    captured = {name: ids[name] or uuid.uuid4() for name in address.takes if name in ids}
    return reverse(address.name, kwargs={**captured, **SAMPLES.get(address.name, {})})
