"""Making a decision again from what was frozen, and comparing."""

from __future__ import annotations

from dataclasses import dataclass

from criteria import catalog
from criteria.evaluate import Decision, decide
from pa_portal.determinations import signing
from pa_portal.determinations.case import verdicts
from pa_portal.determinations.letters.content import sha256
from pa_portal.determinations.models import Determination
from pa_portal.submissions import trees
from pa_portal.submissions.models import CriteriaTree
from pa_portal.submissions.snapshot import digest


@dataclass(frozen=True, slots=True)
class Replay:
    """A decision made again from what was frozen. ``differences`` names what is not as it was; empty when all is."""

    outcome: str | None
    differences: tuple[str, ...]

    @property
    def matches(self) -> bool:
        return not self.differences


def replay(determination: Determination) -> Replay:
    """Recompute a determination from its submission under the policy version it names, and compare.

    Compared: the submission's hash, the policy's digest, facts, outcome, the verdict on each criterion, the signature
    and the letters' hashes.
    """
    submission = determination.submission
    found: dict[str, bool] = {
        "submission": digest(submission.content) == submission.digest,
        "facts": submission.content["facts"] == determination.facts,
        "signature": signing.genuine(determination),
        "letters": all(sha256(letter.content) == letter.sha256 for letter in determination.letters.all()),
    }
    outcome = None
    try:
        policy = catalog.get(determination.policy_id, determination.policy_version)
    except catalog.UnknownPolicy:
        found["policy"] = False
    else:
        decision = decide(policy, determination.facts)
        outcome = decision.outcome
        found["policy"] = policy.digest == determination.policy_digest
        found["outcome"] = outcome == determination.outcome
        found["criteria"] = _same(determination, decision)
    return Replay(outcome, tuple(name for name, same in found.items() if not same))


def _same(determination: Determination, decision: Decision) -> bool:
    """Whether the tree on record has the verdicts that the decision has now, and is the submission's."""
    if determination.criteria != determination.submission.content["decision"]["trace"]:
        return False
    try:
        kept = trees.read(determination.criteria)
    except CriteriaTree.DoesNotExist:
        return False
    return verdicts(kept) == verdicts(decision.trace.as_json())
