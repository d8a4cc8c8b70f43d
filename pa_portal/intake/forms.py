"""The administrative pages' forms: what is asked of every request, whatever the policy."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from criteria.npi import valid as npi_is_valid
from criteria.policy import Policy
from pa_portal.accounts import text
from pa_portal.accounts.places import State
from pa_portal.intake.dates import read_date, show_date
from pa_portal.intake.fields import Look
from pa_portal.intake.numbers import NotANumber, read_number
from pa_portal.submissions import medicare
from pa_portal.submissions.models import (
    ATTACHMENT_BYTES,
    HEIGHT_CM,
    WEIGHT_KG,
    AttachmentKind,
    LineOfBusiness,
    Sex,
    Urgency,
)

A_YEAR = datetime.timedelta(days=365)
_ICD10 = re.compile(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?")
_MEASURE = re.compile(r"([0-9]{1,4}(?:\.[0-9]{0,3})?)\s*([a-z.]*)")


class ChoiceField(forms.ChoiceField):
    """A choice whose entries all forms share: copying the states for each form costs as much as the rest of it."""

    def __deepcopy__(self, memo: dict[int, Any]) -> ChoiceField:
        return forms.Field.__deepcopy__(self, memo)


class DateField(forms.CharField):
    """A date as US staff type it, MM/DD/YYYY; ISO is read too. Cleans to a ``datetime.date`` (or ``None``)."""

    def __init__(self, *, earliest: datetime.date, latest: datetime.date | None = None, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self.earliest = earliest
        self.latest = latest

    def prepare_value(self, value: Any) -> Any:
        return show_date(value) if isinstance(value, datetime.date) else value

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        if not typed:
            return None
        day = read_date(typed)
        if day is None:
            raise ValidationError("Enter a real date as month, day and year, such as 03/14/1961.", code="invalid")
        if day < self.earliest or (self.latest and day > self.latest):
            last = f" and {show_date(self.latest)}" if self.latest else " and later"
            span = (
                f"between {show_date(self.earliest)}{last}"
                if self.latest
                else f"on {show_date(self.earliest)} or later"
            )
            raise ValidationError(f"Enter a date {span}.", code="range")
        return day


class MeasureField(forms.CharField):
    """A length or a weight. A unit may be typed after the number; cleans to a ``Decimal`` in the first unit, to 0.1."""

    def __init__(self, *, units: Mapping[str, Decimal], limits: tuple[Decimal, Decimal], **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self.units = units
        self.limits = limits

    def prepare_value(self, value: Any) -> Any:
        return format(value.normalize(), "f") if isinstance(value, Decimal) else value

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        match = _MEASURE.fullmatch(typed.strip().lower())
        unit = next(iter(self.units))
        low, high = self.limits
        if not match or (match[2].rstrip(".") or unit) not in self.units:
            raise ValidationError(
                f"Enter a number in {unit}, such as {(low + high) / 2:.0f}, or with another unit after it.",
                code="invalid",
            )
        number = Decimal(match[1]) * self.units[match[2].rstrip(".") or unit]
        number = number.quantize(Decimal("0.1"), ROUND_HALF_UP)
        if not low <= number <= high:
            raise ValidationError(f"Enter a value from {low} to {high} {unit}.", code="range")
        return number


class AgeField(forms.CharField):
    """Completed years. Cleans to an ``int``."""

    OLDEST = 130

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, error_messages={"required": "Enter the patient’s age in years."}, **kwargs)

    def clean(self, value: Any) -> Any:
        try:
            years = read_number(super().clean(value), whole=True)
        except NotANumber:
            years = -1
        if not 0 <= years <= self.OLDEST:
            raise ValidationError(f"Enter the age as a whole number from 0 to {self.OLDEST}.", code="age")
        return years


def _line(
    label: str, length: int, *, required: str = "", hint: str = "", check: Any = text.one_line
) -> forms.CharField:
    """One line of text. ``required`` is the message for leaving it empty; without one it is optional."""
    return forms.CharField(
        label=label,
        max_length=length,
        required=bool(required),
        help_text=hint,
        validators=[check],
        error_messages={
            "required": required,
            "max_length": f"{label} must be at most {length} characters.",
            "null_characters_not_allowed": "This text holds a character that cannot be stored. Type it again.",
        },
    )


def _choice(label: str, choices: Iterable[Any], message: str, *, radios: bool = False, hint: str = "") -> ChoiceField:
    return ChoiceField(
        label=label,
        choices=choices,
        help_text=hint,
        widget=forms.RadioSelect if radios else forms.Select,
        error_messages={"required": message, "invalid_choice": message},
    )


def _several_lines(label: str, hint: str, length: int, *, required: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        required=bool(required),
        max_length=length,
        widget=forms.Textarea,
        validators=[text.several_lines],
        error_messages={"required": required},
    )


def _urgency() -> ChoiceField:
    return _choice(
        "How soon is a decision needed?",
        [
            (Urgency.STANDARD, "Standard"),
            (Urgency.EXPEDITED, "Expedited: waiting could seriously harm the patient’s life, health or function"),
        ],
        "Choose standard or expedited.",
        radios=True,
    )


_BLANK_STATE = [("", "Choose a state"), *State.choices]


class PatientForm(forms.Form):
    """Who the patient is, and which plan covers them. ``plans``: (id, name) of the health plans served here."""

    first_name = _line("First name", 60, required="Enter the patient’s first name.")
    last_name = _line("Last name", 60, required="Enter the patient’s last name.")
    date_of_birth = DateField(
        label="Date of birth",
        help_text="Month, day and year, such as 03/14/1961",
        earliest=datetime.date(1900, 1, 1),
        error_messages={"required": "Enter the patient’s date of birth."},
    )
    sex = ChoiceField(label="Sex", choices=[("", "Not stated"), *Sex.choices], required=False)
    member_id = _line(
        "Member ID",
        30,
        required="Enter the member ID from the patient’s card.",
        hint="As on the insurance card",
    )
    plan = _choice("Health plan", [], "Choose the patient’s health plan.")
    line_of_business = _choice("Line of business", LineOfBusiness.choices, "Choose a line of business.", radios=True)
    address_line1 = _line("Street address", 100, required="Enter the patient’s street address.", hint="Letters go here")
    address_line2 = _line("Suite, floor or unit", 100)
    city = _line("City", 60, required="Enter the patient’s city.")
    state = _choice("State or territory", _BLANK_STATE, "Choose the patient’s state or territory.")
    postal_code = _line("ZIP code", 10, required="Enter the patient’s ZIP code.", check=text.postal_code)
    phone = _line("Phone", 25, check=text.phone)
    locality = _choice(
        "County or city",
        [],
        "Choose the county or city where the patient lives.",
        hint="Two contractors share this state, so Medicare coverage depends on where the patient lives.",
    )

    def __init__(self, *args: Any, policy: Policy, plans: Iterable[tuple[Any, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ask_locality(policy)
        entries = [(str(plan_id), name) for plan_id, name in plans]
        plan, born = cast("forms.ChoiceField", self.fields["plan"]), cast("DateField", self.fields["date_of_birth"])
        plan.choices = entries if len(entries) == 1 else [("", "Choose a health plan"), *entries]
        born.latest = timezone.localdate()

    def _ask_locality(self, policy: Policy) -> None:
        """Keep the county or city for a Medicare member in a state that contractors share; drop it for others."""
        business, state = (self[name].value() for name in ("line_of_business", "state"))
        places = medicare.localities(policy, str(state)) if business == LineOfBusiness.MEDICARE else ()
        if places:
            choice = cast("forms.ChoiceField", self.fields["locality"])
            choice.choices = [("", "Choose a county or city"), *places]
        else:
            del self.fields["locality"]


class PrescriberForm(forms.Form):
    """Who prescribes, and where decisions are sent."""

    npi = _line("NPI", 10, required="Enter the prescriber’s NPI.", hint="10 digits; the last one is a check digit")
    first_name = _line("First name", 60, required="Enter the prescriber’s first name.")
    last_name = _line("Last name", 60, required="Enter the prescriber’s last name.")
    credentials = _line("Credentials", 30, hint="Such as MD, DO, NP or PA")
    specialty = _line("Specialty", 80)
    phone = _line("Phone", 25, required="Enter a phone number for the prescriber.", check=text.phone)
    fax = _line("Fax", 25, check=text.phone)
    address_line1 = _line("Street address", 100, required="Enter the prescriber’s street address.")
    address_line2 = _line("Suite, floor or unit", 100)
    city = _line("City", 60, required="Enter the prescriber’s city.")
    state = _choice("State or territory", _BLANK_STATE, "Choose the prescriber’s state or territory.")
    postal_code = _line("ZIP code", 10, required="Enter the prescriber’s ZIP code.", check=text.postal_code)

    def clean_npi(self) -> str:
        number = str(self.cleaned_data["npi"])
        if not npi_is_valid(number):
            raise ValidationError(
                "This NPI does not match its check digit. Check the 10 digits against the prescriber’s record."
                if re.fullmatch(r"[12][0-9]{9}", number)
                else "Enter the NPI as 10 digits, without spaces; it begins with 1 or 2.",
                code="npi",
            )
        return number


class DiagnosisForm(forms.Form):
    """The diagnosis code. Any ICD-10-CM code is taken; one outside the policy's list is confirmed for a reviewer.

    ``covered``: the policy's codes with their descriptions.
    """

    diagnosis_code = _line(
        "ICD-10-CM code", 80, required="Enter the diagnosis code, or words to search by.",
        hint="Type a code such as C50.911, or words such as “upper outer left” to search the covered codes.",
    )  # fmt: skip
    not_covered_confirmed = forms.BooleanField(required=False)

    def __init__(self, *args: Any, covered: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.covered = covered
        self.matches: list[tuple[str, str]] = []
        self.not_covered = ""

    def clean_diagnosis_code(self) -> str:
        typed = str(self.cleaned_data["diagnosis_code"])
        code = tidy_code(typed)
        if _ICD10.fullmatch(code):
            return code
        self.matches = search(self.covered, typed)
        raise ValidationError(
            f"{len(self.matches)} covered codes match. Choose one below, or type another search."
            if self.matches
            else "No covered code matches. Enter an ICD-10-CM code such as C50.911, or other words.",
            code="search",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        code = cleaned.get("diagnosis_code")
        if code and code not in self.covered:
            self.not_covered = code
            self.matches = [] if cleaned.get("not_covered_confirmed") else search(self.covered, code[:5])
            if not cleaned.get("not_covered_confirmed"):
                self.add_error(
                    "not_covered_confirmed", "Correct the code, or confirm that a reviewer should look at this one."
                )
        return cleaned


def tidy_code(typed: str) -> str:
    """Write an ICD-10-CM code the standard way: capitals, and the dot after the third character."""
    plain = typed.strip().upper().replace(".", "").replace(" ", "")
    return f"{plain[:3]}.{plain[3:]}" if len(plain) > 3 else plain


def search(covered: Mapping[str, str], words: str) -> list[tuple[str, str]]:
    """Return the covered (code, description) pairs that hold every word, in the policy's order; at most 60."""
    wanted = [word for word in re.split(r"[^0-9a-z.]+", words.lower()) if word][:10]
    if not wanted:
        return []

    def holds(code: str, description: str) -> bool:
        haystack = f"{code} {code.replace('.', '')} {description} {description.replace('-', ' ')}".lower()
        tokens = re.split(r"[^0-9a-z.]+", haystack)
        return all(any(token.startswith(word) for token in tokens) for word in wanted)

    return [(code, description) for code, description in covered.items() if holds(code, description)][:60]


