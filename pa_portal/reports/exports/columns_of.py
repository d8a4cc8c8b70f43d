"""The columns of the data sets besides requests: of the case ``c`` and of their own rows ``d``, ``a``, ``l``, ``e``."""

from __future__ import annotations

from typing import Final

from pa_portal.reports.columns import Column, Kind

_ZONED = "({moment} AT TIME ZONE %(zone)s)::date"


def _of_case(name: str, kind: Kind, label: str, meaning: str, *, patient: bool = False) -> Column:
    return Column(name, kind, label, meaning, patient=patient)


_REFERENCE: Final = _of_case("reference", Kind.CODE, "Request", "The number of the request.")
_PARTIES: Final = (
    _of_case("organization", Kind.TEXT, "Organization", "The provider organization that asked."),
    _of_case("plan", Kind.TEXT, "Health plan", "The plan that decides."),
    _of_case(
        "line_of_business",
        Kind.CODE,
        "Line of business",
        "commercial, marketplace, medicaid or medicare, as in the latest submission.",
    ),
)
_PATIENT: Final = (
    _of_case(
        "patient_name",
        Kind.TEXT,
        "Patient",
        "First and last name, as in the latest submission. Only when asked for.",
        patient=True,
    ),
    _of_case(
        "member_id",
        Kind.TEXT,
        "Member ID",
        "The patient's number with the plan. Only when asked for.",
        patient=True,
    ),
)

DETERMINATIONS: Final = (
    _REFERENCE,
    *_PARTIES,
    *_PATIENT,
    Column("number", Kind.WHOLE, "Number", "1 for the first determination on the request, and so on.", "d.number"),
    Column("decision", Kind.CODE, "Decision", "approved, denied or pended (information requested).", "d.decision"),
    Column(
        "decided_on",
        Kind.DATE,
        "Decided",
        "The day of the determination.",
        _ZONED.format(moment="d.decided_at"),
    ),
    Column("decided_at", Kind.MOMENT, "Decided at", "The moment of the determination.", "d.decided_at"),
    Column(
        "decided_by",
        Kind.TEXT,
        "Decided by",
        "Who made it; Automatic review for nobody. Only in a plan's files.",
        "CASE WHEN d.decided_by_id IS NULL THEN %(automatic)s ELSE concat_ws(' ', du.first_name, du.last_name) END",
        plan_only=True,
    ),
    Column(
        "decided_role",
        Kind.CODE,
        "Role",
        "reviewer or director, as it was then. Only in a plan's files.",
        "nullif(d.decided_role, '')",
        plan_only=True,
    ),
    Column(
        "automatic",
        Kind.YES_NO,
        "Automatic",
        "Whether the plan's rules approved it without a reviewer.",
        "d.decided_by_id IS NULL",
    ),
    Column(
        "in_force",
        Kind.YES_NO,
        "In force",
        "Whether no later determination took its place. Empty for a request for information.",
        "CASE WHEN d.decision <> 'pended' THEN later.id IS NULL END",
    ),
    Column(
        "replaces_earlier",
        Kind.YES_NO,
        "Replaces an earlier one",
        "Whether it took the place of an earlier one, after an appeal or as a correction.",
        "d.supersedes_id IS NOT NULL",
    ),
    Column(
        "modified",
        Kind.YES_NO,
        "Modified",
        "Whether the approval is for less than was asked.",
        "CASE WHEN d.decision = 'approved' THEN d.modified END",
    ),
    Column("submission", Kind.WHOLE, "Submission", "The number of the submission that it is about.", "s.number"),
    Column("policy_id", Kind.CODE, "Policy", "The policy that it rests on.", "d.policy_id"),
    Column("policy_version", Kind.CODE, "Policy version", "The version of that policy.", "d.policy_version"),
    Column(
        "outcome",
        Kind.CODE,
        "Engine outcome",
        "What the policy's criteria gave: meets, does_not_meet or insufficient_information. It decides nothing.",
        "d.outcome",
    ),
    Column(
        "reasons",
        Kind.CODE,
        "Denial reasons",
        "The criteria that a denial rests on, separated by spaces.",
        "(SELECT string_agg(r ->> 'criterion', ' ') FROM jsonb_array_elements(d.reasons) r)",
    ),
    Column(
        "reason_codes",
        Kind.CODE,
        "Reason codes",
        "The codes of those reasons, separated by spaces.",
        "(SELECT string_agg(r ->> 'code', ' ') FROM jsonb_array_elements(d.reasons) r)",
    ),
    Column(
        "respond_by",
        Kind.DATE,
        "Respond by",
        "The last day for the information that was asked for.",
        "d.respond_by",
    ),
    Column("appeal_by", Kind.DATE, "Appeal by", "The last day for an appeal.", "d.appeal_by"),
    Column(
        "rationale",
        Kind.TEXT,
        "Rationale",
        "What the reviewer wrote, which may name the patient. Only when asked for.",
        "nullif(d.rationale, '')",
        patient=True,
    ),
)

