"""How many questions a request costs: this wizard against other ways to ask, and against the hindsight minimum.

    python -m benchmarks.questions

The mix (seed 72): for each of the eight pathways and for renewals, 150 answer sets that meet, and 150 near misses
(each fact redrawn with probability 0.15) that do not meet or stay open. Administrative facts are given and not counted.

- asked: questions put to the person.
- irrelevant: questions whose answer, given the answers before the page that shows them, could no longer change the
  outcome. The other ways of asking are judged question by question.
- hindsight: the fewest answers of this very case that settle its outcome, chosen by someone who knows them all.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable
from itertools import combinations, product
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import cases
from criteria import catalog
from criteria.evaluate import verdict
from criteria.nodes import AllOf, AnyOf, Node, Not
from criteria.policy import Policy
from criteria.questions import applies, relevant, walk

Facts = dict[str, Any]
PER_GROUP = 150
LIMIT = 1.15
HER2 = ("her2_test_compliant", "her2_ihc", "her2_ish", "her2_ish_ratio", "her2_ish_copy_number")
DRUGS = tuple(
    f"{drug}_{part}" for drug in ("anthracycline", "taxane") for part in ("outcome", "setting", "months_to_progression")
)
LIVER = ("ast_x_uln", "alt_x_uln", "bilirubin_x_uln")
# section III from top to bottom, then section IV
DOCUMENT_ORDER = (
    *("cremophor_hypersensitivity", "regimen", *LIVER, "disease_settings", "her2_ihc", "her2_ish", "her2_ish_ratio"),
    *("her2_ish_copy_number", "her2_test_compliant", "er_percent", "pr_percent", "visceral_crisis"),
    *("endocrine_refractory", "line_of_therapy", "germline_brca", "tdxd_candidate", "pd_l1_cps", *DRUGS),
    *("anthracycline_contraindicated", "capecitabine_failed", "disease_response", "unacceptable_toxicity"),
)


def this_wizard(policy: Policy, given: Facts, truth: Facts) -> Iterable[tuple[str, ...]]:
    answers: Facts = {}
    while (current := walk(policy, answers, given)).pending is not None:
        missing = current.steps[-1].missing
        answers |= {name: truth[name] for name in missing}
        yield missing


def document_order(policy: Policy, given: Facts, truth: Facts) -> Iterable[tuple[str, ...]]:
    """Ask everything in the document's order; stop once the outcome is settled."""
    facts = dict(given)
    for name in DOCUMENT_ORDER:
        if verdict(policy, facts) is not None:
            return
        if applies(policy.facts[name], facts):
            facts[name] = truth[name]
            yield (name,)


def skip_logic(policy: Policy, given: Facts, truth: Facts) -> Iterable[tuple[str, ...]]:
    """A form with show-if rules: each branch asks all of its own questions."""
    for name in _branch(given, truth):
        if applies(policy.facts[name], truth):
            yield (name,)


def _branch(given: Facts, truth: Facts) -> Iterable[str]:
    yield "cremophor_hypersensitivity"
    yield "regimen"
    if given["request_type"] == "renewal":
        yield from LIVER if truth["regimen"] == "with_capecitabine" else ()
        yield from ("disease_response", "unacceptable_toxicity")
        return
    yield from ("disease_settings", "line_of_therapy")
    match truth["regimen"]:
        case "with_capecitabine":
            yield from (*LIVER, *DRUGS, "anthracycline_contraindicated")
        case "with_trastuzumab":
            yield from HER2
        case "single_agent":
            yield from (*HER2, "er_percent", "pr_percent")
            receptors = [truth["er_percent"], truth["pr_percent"]]
            if any(isinstance(value, int | float) and value >= 1 for value in receptors):
                yield from ("visceral_crisis", "endocrine_refractory")
                yield from {1: ("germline_brca",), 2: ("tdxd_candidate",)}.get(truth["line_of_therapy"], ())
            elif truth["line_of_therapy"] == 1:
                yield from ("pd_l1_cps", "germline_brca")
            yield "capecitabine_failed"
            if truth["capecitabine_failed"] is True:
                yield from (*DRUGS, "anthracycline_contraindicated")


def static_form(policy: Policy, given: Facts, truth: Facts) -> Iterable[tuple[str, ...]]:
    """Everything that this type of request could ever need, on one form."""
    section = "IV" if given["request_type"] == "renewal" else "III"
    always = ("cremophor_hypersensitivity", "regimen", *LIVER)
    for name in DOCUMENT_ORDER:
        if name in always or policy.facts[name].cite == section:
            yield (name,)


