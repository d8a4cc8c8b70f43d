"""The form over a report: which days, and what else to narrow it by. Everything it holds may stand in an address."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from pa_portal.reports import drafts
from pa_portal.reports.filters import ANY, SUBMITTED, Filter, Filters, Options

DEFAULT_DAYS = 90
FIRST_YEAR, LAST_YEAR = 2000, 2099
_US = re.compile(r"([0-9]{1,2})[/.\-]([0-9]{1,2})[/.\-]([0-9]{4})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")


class DayField(forms.Field):
    """A day, typed as 07/31/2026 or 2026-07-31."""

    def to_python(self, value: Any) -> datetime.date | None:
        text = str(value or "").strip()
        return read_day(text) if text else None


def read_day(text: str) -> datetime.date:
    """Read a day typed in either form. Raises ValidationError for anything that is not a day from 2000 to 2099."""
    if match := _ISO.fullmatch(text):
        year, month, day = match.groups()
    elif match := _US.fullmatch(text):
        month, day, year = match.groups()
    else:
        raise ValidationError("Enter a date as month, day and year, such as 07/31/2026.")
    try:
        found = datetime.date(int(year), int(month), int(day))
    except ValueError:
        raise ValidationError(f"There is no such day as {text}. Check the month and the day.") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValidationError(f"Enter a year from {FIRST_YEAR} to {LAST_YEAR}.")
    return found


def show_day(day: datetime.date) -> str:
    """Write a day as the form shows it: 07/31/2026."""
    return f"{day:%m/%d/%Y}"


class Problem(NamedTuple):
    """One line of the error summary: what is wrong, and the id of the control to go to ("" where none is shown)."""

    message: str
    target: str


class ReportForm(forms.Form):
    """Bound to an address's query. Without days there, the last 90 stand in; ``filters`` gives what was chosen."""

    def __init__(
        self,
        query: Mapping[str, str],
        filters: Sequence[Filter],
        options: Options,
        bases: Sequence[tuple[str, str]],
    ) -> None:
        self.known = filters
        super().__init__({name: query[name] for name in query} | _default_days(query), label_suffix="")
        self.fields["by"] = _select("Count requests by the day they were", bases, empty=False)
        for name, label in (("from", "From"), ("to", "To")):
            self.fields[name] = DayField(label=label, required=False, widget=text_input())
        for one in filters:
            given = [(choice.value, choice.label) for choice in options.get(one.name, ())]
            self.fields[one.name] = _select(one.label, given, hidden=not one.offered)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("by") == ANY:
            return found
        for name, which in (("from", "first"), ("to", "last")):
            if not found.get(name) and name not in self.errors:
                self.add_error(name, f"Enter the {which} day to count, such as 07/31/2026.")
        if found.get("from") and found.get("to") and found["from"] > found["to"]:
            self.add_error("to", "The last day is before the first. Enter the same day or a later one.")
        return found

    @property
    def filters(self) -> Filters:
        """What a valid form chooses."""
        found = self.cleaned_data
        chosen = {one.name: found[one.name] for one in self.known if found.get(one.name)}
        by = found.get("by") or SUBMITTED
        if by == ANY:
            return Filters(by, chosen=chosen)
        return Filters(by, found["from"], found["to"], chosen)

    @property
    def days(self) -> list[forms.BoundField]:
        """The fields for the days, which every report needs."""
        return [self[name] for name in ("from", "to", "by")]

    @property
    def more(self) -> list[forms.BoundField]:
        """The other fields that are shown."""
        return [self[one.name] for one in self.known if one.offered]

    @property
    def more_is_used(self) -> bool:
        """Whether one of those holds something, or something wrong."""
        return any(field.value() or field.errors for field in self.more)

    @property
    def problems(self) -> list[Problem]:
        """What is wrong, in the order of the fields."""
        return [
            Problem(str(message), "" if self[name].is_hidden else self[name].id_for_label)
            for name in self.fields
            for message in self.errors.get(name, ())
        ]


def _default_days(query: Mapping[str, str]) -> dict[str, str]:
    given = {"by": query.get("by") or SUBMITTED}
    if "from" in query or "to" in query or given["by"] == ANY:
        return given
    return given | last_days()


