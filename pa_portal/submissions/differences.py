"""What differs between two submissions of a request, field by field, in words."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from criteria import catalog
from pa_portal.accounts.places import State
from pa_portal.submissions.models import AttachmentKind, LineOfBusiness, Sex, Submission, Urgency

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: ``section`` and ``label`` name it; ``before`` and ``after`` are what was said, "" for nothing.

    ``field`` is its path in the content, such as "patient.member_id" or "facts.regimen".
    """

    section: str
    label: str
    field: str
    before: str
    after: str


def differences(earlier: Submission, later: Submission) -> tuple[Difference, ...]:
    """Return what differs between two submissions of one request, in the order of the pages; the outcome comes last.

    Who signed, when, and what answers a request for information are no differences.
    """
    return tuple(differ(earlier.content, later.content))


def differ(before: Content, after: Content) -> Iterator[Difference]:
    """As ``differences``, of two submissions' contents."""
    for section, part, fields in _FIELDS:
        for name, (label, say) in fields.items():
            was, now = before.get(part, {}).get(name), after.get(part, {}).get(name)
            if was != now:
                yield Difference(section, label, f"{part}.{name}", _said(say, was), _said(say, now))
    yield from _answers(before, after)
    yield from _documents(before, after)
    was, now = before["decision"]["outcome"], after["decision"]["outcome"]
    if was != now:
        yield Difference("Outcome", "Result of the criteria", "decision.outcome", _OUTCOMES[was], _OUTCOMES[now])


def _answers(before: Content, after: Content) -> Iterator[Difference]:
    policy = catalog.get(after["policy"]["id"], after["policy"]["version"])
    for name, fact in policy.facts.items():
        was, now = before["answers"].get(name), after["answers"].get(name)
        if was != now:
            yield Difference("Answers", fact.label, f"answers.{name}", _said(fact.say, was), _said(fact.say, now))


def _documents(before: Content, after: Content) -> Iterator[Difference]:
    """A document is the same while its bytes, its kind and what it supports are."""
    was, now = ({_document(each): each for each in content.get("attachments", ())} for content in (before, after))
    for gone in was.keys() - now.keys():
        yield Difference("Documents", _kind(was[gone]), f"attachments.{was[gone]['id']}", was[gone]["name"], "")
    for added in now.keys() - was.keys():
        yield Difference("Documents", _kind(now[added]), f"attachments.{now[added]['id']}", "", now[added]["name"])


def _document(attachment: Content) -> tuple[str, str, tuple[str, ...]]:
    return attachment["sha256"], attachment["kind"], tuple(attachment["criteria"])


def _kind(attachment: Content) -> str:
    return str(AttachmentKind(attachment["kind"]).label)


def _said(say: Callable[[Any], str], value: Any) -> str:
    return "" if value is None or value == "" else say(value)


def _day(value: str) -> str:
    return f"{datetime.date.fromisoformat(value):%m/%d/%Y}"


def _list(value: list[str]) -> str:
    return ", ".join(value)


_Fields = dict[str, tuple[str, Callable[[Any], str]]]
_PERSON: _Fields = {"first_name": ("First name", str), "last_name": ("Last name", str)}
_FIELDS: tuple[tuple[str, str, _Fields], ...] = (
    (
        "Patient",
        "patient",
        {
            **_PERSON,
            "date_of_birth": ("Date of birth", _day),
            "sex": ("Sex", lambda value: str(Sex(value).label)),
            "member_id": ("Member ID", str),
            "line_of_business": ("Line of business", lambda value: str(LineOfBusiness(value).label)),
            "address": ("Address", _list),
            "state": ("State", lambda value: str(State(value).label)),
            "locality": ("County or city", str),
            "phone": ("Phone", str),
        },
    ),
    (
        "Prescriber",
        "prescriber",
        {
            **_PERSON,
            "credentials": ("Credentials", str),
            "npi": ("NPI", str),
            "specialty": ("Specialty", str),
            "phone": ("Phone", str),
            "fax": ("Fax", str),
            "address": ("Address", _list),
        },
    ),
    (
        "Treatment",
        "treatment",
        {
            "diagnosis_code": ("Diagnosis code", str),
            "height_cm": ("Height", lambda value: f"{value} cm"),
            "weight_kg": ("Weight", lambda value: f"{value} kg"),
            "requested_start_date": ("Requested start date", _day),
        },
    ),
    (
        "Request",
        "request",
        {
            "urgency": ("Urgency", lambda value: str(Urgency(value).label)),
            "urgency_reason": ("Reason for urgency", str),
            "clinical_rationale": ("Clinical rationale", str),
        },
    ),
)
_OUTCOMES = {
    "meets": "Criteria met",
    "does_not_meet": "Criteria not met",
    "insufficient_information": "Not established",
}
