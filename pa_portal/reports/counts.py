"""The counts of the dashboard by name: for each, the filters that it adds, under which its list opens too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pa_portal.reports.cases import Sql
from pa_portal.reports.filters import AGES, NO_PATHWAY, OUTCOMES, PUBLISHED, STATES, TOOK, condition
from pa_portal.submissions.models import Urgency

# Named counts of requests: the filters that each adds.
COUNTS: Final[Mapping[str, Mapping[str, str]]] = {
    "received": {},
    "decided": {"state": "decided"},
    "approved": {"state": "approved"},
    "denied": {"state": "denied"},
    "open": {"state": "open"},
    "withdrawn": {"state": "withdrawn"},
    "asked": {"asked": "yes"},
    "against": {"recommendation": "against"},
    "on_time": {"clock": "on_time"},
    "late": {"clock": "late"},
    "authorized": {"authorized": "active"},
    "first_denied": {"first": "denied"},
    "modified": {"modified": "yes"},
    "automatic": {"automatic": "yes"},
    "appealed": {"appeal": "any"},
    "appeal_open": {"appeal": "open"},
    "overturned": {"appeal": "overturned"},
    "upheld": {"appeal": "upheld"},
    **{
        f"{name}{suffix}": {**kind, **decision}
        for name, kind in (
            ("renewals", {"type": "renewal"}),
            ("no_pathway", {"type": "initial", "pathway": NO_PATHWAY}),
        )
        for suffix, decision in (("", {}), ("_approved", {"state": "approved"}), ("_denied", {"state": "denied"}))
    },
    **{choice.value: {"published": choice.value} for choice in PUBLISHED},
    **{f"took_{choice.value}": {"took": choice.value} for choice in TOOK},
    **{
        f"{state.value}_{outcome.value}": {"state": state.value, "outcome": outcome.value}
        for state in STATES
        for outcome in OUTCOMES
    },
}
STANDING: Final[Mapping[str, Mapping[str, str]]] = {
    "open": {"state": "open"},
    "overdue": {"clock": "overdue"},
    "due": {"renewal": "due"},
    "due_requested": {"renewal": "requested"},
    "lapsed": {"renewal": "lapsed"},
    **{age.value: {"age": age.value} for age in AGES},
    **{f"{urgency}_open": {"urgency": urgency, "state": "open"} for urgency in Urgency.values},
    **{f"{urgency}_overdue": {"urgency": urgency, "clock": "overdue"} for urgency in Urgency.values},
    **{f"{urgency}_{age.value}": {"urgency": urgency, "age": age.value} for urgency in Urgency.values for age in AGES},
}


def condition_of(chosen: Mapping[str, str]) -> Sql:
    """Return the condition of a count, its parameters named apart from those of the reader's own filters."""
    texts = ["true"]
    params = {}
    for name, value in chosen.items():
        own = f"{name}_{value}"
        texts.append("(" + condition(name, value).replace(f"%({name})s", f"%({own})s") + ")")
        params[own] = value
    return Sql(" AND ".join(texts), params)


def unpacked(kept: bytes) -> dict[str, int]:
    """Return the counts by name, added up, from the bytes in which ``daily`` keeps them: four for each of COUNTS."""
    sums = np.frombuffer(kept, ">i4").reshape(-1, len(COUNTS)).sum(axis=0, dtype=np.int64)
    return dict(zip(COUNTS, sums.tolist(), strict=True))


def unpacked_hours(kept: bytes) -> NDArray[np.float64]:
    """Return turnarounds in hours from the bytes in which ``daily`` keeps them: eight for each."""
    return np.frombuffer(kept, ">f8").astype(np.float64)