STRATEGIES: dict[str, Callable[[Policy, Facts, Facts], Iterable[tuple[str, ...]]]] = {
    "this wizard": this_wizard,
    "document order, stop early": document_order,
    "skip logic by branch": skip_logic,
    "static form": static_form,
}


def certificates(node: Node, facts: Facts) -> set[frozenset[str]]:
    """The smallest sets of facts that alone give the node its verdict (met or not met) under ``facts``."""
    wanted = node.verdict(facts)
    children = node.children
    if not children:
        names = [name for name in node.names if name in facts]
        for size in range(len(names) + 1):
            found = {
                frozenset(chosen)
                for chosen in combinations(names, size)
                if node.verdict({name: facts[name] for name in chosen}) is wanted
            }
            if found:
                return found
    if isinstance(node.test, Not):
        return certificates(children[0], facts)
    alike = [certificates(child, facts) for child in children if child.verdict(facts) is wanted]
    needs_all = (isinstance(node.test, AllOf) and wanted is True) or (isinstance(node.test, AnyOf) and wanted is False)
    if needs_all:
        unions = {frozenset().union(*choice) for choice in product(*alike)}
    else:
        unions = {chosen for options in alike for chosen in options}
    return {chosen for chosen in unions if not any(other < chosen for other in unions)}


def hindsight(policy: Policy, given: Facts, facts: Facts) -> int:
    return min(len(chosen - given.keys()) for chosen in certificates(policy.root, facts))


def mix(policy: Policy) -> dict[str, list[tuple[str, Facts, Facts]]]:
    """Cases by outcome: (group, given facts, all facts)."""
    rng = random.Random(72)
    found: dict[str, list[tuple[str, Facts, Facts]]] = {"meets": [], "does not meet": [], "stays open": []}
    names = {True: "meets", False: "does not meet", None: "stays open"}
    for group, base in cases.MEETING.items():
        counts = {"meets": 0, "other": 0}
        while min(counts.values()) < PER_GROUP:
            wants_meeting = counts["meets"] < PER_GROUP
            change = 0.05 if wants_meeting else 0.15
            truth = {
                name: base[name] if name in base and rng.random() > change else rng.choice(values)
                for name, values in cases.VALUES.items()
            }
            truth |= {name: base[name] for name in ("request_type", "request_date", "date_of_birth")}
            if base["request_type"] == "renewal":
                truth["approved_regimen"] = base["approved_regimen"]
            given = {name: truth[name] for name in policy.administrative}
            reached = walk(policy, truth, given).facts
            outcome = names[verdict(policy, reached)]
            kind = "meets" if outcome == "meets" else "other"
            on_target = group == "renewal" or kind == "other" or policy.pathway(group).verdict(reached) is True
            if counts[kind] < PER_GROUP and on_target:
                counts[kind] += 1
                found[outcome].append((group, given, truth))
    return found


def main() -> int:
    """Print the table; exit status 1 when a question was irrelevant or the wizard asks too much."""
    policy = catalog.latest("IC-0072")
    failed = False
    print(f"{'outcome':14} {'way of asking':28} {'cases':>6} {'asked':>7} {'irrelevant':>11} {'x hindsight':>12}")
    for outcome, group in mix(policy).items():
        least = 0
        if outcome != "stays open":
            for _, given, truth in group:
                reached = walk(policy, truth, given).facts
                least += hindsight(policy, given, {**truth, **reached} if outcome == "meets" else reached)
            told = f"{len(group):>6} {least / len(group):>7.2f} {0:>11.2f} {1:>12.2f}"
            print(f"{outcome:14} {'hindsight minimum':28} {told}")
        for name, strategy in STRATEGIES.items():
            asked = irrelevant = 0
            for _, given, truth in group:
                facts = dict(given)
                for shown in strategy(policy, given, truth):
                    irrelevant += len(set(shown) - set(relevant(policy, facts)))
                    facts |= {fact: truth[fact] for fact in shown}
                    asked += len(shown)
            ratio = asked / least if least else float("nan")
            told = f"{ratio:.2f}" if least else ""
            print(
                f"{outcome:14} {name:28} {len(group):>6} {asked / len(group):>7.2f} "
                f"{irrelevant / len(group):>11.2f} {told:>12}"
            )
            if name == "this wizard":
                failed |= irrelevant > 0 or (outcome == "meets" and ratio > LIMIT)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
