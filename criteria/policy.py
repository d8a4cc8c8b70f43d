"""A policy document as frozen data: identity, criteria, facts, dosing, billing, codes and jurisdictions."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from criteria.derived import Derived
from criteria.dosing import DosingRule
from criteria.facts import Fact
from criteria.nodes import AllOf, AnyOf, Node, OneOf

INITIAL, RENEWAL = "initial", "renewal"


@dataclass(frozen=True, slots=True)
class Drug:
    brand: str
    generic: str
    route: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A footnote mark, such as † for an FDA-approved indication."""

    id: str
    symbol: str
    label: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the questionnaire: one topic, the facts it asks for, why, and the section that needs them."""

    id: str
    title: str
    facts: tuple[str, ...]
    why: str
    cite: str


@dataclass(frozen=True, slots=True)
class Flag:
    """Something a reviewer is told beside the recommendation, raised when ``when`` is met and ``unless`` is not."""

    id: str
    label: str
    note: str
    cite: str
    when: Node
    unless: Node | None = None


@dataclass(frozen=True, slots=True)
class Hcpcs:
    """The billing code; one billable unit is ``unit_mg`` mg."""

    code: str
    description: str
    unit_mg: int


@dataclass(frozen=True, slots=True)
class Ndc:
    code: str
    description: str
    vial_mg: int


@dataclass(frozen=True, slots=True)
class Factor:
    """A non-quantitative treatment limitation factor and the conclusion on it."""

    factor: str
    prior_authorization: bool
    conclusion: str


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A Medicare administrative contractor's area: state and territory codes, and localities of split states."""

    id: str
    contractor: str
    areas: tuple[str, ...]
    localities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Medicare:
    cite: str
    note: str
    lookup: str
    jurisdictions: tuple[Jurisdiction, ...]

    def split(self, state: str) -> tuple[str, ...]:
        """Counties and cities of ``state`` that another contractor serves; empty when one serves the whole state."""
        return tuple(place for area in self.jurisdictions for place in area.localities.get(state, ()))

    def contractor(self, state: str, locality: str = "") -> Jurisdiction | None:
        """The jurisdiction for a state or territory code, and for a county or city where a state is split."""
        for area in self.jurisdictions:
            if locality and locality in area.localities.get(state, ()):
                return area
        return next((area for area in self.jurisdictions if state in area.areas), None)


@dataclass(frozen=True, slots=True)
class Document:
    """History of the document: when it began, and the months in which it was reviewed."""

    originated: datetime.date
    last_reviewed: datetime.date
    reviewed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuthorizationLength:
    cite: str
    initial_months: int
    renewal_months: int


@dataclass(frozen=True, slots=True)
class Factors:
    """Appendix on non-quantitative treatment limitations."""

    cite: str
    note: str
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """One published version of a policy.

    ``digest`` is the SHA-256 of its files: a decision that names it can be replayed.

    ``universal`` criteria bind every request; an initial request also meets one of ``pathways``, a renewal all of
    ``renewal``.
    """

    id: str
    version: str
    title: str
    drug: Drug
    effective: datetime.date
    until: datetime.date | None
    document: Document
    marks: Mapping[str, Mark]
    authorization: AuthorizationLength
    dosing: DosingRule
    hcpcs: Hcpcs
    ndcs: tuple[Ndc, ...]
    billing_cite: str
    derived: Mapping[str, Derived]
    shared: tuple[Node, ...]
    universal: tuple[Node, ...]
    pathways: tuple[Node, ...]
    renewal: tuple[Node, ...]
    flags: Mapping[str, Flag]
    references: Mapping[int, str]
    factors: Factors
    diagnoses: Mapping[str, str]
    diagnoses_cite: str
    medicare: Medicare
    facts: Mapping[str, Fact]
    pages: tuple[Page, ...]
    digest: str
    root: Node = field(init=False)
    criteria: Mapping[str, Node] = field(init=False)
    cache: dict[str, Any] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", self._root())
        by_id = {node.id: node for node in descend(self.root)}
        object.__setattr__(self, "criteria", MappingProxyType(by_id))

    def _root(self) -> Node:
        request_type = self.facts["request_type"]

        def branch(kind: str, label: str, node: Node) -> Node:
            is_kind = Node(f"is_{kind}", f"This is {label}", "I", OneOf(request_type, (kind,), single=True))
            return Node(f"{kind}_request", f"Criteria for {label}", node.cite, AllOf((is_kind, node)))

        cite = self.pathways[0].cite
        pathways = Node("pathways", "At least one pathway is met", cite, AnyOf(self.pathways))
        renewal = Node("renewal_criteria", "All renewal criteria are met", self.renewal[0].cite, AllOf(self.renewal))
        either = Node(
            "request_criteria",
            "The criteria for this type of request are met",
            cite,
            AnyOf((branch(INITIAL, "an initial request", pathways), branch(RENEWAL, "a renewal", renewal))),
        )
        universal = Node(
            "universal_criteria", "All universal criteria are met", self.universal[0].cite, AllOf(self.universal)
        )
        return Node(f"{self.id}", self.title, cite, AllOf((universal, either)))

    @property
    def administrative(self) -> tuple[str, ...]:
        """Names of the facts that the portal fills in."""
        return tuple(fact.name for fact in self.facts.values() if fact.administrative)

    def criterion(self, criterion_id: str) -> Node:
        """The criterion with this id. Raises ``KeyError``."""
        return self.criteria[criterion_id]

    def pathway(self, pathway_id: str) -> Node:
        """The pathway with this id. Raises ``KeyError``."""
        return next(node for node in self.pathways if node.id == pathway_id)

    def page_of(self, fact: str) -> Page | None:
        """The page that asks for ``fact``; None for a fact the portal fills in."""
        return next((page for page in self.pages if fact in page.facts), None)


def descend(node: Node) -> Iterator[Node]:
    """The node and all below it, parents first; a shared criterion appears wherever it is used."""
    yield node
    for child in node.children:
        yield from descend(child)
