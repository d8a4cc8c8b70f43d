"""Letters to test with: one realistic case, changed as a test needs. Every name in it is made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from pa_portal.determinations.letters.content import (
    AppealDetails,
    AuthorizationDetails,
    CallDetails,
    Change,
    Diagnosis,
    DrugDetails,
    LetterInput,
    PathwayDetails,
    Patient,
    Plan,
    PolicyDetails,
    Prescriber,
    Reason,
    RequestDetails,
    Reviewer,
)

PLAN = Plan(
    name="Harbor Valley Health Plan",
    address=("Utilization Management", "4100 Lakeshore Parkway, Suite 300", "Columbus, OH 43215"),
    phone="1-800-555-0142",
    fax="1-800-555-0143",
    appeals_address=("Appeals Department", "PO Box 20714", "Columbus, OH 43220"),
    appeals_phone="1-800-555-0150",
    appeals_fax="1-800-555-0151",
    peer_to_peer_phone="1-800-555-0160",
    external_review_text="If we keep our decision after your appeal, you may ask for a review by an independent "
    "organization. You have 4 months from our appeal letter to ask. The review is free.",
    nondiscrimination_text="Harbor Valley Health Plan follows federal civil rights laws. We do not exclude people or "
    "treat them differently because of race, color, national origin, age, disability or sex.\n"
    "To file a grievance, write to our Civil Rights Coordinator at the address above or call 1-800-555-0142.",
    language_help_text="We offer free language help. Call 1-800-555-0142 (TTY 711).\n"
    "Español: Ofrecemos ayuda gratuita en su idioma. Llame al 1-800-555-0142.\n"
    "中文：我们提供免费的语言协助服务。请致电 1-800-555-0142。\n"
    "한국어: 무료 언어 지원 서비스를 이용하실 수 있습니다. 1-800-555-0142로 전화해 주십시오.\n"
    "Tiếng Việt: Chúng tôi có dịch vụ hỗ trợ ngôn ngữ miễn phí. Gọi số 1-800-555-0142.\n"
    "Русский: Мы предлагаем бесплатную языковую помощь. Звоните 1-800-555-0142.\n"
    "العربية: نقدم مساعدة لغوية مجانية. اتصل على الرقم 1-800-555-0142.\n"
    "हिन्दी: हम मुफ़्त भाषा सहायता देते हैं। 1-800-555-0142 पर कॉल करें।",
)

APPROVAL = LetterInput(
    plan=PLAN,
    prescriber=Prescriber(
        name="Maya Okonkwo",
        credentials="MD",
        npi="1234567893",
        organization="Riverside Oncology Associates",
        address=("220 Mercy Drive, Suite 410", "Dayton, OH 45402"),
        phone="937-555-0110",
        fax="937-555-0111",
    ),
    patient=Patient(
        name="Elena Vasquez-O’Brien",
        date_of_birth=date(1968, 4, 9),
        member_id="HV 204 118 937",
        address=("18 Orchard Street", "Dayton, OH 45403"),
    ),
    request=RequestDetails(reference="PA-7K3M-Q2XD", request_type="initial", submitted_on=date(2026, 3, 2)),
    policy=PolicyDetails(id="IC-0072", version="2025-09-04", title="Ixabepilone for breast cancer", citation="III"),
    drug=DrugDetails(brand="Ixempra", generic="ixabepilone", hcpcs="J9207", ndcs=("70020-1910-xx", "70020-1911-xx")),
    diagnosis=Diagnosis(code="C50.412", description="Malignant neoplasm of upper-outer quadrant of left female breast"),
    decided_by=Reviewer(name="Jonah Lindqvist", credentials="PharmD", title="Clinical Pharmacist, Utilization Review"),
    decided_on=date(2026, 3, 4),
    authorization=AuthorizationDetails(
        number="AU-4XN2-88RT-Q",
        start=date(2026, 3, 10),
        valid_through=date(2026, 9, 9),
        renewal_date=date(2026, 9, 10),
        units_per_dose=75,
        interval_days=21,
        doses=9,
        total_units=675,
        regimen="Single agent (no other cancer drug)",
        dose_mg=Decimal("68.4"),
    ),
    pathway=PathwayDetails(label="Triple-negative disease, second line or later", cite="III"),
    renewal_needs=(
        "The regimen is the one that was authorized.",
        "Disease is stable, or the tumor or its spread has decreased.",
        "No unacceptable toxicity from the drug.",
        "The rules for every request are still met (section III).",
    ),
)

RENEWAL = replace(
    APPROVAL,
    request=replace(APPROVAL.request, reference="PA-9TQ4-W7HC", request_type="renewal"),
    policy=replace(APPROVAL.policy, citation="IV"),
    pathway=None,
)

DENIAL = replace(
    APPROVAL,
    authorization=None,
    pathway=None,
    decided_by=Reviewer(name="Priya Raman", credentials="MD", title="Medical Director"),
    reasons=(
        Reason(
            text="The drug was asked for as a first treatment, and the patient has a germline BRCA mutation.",
            cite="III",
            answer="Line of therapy: 1. Germline BRCA1/2: mutation found.",
            would_change="A test report that shows no germline BRCA1/2 mutation, or a request for a later line.",
        ),
        Reason(
            text="The tumor’s PD-L1 score is not below 10.",
            cite="III",
            answer="PD-L1 CPS: 22",
            would_change="A PD-L1 CPS below 10, or a request for second-line treatment or later.",
        ),
    ),
)

INFORMATION_REQUEST = replace(
    APPROVAL,
    authorization=None,
    pathway=None,
    information_needed="The HER2 test report, with the ISH ratio and the average number of HER2 signals per cell.\n"
    "The date of the last taxane dose, and the date when the cancer grew.",
    respond_by=date(2026, 3, 18),
)

MODIFIED_APPROVAL = replace(
    APPROVAL,
    authorization=replace(
        APPROVAL.authorization,
        valid_through=date(2026, 6, 9),
        renewal_date=date(2026, 6, 10),
        doses=5,
        total_units=375,
    ),
    changes=(
        Change(label="Last day covered", asked="September 9, 2026", approved="June 9, 2026"),
        Change(label="Number of doses", asked="9", approved="5"),
    ),
    explanation="The liver tests sent are close to the limit.\nWe want to see them again after three months.",
)

APPEAL = AppealDetails(filed_on=date(2026, 3, 20), urgency="expedited", decided_on=date(2026, 3, 4))

APPEAL_UPHELD = replace(
    DENIAL,
    decided_by=Reviewer(name="Samuel Oyelowo", credentials="MD", title="Medical Director"),
    decided_on=date(2026, 3, 23),
    appeal=APPEAL,
    explanation="The report sent with the appeal is of the same sample. It shows the same PD-L1 score.",
)

APPEAL_OVERTURNED = replace(
    APPROVAL,
    decided_on=date(2026, 3, 23),
    appeal=APPEAL,
    explanation="The new test report shows a PD-L1 score of 4.",
)

VOID_NOTICE = replace(
    APPROVAL,
    pathway=None,
    decided_by=Reviewer(name="Priya Raman", credentials="MD", title="Medical Director"),
    decided_on=date(2026, 3, 12),
    explanation="The authorization was written for another patient of the same name.",
)

PEER_TO_PEER_NOTICE = replace(
    APPROVAL,
    authorization=None,
    pathway=None,
    decided_on=date(2026, 3, 6),
    call=CallDetails(
        on=date(2026, 3, 9),
        at="2:30 PM EST",
        phone="937-555-0110",
        clinician="Priya Raman, MD",
        after_denial=True,
    ),
)

SAMPLES = {
    "approval": ("approval", APPROVAL),
    "renewal": ("renewal_approval", RENEWAL),
    "modified_approval": ("modified_approval", MODIFIED_APPROVAL),
    "denial": ("denial", DENIAL),
    "information_request": ("information_request", INFORMATION_REQUEST),
    "appeal_upheld": ("appeal_upheld", APPEAL_UPHELD),
    "appeal_overturned": ("appeal_overturned", APPEAL_OVERTURNED),
    "void_notice": ("void_notice", VOID_NOTICE),
    "peer_to_peer_notice": ("peer_to_peer_notice", PEER_TO_PEER_NOTICE),
}
