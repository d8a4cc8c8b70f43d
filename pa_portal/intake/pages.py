"""The administrative pages as data: always asked, in this order, whatever the policy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from django import forms
from django.core.cache import caches
from django.template.loader import render_to_string
from django.urls import reverse

from criteria.policy import Policy
from pa_portal.accounts import queries as accounts
from pa_portal.accounts.models import User
from pa_portal.accounts.places import State
from pa_portal.intake import deadlines, helpers
from pa_portal.intake import forms as intake_forms
from pa_portal.intake.dates import show_date
from pa_portal.intake.fields import Look
from pa_portal.intake.numbers import show_number
from pa_portal.intake.path import Stop
from pa_portal.intake.words import section
from pa_portal.submissions import actions, medicare
from pa_portal.submissions import queries as submissions
from pa_portal.submissions.models import LineOfBusiness, Patient, Request, Urgency

A_MINUTE = 60
Rows = tuple[tuple[str, ...], ...]
Summary = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class DetailsPage:
    """One administrative page. ``title`` is its h1 and its name in lists, ``layout`` its fields by heading and row.

    ``initial`` reads what a draft holds for the form; ``done`` says whether that is complete; ``summary`` puts it in
    words; ``cite`` names the policy's section, where one asks for it. ``options`` are the form's own arguments;
    ``extras`` is what the page shows beside its fields; ``save`` is the action that stores it; ``people`` are those of
    the request that the page looks at; ``lists`` reads what all of a practice's requests share into the cache.
    """

    slug: str
    title: str
    why: str
    form: type[forms.Form]
    layout: tuple[tuple[str, Rows], ...]
    initial: Callable[[Request], dict[str, Any]]
    done: Callable[[Request], bool]
    summary: Callable[[Request, Policy], Summary]
    save: Callable[..., Request]
    looks: Mapping[str, Look] = field(default_factory=dict)
    cite: Callable[[Policy], str] = lambda policy: ""
    options: Callable[[Request, Policy, bool], dict[str, Any]] = lambda draft, policy, posted: {}
    extras: Callable[[User, Request, Policy, forms.Form], dict[str, Any]] = lambda by, draft, policy, form: {}
    template: str = "intake/step.html"
    people: tuple[str, ...] = ("patient",)
    lists: Callable[[User, Request], object] = lambda by, draft: None


def _from(record: Any, form: type[forms.Form]) -> dict[str, Any]:
    if record is None:
        return {}
    return {name: getattr(record, name) for name in form.base_fields if name != "plan" and hasattr(record, name)}


def _patient(draft: Request) -> dict[str, Any]:
    if draft.patient is None:
        return {}
    return _from(draft.patient, intake_forms.PatientForm) | {"plan": str(draft.patient.plan_id)}


def _patient_done(draft: Request) -> bool:
    return draft.patient is not None and not medicare.missing(submissions.policy_of(draft), draft.patient)


def _prescriber(draft: Request) -> dict[str, Any]:
    """The prescriber; before there is one, the practice's own address, phone and fax."""
    return _from(draft.prescriber or draft.organization, intake_forms.PrescriberForm) | (
        {} if draft.prescriber else {"npi": ""}
    )


def profile_of(user: User) -> dict[str, Any]:
    """A prescriber's own profile; before there is one, their name and the practice's address, phone and fax."""
    profile = submissions.profile_of(user)
    if profile is not None:
        return _from(profile, intake_forms.PrescriberForm)
    name = {part: getattr(user, part) for part in ("first_name", "last_name", "credentials")}
    return _from(user.organization, intake_forms.PrescriberForm) | name | {"npi": ""}


def _patient_summary(draft: Request, policy: Policy) -> Summary:
    patient = draft.patient
    if patient is None:
        return []
    return [
        ("Name", patient.full_name),
        ("Date of birth", show_date(patient.date_of_birth)),
        ("Sex", patient.get_sex_display() or "Not stated"),
        ("Member ID", patient.member_id),
        ("Health plan", f"{patient.plan_name}, {patient.get_line_of_business_display()}"),
        ("Address", ", ".join(patient.address_lines())),
        ("Phone", patient.phone or "Not given"),
        *_medicare_summary(policy, patient),
    ]


def _medicare_summary(policy: Policy, patient: Patient) -> Summary:
    coverage = medicare.coverage(policy, patient)
    if coverage is None:
        return []
    place = dict(medicare.localities(policy, patient.state)).get(patient.locality, "")
    contractor = coverage["contractor"] or "None named by the policy"
    return [*([("County or city", place)] if place else []), ("Medicare contractor", contractor)]


def _prescriber_summary(draft: Request, policy: Policy) -> Summary:
    prescriber = draft.prescriber
    if prescriber is None:
        return []
    return [
        ("Name", prescriber.full_name),
        ("NPI", prescriber.npi),
        ("Specialty", prescriber.specialty or "Not given"),
        ("Phone", prescriber.phone),
        ("Fax", prescriber.fax or "Not given"),
        ("Address", ", ".join(prescriber.address_lines())),
    ]


