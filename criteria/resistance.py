"""Resistance to a drug class: progression during treatment, or soon enough after it.

Source: the resistance note under section III of policy IC-0072. The windows are the policy's data.
"""

from __future__ import annotations

from criteria.verdict import MET, NOT_MET, UNKNOWN, Verdict, all_of, any_of


def resistant(
    outcome: str | None,
    setting: str | None,
    months: float | str | None,
    adjuvant_within_months: float,
    metastatic_within_months: float,
) -> Verdict:
    """Whether the disease is resistant to the class.

    ``months`` run from the last dose to progression; ``None`` or "unknown" mean not established. A treatment that
    "failed" in another way is not resistance.
    """
    if outcome == "progressed_on_therapy":
        return MET
    if outcome is None or outcome == "unknown":
        return UNKNOWN
    if outcome != "progressed_after_therapy":
        return NOT_MET
    return any_of(
        all_of((_is(setting, wanted), _within(months, limit)))
        for wanted, limit in (("adjuvant", adjuvant_within_months), ("metastatic", metastatic_within_months))
    )


def _is(setting: str | None, wanted: str) -> Verdict:
    return UNKNOWN if setting is None or setting == "unknown" else setting == wanted


def _within(months: float | str | None, limit: float) -> Verdict:
    return UNKNOWN if months is None or isinstance(months, str) else months <= limit
