"""The demo's requests, as data: who asks, for whom, with which answers, and what has become of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pa_portal.demo import cases
from pa_portal.demo.people import patient

Fates = tuple[tuple[str, dict[str, Any]], ...]


@dataclass(frozen=True, slots=True)
class DemoRequest:
    """One request. ``fates`` happen to it in order after it is filled in: an act, and what goes with it.

    ``name`` is how a renewal refers to it. ``starts_in`` counts days from today. ``upto`` stops filling in after that
    many details (of patient, prescriber, diagnosis, treatment), for a draft.
    """

    name: str
    by: str
    patient: dict[str, str]
    answers: dict[str, Any]
    diagnosis: str
    height_cm: str
    weight_kg: str
    fates: Fates = ()
    starts_in: int = 7
    urgency_reason: str = ""
    rationale: str = ""
    renews: str = ""
    upto: int = 4


def _submitted(*then: tuple[str, dict[str, Any]]) -> Fates:
    return (("submit", {}), *then)


def _approved(by: str, starts_in: int, rationale: str = "") -> tuple[str, dict[str, Any]]:
    return "approve", {"by": by, "starts_in": starts_in, "rationale": rationale}


REQUESTS: tuple[DemoRequest, ...] = (
    DemoRequest(
        "renewable",
        "okafor",
        patient(1, "Marisol Quintana", "1968-02-29"),
        cases.PATHWAYS["hr_positive_first_line"],
        "C50.412",
        "163",
        "68.5",
        _submitted(_approved("nair", -160)),
        starts_in=-160,
    ),
    DemoRequest(
        "second-line",
        "okafor",
        patient(2, "Theodora Lindqvist", "1957-11-03", business="marketplace"),
        cases.PATHWAYS["hr_positive_second_line"],
        "C50.911",
        "170",
        "74",
        _submitted(),
        urgency_reason="Lymphangitic spread with a rising oxygen requirement; the first dose is due this week.",
    ),
    DemoRequest(
        "third-line",
        "reyes",
        patient(3, "Bernadette Oyelaran", "1972-06-14"),
        cases.PATHWAYS["hr_positive_third_line_plus"],
        "C50.812",
        "158",
        "61.2",
        _submitted(_approved("ellery", 3)),
        starts_in=3,
    ),
    DemoRequest(
        "tnbc-first",
        "carver",
        patient(4, "Ines Aguilar-Prado", "1984-09-21", city="Baltimore", state="MD", postal_code="21224"),
        cases.PATHWAYS["tnbc_first_line"],
        "C50.211",
        "166",
        "59",
        _submitted(),
    ),
    DemoRequest(
        "tnbc-later",
        "carver",
        patient(
            5, "Hannah Whitlock", "1979-01-30", business="medicaid", city="Baltimore", state="MD", postal_code="21230"
        ),
        cases.PATHWAYS["tnbc_subsequent"],
        "C50.919",
        "172",
        "118",
        _submitted(_approved("nair", 0)),
        starts_in=0,
    ),
    DemoRequest(
        "her2-positive",
        "carver",
        patient(6, "Rosalind Achterberg", "1961-04-08"),
        cases.PATHWAYS["her2_positive_with_trastuzumab"],
        "C50.511",
        "160",
        "70.3",
        _submitted(),
    ),
    DemoRequest(
        "with-capecitabine",
        "okafor",
        patient(7, "Delphine Marchetti", "1965-12-17"),
        cases.PATHWAYS["with_capecitabine_after_anthracycline_and_taxane"],
        "C50.111",
        "168",
        "66",
        _submitted(_approved("ellery", 10)),
        starts_in=10,
    ),
    DemoRequest(
        "after-capecitabine",
        "reyes",
        patient(8, "Yolanda Ferris", "1954-08-02", business="medicare", locality="elsewhere"),
        cases.PATHWAYS["single_agent_after_capecitabine"],
        "C50.912",
        "155",
        "52.8",
        _submitted(),
    ),
    DemoRequest(
        "renewal",
        "okafor",
        {},
        cases.RENEWAL,
        "C50.412",
        "163",
        "66.0",
        _submitted(),
        starts_in=24,
        renews="renewable",
    ),
    DemoRequest(
        "hypersensitive",
        "okafor",
        patient(9, "Carolyn Bexley", "1970-10-10"),
        cases.HYPERSENSITIVE,
        "C50.611",
        "161",
        "73",
        _submitted(
            (
                "deny",
                {
                    "by": "ellery",
                    "reasons": ["no_cremophor_hypersensitivity"],
                    "rationale": "Anaphylaxis to paclitaxel in 2024 is documented. The vehicle is of the same kind, "
                    "and the desensitization proposed does not change the criterion.",
                },
            ),
        ),
        rationale="The reaction followed paclitaxel. We propose inpatient desensitization with allergy attending.",
    ),
    DemoRequest(
        "not-tested",
        "carver",
        patient(10, "Noor Haddad", "1988-03-05", city="Towson", state="MD", postal_code="21204"),
        cases.NOT_TESTED,
        "C50.311",
        "164",
        "63.4",
        _submitted(
            (
                "pend",
                {
                    "by": "nair",
                    "information_needed": "PD-L1 combined positive score, with the assay used\n"
                    "Germline BRCA1/2 result, or the date on which it is expected",
                    "days": 14,
                },
            ),
        ),
        rationale="Testing was sent last week. The disease is progressing and treatment cannot wait for long.",
    ),
    DemoRequest(
        "her2-unsettled",
        "reyes",
        patient(11, "Joanna Prentiss", "1963-07-19"),
        cases.HER2_UNSETTLED,
        "C50.212",
        "169",
        "77.1",
        _submitted(),
        rationale="The block is exhausted, so IHC cannot be added. The ratio of 2.3 with 3.4 copies was read by two "
        "pathologists as not amplified; their addendum is on file.",
    ),
    DemoRequest(
        "er-low-positive",
        "okafor",
        patient(12, "Sabine Tolliver", "1976-05-26"),
        cases.ER_LOW_POSITIVE,
        "C50.411",
        "174",
        "81",
        _submitted(),
    ),
    DemoRequest(
        "tdxd",
        "carver",
        patient(13, "Lucille Brandt", "1959-09-09"),
        cases.TDXD_STILL_AN_OPTION,
        "C50.811",
        "157",
        "58.6",
        _submitted(
            (
                "deny",
                {
                    "by": "ellery",
                    "reasons": ["not_tdxd_candidate"],
                    "rationale": "The answers say that trastuzumab deruxtecan remains an option in second line, "
                    "and no contraindication is described.",
                },
            ),
        ),
        rationale="The patient prefers a regimen that she can receive near her home.",
    ),
    DemoRequest(
        "answered",
        "okafor",
        patient(14, "Winifred Osei", "1967-02-11"),
        cases.LIVER_TESTS_HIGH,
        "C50.112",
        "162",
        "69.9",
        _submitted(
            (
                "pend",
                {"by": "ellery", "information_needed": "Liver tests repeated within the last 7 days", "days": 10},
            ),
            (
                "respond",
                {
                    "answers": {"alt_x_uln": 2.2},
                    "response": "Repeated yesterday, off the antibiotic: ALT 2.2 x ULN, AST 1.2, bilirubin 0.7.",
                },
            ),
        ),
        rationale="The rise in ALT is attributed to a course of amoxicillin-clavulanate that has ended.",
    ),
    DemoRequest(
        "code-not-covered",
        "reyes",
        patient(15, "Antonia Delacroix", "1973-11-28"),
        cases.PATHWAYS["hr_positive_third_line_plus"],
        "C79.81",
        "159",
        "64.7",
        _submitted(),
    ),
    DemoRequest(
        "withdrawn",
        "carver",
        patient(16, "Greta Sundholm", "1950-06-30", business="medicare", locality="elsewhere"),
        cases.PATHWAYS["tnbc_subsequent"],
        "C50.819",
        "165",
        "71",
        _submitted(("withdraw", {})),
    ),
    DemoRequest(
        "draft-begun",
        "okafor",
        patient(17, "Paulette Nakamura", "1981-08-15"),
        {},
        "",
        "",
        "",
        upto=2,
    ),
    DemoRequest(
        "draft-half-way",
        "carver",
        patient(18, "Simone Abernathy", "1969-12-04"),
        {
            "cremophor_hypersensitivity": False,
            "disease_settings": ["metastatic"],
            "regimen": "single_agent",
            "line_of_therapy": 2,
        },
        "C50.311",
        "167",
        "72.4",
    ),
)
