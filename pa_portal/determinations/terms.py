"""What an approval may authorize: the policy's full period and doses, and less of them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError

from criteria import dates
from pa_portal.determinations.case import Case
from pa_portal.submissions.models import Request, RequestType

ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of an authorization. Units are billing units; ``valid_through`` is the last day covered."""

    start: datetime.date
    valid_through: datetime.date
    doses: int
    units_per_dose: int
    interval_days: int
    dose_mg: Decimal
    unit_mg: int
    regimen: str

    @property
    def renewal_date(self) -> datetime.date:
        """The day after the last."""
        return self.valid_through + ONE_DAY

    @property
    def total_units(self) -> int:
        return self.doses * self.units_per_dose

    def as_json(self) -> dict[str, Any]:
        """What a determination keeps of them."""
        return {
            "start": self.start.isoformat(),
            "valid_through": self.valid_through.isoformat(),
            "doses": self.doses,
            "units_per_dose": self.units_per_dose,
        }


def full(request: Request, case: Case, start: datetime.date) -> Terms:
    """Return the terms of the whole period from ``start`` (section I), a dose an interval, the vials opened billed."""
    dose, length = case.content["treatment"]["dose"], case.policy.authorization
    renewal = request.request_type == RequestType.RENEWAL
    last = dates.valid_through(start, length.renewal_months if renewal else length.initial_months)
    return Terms(
        start=start,
        valid_through=last,
        doses=_room(start, last, dose["interval_days"]),
        units_per_dose=dose["billed_units"],
        interval_days=dose["interval_days"],
        dose_mg=Decimal(dose["dose_mg"]),
        unit_mg=case.policy.hcpcs.unit_mg,
        regimen=case.content["facts"].get("regimen") or request.approved_regimen,
    )


def asked(request: Request, case: Case) -> Terms:
    """Return the terms as the provider asked for them: from the day they named."""
    return full(request, case, datetime.date.fromisoformat(case.content["treatment"]["requested_start_date"]))


def cut(
    whole: Terms, *, valid_through: datetime.date | None = None, doses: Any = None, units_per_dose: Any = None
) -> Terms:
    """Return ``whole`` with less of what is given. A shorter period holds fewer doses, fewer units a smaller dose.

    Raises ValidationError by field for more than the whole, nothing at all, or what is no number.
    """
    errors: dict[str, str] = {}
    last = whole.valid_through
    if valid_through is not None:
        if whole.start <= valid_through <= whole.valid_through:
            last = valid_through
        else:
            errors["valid_through"] = f"Enter a date from {_show(whole.start)} to {_show(whole.valid_through)}."
    most = {"doses": _room(whole.start, last, whole.interval_days), "units_per_dose": whole.units_per_dose}
    chosen = {"doses": doses, "units_per_dose": units_per_dose}
    numbers = {name: most[name] if value is None else value for name, value in chosen.items()}
    for name, value in numbers.items():
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most[name]:
            errors[name] = f"Enter a whole number from 1 to {most[name]}."
    if errors:
        raise ValidationError(errors)
    return replace(
        whole,
        valid_through=last,
        doses=numbers["doses"],
        units_per_dose=numbers["units_per_dose"],
        dose_mg=min(whole.dose_mg, Decimal(numbers["units_per_dose"] * whole.unit_mg)),
    )


def _room(start: datetime.date, last: datetime.date, interval_days: int) -> int:
    """How many doses begin within the period."""
    return (last - start).days // interval_days + 1


def _show(day: datetime.date) -> str:
    return f"{day:%m/%d/%Y}"