def _diagnosis_summary(draft: Request, policy: Policy) -> Summary:
    if not draft.diagnosis_code:
        return []
    words = policy.diagnoses.get(draft.diagnosis_code, "not a covered code; goes to a reviewer")
    return [("Diagnosis code", f"{draft.diagnosis_code}, {words}")]


def _treatment_summary(draft: Request, policy: Policy) -> Summary:
    if draft.height_cm is None or draft.weight_kg is None:
        return []
    return [("Height", f"{show_number(draft.height_cm)} cm"), ("Weight", f"{show_number(draft.weight_kg)} kg")]


def _timing_summary(draft: Request, policy: Policy) -> Summary:
    if draft.requested_start_date is None:
        return []
    rows = [
        ("Requested start date", show_date(draft.requested_start_date)),
        ("Decision needed", draft.get_urgency_display()),
    ]
    return [*rows, ("Reason for urgency", draft.urgency_reason)] if draft.urgency == Urgency.EXPEDITED else rows


def _timing(draft: Request) -> dict[str, Any]:
    """The stored urgency counts as answered only once the page has been saved: until then nothing is pre-selected."""
    if draft.requested_start_date is None:
        return {}
    return _from(draft, intake_forms.TimingForm)


def _patient_options(draft: Request, policy: Policy, posted: bool) -> dict[str, Any]:
    """The plans to choose from. Showing the page may use a list a minute old; what is posted is held to today's."""
    return {"plans": _plans(draft.organization_id, posted=posted), "policy": policy}


def _plans(organization_id: UUID, *, posted: bool) -> list[tuple[UUID, str]]:
    key = f"intake:plans:{organization_id}"
    plans: list[tuple[UUID, str]] | None = None if posted else caches["pages"].get(key)
    if plans is None:
        plans = list(accounts.plans().values_list("id", "name"))
        caches["pages"].set(key, plans, A_MINUTE)
    return plans


def _medicare(by: User, draft: Request, policy: Policy, form: forms.Form) -> dict[str, Any]:
    url = reverse("intake:medicare", args=[draft.id])
    changes = "change from:[name=line_of_business], change from:#id_state"
    sent = "line_of_business,state,locality,csrfmiddlewaretoken"
    return {
        "helper": helpers.Helper(url, "intake/helper_medicare.html", "", trigger=changes, sent=sent),
        **medicare_context(policy, form),
    }


def medicare_context(policy: Policy, form: forms.Form) -> dict[str, Any]:
    """What is said of a Medicare member from what stands in the form; nothing for other members.

    ``areas``: the contractor of each county or city, as (place, contractor), where a state has several.
    """
    said = {name: str(form[name].value() or "") for name in ("line_of_business", "state")}
    if said["line_of_business"] != LineOfBusiness.MEDICARE:
        return {"coverage": None}
    places = medicare.localities(policy, said["state"])
    areas = [(place, policy.medicare.contractor(said["state"], value)) for value, place in places]
    return {
        "coverage": medicare.coverage(policy, Patient(**said)),
        "state_name": dict(State.choices).get(said["state"], ""),
        "areas": [(place, area.contractor) for place, area in areas if area is not None],
    }


def _known_prescribers(by: User, draft: Request, policy: Policy, form: forms.Form) -> dict[str, Any]:
    """The practice's prescribers as (id, name and NPI), to fill the page in from; the list may be a minute old."""
    return {"profiles": [(id, name) for id, name in _prescribers(by) if id != draft.prescriber_id]}


def _prescribers(by: User) -> list[tuple[UUID, str]]:
    key = _prescribers_key(by)
    names: list[tuple[UUID, str]] | None = caches["pages"].get(key)
    if names is None:
        names = [(one.id, f"{one.full_name}, NPI {one.npi}") for one in submissions.prescribers_for(by)]
        caches["pages"].set(key, names, A_MINUTE)
    return names


def forget_prescribers(by: User) -> None:
    """Have the list of the practice's prescribers read again, after one was saved."""
    caches["pages"].delete(_prescribers_key(by))


def _prescribers_key(by: User) -> str:
    return f"intake:prescribers:{by.organization_id}"


def _deadlines_of(by: User, draft: Request) -> object:
    return draft.plan and draft.patient and deadlines.hours(draft.plan, draft.patient.line_of_business)


def _deadlines(by: User, draft: Request, policy: Policy, form: forms.Form) -> dict[str, Any]:
    if draft.plan is None or draft.patient is None:
        return {}
    return {"boxes": (deadlines.box(draft.plan, draft.patient.line_of_business),)}


@lru_cache(maxsize=32)
def _covered_codes(policy: Policy) -> str:
    """The policy's codes as drawn, for the field to suggest and the reader to look through."""
    context = {"covered": policy.diagnoses, "covered_cite": section(policy.diagnoses_cite)}
    return render_to_string("intake/covered_codes.html", context)


def _covered(by: User, draft: Request, policy: Policy, form: forms.Form) -> dict[str, Any]:
    return {
        "covered_codes": _covered_codes(policy),
        "covered_cite": section(policy.diagnoses_cite),
        "matches": getattr(form, "matches", []),
        "not_covered": getattr(form, "not_covered", ""),
        "not_covered_confirmed": form.data.get("not_covered_confirmed"),
    }


