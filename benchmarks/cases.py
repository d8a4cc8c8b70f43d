"""Random answer sets for the engine: near a pathway, so that most criteria come into play."""

from __future__ import annotations

import random
from typing import Any

Facts = dict[str, Any]

# values on both sides of, and on, every threshold; listed by hand, apart from the engine's own classes
VALUES: dict[str, list[Any]] = {
    "request_type": ["initial", "renewal"],
    "request_date": ["2026-02-28", "2026-11-24"],
    "date_of_birth": ["1961-07-03", "2008-02-28", "2008-02-29", "2008-11-25", "2015-01-01"],
    "cremophor_hypersensitivity": [True, False, "unknown"],
    "disease_settings": [
        [],
        ["metastatic"],
        ["locally_advanced"],
        ["recurrent_unresectable"],
        ["inflammatory_no_response", "locally_advanced"],
    ],
    "regimen": ["single_agent", "with_capecitabine", "with_trastuzumab", "other"],
    "line_of_therapy": [1, 2, 3, 4, 20],
    "her2_test_compliant": [True, False, "unknown"],
    "her2_ihc": ["0", "1+", "2+", "3+", "not_done"],
    "her2_ish": ["done", "not_done"],
    "her2_ish_ratio": [0, 1.99, 2.0, 50],
    "her2_ish_copy_number": [0, 3.99, 4.0, 5.99, 6.0, 100],
    "er_percent": [0, 0.99, 1, 10, 100, "unknown"],
    "pr_percent": [0, 0.99, 1, 100, "unknown"],
    "visceral_crisis": [True, False, "unknown"],
    "endocrine_refractory": [True, False, "unknown"],
    "germline_brca": ["mutation", "no_mutation", "not_tested"],
    "tdxd_candidate": [True, False, "unknown"],
    "pd_l1_cps": [0, 9.99, 10, 100, "not_tested"],
    "anthracycline_outcome": [
        *("progressed_on_therapy", "progressed_after_therapy", "failed", "no_failure", "not_received", "unknown"),
    ],
    "anthracycline_setting": ["adjuvant", "metastatic", "unknown"],
    "anthracycline_months_to_progression": [0, 3, 3.01, 6, 6.01, 600, "unknown"],
    "taxane_outcome": [
        *("progressed_on_therapy", "progressed_after_therapy", "failed", "no_failure", "not_received", "unknown"),
    ],
    "taxane_setting": ["adjuvant", "metastatic", "unknown"],
    "taxane_months_to_progression": [0, 4, 4.01, 12, 12.01, 600, "unknown"],
    "anthracycline_contraindicated": [True, False, "unknown"],
    "capecitabine_failed": [True, False, "unknown"],
    "ast_x_uln": [0, 2.5, 2.51, 100, "unknown"],
    "alt_x_uln": [0, 2.5, 2.51, 100, "unknown"],
    "bilirubin_x_uln": [0, 1, 1.01, 100, "unknown"],
    "approved_regimen": ["single_agent", "with_capecitabine", "with_trastuzumab", "other"],
    "disease_response": ["stabilization", "decrease", "progression", "unknown"],
    "unacceptable_toxicity": [True, False, "unknown"],
}

PRECONDITIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "her2_ish": ("her2_ihc", ("2+", "not_done")),
    "her2_ish_ratio": ("her2_ish", ("done",)),
    "her2_ish_copy_number": ("her2_ish", ("done",)),
    "anthracycline_setting": ("anthracycline_outcome", ("progressed_after_therapy",)),
    "anthracycline_months_to_progression": ("anthracycline_outcome", ("progressed_after_therapy",)),
    "taxane_setting": ("taxane_outcome", ("progressed_after_therapy",)),
    "taxane_months_to_progression": ("taxane_outcome", ("progressed_after_therapy",)),
}

_UNIVERSAL: Facts = {
    "request_type": "initial",
    "request_date": "2026-11-24",
    "date_of_birth": "1961-07-03",
    "cremophor_hypersensitivity": False,
    "ast_x_uln": 1,
    "alt_x_uln": 1,
    "bilirubin_x_uln": 0.5,
}
_NEGATIVE: Facts = {
    "disease_settings": ["metastatic"],
    "her2_test_compliant": True,
    "her2_ihc": "2+",
    "her2_ish": "done",
    "her2_ish_ratio": 1.2,
    "her2_ish_copy_number": 3,
    "regimen": "single_agent",
}
_POSITIVE_RECEPTOR: Facts = {**_NEGATIVE, "er_percent": 80, "visceral_crisis": False, "endocrine_refractory": True}
_TRIPLE_NEGATIVE: Facts = {**_NEGATIVE, "er_percent": 0, "pr_percent": 0.5}
_PRETREATED: Facts = {
    "disease_settings": ["locally_advanced"],
    "anthracycline_outcome": "progressed_after_therapy",
    "anthracycline_setting": "adjuvant",
    "anthracycline_months_to_progression": 5,
    "taxane_outcome": "progressed_after_therapy",
    "taxane_setting": "metastatic",
    "taxane_months_to_progression": 2,
}
# one request that meets each pathway, and one renewal
MEETING: dict[str, Facts] = {
    "hr_positive_first_line": {**_POSITIVE_RECEPTOR, "line_of_therapy": 1, "germline_brca": "no_mutation"},
    "hr_positive_second_line": {**_POSITIVE_RECEPTOR, "line_of_therapy": 2, "tdxd_candidate": False},
    "hr_positive_third_line_plus": {**_POSITIVE_RECEPTOR, "line_of_therapy": 3},
    "tnbc_first_line": {**_TRIPLE_NEGATIVE, "line_of_therapy": 1, "pd_l1_cps": 4, "germline_brca": "no_mutation"},
    "tnbc_subsequent": {**_TRIPLE_NEGATIVE, "line_of_therapy": 2},
    "her2_positive_with_trastuzumab": {
        **_NEGATIVE,
        "her2_ish_ratio": 3.1,
        "her2_ish_copy_number": 8,
        "regimen": "with_trastuzumab",
        "line_of_therapy": 4,
    },
    "with_capecitabine_after_anthracycline_and_taxane": {**_PRETREATED, "regimen": "with_capecitabine"},
    "single_agent_after_capecitabine": {**_PRETREATED, "regimen": "single_agent", "capecitabine_failed": True},
    "renewal": {
        "request_type": "renewal",
        "regimen": "single_agent",
        "approved_regimen": "single_agent",
        "disease_response": "decrease",
        "unacceptable_toxicity": False,
    },
}
MEETING = {name: {**_UNIVERSAL, **facts} for name, facts in MEETING.items()}


def near_a_pathway(rng: random.Random, *, change: float = 0.15) -> Facts:
    """A full answer set that starts from a meeting request; each fact is redrawn with probability ``change``."""
    base = MEETING[rng.choice(list(MEETING))]
    return {
        name: base[name] if name in base and rng.random() > change else rng.choice(values)
        for name, values in VALUES.items()
    }


def partial(rng: random.Random, *, keep: float, change: float = 0.15) -> Facts:
    """An answer set with each fact kept with probability ``keep``."""
    return {name: value for name, value in near_a_pathway(rng, change=change).items() if rng.random() < keep}