AUTHORIZATIONS: Final = (
    Column("number", Kind.CODE, "Authorization", "The number of the authorization.", "a.number"),
    _REFERENCE,
    *_PARTIES,
    *_PATIENT,
    Column("status", Kind.CODE, "Status", "active, void or superseded (by a later decision).", "a.status"),
    Column(
        "made_on",
        Kind.DATE,
        "Made",
        "The day on which it was made.",
        _ZONED.format(moment="a.created_at"),
    ),
    Column("made_at", Kind.MOMENT, "Made at", "The moment at which it was made.", "a.created_at"),
    Column("start", Kind.DATE, "Start", "The first day that is authorized.", "a.start"),
    Column("valid_through", Kind.DATE, "Valid through", "The last day that is authorized.", "a.valid_through"),
    Column("renewal_date", Kind.DATE, "Renewal date", "The day after; a renewal is due by then.", "a.renewal_date"),
    Column("hcpcs", Kind.CODE, "HCPCS code", "The billing code authorized.", "a.hcpcs"),
    Column("regimen", Kind.CODE, "Regimen", "The regimen authorized.", "a.regimen"),
    Column("dose_mg", Kind.NUMBER, "Dose (mg)", "One dose, in milligrams.", "a.dose_mg"),
    Column(
        "units_per_dose",
        Kind.WHOLE,
        "Units per dose",
        "Billing units for one dose: vials opened, in mg.",
        "a.units_per_dose",
    ),
    Column("interval_days", Kind.WHOLE, "Days between doses", "Days from one dose to the next.", "a.interval_days"),
    Column("doses", Kind.WHOLE, "Doses", "Doses that fit in the period.", "a.doses"),
    Column("total_units", Kind.WHOLE, "Total units", "Billing units for the whole period.", "a.total_units"),
    Column(
        "modified",
        Kind.YES_NO,
        "Modified",
        "Whether it is for less than was asked.",
        "d.modified",
    ),
    Column("void_on", Kind.DATE, "Made void", "The day on which it was voided.", _ZONED.format(moment="v.voided_at")),
)

LETTERS: Final = (
    Column("letter_id", Kind.CODE, "Letter", "The letter's random id, as in its address in the portal.", "l.id::text"),
    _REFERENCE,
    *_PARTIES,
    *_PATIENT,
    Column(
        "kind",
        Kind.CODE,
        "Kind",
        "Which kind of letter, such as approval, denial or information_request.",
        "l.kind",
    ),
    Column("made_on", Kind.DATE, "Made", "The day of the letter.", _ZONED.format(moment="l.created_at")),
    Column("made_at", Kind.MOMENT, "Made at", "The moment at which it was made.", "l.created_at"),
    Column(
        "determination",
        Kind.WHOLE,
        "Determination",
        "The number of the determination that it tells of; empty for a call before any.",
        "d.number",
    ),
    Column("decision", Kind.CODE, "Decision", "That determination: approved, denied or pended.", "d.decision"),
    Column(
        "sha256",
        Kind.CODE,
        "SHA-256",
        "The hash of the letter's content as it was stored: equal hashes, equal letters.",
        "l.sha256",
    ),
)

AUDIT: Final = (
    Column("event", Kind.WHOLE, "Event", "The event's number, in the order of writing.", "e.id"),
    Column("recorded_on", Kind.DATE, "Day", "The day of the act.", "(e.at AT TIME ZONE %(zone)s)::date"),
    Column("recorded_at", Kind.MOMENT, "At", "The moment of the act.", "e.at"),
    Column("action", Kind.CODE, "Action", "What was done, such as request.submitted.", "e.action"),
    Column("actor", Kind.TEXT, "Who", "Name and role at that time; system for the portal itself.", "e.actor_label"),
    Column("actor_id", Kind.CODE, "Who, by id", "The account's id; empty for the portal itself.", "e.actor_id::text"),
    Column("organization", Kind.TEXT, "Organization", "On whose behalf, or whose record it was.", "eo.name"),
    Column("object_type", Kind.CODE, "Object", "The kind of thing that it was done to.", "e.object_type"),
    Column("object_id", Kind.CODE, "Object, by id", "Which one.", "e.object_id"),
    Column("visit", Kind.CODE, "Page request", "The id of the page request, which the log has too.", "e.request_id"),
    Column("address", Kind.CODE, "Address", "The network address that it came from.", "host(e.ip)"),
    Column("detail", Kind.TEXT, "Detail", "More, as JSON: ids, numbers and names of fields.", "e.detail::text"),
)