def _dose(by: User, draft: Request, policy: Policy, form: forms.Form) -> dict[str, Any]:
    url = reverse("intake:dose", args=[draft.id])
    return {
        "helper": helpers.Helper(url, "intake/helper_dose.html", "Save and show the dose"),
        **dose_context(policy, form),
    }


def dose_context(policy: Policy, form: forms.Form) -> dict[str, Any]:
    """The dose for a valid form, or for what its page began with; none while a number is missing or out of range."""
    bound = form.cleaned_data if form.is_bound and form.is_valid() else {}
    values = bound if form.is_bound else form.initial
    return {"dose": helpers.dose_of(policy, values.get("height_cm"), values.get("weight_kg")), "policy": policy}


_ADDRESS: Rows = (("address_line1",), ("address_line2",), ("city",), ("state", "postal_code"))

DETAILS: tuple[DetailsPage, ...] = (
    DetailsPage(
        slug="patient",
        title="Patient and plan",
        why="Names the member, the plan that decides and where letters go. Age is worked out from the date of birth.",
        form=intake_forms.PatientForm,
        looks=intake_forms.PATIENT_LOOKS,
        layout=(
            ("Patient", (("first_name", "last_name"), ("date_of_birth", "sex"))),
            ("Coverage", (("member_id",), ("plan",), ("line_of_business",))),
            ("Address", (*_ADDRESS, ("phone",))),
        ),
        initial=_patient,
        done=lambda draft: (
            draft.patient is not None and not medicare.missing(submissions.policy_of(draft), draft.patient)
        ),
        save=actions.save_patient,
        options=_patient_options,
        lists=lambda by, draft: _plans(draft.organization_id, posted=False),
        extras=_medicare,
        template="intake/patient.html",
        summary=_patient_summary,
        cite=lambda policy: policy.criterion(policy.universal[0].id).cite,
    ),
    DetailsPage(
        slug="prescriber",
        title="Prescriber",
        why="The decision goes to the prescriber, and a reviewer may call. The NPI’s last digit catches typing errors.",
        form=intake_forms.PrescriberForm,
        looks=intake_forms.PRESCRIBER_LOOKS,
        layout=(
            ("Prescriber", (("npi",), ("first_name", "last_name"), ("credentials", "specialty"), ("phone", "fax"))),
            ("Address", _ADDRESS),
        ),
        initial=_prescriber,
        done=lambda draft: draft.prescriber_id is not None,
        save=actions.save_prescriber,
        extras=_known_prescribers,
        lists=lambda by, draft: _prescribers(by),
        template="intake/prescriber.html",
        people=("patient", "prescriber"),
        summary=_prescriber_summary,
    ),
    DetailsPage(
        slug="diagnosis",
        title="Diagnosis code",
        why="The policy lists the diagnosis codes that it covers. Another code is not refused: it goes to a reviewer.",
        form=intake_forms.DiagnosisForm,
        layout=(("", (("diagnosis_code",),)),),
        looks={"diagnosis_code": Look(size="medium", list_id="covered-codes")},
        initial=lambda draft: _from(draft, intake_forms.DiagnosisForm),
        done=lambda draft: bool(draft.diagnosis_code),
        save=actions.save_diagnosis,
        options=lambda draft, policy, posted: {"covered": policy.diagnoses},
        extras=_covered,
        summary=_diagnosis_summary,
        cite=lambda policy: policy.diagnoses_cite,
        template="intake/diagnosis.html",
    ),
    DetailsPage(
        slug="treatment",
        title="Height, weight and dose",
        why="The dose follows from body surface area, the units from the vials opened. Both are worked out for you.",
        form=intake_forms.TreatmentForm,
        looks=intake_forms.TREATMENT_LOOKS,
        layout=(("", (("height_cm", "weight_kg"),)),),
        initial=lambda draft: _from(draft, intake_forms.TreatmentForm),
        done=lambda draft: draft.height_cm is not None and draft.weight_kg is not None,
        save=actions.save_treatment,
        extras=_dose,
        summary=_treatment_summary,
        cite=lambda policy: policy.dosing.cite,
    ),
    DetailsPage(
        slug="timing",
        title="Start date and urgency",
        why="An authorization counts from its start date. Expedited is for patients whom the usual wait could harm.",
        form=intake_forms.TimingForm,
        looks=intake_forms.TIMING_LOOKS,
        layout=(("", (("requested_start_date",), ("urgency",), ("urgency_reason",))),),
        initial=_timing,
        done=lambda draft: draft.requested_start_date is not None,
        save=actions.save_treatment,
        extras=_deadlines,
        lists=_deadlines_of,
        people=("patient", "plan"),
        summary=_timing_summary,
        cite=lambda policy: policy.authorization.cite,
    ),
)

BY_SLUG: Mapping[str, DetailsPage] = {page.slug: page for page in DETAILS}


def prepare(by: User, draft: Request, stop: Stop) -> None:
    """Have the lists of the page that comes next at hand, so that it asks the database for its request alone."""
    if stop.kind == "details":
        BY_SLUG[stop.slug].lists(by, draft)