class TreatmentForm(forms.Form):
    """What the dose is worked out from."""

    height_cm = MeasureField(
        label="Height",
        units={"cm": Decimal(1), "in": Decimal("2.54"), "m": Decimal(100)},
        limits=HEIGHT_CM,
        help_text="In centimeters; or type inches, such as 65 in",
        error_messages={"required": "Enter the patient’s height."},
    )
    weight_kg = MeasureField(
        label="Weight",
        units={"kg": Decimal(1), "lb": Decimal("0.45359237"), "lbs": Decimal("0.45359237")},
        limits=WEIGHT_KG,
        help_text="In kilograms; or type pounds, such as 154 lb",
        error_messages={"required": "Enter the patient’s weight."},
    )


class TimingForm(forms.Form):
    """When treatment should start, and whether the decision cannot wait."""

    requested_start_date = DateField(
        label="Requested start date",
        help_text="Month, day and year. An authorization that is approved starts on this day or later.",
        earliest=datetime.date(2000, 1, 1),
        error_messages={"required": "Enter the date on which treatment should start."},
    )
    urgency = _urgency()
    urgency_reason = _several_lines(
        "Clinical reason for an expedited decision", "Needed only when you choose expedited", 2000
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        start = cast("DateField", self.fields["requested_start_date"])
        start.earliest, start.latest = today - A_YEAR, today + A_YEAR

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("urgency") == Urgency.EXPEDITED and not cleaned.get("urgency_reason"):
            self.add_error("urgency_reason", "Say why a standard decision would come too late for this patient.")
        return cleaned


class RationaleForm(forms.Form):
    """Why the request should be considered though the answers do not meet the criteria."""

    clinical_rationale = _several_lines(
        "Clinical rationale for the reviewer",
        "What the criteria do not capture: the patient’s history, contraindications, evidence you rely on.",
        4000,
        required="Write a rationale, or change an answer above.",
    )


class DocumentForm(forms.Form):
    """A document to attach. ``criteria``: (id, label) of those it may support."""

    file = forms.FileField(
        label="File",
        help_text=f"PDF, PNG or JPEG, up to {ATTACHMENT_BYTES // 1024 // 1024} MB",
        error_messages={
            "required": "Choose a file.",
            "empty": "The file is empty. Choose another.",
            "invalid": "Choose a file.",
        },
    )
    kind = _choice("What kind of document is it?", AttachmentKind.choices, "Choose the kind of document.", radios=True)
    criteria = forms.MultipleChoiceField(
        label="What does it support?",
        help_text="Choose any that it bears out.",
        required=False,
        error_messages={"invalid_choice": "Choose from the list."},
    )

    def __init__(self, *args: Any, criteria: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = cast("forms.MultipleChoiceField", self.fields["criteria"])
        choice.choices = list(criteria)
        if not choice.choices:
            del self.fields["criteria"]


class AppealForm(forms.Form):
    """Why a decision should be changed, and how soon that has to be decided."""

    grounds = _several_lines(
        "Why should the decision change?",
        "What the plan did not know or did not weigh. It is sent as you write it.",
        4000,
        required="Write why the decision should change.",
    )
    urgency = _urgency()
    urgency_reason = _several_lines(
        "Clinical reason for an expedited appeal", "Needed only when you choose expedited", 2000
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("urgency") == Urgency.EXPEDITED and not cleaned.get("urgency_reason"):
            self.add_error("urgency_reason", "Say why a standard appeal would come too late for this patient.")
        return cleaned


class CallForm(forms.Form):
    """Where and when the prescriber can be reached for a peer-to-peer call."""

    phone = _line("Phone", 25, required="Enter the number to call.", check=text.phone)
    availability = _several_lines("When can you be reached?", "Days and times, with the time zone", 1000)


class ResponseForm(forms.Form):
    """The answer to a reviewer's question."""

    response = _several_lines(
        "Your response",
        "Give what was asked for. It is added to the request; what was sent before stays as it was.",
        4000,
        required="Write a response before sending it.",
    )


class MessageForm(forms.Form):
    """A message to the plan. ``id`` is the message's own, drawn by the page; ``seen``: how many the page showed."""

    body = _several_lines(
        "Write to the plan",
        "For questions and news about this request. It decides nothing, and changes nothing that was sent.",
        4000,
        required="Write a message before sending it.",
    )
    id = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=100_000)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        # nobody can put right what they cannot see: the page that comes back draws both anew
        if [name for name in ("id", "seen") if self.errors.pop(name, None)]:
            self.add_error(None, "This page was incomplete. It is complete now: send the message again.")
        return cleaned


PATIENT_LOOKS = {
    "date_of_birth": Look(inputmode="numeric", size="medium"),
    "sex": Look(size="medium"),
    "member_id": Look(size="medium"),
    "state": Look(size="medium"),
    "postal_code": Look(inputmode="numeric", size="short"),
    "phone": Look(input_type="tel", size="medium"),
    "locality": Look(size="medium"),
}
PRESCRIBER_LOOKS = {
    "npi": Look(inputmode="numeric", size="medium"),
    "credentials": Look(size="short"),
    "phone": Look(input_type="tel", size="medium"),
    "fax": Look(input_type="tel", size="medium"),
    "state": Look(size="medium"),
    "postal_code": Look(inputmode="numeric", size="short"),
}
TREATMENT_LOOKS = {
    "height_cm": Look(unit="cm", size="short"),
    "weight_kg": Look(unit="kg", size="short"),
}
DOCUMENT_LOOKS = {"file": Look(input_type="file", accept=".pdf,.png,.jpg,.jpeg")}
APPEAL_LOOKS = {"urgency_reason": Look(conditional=True)}
CALL_LOOKS = {"phone": Look(input_type="tel", size="medium")}
TIMING_LOOKS = {
    "requested_start_date": Look(inputmode="numeric", size="medium"),
    "urgency_reason": Look(conditional=True),
}
