"""Invented organizations, people and patients. Nobody here exists; the numbers only have the right form."""

from __future__ import annotations

import uuid
from typing import Any

from pa_portal.accounts.models import Organization, Role

# For the demo alone: seed_demo refuses to run where DEMO_ALLOWED is not set.
PASSWORD = "for-the-demo-only"  # noqa: S105

PLAN_ID = uuid.uuid5(uuid.NAMESPACE_DNS, "plan.demo.example")

ORGANIZATIONS: dict[str, dict[str, Any]] = {
    "plan": {
        "id": PLAN_ID,
        "kind": Organization.Kind.PLAN,
        "name": "Piedmont Mutual Health Plan",
        "address_line1": "1200 Commonwealth Plaza",
        "address_line2": "Floor 8",
        "city": "Richmond",
        "state": "VA",
        "postal_code": "23219",
        "phone": "804-555-0100",
        "fax": "804-555-0101",
        "appeals_address": "Piedmont Mutual Health Plan\nAppeals Department\nPO Box 4410\nRichmond, VA 23220",
        "appeals_phone": "804-555-0140",
        "appeals_fax": "804-555-0141",
        "peer_to_peer_phone": "804-555-0150",
        "nondiscrimination_text": (
            "Piedmont Mutual Health Plan follows federal civil rights laws. We do not treat people differently because "
            "of race, color, national origin, age, disability or sex. If you think that we did, call 804-555-0100."
        ),
        "language_help_text": (
            "Free help in your language and free aids for people with disabilities: call 804-555-0100.\n"
            "Español: llame al 804-555-0100 para recibir ayuda gratuita en su idioma."
        ),
    },
    "riverbend": {
        "kind": Organization.Kind.PROVIDER,
        "name": "Riverbend Oncology Associates",
        "npi": "1740283654",
        "address_line1": "410 Canal Street",
        "address_line2": "Suite 300",
        "city": "Richmond",
        "state": "VA",
        "postal_code": "23219",
        "phone": "804-555-0170",
        "fax": "804-555-0171",
    },
    "harbor": {
        "kind": Organization.Kind.PROVIDER,
        "name": "Harbor Light Cancer Center",
        "npi": "1694718234",
        "address_line1": "88 Wharf Road",
        "city": "Baltimore",
        "state": "MD",
        "postal_code": "21230",
        "phone": "410-555-0160",
        "fax": "410-555-0161",
    },
}

# In the order in which the logins are printed.
USERS: dict[str, dict[str, str]] = {
    "okafor": {
        "organization": "riverbend",
        "role": Role.PRESCRIBER,
        "email": "okafor@riverbend.example",
        "first_name": "Adaeze",
        "last_name": "Okafor",
        "credentials": "MD",
    },
    "reyes": {
        "organization": "riverbend",
        "role": Role.PRESCRIBER,
        "email": "reyes@riverbend.example",
        "first_name": "Jonas",
        "last_name": "Reyes",
        "credentials": "NP",
    },
    "vance": {
        "organization": "riverbend",
        "role": Role.STAFF,
        "email": "vance@riverbend.example",
        "first_name": "Tamika",
        "last_name": "Vance",
        "credentials": "",
        "title": "Prior authorization coordinator",
    },
    "carver": {
        "organization": "harbor",
        "role": Role.PRESCRIBER,
        "email": "carver@harborlight.example",
        "first_name": "Mei-Lin",
        "last_name": "Carver",
        "credentials": "MD",
    },
    "dunne": {
        "organization": "harbor",
        "role": Role.STAFF,
        "email": "dunne@harborlight.example",
        "first_name": "Oscar",
        "last_name": "Dunne",
        "credentials": "CMA",
        "title": "Medical assistant",
    },
    "nair": {
        "organization": "plan",
        "role": Role.REVIEWER,
        "email": "nair@piedmont.example",
        "first_name": "Priya",
        "last_name": "Nair",
        "credentials": "PharmD",
        "title": "Clinical pharmacist",
    },
    "sorensen": {
        "organization": "plan",
        "role": Role.REVIEWER,
        "email": "sorensen@piedmont.example",
        "first_name": "Ingrid",
        "last_name": "Sorensen",
        "credentials": "RN",
        "title": "Utilization review nurse",
    },
    "ellery": {
        "organization": "plan",
        "role": Role.DIRECTOR,
        "email": "ellery@piedmont.example",
        "first_name": "Thomas",
        "last_name": "Ellery",
        "credentials": "MD",
        "title": "Medical director",
    },
    "castellanos": {
        "organization": "plan",
        "role": Role.DIRECTOR,
        "email": "castellanos@piedmont.example",
        "first_name": "Imani",
        "last_name": "Castellanos",
        "credentials": "MD",
        "title": "Associate medical director",
    },
    "whitfield": {
        "organization": "plan",
        "role": Role.MANAGER,
        "email": "whitfield@piedmont.example",
        "first_name": "Grace",
        "last_name": "Whitfield",
        "credentials": "",
    },
}

PRESCRIBERS: dict[str, dict[str, str]] = {
    name: {
        "first_name": USERS[name]["first_name"],
        "last_name": USERS[name]["last_name"],
        "credentials": USERS[name]["credentials"],
        "npi": npi,
        "specialty": "Medical oncology",
        **{
            field: ORGANIZATIONS[USERS[name]["organization"]].get(field, "")
            for field in ("phone", "fax", "address_line1", "address_line2", "city", "state", "postal_code")
        },
    }
    for name, npi in (("okafor", "1529483715"), ("reyes", "1389051271"), ("carver", "1846102972"))
}


def patient(number: int, name: str, born: str, *, business: str = "commercial", **other: str) -> dict[str, str]:
    """Return an invented patient; ``number`` makes the member ID and the address."""
    first, _, last = name.partition(" ")
    return {
        "first_name": first,
        "last_name": last,
        "date_of_birth": born,
        "member_id": f"PMH{48210000 + 137 * number}",
        "sex": "female",
        "line_of_business": business,
        "phone": f"804-555-01{10 + number:02d}",
        "address_line1": f"{100 + 7 * number} Magnolia Avenue",
        "city": "Richmond",
        "state": "VA",
        "postal_code": f"232{20 + number:02d}",
    } | other
