"""Worked clinical pictures: answers to the policy's questions, invented, one for each way a request can go."""

from __future__ import annotations

from typing import Any

Answers = dict[str, Any]

_HR_POSITIVE: Answers = {
    "cremophor_hypersensitivity": False,
    "disease_settings": ["metastatic"],
    "regimen": "single_agent",
    "her2_test_compliant": True,
    "her2_ihc": "1+",
    "er_percent": 80,
    "pr_percent": 45,
    "visceral_crisis": False,
    "endocrine_refractory": True,
    "germline_brca": "no_mutation",
    "tdxd_candidate": False,
    "anthracycline_outcome": "not_received",
    "anthracycline_contraindicated": False,
    "taxane_outcome": "no_failure",
    "capecitabine_failed": False,
}
_TNBC: Answers = {
    **_HR_POSITIVE,
    "her2_ihc": "0",
    "er_percent": 0,
    "pr_percent": 0,
    "pd_l1_cps": 4,
}
_PRETREATED: Answers = {
    "anthracycline_outcome": "progressed_after_therapy",
    "anthracycline_setting": "adjuvant",
    "anthracycline_months_to_progression": 4.5,
    "taxane_outcome": "progressed_on_therapy",
}

# The eight pathways of section III, by id.
PATHWAYS: dict[str, Answers] = {
    "hr_positive_first_line": {**_HR_POSITIVE, "line_of_therapy": 1},
    "hr_positive_second_line": {**_HR_POSITIVE, "line_of_therapy": 2, "visceral_crisis": True},
    "hr_positive_third_line_plus": {**_HR_POSITIVE, "line_of_therapy": 4},
    "tnbc_first_line": {**_TNBC, "line_of_therapy": 1},
    "tnbc_subsequent": {**_TNBC, "line_of_therapy": 3, "disease_settings": ["recurrent_unresectable"]},
    "her2_positive_with_trastuzumab": {
        **_HR_POSITIVE,
        "line_of_therapy": 4,
        "regimen": "with_trastuzumab",
        "her2_ihc": "3+",
    },
    "with_capecitabine_after_anthracycline_and_taxane": {
        **_HR_POSITIVE,
        **_PRETREATED,
        "disease_settings": ["locally_advanced"],
        "regimen": "with_capecitabine",
        "line_of_therapy": 2,
        "ast_x_uln": 1.2,
        "alt_x_uln": 1.8,
        "bilirubin_x_uln": 0.7,
    },
    "single_agent_after_capecitabine": {
        **_HR_POSITIVE,
        **_PRETREATED,
        "disease_settings": ["locally_advanced"],
        "line_of_therapy": 3,
        "capecitabine_failed": True,
    },
}

# IHC 2+ settled by ISH group 5, and estrogen receptors between 1% and 10%: met, with a note for the reviewer.
ER_LOW_POSITIVE: Answers = {
    **_HR_POSITIVE,
    "line_of_therapy": 3,
    "er_percent": 6,
    "pr_percent": 0,
    "her2_ihc": "2+",
    "her2_ish": "done",
    "her2_ish_ratio": 1.4,
    "her2_ish_copy_number": 2.9,
}

# Two HER2 tests that do not agree: without IHC, ISH group 2 settles nothing.
HER2_UNSETTLED: Answers = {
    **_HR_POSITIVE,
    "line_of_therapy": 3,
    "her2_ihc": "not_done",
    "her2_ish": "done",
    "her2_ish_ratio": 2.3,
    "her2_ish_copy_number": 3.4,
}

# Germline BRCA and PD-L1 not tested: neither met nor not met.
NOT_TESTED: Answers = {
    **_TNBC,
    "line_of_therapy": 1,
    "germline_brca": "not_tested",
    "pd_l1_cps": "not_tested",
}

# A severe reaction to Cremophor before: no pathway helps.
HYPERSENSITIVE: Answers = {**_HR_POSITIVE, "line_of_therapy": 3, "cremophor_hypersensitivity": True}

# Second line, although trastuzumab deruxtecan is still an option.
TDXD_STILL_AN_OPTION: Answers = {**_HR_POSITIVE, "line_of_therapy": 2, "tdxd_candidate": True}

# Capecitabine with liver tests above the limits.
LIVER_TESTS_HIGH: Answers = {
    **PATHWAYS["with_capecitabine_after_anthracycline_and_taxane"],
    "alt_x_uln": 3.1,
}

# Section IV: on treatment, stable, without toxicity.
RENEWAL: Answers = {
    "cremophor_hypersensitivity": False,
    "regimen": "single_agent",
    "disease_response": "stabilization",
    "unacceptable_toxicity": False,
}
