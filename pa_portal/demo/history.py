"""Three months of ordinary work, so that figures and lists look like a plan's: requests made from short tables."""

from __future__ import annotations

from pa_portal.demo import cases
from pa_portal.demo.people import patient
from pa_portal.demo.shapes import Act, DemoRequest, approved, denied, submitted

_NAMES = (
    "Abigail Thornbury",
    "Beatriz Salcedo",
    "Constance Mbeki",
    "Dorothea Vance-Hill",
    "Estelle Okonjo",
    "Francesca Riva",
    "Gudrun Halvorsen",
    "Hyacinth Moreau",
    "Ilse Brandtner",
    "Josephine Abara",
    "Katarzyna Nowicka",
    "Leonora Castell",
    "Magdalena Ferro",
    "Nkechi Adeyemi",
    "Ottilie Krause",
    "Philippa Grange",
    "Queenie Albright",
    "Rosamund Teague",
    "Soledad Ibarra",
    "Thandiwe Ncube",
    "Ursula Wendt",
    "Valentina Greco",
    "Wilhelmina Stroud",
    "Xiomara Duarte",
)
_BUSINESS = ("commercial", "commercial", "marketplace", "medicaid", "commercial")
_CODES = ("C50.911", "C50.412", "C50.811", "C50.212", "C50.511", "C50.612")
_PRESCRIBERS = (("okafor", "vance"), ("reyes", ""), ("carver", "dunne"), ("okafor", ""))
_REVIEWERS = ("nair", "sorensen", "ellery")
_NOT_AGAIN = "Anaphylaxis to a Cremophor-containing drug is documented, and the criterion does not allow for it."
# Hours from submission to approval; one in a while takes longer than the plan allows itself.
_HOURS = (20, 44, 27, 70, 9, 120, 50, 196)


def _acts(number: int) -> tuple[Act, ...]:
    """What became of a request: approved as a rule; the others in turn."""
    reviewer = _REVIEWERS[number % len(_REVIEWERS)]
    approval = approved(reviewer, _HOURS[number % len(_HOURS)])
    match number % 8:
        case 3:
            return submitted(denied("ellery", "no_cremophor_hypersensitivity", rationale=_NOT_AGAIN, after=60 + number))
        case 5:
            asked = {"information_needed": "The pathology report with receptor staining", "days": 14}
            return submitted(
                Act("pend", 22, reviewer, asked), Act("respond", 60, details={"response": "Sent with this."}), approval
            )
        case 6:
            return submitted(approval, Act("void", 60, "ellery", {"reason": "The member's coverage had ended."}))
        case _:
            return submitted(approval)


def _request(number: int, name: str) -> DemoRequest:
    acts = _acts(number)
    refused = any(act.name == "deny" for act in acts)
    pathways = tuple(cases.PATHWAYS.values())
    by, staff = _PRESCRIBERS[number % len(_PRESCRIBERS)]
    return DemoRequest(
        f"history-{number}",
        86 - 3.1 * number,
        by,
        patient(30 + number, name, f"{1946 + 2 * number}-{1 + number % 12:02d}-17", business=_BUSINESS[number % 5]),
        cases.HYPERSENSITIVE if refused else pathways[number % len(pathways)],
        _CODES[number % len(_CODES)],
        str(152 + 7 * number % 27),
        str(51 + 11 * number % 43),
        (*acts, Act("mail", 20, "sorensen")),
        starts_in=6 + number % 5,
        urgency_reason="Symptomatic liver metastases; the next dose is due within days." if number % 9 == 4 else "",
        rationale="A slower infusion with premedication was tolerated in hospital." if refused else "",
        staff=staff,
    )


HISTORY: tuple[DemoRequest, ...] = tuple(_request(number, name) for number, name in enumerate(_NAMES))
