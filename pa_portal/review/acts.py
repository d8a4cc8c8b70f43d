"""How each act on a case is named on its pages, in the order in which a case offers them."""

from __future__ import annotations

from dataclasses import dataclass

from pa_portal.review.allowed import MOVES
from pa_portal.review.forms import FORMS


@dataclass(frozen=True, slots=True)
class Act:
    """The words of an act.

    ``heading`` is its name, ``goes_on`` leads to the second look, ``check`` heads that, ``decides`` is on the button
    that does it, ``done`` is said afterwards. ``tone`` is the button's: primary, secondary or danger.
    """

    heading: str
    check: str
    decides: str
    done: str
    tone: str
    goes_on: str = "Continue to the letter"


ACTS: dict[str, Act] = {
    "approve": Act("Approve", "Check the approval", "Approve and send the letter", "Approved.", "primary"),
    "pend": Act(
        "Request information",
        "Check the request for information",
        "Request the information",
        "Information requested. The letter is in the timeline.",
        "secondary",
    ),
    "recommend": Act(
        "Recommend a denial",
        "Check the recommendation",
        "Recommend to a medical director",
        "Denial recommended. It waits for a medical director; nothing is decided yet.",
        "danger",
        "Continue",
    ),
    "deny": Act(
        "Deny",
        "Check the denial",
        "Deny and send the letter",
        "Denied. The letter is in the timeline.",
        "danger",
    ),
    "return": Act(
        "Return to the reviewer",
        "Check the note",
        "Return to the reviewer",
        "Returned to the reviewer.",
        "secondary",
        "Continue",
    ),
}
assert ACTS.keys() == FORMS.keys() == MOVES.keys()
