"""The case a reviewer decides: a submission with its policy, and what its snapshot says. Reads the snapshot alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from criteria import catalog
from criteria.evaluate import Decision, decide
from criteria.explain import line
from criteria.nodes import Node
from criteria.policy import RENEWAL, Policy
from pa_portal.submissions import trees
from pa_portal.submissions.models import Submission

MEETS = "meets"
DIAGNOSIS = "diagnosis_code"
UNITS = "billed_units"


Verdicts = tuple[str, bool | None, tuple["Verdicts", ...]]


def verdicts(trace: Mapping[str, Any]) -> Verdicts:
    """Return what a trace says of each criterion: its id and verdict, and those of the ones below.

    Labels and citations are the policy's, whose digest is compared by itself; how a trace is written may change.
    """
    return trace["id"], trace["verdict"], tuple(map(verdicts, trace["children"]))


@dataclass(frozen=True, slots=True)
class PossibleReason:
    """Something a denial may rest on.

    ``criterion`` is a criterion's id, or "diagnosis_code" or "billed_units"; ``code`` says in what way: "not_met",
    "not_established", "diagnosis_not_covered", "units_over_limit", or "reviewer_judgement" for a criterion that the
    answers meet. ``text`` is the sentence offered, "" when the reviewer must write one. ``answer`` is what it rests on.
    """

    criterion: str
    code: str
    label: str
    cite: str
    text: str
    answer: str
    would_change: str


@dataclass(frozen=True)
class Case:
    """One submission, as a reviewer sees it."""

    submission: Submission

    @property
    def content(self) -> Mapping[str, Any]:
        return self.submission.content

    @cached_property
    def policy(self) -> Policy:
        """The version the submission was made under. Raises catalog.UnknownPolicy if it is gone."""
        return catalog.get(self.content["policy"]["id"], self.content["policy"]["version"])

    @cached_property
    def decision(self) -> Decision:
        """The engine's decision, recomputed from the frozen facts."""
        return decide(self.policy, self.content["facts"])

    @property
    def outcome(self) -> str:
        """The engine's outcome as frozen."""
        return self.content["decision"]["outcome"]

    @property
    def reproduced(self) -> bool:
        """Whether the engine still gives what was frozen: outcome, pathways and flags, and each criterion's verdict."""
        frozen, now = dict(self.content["decision"]), self.decision.as_json(trace=True)
        before, after = frozen.pop("trace"), now.pop("trace")
        return frozen == now and (trees.is_tree(before, after) or verdicts(trees.read(before)) == verdicts(after))

    @property
    def covered(self) -> bool:
        """Whether the policy lists the diagnosis code (Appendix 1)."""
        return self.content["treatment"]["diagnosis_covered"]

    @property
    def within_limit(self) -> bool:
        """Whether a dose stays within the policy's units (section II)."""
        return self.content["treatment"]["dose"]["within_limit"]

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Why an approval would need a written rationale; empty when the recommendation is to approve."""
        return tuple(
            text
            for stands, text in (
                (self.outcome != MEETS, "the answers do not establish the criteria"),
                (not self.covered, "the policy does not list the diagnosis code"),
                (not self.within_limit, "a dose takes more units than the policy allows"),
            )
            if stands
        )

    @cached_property
    def possible_reasons(self) -> tuple[PossibleReason, ...]:
        """What a denial may rest on: criteria not met or not established, then coverage.

        When nothing stands in the way, the criteria that were met: a reviewer may judge otherwise, in writing.
        """
        open_ids = self.decision.unmet or self.decision.unresolved
        code = "not_met" if self.decision.unmet else "not_established"
        reasons = [self._criterion(self.policy.criterion(name), code) for name in open_ids]
        reasons += self._coverage()
        return tuple(reasons or [self._criterion(node, "reviewer_judgement") for node in self._met()])

    def _criterion(self, node: Node, code: str) -> PossibleReason:
        told = line(self.policy, self.decision, node, self.decision.facts)
        text = "" if code == "reviewer_judgement" else told.sentence
        return PossibleReason(node.id, code, node.label, node.cite, text, "; ".join(told.because), told.would_change)

    def _coverage(self) -> Iterator[PossibleReason]:
        treatment, dosing = self.content["treatment"], self.policy.dosing
        if not self.covered:
            yield PossibleReason(
                DIAGNOSIS,
                "diagnosis_not_covered",
                "The diagnosis code is one that the policy covers",
                self.policy.diagnoses_cite,
                "The diagnosis code is not one that the policy covers.",
                f"Diagnosis code: {treatment['diagnosis_code']}",
                "A diagnosis code on the policy's list, if one describes the patient's disease.",
            )
        if not self.within_limit:
            units = treatment["dose"]["billed_units"]
            yield PossibleReason(
                UNITS,
                "units_over_limit",
                f"A dose takes at most {dosing.max_units} units every {dosing.interval_days} days",
                dosing.limit_cite,
                f"A dose takes more than {dosing.max_units} units every {dosing.interval_days} days.",
                f"Units for each dose: {units}",
                f"A dose of {dosing.max_units} units or fewer.",
            )

    def _met(self) -> tuple[Node, ...]:
        if self.decision.facts.get("request_type") == RENEWAL:
            return (*self.policy.universal, *self.policy.renewal)
        met = (node for name in self.decision.pathways for node in self.policy.pathway(name).children)
        return tuple({node.id: node for node in (*self.policy.universal, *met)}.values())
