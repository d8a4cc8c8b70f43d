"""Everything that the case page shows, gathered in a constant number of queries."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from criteria import explain
from criteria.dates import age_in_years
from criteria.policy import Mark, Policy
from pa_portal.accounts.models import User
from pa_portal.determinations import queries as determinations
from pa_portal.determinations.case import Case
from pa_portal.determinations.models import Appeal, Authorization, Determination, PeerToPeer, Recommendation, Task
from pa_portal.review import clock, documents, flags, history, queue, tree, words
from pa_portal.review.acts import ACTS, Act
from pa_portal.review.allowed import Situation, why_not
from pa_portal.review.clock import Left
from pa_portal.review.documents import Document
from pa_portal.review.flags import FlagView
from pa_portal.review.history import Event, History
from pa_portal.review.tree import Given, Provenance, Tree
from pa_portal.review.words import Said
from pa_portal.submissions import queries as submissions
from pa_portal.submissions.differences import Difference, differences
from pa_portal.submissions.models import LineOfBusiness, Request, RequestType, Sex, State, Urgency

MOST_OTHERS = 10


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what stands beside it; empty ones are left out by ``facts``."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier submission of the same request."""

    number: int
    at: datetime.datetime
    by: str
    outcome: Said
    answers: tuple[Given, ...]


@dataclass(frozen=True)
class CaseView:
    """A case as its page shows it.

    ``proposed`` is the recommended denial that waits for a medical director. ``refusals`` says, act by act, why the
    reader may not do it; "" where they may.
    """

    request: Request
    case: Case
    content: Mapping[str, Any]
    outcome: Said
    headline: str
    tree: Tree
    flags: tuple[FlagView, ...]
    answers: tuple[Given, ...]
    patient: tuple[Fact, ...]
    prescriber: tuple[Fact, ...]
    policy: tuple[tuple[str, str], ...]
    events: tuple[Event, ...]
    changes: tuple[Difference, ...]
    earlier: tuple[Earlier, ...]
    decided: Determination | None
    authorization: Authorization | None
    renewed: Authorization | None
    others: tuple[Request, ...]
    proposed: Recommendation | None
    documents: tuple[Document, ...]
    missing: tuple[str, ...]
    appeal: Appeal | None
    calls: tuple[PeerToPeer, ...]
    task: Task | None
    colleagues: tuple[User, ...]
    refusals: Mapping[str, str]

    @property
    def open(self) -> bool:
        """Whether the request still waits for a decision."""
        return self.request.state in queue.OPEN

    @property
    def void(self) -> bool:
        """Whether the decision stands, but nothing may be given under it."""
        return self.authorization is not None and self.authorization.status == Authorization.Status.VOID

    @property
    def beside(self) -> str:
        """What the state alone does not say: that a medical director is to sign, an appeal is to be answered, or what
        was approved is void.
        """
        if self.appeal:
            return "Appeal open"
        if self.void:
            return "Authorization void"
        return "Denial recommended" if self.open and self.proposed else ""

    @property
    def can_decide(self) -> bool:
        """Whether any act is open to this reader."""
        return bool(self.offers)

    @property
    def offers(self) -> list[tuple[str, Act]]:
        """What the reader may decide: the name of each act, and its words."""
        return self._offers("decide")

    @property
    def clock_offers(self) -> list[tuple[str, Act]]:
        """What the reader may do about the time."""
        return self._offers("clock")

    @property
    def appeal_offers(self) -> list[tuple[str, Act]]:
        """How the reader may answer the open appeal."""
        return self._offers("appeal")

    @property
    def call_offers(self) -> list[tuple[str, Act]]:
        """What the reader may do about a peer-to-peer call."""
        return self._offers("call")

    @property
    def authorization_offers(self) -> list[tuple[str, Act]]:
        """What the reader may do about the authorization."""
        return self._offers("authorization")

    def _offers(self, place: str) -> list[tuple[str, Act]]:
        return [(name, act) for name, act in ACTS.items() if act.place == place and not self.refusals[name]]

    @property
    def refusal(self) -> str:
        """Why no decision is open; "" when one is."""
        return "" if self.can_decide else next(iter(self.refusals.values()))

    @property
    def left(self) -> Left:
        """The time left on the clock; empty once decided or withdrawn."""
        return clock.NOTHING if self.request.state == State.WITHDRAWN else clock.of_task(self.task)

    @property
    def running(self) -> bool:
        """Whether a decision is owed, so that somebody has to do it."""
        return bool(self.left.text)

    @property
    def paused_until(self) -> datetime.datetime | None:
        """When the clock goes on at the latest, while it stands still."""
        return self.task.resumes_at if self.task and self.running and self.task.paused() else None

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The footnote marks that the policy's criteria carry, in its order."""
        used = {mark for node in self.case.policy.criteria.values() for mark in node.marks}
        return tuple(mark for mark in self.case.policy.marks.values() if mark.id in used)

    @property
    def name(self) -> str:
        return f"{self.content['patient']['first_name']} {self.content['patient']['last_name']}"

    @property
    def request_type(self) -> str:
        return str(RequestType(self.content["request"]["request_type"]).label)

    @property
    def urgency(self) -> str:
        return str(Urgency(self.content["request"]["urgency"]).label)

    @property
    def expedited(self) -> bool:
        return self.content["request"]["urgency"] == Urgency.EXPEDITED

    @property
    def requested_start(self) -> datetime.date:
        return datetime.date.fromisoformat(self.content["treatment"]["requested_start_date"])

    @property
    def vials(self) -> str:
        return vials(self.case)


def vials(case: Case) -> str:
    """The vials to open, such as "1 × 45 mg, 2 × 15 mg"."""
    return ", ".join(f"{count} × {size} mg" for size, count in case.content["treatment"]["dose"]["vials"])


