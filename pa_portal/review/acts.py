"""How each act on a case is named on its pages, in the order in which a case offers them."""

from __future__ import annotations

from dataclasses import dataclass

from pa_portal.review.allowed import MOVES
from pa_portal.review.forms import FORMS


@dataclass(frozen=True, slots=True)
class Act:
    """The words of an act.

    ``heading`` is its name, ``goes_on`` leads to the second look, ``check`` heads that, ``decides`` is on the button
    that does it, ``done`` is said afterwards. ``tone`` is the button's: primary, secondary or danger. ``place`` is
    where the case offers it, ``lede`` says what it does, and ``note`` what has not happened yet at the second look.
    """

    heading: str
    check: str
    decides: str
    done: str
    tone: str
    goes_on: str = "Continue to the letter"
    place: str = "decide"
    lede: str = ""
    note: str = ""


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
    "extend": Act(
        "Extend the time",
        "Check the extension",
        "Extend the time",
        "Extended. The provider is told.",
        "secondary",
        "Continue",
        "clock",
        "The decision is due later by the hours you add. The provider is told that more time is needed.",
        "Nothing is changed yet.",
    ),
    "uphold": Act(
        "Keep the decision",
        "Check the answer to the appeal",
        "Keep the decision and send the letter",
        "The appeal is answered: the decision is kept. The letter is in the timeline.",
        "danger",
        place="appeal",
    ),
    "overturn": Act(
        "Change the decision",
        "Check the approval on appeal",
        "Approve on appeal and send the letter",
        "The appeal is answered: the request is approved. The letter is in the timeline.",
        "primary",
        place="appeal",
        lede="The request is approved by a new decision. The earlier one stays on record.",
    ),
    "call": Act(
        "Ask for a peer-to-peer call",
        "Check the call",
        "Ask for the call",
        "A call is asked for. Give it a time next.",
        "secondary",
        "Continue",
        "call",
        "The prescriber talks to a clinician of the plan. A call decides nothing by itself.",
        "Nothing is asked for yet.",
    ),
    "schedule": Act(
        "Set the time of the call",
        "Check the time of the call",
        "Set the time and send the notice",
        "The call has its time. The notice is in the timeline.",
        "primary",
        "Continue to the notice",
        "call",
        note="Nothing is sent yet. Read the notice below first.",
    ),
    "close": Act(
        "Say what came of the call",
        "Check what came of the call",
        "Keep it in the record",
        "What came of the call is on record.",
        "secondary",
        "Continue",
        "call",
        "It decides nothing by itself: a request waits as before, and a denial stands until it is changed.",
        "Nothing is kept yet.",
    ),
    "reverse": Act(
        "Approve after the call",
        "Check the approval",
        "Approve and send the letter",
        "Approved.",
        "primary",
        place="call",
        lede="The request is approved by a new decision. The denial stays on record.",
    ),
    "void": Act(
        "Make the authorization void",
        "Check the void notice",
        "Make it void and send the notice",
        "The authorization is void. The notice is in the timeline.",
        "danger",
        "Continue to the notice",
        "authorization",
        "For an authorization made in error. The decision stays on record; the provider may appeal.",
        "Nothing is changed yet. This cannot be undone; read the notice below first.",
    ),
    "reissue": Act(
        "Approve again",
        "Check the approval",
        "Approve and send the letter",
        "Approved.",
        "primary",
        place="authorization",
        lede="A new decision and a new authorization take the place of the one that is void.",
    ),
}
assert ACTS.keys() == FORMS.keys() == MOVES.keys()
