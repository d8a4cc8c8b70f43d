"""Three-valued (Kleene) verdicts: met, not met, not established.

A verdict is ``True`` (met), ``False`` (not met) or ``None`` (not established). Missing and unknown facts give
``None``, so that absence of information can never read as "no".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

Verdict = bool | None

MET: Final = True
NOT_MET: Final = False
UNKNOWN: Final = None

OUTCOMES: Final[dict[Verdict, str]] = {
    MET: "meets",
    NOT_MET: "does_not_meet",
    UNKNOWN: "insufficient_information",
}


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Conjunction: not met if any is not met, else not established if any is not established, else met."""
    result: Verdict = MET
    for verdict in verdicts:
        if verdict is NOT_MET:
            return NOT_MET
        if verdict is UNKNOWN:
            result = UNKNOWN
    return result


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Disjunction: met if any is met, else not established if any is not established, else not met."""
    result: Verdict = NOT_MET
    for verdict in verdicts:
        if verdict is MET:
            return MET
        if verdict is UNKNOWN:
            result = UNKNOWN
    return result


def negate(verdict: Verdict) -> Verdict:
    """Negation: what is not established stays so."""
    return UNKNOWN if verdict is UNKNOWN else not verdict
