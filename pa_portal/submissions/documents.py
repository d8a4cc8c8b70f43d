"""Which documents bear out a request's answers: the kinds that its criteria rest on, and whether they are attached.

None of them is a condition for submitting: what is missing is listed, once, and the reviewer may ask for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from criteria.evaluate import Decision, decide
from criteria.explain import pathways_in_view
from criteria.nodes import Node
from criteria.policy import RENEWAL, Policy
from criteria.questions import Walk
from pa_portal.submissions import queries
from pa_portal.submissions.models import Attachment, AttachmentKind, Request

# What kind of document holds the answer, by fact; section III and, for the response, section IV.
_PATHOLOGY = (
    "her2_test_compliant",
    "her2_ihc",
    "her2_ish",
    "her2_ish_ratio",
    "her2_ish_copy_number",
    "er_percent",
    "pr_percent",
    "pd_l1_cps",
)
_LABS = ("germline_brca", "ast_x_uln", "alt_x_uln", "bilirubin_x_uln")
_TREATMENT_HISTORY = (
    "anthracycline_outcome",
    "anthracycline_setting",
    "anthracycline_months_to_progression",
    "taxane_outcome",
    "taxane_setting",
    "taxane_months_to_progression",
    "anthracycline_contraindicated",
    "capecitabine_failed",
    "endocrine_refractory",
    "disease_response",
)
KINDS: dict[str, str] = {
    **dict.fromkeys(_PATHOLOGY, AttachmentKind.PATHOLOGY),
    **dict.fromkeys(_LABS, AttachmentKind.LABS),
    **dict.fromkeys(_TREATMENT_HISTORY, AttachmentKind.TREATMENT_HISTORY),
}


@dataclass(frozen=True, slots=True)
class Needed:
    """One kind of document: the criteria it bears on, the answers it shows, and what of it is attached."""

    kind: str
    label: str
    criteria: tuple[Node, ...]
    facts: tuple[str, ...]
    attached: tuple[Attachment, ...]

    @property
    def missing(self) -> bool:
        """Whether nothing of this kind is attached, and nothing else for one of its criteria."""
        return not self.attached


def documents_needed(
    request: Request, walked: Walk | None = None, attached: Iterable[Attachment] | None = None
) -> tuple[Needed, ...]:
    """Return the kinds of documents that the answers given rest on, each once, of a request the caller may see.

    Only answers that count and say something: for a test not done there is no report. ``attached``: the request's
    documents, for a caller who has read them.
    """
    policy = queries.policy_of(request)
    walked = walked or queries.walk_for(request)
    decision = decide(policy, walked.facts)
    told = [name for name in walked.asked if walked.facts[name] != policy.facts[name].unknown]
    here = tuple(queries.attachments_of(request) if attached is None else attached)
    found = []
    for kind in AttachmentKind:
        of_kind = {name for name in told if KINDS.get(name) == kind}
        criteria = tuple(node for node in _criteria(policy, decision) if not of_kind.isdisjoint(node.names))
        if criteria:
            facts = tuple(name for name in told if name in of_kind and any(name in node.names for node in criteria))
            ids = {node.id for node in criteria}
            of_these = tuple(each for each in here if each.kind == kind or not ids.isdisjoint(each.criteria))
            found.append(Needed(kind.value, str(kind.label), criteria, facts, of_these))
    return tuple(found)


def _criteria(policy: Policy, decision: Decision) -> Iterator[Node]:
    """The criteria that the outcome turns on, each once."""
    if decision.facts.get("request_type") == RENEWAL:
        nodes = (*policy.universal, *policy.renewal)
    else:
        nodes = (*policy.universal, *(node for path in pathways_in_view(policy, decision) for node in path.children))
    yield from {node.id: node for node in nodes}.values()