def of(user: User, request: Request, case: Case) -> CaseView:
    """Gather the page of a request that this reviewer may see."""
    sent = list(submissions.submissions_of(request))
    answers = list(submissions.answers_of(request))
    decided = list(determinations.determinations_of(request))
    recommended = list(determinations.recommendations_of(request))
    situation = Situation(request)
    proposed = next((each for each in recommended if not hasattr(each, "answer")), None)
    situation.proposed = proposed
    appeals = list(determinations.appeals_of(request))
    situation.appeal = next((each for each in appeals if not hasattr(each, "outcome")), None)
    calls = list(determinations.peer_to_peers_of(request))
    provenance = Provenance(case, answers)
    earlier = [Case(submission) for submission in sent if submission.number < case.submission.number]
    assert request.patient is not None
    task = situation.task
    assignee = task.assignee_id if task else None
    member = {"patient__plan": request.plan, "patient__member_id__iexact": case.content["patient"]["member_id"]}
    others = submissions.requests_for(user).filter(**member).exclude(pk=request.pk).order_by("-submitted_at")
    return CaseView(
        request=request,
        case=case,
        content=case.content,
        outcome=words.OUTCOMES[case.outcome],
        headline=explain.sentences(case.policy, case.decision).headline,
        tree=tree.of(case, provenance),
        flags=flags.of(case),
        answers=provenance.every(),
        patient=_patient(case),
        prescriber=_prescriber(case.content),
        policy=_sections(case.policy),
        events=history.of(
            History(
                request=request,
                sent=sent,
                decided=decided,
                recommended=recommended,
                appeals=appeals,
                calls=calls,
                authorizations=list(determinations.authorizations_of(request)),
                letters=list(request.letters.select_related("mailing__by")),
                moved=history.moves(determinations.task_of(request)),
            )
        ),
        changes=differences(earlier[-1].submission, case.submission) if earlier else (),
        earlier=tuple(_earlier(each, answers) for each in reversed(earlier)),
        decided=decided[-1] if decided and request.state == decided[-1].decision else None,
        authorization=determinations.authorization_for(user, request.pk) if request.state == State.APPROVED else None,
        renewed=determinations.renewed_by(request),
        others=tuple(others.prefetch_related("authorizations")[:MOST_OTHERS]),
        proposed=proposed,
        documents=documents.of(case),
        missing=documents.missing(case),
        appeal=situation.appeal,
        calls=tuple(calls),
        task=task,
        colleagues=tuple(each for each in queue.colleagues(user) if each.pk not in (user.pk, assignee)),
        refusals=why_not(user, request, case, situation),
    )


def _facts(pairs: Iterable[tuple[str, str]]) -> tuple[Fact, ...]:
    return tuple(Fact(label, value) for label, value in pairs if value)


def _patient(case: Case) -> tuple[Fact, ...]:
    patient, request = case.content["patient"], case.content["request"]
    born = datetime.date.fromisoformat(patient["date_of_birth"])
    age = age_in_years(born, datetime.date.fromisoformat(request["request_date"]))
    return _facts(
        (
            ("Name", f"{patient['first_name']} {patient['last_name']}"),
            ("Date of birth", f"{words.long_date(born)} ({age} on the request date)"),
            ("Sex", str(Sex(patient["sex"]).label) if patient["sex"] else ""),
            ("Member ID", patient["member_id"]),
            ("Plan", request["plan"]["name"]),
            ("Line of business", str(LineOfBusiness(patient["line_of_business"]).label)),
            ("Phone", patient["phone"]),
            ("Address", ", ".join(patient["address"])),
        )
    )


def _prescriber(content: Mapping[str, Any]) -> tuple[Fact, ...]:
    prescriber, organization = content["prescriber"], content["request"]["organization"]
    name = f"{prescriber['first_name']} {prescriber['last_name']}"
    return _facts(
        (
            ("Prescriber", f"{name}, {prescriber['credentials']}" if prescriber["credentials"] else name),
            ("NPI", prescriber["npi"]),
            ("Specialty", prescriber["specialty"]),
            ("Phone", prescriber["phone"]),
            ("Fax", prescriber["fax"]),
            ("Organization", organization["name"]),
            ("Address", ", ".join(prescriber["address"] or organization["address"])),
        )
    )


def _sections(policy: Policy) -> tuple[tuple[str, str], ...]:
    """The policy's sections in their order, each with what it holds in a line."""
    dosing, length = policy.dosing, policy.authorization
    return (
        (length.cite, f"{length.initial_months} months at first, then {length.renewal_months} at each renewal"),
        (dosing.limit_cite, f"At most {dosing.max_units} units every {dosing.interval_days} days"),
        (
            policy.pathways[0].cite,
            f"{len(policy.universal)} criteria for every request, and one of {len(policy.pathways)} pathways",
        ),
        (policy.renewal[0].cite, f"{len(policy.renewal)} criteria for a renewal"),
        (
            dosing.cite,
            f"{dosing.mg_per_m2} mg/m² over {dosing.infusion_hours} hours every {dosing.interval_days} days, "
            f"BSA counted up to {dosing.bsa_cap_m2} m²",
        ),
        (policy.billing_cite, f"{policy.hcpcs.code}, 1 unit = {policy.hcpcs.unit_mg} mg"),
        (policy.diagnoses_cite, f"{len(policy.diagnoses)} covered diagnosis codes"),
        (policy.medicare.cite, "Medicare"),
    )


def _earlier(case: Case, history: Iterable[Any]) -> Earlier:
    submission = case.submission
    return Earlier(
        submission.number,
        submission.submitted_at,
        submission.submitted_by.get_full_name(),
        words.OUTCOMES[case.outcome],
        Provenance(case, history).every(),
    )
