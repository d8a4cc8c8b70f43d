"""HER2 status from IHC and dual-probe ISH.

Source: the HER2 definitions under section III of policy IC-0072, after the ASCO/CAP guideline update of 2018
(Wolff et al., Arch Pathol Lab Med 142:1364).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RATIO_CUT: Final = 2.0
COPIES_LOW_CUT: Final = 4.0
COPIES_HIGH_CUT: Final = 6.0

NEGATIVE: Final = "negative"
POSITIVE: Final = "positive"
DISCORDANT: Final = "discordant"

_GROUP_TEXT: Final = {
    1: "ratio 2.0 or more, and 4.0 or more copies",
    2: "ratio 2.0 or more, but fewer than 4.0 copies",
    3: "ratio below 2.0, but 6.0 or more copies",
    4: "ratio below 2.0, and 4.0 up to 6.0 copies",
    5: "ratio below 2.0, and fewer than 4.0 copies",
}


@dataclass(frozen=True, slots=True)
class Her2:
    """``status`` negative, positive or None (not established); ISH ``group`` 1 to 5 or None; the ``rule`` in words."""

    status: str | None
    group: int | None
    discordant: bool
    rule: str


def group_of(ratio: float, copies: float) -> int:
    """The ISH group, 1 to 5, of a HER2/CEP17 ratio and an average HER2 copy number (signals per cell)."""
    if ratio >= RATIO_CUT:
        return 1 if copies >= COPIES_LOW_CUT else 2
    if copies >= COPIES_HIGH_CUT:
        return 3
    return 4 if copies >= COPIES_LOW_CUT else 5


def status_of(ihc: str | None, ish: str | None, ratio: float | None, copies: float | None) -> str | None:
    """Negative, positive, discordant, or None where not established.

    ``ihc`` is "0", "1+", "2+", "3+", "not_done" or None; ``ish`` is "done", "not_done" or None. ISH numbers count only
    when ISH was done. ISH given beside IHC 0, 1+ or 3+ must not contradict it; until its numbers rule that out, the
    status is not established.
    """
    if ihc is None:
        return None
    done = ish == "done"
    if ihc == "0" or ihc == "1+":
        if not done:
            return NEGATIVE
        if (ratio is not None and ratio < RATIO_CUT) or (copies is not None and copies < COPIES_LOW_CUT):
            return NEGATIVE
        return None if ratio is None or copies is None else DISCORDANT
    if ihc == "3+":
        if not done:
            return POSITIVE
        if (ratio is not None and ratio >= RATIO_CUT) or (copies is not None and copies >= COPIES_LOW_CUT):
            return POSITIVE
        return None if ratio is None or copies is None else DISCORDANT
    if not done or ratio is None or copies is None:
        return None
    group = group_of(ratio, copies)
    if ihc == "2+":
        return POSITIVE if group in (1, 3) else NEGATIVE
    return {1: POSITIVE, 5: NEGATIVE}.get(group)


def interpret(ihc: str | None, ish: str | None, ratio: float | None, copies: float | None) -> Her2:
    """HER2 status with the ISH group and the rule applied in words, for a person who entered these results."""
    status = status_of(ihc, ish, ratio, copies)
    group = group_of(ratio, copies) if ish == "done" and ratio is not None and copies is not None else None
    discordant = status == DISCORDANT
    return Her2(None if discordant else status, group, discordant, _rule(ihc, ish, group, status))


def _rule(ihc: str | None, ish: str | None, group: int | None, status: str | None) -> str:
    if ihc is None:
        return "Enter the IHC score to work out HER2 status."
    score = "no IHC" if ihc == "not_done" else f"IHC {ihc}"
    finding = f"ISH group {group} ({_GROUP_TEXT[group]})" if group else ""
    if status == DISCORDANT:
        return f"{score} and {finding} contradict each other, so a reviewer settles HER2 status."
    if status is not None:
        because = f"{score} and {finding}" if finding else score
        return f"{because[0].upper()}{because[1:]}: HER2-{status}."
    if ish == "done" and group is None:
        return "Enter the ratio and the copy number to work out HER2 status."
    if finding:
        return f"{finding[0].upper()}{finding[1:]} does not settle HER2 status with {score}."
    return f"{score[0].upper()}{score[1:]} without ISH does not settle HER2 status."
