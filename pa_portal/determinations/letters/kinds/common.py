"""The parts that every letter shares: how it opens, and how it closes."""

from __future__ import annotations

from pa_portal.determinations.letters import blocks, copies
from pa_portal.determinations.letters.blocks import Block, Fact
from pa_portal.determinations.letters.inputs import AppealDetails, LetterError, LetterInput, Reason
from pa_portal.determinations.letters.wording import long_date, section, with_credentials

_REQUEST_TYPES = {"initial": "First request", "renewal": "Renewal"}
_URGENCIES = {"standard": "Standard", "expedited": "Expedited (fast)"}


def drug_name(letter: LetterInput) -> str:
    """ "Ixempra (ixabepilone)"."""
    return f"{letter.drug.brand} ({letter.drug.generic})"


def opening(letter: LetterInput, title: str) -> list[Block]:
    """From the letterhead to the greeting."""
    plan, prescriber, request = letter.plan, letter.prescriber, letter.request
    addressee = with_credentials(prescriber.name, prescriber.credentials)
    return [
        blocks.letterhead(plan.name, plan.address, [("Phone", plan.phone), ("Fax", plan.fax)]),
        blocks.recipient([addressee, prescriber.organization, *blocks.lines(prescriber.address)]),
        blocks.details(
            [
                ("Date", long_date(letter.decided_on)),
                ("Reference", request.reference),
            ]
        ),
        blocks.title(title),
        blocks.about(
            [
                ("Re", f"Prior authorization request {request.reference}"),
                ("Patient", letter.patient.name),
                ("Date of birth", long_date(letter.patient.date_of_birth)),
                ("Member ID", letter.patient.member_id),
                ("Drug", drug_name(letter)),
                ("Diagnosis", _diagnosis(letter)),
                ("Request", f"{_choice(_REQUEST_TYPES, 'request_type', request.request_type)}, "
                            f"sent on {long_date(request.submitted_on)}"),
                ("Review", _choice(_URGENCIES, "urgency", request.urgency)),
                ("Prescriber", f"{addressee} (NPI {prescriber.npi})" if prescriber.npi else addressee),
            ]
        ),
        blocks.paragraph(f"Dear {addressee}:"),
    ]  # fmt: skip


def policy_facts(letter: LetterInput) -> list[Fact]:
    """The policy, its version and the section that holds the criteria."""
    policy = letter.policy
    return [
        ("Policy", f"{policy.title} ({policy.id})"),
        ("Policy version", policy.version),
        ("Policy section", policy.citation),
    ]


def note(letter: LetterInput) -> list[Block]:
    """The reviewer's own message, when there is one."""
    text = blocks.lines(letter.note)
    return [blocks.heading("Note from the reviewer"), *map(blocks.paragraph, text)] if text else []


def explanation(letter: LetterInput) -> list[Block]:
    """Why, in the words of who decided. Raises LetterError when there are none."""
    paragraphs = blocks.lines(letter.explanation)
    if not paragraphs:
        raise LetterError("explanation", "this letter says why")
    return [blocks.paragraph(text) for text in paragraphs]


def told_reasons(letter: LetterInput) -> Block:
    """Each reason with its section, the answer it rests on and what would change it.

    Raises LetterError for a reason without a text or a section.
    """
    return blocks.reasons((_reason_text(reason), _reason_facts(reason)) for reason in letter.reasons)


def _reason_text(reason: Reason) -> str:
    if not blocks.clean(reason.text):
        raise LetterError("reasons", "a reason says which rule is not met")
    if not blocks.clean(reason.cite):
        raise LetterError("reasons", "a reason names the section of the policy it comes from")
    return reason.text


def _reason_facts(reason: Reason) -> list[Fact]:
    place = cited(reason.cite)
    return [
        ("Where the rule is", place[0].upper() + place[1:]),
        ("What the request says", reason.answer),
        ("What would change this", reason.would_change),
    ]


def appeal_of(letter: LetterInput) -> AppealDetails:
    """The appeal that the letter answers. Raises LetterError when there is none."""
    if letter.appeal is None:
        raise LetterError("appeal", "the outcome of an appeal says which")
    return letter.appeal


def appeal_facts(letter: LetterInput) -> list[Fact]:
    """When the appeal was filed, how it was reviewed, and which decision it was against."""
    appeal = appeal_of(letter)
    return [
        ("Filed on", long_date(appeal.filed_on)),
        ("Review of the appeal", _choice(_URGENCIES, "urgency", appeal.urgency)),
        ("Against our letter of", long_date(appeal.decided_on)),
    ]


def closing(letter: LetterInput, *, copied: bool = False) -> list[Block]:
    """From the offer of help to the plan's notices; ``copied``: the patient gets a copy."""
    plan, reviewer = letter.plan, letter.decided_by
    signed_by = [with_credentials(reviewer.name, reviewer.credentials), reviewer.title, plan.name]
    help_line = f"Call us at {plan.phone} and give" if plan.phone else "Write to us and give"
    return [
        blocks.heading("Questions"),
        blocks.paragraph(f"{help_line} the reference number {letter.request.reference}. We are glad to help."),
        blocks.signature("Sincerely,", signed_by),
        *([blocks.facts([("Copy to", ", ".join(copies.recipient(letter)))])] if copied else []),
        *_notice("Help in your language", plan.language_help_text),
        *_notice("We treat everyone fairly", plan.nondiscrimination_text),
        blocks.footer(f"Reference {letter.request.reference} · {plan.name}"),
    ]


def cited(policy_section: str) -> str:
    """A section as it follows a statement: "section III of the policy"."""
    return f"{section(policy_section)} of the policy"


def _notice(heading: str, text: str) -> list[Block]:
    return [blocks.notice(heading, text)] if text.strip() else []


def _diagnosis(letter: LetterInput) -> str:
    diagnosis = letter.diagnosis
    return f"{diagnosis.code}: {diagnosis.description}" if diagnosis.description else diagnosis.code


def _choice(labels: dict[str, str], field: str, value: str) -> str:
    try:
        return labels[value]
    except KeyError:
        raise LetterError(f"request.{field}", f"{value!r} is none of {', '.join(labels)}") from None
