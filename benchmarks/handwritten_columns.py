"""The logic of IC-0072 written out by hand over NumPy columns: the yardstick of `readjudicate.py`.

It reads the same columns as the engine and shares nothing else with it. A verdict is a pair: met, not met.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Column = Any
Pair = tuple[Any, Any]


def _and(*verdicts: Pair) -> Pair:
    met, unmet = verdicts[0]
    for other in verdicts[1:]:
        met, unmet = met & other[0], unmet | other[1]
    return met, unmet


def _or(*verdicts: Pair) -> Pair:
    met, unmet = verdicts[0]
    for other in verdicts[1:]:
        met, unmet = met | other[0], unmet & other[1]
    return met, unmet


def _not(verdict: Pair) -> Pair:
    return verdict[1], verdict[0]


class Hand:
    """``codes`` says which number stands for which text, as a programmer would have them in an enumeration."""

    def __init__(self, codes: Any, policy: Any) -> None:
        self._codes, self._policy = codes, policy

    def outcome(self, facts: Mapping[str, Column]) -> Column:
        """Return 1 where the request meets the policy, 0 where it does not, 2 where that is not established."""
        self._facts = facts
        kind = self._is("request_type", "initial")
        met, unmet = _and(self._universal(), _or(_and(kind, self._initial()), _and(_not(kind), self._renewal())))
        found = np.full(met.size, 2, dtype=np.int8)
        found[met] = 1
        found[unmet] = 0
        return found

    def _code(self, name: str, value: Any) -> Any:
        return self._codes.of(self._policy.facts[name], value)

    def _is(self, name: str, *values: str) -> Pair:
        column, unknown = self._facts[name], self._policy.facts[name].unknown
        known = column != -1
        if unknown is not None:
            known &= column != self._code(name, unknown)
        held = column == self._code(name, values[0])
        for value in values[1:]:
            held |= column == self._code(name, value)
        return known & held, known & ~held

    def _yes(self, name: str) -> Pair:
        column = self._facts[name]
        return column == 1, column == 0

    def _at_most(self, name: str, limit: float) -> Pair:
        column = self._facts[name]
        return (column <= limit) & (column > -np.inf), column > limit

    def _at_least(self, name: str, limit: float) -> Pair:
        column = self._facts[name]
        return column >= limit, (column < limit) & (column > -np.inf)

    def _universal(self) -> Pair:
        born, today = self._facts["date_of_birth"], self._facts["request_date"]
        known, grown = (born != -1) & (today != -1), today - born >= 180_000
        liver = _or(
            _not(self._is("regimen", "with_capecitabine")),
            _and(self._at_most("ast_x_uln", 2.5), self._at_most("alt_x_uln", 2.5), self._at_most("bilirubin_x_uln", 1)),
        )
        return _and((known & grown, known & ~grown), _not(self._yes("cremophor_hypersensitivity")), liver)

    def _her2(self) -> Pair:
        """Negative and positive."""
        ihc, ratio, copies = self._facts["her2_ihc"], self._facts["her2_ish_ratio"], self._facts["her2_ish_copy_number"]
        done = self._facts["her2_ish"] == self._code("her2_ish", "done")
        score = {value: ihc == self._code("her2_ihc", value) for value in ("0", "1+", "2+", "3+", "not_done")}
        high, low = done & (ratio >= 2), done & (ratio < 2)
        many, few = done & (copies >= 4), done & (copies < 4)
        amplified, group_5 = high & many, low & few
        third, both = low & done & (copies >= 6), (high | low) & (many | few)
        weak = score["0"] | score["1+"]
        negative = weak & (~done | low | few)
        positive = score["3+"] & (~done | high | many)
        settled = score["2+"] & both
        grouped = amplified | third
        return (
            negative | (settled & ~grouped) | (score["not_done"] & group_5),
            positive | (settled & grouped) | (score["not_done"] & amplified),
        )

    def _resistant(self, drug: str, adjuvant: float, metastatic: float) -> Pair:
        outcome = self._facts[f"{drug}_outcome"]
        on = outcome == self._code(f"{drug}_outcome", "progressed_on_therapy")
        after = outcome == self._code(f"{drug}_outcome", "progressed_after_therapy")
        known = (outcome != -1) & (outcome != self._code(f"{drug}_outcome", "unknown"))
        months, setting = f"{drug}_months_to_progression", f"{drug}_setting"
        met, unmet = _or(
            _and(self._is(setting, "adjuvant"), self._at_most(months, adjuvant)),
            _and(self._is(setting, "metastatic"), self._at_most(months, metastatic)),
        )
        return on | (after & met), (known & ~on & ~after) | (after & unmet)

    def _pretreated(self) -> Pair:
        taxane = self._resistant("taxane", 12, 4)
        return _or(
            _and(
                _or(self._is("anthracycline_outcome", "failed"), self._resistant("anthracycline", 6, 3)),
                _or(self._is("taxane_outcome", "failed"), taxane),
            ),
            _and(taxane, self._yes("anthracycline_contraindicated")),
        )

    def _initial(self) -> Pair:
        settings, line = self._facts["disease_settings"], "line_of_therapy"
        bits = {choice.value: 1 << place for place, choice in enumerate(self._policy.facts["disease_settings"].choices)}
        known = settings != -1
        local_bit = bits["locally_advanced"]
        beyond, local = (settings & ~local_bit) != 0, (settings & (local_bit | bits["metastatic"])) != 0
        advanced, here = (known & beyond, known & ~beyond), (known & local, known & ~local)
        is_negative, is_positive = self._her2()
        negative, positive = (is_negative, is_positive), (is_positive, is_negative)
        single = self._is("regimen", "single_agent")
        tested = _and(advanced, self._yes("her2_test_compliant"))
        common = _and(tested, negative, single)
        first, second = _and(self._at_most(line, 1), self._at_least(line, 1)), self._at_least(line, 2)
        third = self._at_least(line, 3)
        receptor = _or(self._at_least("er_percent", 1), self._at_least("pr_percent", 1))
        no_mutation = self._is("germline_brca", "no_mutation")
        low = _or(self._is("her2_ihc", "0", "1+"), _and(self._is("her2_ihc", "2+"), negative))
        hormone = _and(
            common,
            receptor,
            _or(self._yes("visceral_crisis"), self._yes("endocrine_refractory")),
            _or(
                _and(first, _or(no_mutation, low)),
                _and(second, _not(third), _not(self._yes("tdxd_candidate"))),
                third,
            ),
        )
        triple = _and(
            common, _not(receptor), _or(_and(first, _not(self._at_least("pd_l1_cps", 10)), no_mutation), second)
        )
        trastuzumab = _and(tested, positive, self._is("regimen", "with_trastuzumab"), self._at_least(line, 4))
        later = _and(
            here,
            self._pretreated(),
            _or(self._is("regimen", "with_capecitabine"), _and(single, self._yes("capecitabine_failed"))),
        )
        return _or(hormone, triple, trastuzumab, later)

    def _renewal(self) -> Pair:
        regimen, approved = self._facts["regimen"], self._facts["approved_regimen"]
        absent, same = (regimen == -1) | (approved == -1), regimen == approved
        return _and(
            (absent | same, ~absent & ~same),
            self._is("disease_response", "stabilization", "decrease"),
            _not(self._yes("unacceptable_toxicity")),
        )