def last_days() -> dict[str, str]:
    """Return the last 90 days, up to today, as a form takes them."""
    today = timezone.localdate()
    return {"from": show_day(today - datetime.timedelta(days=DEFAULT_DAYS - 1)), "to": show_day(today)}


def text_input() -> forms.TextInput:
    return forms.TextInput({"class": "form-control form-control--short", "autocomplete": "off"})


def _select(label: str, choices: Any, *, empty: bool = True, hidden: bool = False) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=[("", "All"), *choices] if empty else choices,
        required=False,
        widget=forms.HiddenInput() if hidden else forms.Select({"class": "form-select"}),
        error_messages={"invalid_choice": f"“{label}” has a value that is not on the list. Choose one that is."},
    )


class PublishedForm(forms.Form):
    """Bound to an address's query: which year's measures, and whose. Without a year, the latest with a decision."""

    def __init__(self, query: Mapping[str, str], years: Sequence[int], businesses: Sequence[tuple[str, str]]) -> None:
        self._businesses = businesses
        super().__init__({"year": str(years[0]), **query}, label_suffix="")
        self.fields["year"] = _select("Year", [(str(year), str(year)) for year in years], empty=False)
        self.fields["business"] = _select("Line of business", businesses, empty=False)

    @property
    def year(self) -> int:
        return int(self.cleaned_data["year"])

    @property
    def business(self) -> str:
        return str(self.cleaned_data["business"])

    @property
    def business_label(self) -> str:
        return dict(self._businesses)[self.business]

    @property
    def problems(self) -> list[Problem]:
        """Every error, in the order of the fields."""
        return [Problem(str(self.errors[name][0]), f"id_{name}") for name in self.fields if name in self.errors]


class ImpactForm(forms.Form):
    """Which version to try, on the requests of which days. Unbound, it offers the last 90 days."""

    def __init__(self, query: Mapping[str, str] | None, versions: Sequence[tuple[str, str]]) -> None:
        super().__init__({**query} if query else None, label_suffix="", initial=_default_days({}))
        self.fields["version"] = _select("Policy version", versions, empty=False)
        self.fields["version"].required = True
        for name, label in (("from", "Submitted from"), ("to", "To")):
            self.fields[name] = DayField(label=label, widget=text_input())
            self.fields[name].error_messages["required"] = "Enter a day, such as 07/31/2026."

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("from") and found.get("to") and found["from"] > found["to"]:
            self.add_error("to", "The last day is before the first. Enter the same day or a later one.")
        return found

    @property
    def version(self) -> str:
        return str(self.cleaned_data["version"])

    @property
    def start(self) -> datetime.date:
        return cast("datetime.date", self.cleaned_data["from"])

    @property
    def end(self) -> datetime.date:
        return cast("datetime.date", self.cleaned_data["to"])

    @property
    def problems(self) -> list[Problem]:
        """Every error, in the order of the fields."""
        return [Problem(str(self.errors[name][0]), f"id_{name}") for name in self.fields if name in self.errors]


class PolicyFile(forms.FileField):
    """A file of a policy; its value is the text. Raises ValidationError for one that is no such text."""

    def clean(self, data: Any, initial: Any = None) -> str:
        file = super().clean(data, initial)
        return drafts.text_of(str(self.label), file.read(drafts.MOST_BYTES + 1)) if file else ""


class UploadForm(forms.Form):
    """The files of a version that is not published."""

    policy = PolicyFile(
        label="policy.yaml",
        error_messages={"required": "Choose the policy's file, policy.yaml.", "empty": "This file is empty."},
        widget=forms.FileInput({"class": "form-control", "accept": ".yaml,.yml"}),
    )
    questions = PolicyFile(
        label="questions.yaml",
        required=False,
        error_messages={"empty": "This file is empty."},
        widget=forms.FileInput({"class": "form-control", "accept": ".yaml,.yml"}),
    )

    def __init__(self, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, label_suffix="")

    @property
    def problems(self) -> list[Problem]:
        """Every error, in the order of the fields."""
        return [Problem(str(self.errors[name][0]), f"id_{name}") for name in self.fields if name in self.errors]
