"""Dose, vials and billable units of a drug dosed by body surface area.

Source: policy IC-0072 section V (dose and its cap), section II (limit), section VI (vials and billing unit).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class DosingRule:
    """What a policy says of dosing: mg per m², cap on BSA in m², vial sizes in mg, units per interval in days."""

    mg_per_m2: Decimal
    bsa_cap_m2: Decimal
    interval_days: int
    max_units: int
    vials_mg: tuple[int, ...]
    infusion_hours: int
    continue_until: str
    cite: str
    limit_cite: str
    references: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Dose:
    """A worked-out dose. Areas in m², amounts in mg; one billable unit is 1 mg of vial opened."""

    bsa_m2: Decimal
    bsa_used_m2: Decimal
    capped: bool
    dose_mg: Decimal
    vials: tuple[tuple[int, int], ...]
    vial_mg: int
    administered_units: int
    discarded_units: int
    billed_units: int
    max_units: int
    interval_days: int
    within_limit: bool


def body_surface_area(height_cm: Decimal, weight_kg: Decimal) -> Decimal:
    """Mosteller's formula, √(cm × kg / 3600), in m² unrounded. Raises ``ValueError`` unless both are above 0."""
    if not (height_cm > 0 and weight_kg > 0):
        raise ValueError("Height and weight must be above 0.")
    return (height_cm * weight_kg / 3600).sqrt()


@lru_cache(maxsize=4096)
def fewest_vials(dose_mg: Decimal, sizes_mg: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Vials that cover ``dose_mg``: the fewest mg in all, then the fewest vials, as (size in mg, count)."""
    sizes = sorted(sizes_mg, reverse=True)
    target = int(dose_mg.to_integral_value(ROUND_CEILING))
    # best[mg] is the fewest vials that hold exactly mg; the answer is the first reachable amount from the target on
    best: list[tuple[int, ...] | None] = [(0,) * len(sizes)]
    amount = 0
    while amount < target or best[amount] is None:
        amount += 1
        options = []
        for index, size in enumerate(sizes):
            smaller = best[amount - size] if size <= amount else None
            if smaller is not None:
                options.append((*smaller[:index], smaller[index] + 1, *smaller[index + 1 :]))
        best.append(min(options, key=sum) if options else None)
    counts = best[amount]
    assert counts is not None
    return tuple((size, count) for size, count in zip(sizes, counts, strict=True) if count)


def dose(rule: DosingRule, height_cm: Decimal, weight_kg: Decimal) -> Dose:
    """The dose by the policy's rule, to 0.1 mg, with the vials to open and the units to bill.

    Administered units round up to whole units; the rest of the opened vials is discarded. ``within_limit`` compares
    the opened units with the policy's limit for one interval.
    """
    area = body_surface_area(Decimal(height_cm), Decimal(weight_kg))
    used = min(area, rule.bsa_cap_m2)
    amount = (rule.mg_per_m2 * used).quantize(Decimal("0.1"), ROUND_HALF_UP)
    vials = fewest_vials(amount, rule.vials_mg)
    opened = sum(size * count for size, count in vials)
    administered = int(amount.to_integral_value(ROUND_CEILING))
    return Dose(
        bsa_m2=area,
        bsa_used_m2=used,
        capped=area > rule.bsa_cap_m2,
        dose_mg=amount,
        vials=vials,
        vial_mg=opened,
        administered_units=administered,
        discarded_units=opened - administered,
        billed_units=opened,
        max_units=rule.max_units,
        interval_days=rule.interval_days,
        within_limit=opened <= rule.max_units,
    )
