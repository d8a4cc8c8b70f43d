"""A patient whose every detail is unmistakable, and the words that people write about them."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_plus

from tests.intake import wizard

# Nothing else in the portal or its tests holds any of these; each way a date is written counts.
PATIENT = {
    "first_name": "Kanaryfirst",
    "last_name": "Kanarylast",
    "date_of_birth": "07/23/1949",
    "member_id": "CNRY7731905",
    "line_of_business": "commercial",
    "address_line1": "9917 Kanarystreet",
    "city": "Kanaryville",
    "state": "VA",
    "postal_code": "23994",
}
WRITTEN = {
    "rationale": "kanaryrationale says why",
    "file": "kanaryreport.pdf",
    "response": "kanaryresponse is here",
    "needed": "kanaryneeded report",
    "message": "kanarymessage to the plan",
    "note": "kanarynote for colleagues",
    "denial": "kanarydenial as written to the patient",
    "grounds": "kanarygrounds of the appeal",
    "answer": "kanaryanswer to the appeal",
    "search": "Kanarylast",
}
SIGNS = re.compile(r"kanary|CNRY7731905|1949-07-23|07/23/1949|July 23, 1949|19490723|\b9917\b", re.IGNORECASE)


def told(text: str) -> list[str]:
    """The signs of the patient in this text, also where it is written for an address."""
    return sorted(set(SIGNS.findall(text)) | set(SIGNS.findall(unquote_plus(text))))


def details(plan: str) -> dict[str, dict[str, str]]:
    return {"patient": {**PATIENT, "plan": plan}, "prescriber": wizard.PRESCRIBER, "timing": wizard.timing()}


assert told(quote(PATIENT["last_name"])) == ["Kanary"]
