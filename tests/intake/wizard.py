"""A hand that fills the wizard in over HTTP, reading each page as a person does: from its HTML alone."""

from __future__ import annotations

import datetime
import re
from collections.abc import Container
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

PASSWORD = "correct horse battery"
NPI = "1234567893"

PATIENT = {
    "first_name": "Maria",
    "last_name": "Okafor",
    "date_of_birth": "03/14/1961",
    "member_id": "HHP-20931",
    "line_of_business": "commercial",
    "address_line1": "4 Grove Avenue",
    "city": "Richmond",
    "state": "VA",
    "postal_code": "23220",
}
PRESCRIBER = {
    "npi": NPI,
    "first_name": "Ana",
    "last_name": "Silva",
    "credentials": "MD",
    "phone": "804-555-0134",
    "address_line1": "12 Canal Street",
    "city": "Richmond",
    "state": "VA",
    "postal_code": "23219",
}
DIAGNOSIS = {"diagnosis_code": "C50.911"}
TREATMENT = {"height_cm": "165", "weight_kg": "68"}


def timing() -> dict[str, str]:
    day = datetime.date.today() + datetime.timedelta(days=7)
    return {"requested_start_date": f"{day:%m/%d/%Y}", "urgency": "standard"}


# Answers under which each pathway is met, as they are typed. A test for each of them walks to the end.
CASES: dict[str, dict[str, Any]] = {
    "tnbc_subsequent": {
        "cremophor_hypersensitivity": "false",
        "disease_settings": ["metastatic"],
        "regimen": "single_agent",
        "line_of_therapy": "2",
        "her2_test_compliant": "true",
        "her2_ihc": "0",
        "er_percent": "0",
        "pr_percent": "0",
    },
    "hr_positive_first_line": {
        "cremophor_hypersensitivity": "false",
        "disease_settings": ["metastatic"],
        "regimen": "single_agent",
        "line_of_therapy": "1",
        "her2_test_compliant": "true",
        "her2_ihc": "2+",
        "her2_ish": "done",
        "her2_ish_ratio": "1.4",
        "her2_ish_copy_number": "3.1",
        "er_percent": "90",
        "visceral_crisis": "true",
    },
    "hr_positive_second_line": {
        "cremophor_hypersensitivity": "false",
        "disease_settings": ["recurrent_unresectable"],
        "regimen": "single_agent",
        "line_of_therapy": "2",
        "her2_test_compliant": "true",
        "her2_ihc": "1+",
        "er_percent": "5",
        "visceral_crisis": "false",
        "endocrine_refractory": "true",
        "tdxd_candidate": "false",
    },
    "hr_positive_third_line_plus": {
        "cremophor_hypersensitivity": "false",
        "disease_settings": ["metastatic"],
        "regimen": "single_agent",
        "line_of_therapy": "3",
        "her2_test_compliant": "true",
        "her2_ihc": "0",
        "er_percent": "60",
        "visceral_crisis": "true",
    },
    "tnbc_first_line": {
        "cremophor_hypersensitivity": "false",
        "disease_settings": ["inflammatory_no_response"],
        "regimen": "single_agent",
        "line_of_therapy": "1",
        "her2_test_compliant": "true",
        "her2_ihc": "0",
        "er_percent": "0",
        "pr_percent": "0",
        "germline_brca": "no_mutation",
        "pd_l1_cps": "3",
    },
    "her2_positive_with_trastuzumab": {
        "cremophor_hypersensitivity": "false",
        "disease_settings": ["metastatic"],
        "regimen": "with_trastuzumab",
        "line_of_therapy": "4",
        "her2_test_compliant": "true",
        "her2_ihc": "3+",
    },
    "with_capecitabine_after_anthracycline_and_taxane": {
        "cremophor_hypersensitivity": "false",
        "disease_settings": ["locally_advanced"],
        "regimen": "with_capecitabine",
        "anthracycline_outcome": "failed",
        "taxane_outcome": "progressed_after_therapy",
        "taxane_setting": "metastatic",
        "taxane_months_to_progression": "3",
        "ast_x_uln": "1.1",
        "alt_x_uln": "0.9",
        "bilirubin_x_uln": "0.6",
    },
    "single_agent_after_capecitabine": {
        "cremophor_hypersensitivity": "false",
        "disease_settings": ["locally_advanced"],
        "regimen": "single_agent",
        "anthracycline_outcome": "progressed_on_therapy",
        "taxane_outcome": "progressed_on_therapy",
        "capecitabine_failed": "true",
    },
}


