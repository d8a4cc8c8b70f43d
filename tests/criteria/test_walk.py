"""The path of questions: only relevant ones, replayed from stored answers."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.cases import MEETING, VALUES
from criteria.diagram import Diagram, diagram_of
from criteria.evaluate import decide
from criteria.policy import Policy
from criteria.questions import Walk, relevant, walk

Facts = dict[str, Any]
GIVEN = {"request_type": "initial", "request_date": "2026-11-24", "date_of_birth": "1961-07-03"}


def answer_all(policy: Policy, given: Facts, choose: Any) -> tuple[Walk, Facts]:
    answers: Facts = {}
    while (current := walk(policy, answers, given)).pending is not None:
        step = current.steps[-1]
        assert current.pending in step.missing
        for name in step.missing:
            answers[name] = choose(name)
    return current, answers


@pytest.mark.parametrize("pathway", [name for name in MEETING if name != "renewal"])
def test_each_pathway_is_reached(policy: Policy, pathway: str) -> None:
    case = MEETING[pathway]
    found, _ = answer_all(policy, GIVEN, lambda name: case.get(name, VALUES[name][0]))
    assert found.verdict is True
    assert pathway in decide(policy, found.facts).pathways


def test_every_question_on_a_path_is_relevant_when_asked_and_none_is_left(policy: Policy) -> None:
    rng = random.Random(5)
    for round_ in range(400):
        given = {**GIVEN, "request_type": rng.choice(("initial", "renewal")), "approved_regimen": "single_agent"}
        case = MEETING[rng.choice(list(MEETING))]
        change = rng.choice((0.05, 0.3, 1))
        answers: Facts = {}
        while (current := walk(policy, answers, given)).pending is not None:
            step = current.steps[-1]
            known = {**given, **{name: answers[name] for name in current.asked}}
            assert set(step.missing) <= set(relevant(policy, known)), round_
            for name in step.missing:
                drawn = rng.random() < change or name not in case
                answers[name] = rng.choice(VALUES[name]) if drawn else case[name]
        assert current.set_aside == ()
        decision = decide(policy, current.facts)
        assert decision.next_questions == ()
        assert decision.verdict is current.verdict
        if decision.verdict is None:
            unknowns = {
                name
                for name, value in current.facts.items()
                if value in ("unknown", "not_tested", "not_done") or "her2" in name
            }
            assert unknowns, "only an answer that settles nothing may leave the outcome open"


def test_changing_an_answer_sets_later_ones_aside_and_they_come_back(policy: Policy) -> None:
    case = MEETING["tnbc_first_line"]
    _, answers = answer_all(policy, GIVEN, case.__getitem__)
    changed = walk(policy, {**answers, "line_of_therapy": 2}, GIVEN)
    assert set(changed.set_aside) == {"germline_brca", "pd_l1_cps"}
    assert not {"germline_brca", "pd_l1_cps"} & set(changed.facts)
    back = walk(policy, {**answers, "line_of_therapy": 1}, GIVEN)
    assert back.set_aside == ()
    assert back.facts == {**GIVEN, **answers}


def test_a_failing_universal_criterion_stops_the_questions(policy: Policy) -> None:
    found = walk(policy, {"cremophor_hypersensitivity": True}, GIVEN)
    assert found.done
    assert found.verdict is False
    assert walk(policy, {}, {**GIVEN, "date_of_birth": "2015-01-01"}).steps == ()


def test_a_closed_branch_goes_on_to_another_pathway(policy: Policy) -> None:
    answers = {
        **{
            name: MEETING["hr_positive_first_line"][name]
            for name in ("disease_settings", "regimen", "her2_test_compliant")
        },
        "cremophor_hypersensitivity": False,
        "line_of_therapy": 2,
        "her2_ihc": "0",
        "er_percent": 80,
        "visceral_crisis": True,
        "tdxd_candidate": True,
    }
    found = walk(policy, answers, GIVEN)
    assert found.pending == "anthracycline_outcome"


def test_a_page_shows_its_questions_together_and_stops_when_settled(policy: Policy) -> None:
    base = {**MEETING["with_capecitabine_after_anthracycline_and_taxane"]}
    answers = {name: base[name] for name in base if name not in GIVEN and not name.endswith("_uln")}
    liver = walk(policy, answers, GIVEN).step("liver-tests")
    assert liver is not None
    assert liver.missing == ("ast_x_uln", "alt_x_uln", "bilirubin_x_uln")
    failed = walk(policy, {**answers, "ast_x_uln": 9}, GIVEN)
    assert failed.done
    assert failed.verdict is False
    both = walk(policy, {**answers, "ast_x_uln": 9, "alt_x_uln": 1}, GIVEN)
    assert both.set_aside == ()


def test_a_stored_answer_that_is_no_longer_accepted_is_asked_again(policy: Policy) -> None:
    assert walk(policy, {"cremophor_hypersensitivity": "perhaps"}, GIVEN).pending == "cremophor_hypersensitivity"


def test_a_missing_administrative_fact_is_pending_too(policy: Policy) -> None:
    found = walk(policy, {}, {"request_type": "initial", "request_date": "2026-11-24"})
    assert found.pending == "date_of_birth"
    assert found.steps[-1].page is None
    assert found.step("regimen") is None


def test_threads_share_one_diagram(policy: Policy) -> None:
    """What is kept of a policy numbers the nodes of its diagram: in a second one, a number means another node."""
    for _ in range(5):
        fresh, start = replace(policy), threading.Barrier(8)

        def make(_: int, fresh: Policy = fresh, start: threading.Barrier = start) -> Diagram:
            start.wait()
            return diagram_of(fresh)

        with ThreadPoolExecutor(8) as threads:
            assert len(set(threads.map(make, range(8)))) == 1