class Html(HTMLParser):
    """Collects what a test looks at: title, headings, the main form's controls, and links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.title = ""
        self.h1: list[str] = []
        self.controls: list[dict[str, str]] = []
        self.links: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.forms = 0
        self._open = ""
        self._href = ""
        self._text = ""
        self._option: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.ids.append(values["id"])
        self.forms += tag == "form"
        if tag in ("title", "h1", "a"):
            self._open, self._text, self._href = tag, "", values.get("href", "")
        if tag in ("input", "select", "textarea"):
            values.setdefault("type", tag)
            values["in form"] = str(self.forms)
            self.controls.append(values)
            if tag == "textarea":
                self._open, self._text = tag, ""
        if tag == "option" and ("selected" in values or "value" not in self.controls[-1]):
            self.controls[-1]["value"] = values.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._open:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag != self._open:
            return
        text = re.sub(r"\s+", " ", self._text).strip()
        if tag == "title":
            self.title = text
        elif tag == "h1":
            self.h1.append(text)
        elif tag == "textarea":
            self.controls[-1]["value"] = self._text.removeprefix("\n")
        else:
            self.links.append((text, self._href))
        self._open = ""


@dataclass
class Seen:
    """One response, read."""

    status: int
    path: str
    text: str
    page: Html

    @property
    def fields(self) -> set[str]:
        """Names of the questions asked, without the token, the "not known" boxes and other ways to give a number."""
        names = {control.get("name", "") for control in self.page.controls}
        return {
            name
            for name in names - {"", "csrfmiddlewaretoken", "version", "match", "not_covered_confirmed"}
            if "-" not in name
        }

    @property
    def errors(self) -> list[tuple[str, str]]:
        """The error summary's lines: message, and the id its link leads to."""
        return [(text, href[1:]) for text, href in self.page.links if href.startswith("#id_")]

    @property
    def values(self) -> dict[str, list[str]]:
        """What stands in the page's forms, as a browser would send it."""
        return self.values_of(range(1 + self.page.forms))

    def values_of(self, forms: Container[int]) -> dict[str, list[str]]:
        """What stands in these of the page's forms, counted from 1; 0 is outside them."""
        sent: dict[str, list[str]] = {}
        for control in self.page.controls:
            if int(control["in form"]) not in forms:
                continue
            if control["type"] in ("radio", "checkbox") and "checked" not in control:
                continue
            if name := control.get("name", ""):
                sent.setdefault(name, []).append(control.get("value", ""))
        return sent


@dataclass
class Wizard:
    """A draft in the browser of one person."""

    client: Any
    id: str
    asked: list[str] = field(default_factory=list)

    @classmethod
    def start(cls, client: Any) -> Wizard:
        response = client.post("/requests/new/")
        assert response.status_code == 303
        return cls(client, re.match(r"/requests/([0-9a-f-]{36})/", response["Location"])[1])

    def url(self, rest: str = "") -> str:
        return f"/requests/{self.id}/{rest}"

    def get(self, rest: str = "") -> Seen:
        path = rest if rest.startswith("/") else self.url(rest)
        response = self.client.get(path, follow=True)
        if response.redirect_chain:
            path = response.redirect_chain[-1][0]
        return Seen(response.status_code, path, response.content.decode(), Html(response.content.decode()))

    def post(self, rest: str, data: dict[str, Any], *, version: int | None = None) -> Any:
        """Open the page, type ``data`` over what stands there, and send it."""
        path = rest if rest.startswith("/") else self.url(rest)
        form = {**self.get(path).values, **data}
        if version is not None:
            form["version"] = version
        return self.client.post(path, {name: value for name, value in form.items() if value is not None})

    def read(self, response: Any) -> Seen:
        text = response.content.decode()
        return Seen(response.status_code, response.request["PATH_INFO"], text, Html(text))

    def fill_details(self, **changes: dict[str, Any]) -> Wizard:
        pages = {
            "patient": PATIENT,
            "prescriber": PRESCRIBER,
            "diagnosis": DIAGNOSIS,
            "treatment": TREATMENT,
            "timing": timing(),
        }
        for slug, data in pages.items():
            response = self.post(f"details/{slug}/", {**data, **changes.get(slug, {})})
            assert response.status_code == 303, self.read(response).errors
        return self

    def next(self) -> Seen:
        """The page that "Continue" leads to."""
        overview = self.get()
        return self.get(next(href for text, href in overview.page.links if text.startswith("Continue:")))

    def answer(self, case: dict[str, Any], *, stop_before: str = "") -> Seen:
        """Answer whatever is asked from ``case`` until no question is left (or ``stop_before`` is asked)."""
        seen = self.next()
        while "/questions/" in seen.path:
            assert seen.status == 200
            if stop_before in seen.fields:
                return seen
            data: dict[str, Any] = {}
            for name in seen.fields:
                self.asked.append(name)
                if case[name] == "unknown" and f"{name}-unknown" in {c.get("name") for c in seen.page.controls}:
                    data |= {name: "", f"{name}-unknown": "1"}
                else:
                    data[name] = case[name]
            response = self.post(seen.path, data)
            assert response.status_code == 303, self.read(response).errors
            seen = self.get(response["Location"])
        return seen
