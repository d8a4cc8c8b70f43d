"""Derived facts: values worked out from answers by a named clinical rule, with the policy's parameters.

A policy names the rule and its facts as data; the rules themselves are in `her2.py` and `resistance.py`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from criteria import her2
from criteria.resistance import resistant
from criteria.verdict import MET, NOT_MET, UNKNOWN, Verdict


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived fact. ``inputs`` maps the rule's parts to fact names."""

    id: str
    label: str
    cite: str
    references: tuple[int, ...]
    inputs: tuple[tuple[str, str], ...]
    rule: ClassVar[str]
    parts: ClassVar[tuple[str, ...]]
    settings: ClassVar[tuple[str, ...]] = ()
    outcomes: ClassVar[tuple[str, ...]]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for _, name in self.inputs)

    @abstractmethod
    def cuts(self) -> Mapping[str, tuple[float, ...]]:
        """The thresholds at which the rule changes, by fact name."""

    @abstractmethod
    def quick(self, wanted: str) -> Callable[..., Verdict]:
        """A function of the inputs' values, in order: whether the derived value is ``wanted``, one of ``outcomes``."""

    @abstractmethod
    def say(self, facts: Mapping[str, Any]) -> str:
        """What the rule makes of the answers, in a sentence."""

    def verdict(self, wanted: str, facts: Mapping[str, Any]) -> Verdict:
        """Whether the derived value is ``wanted`` under these facts."""
        return self.quick(wanted)(*(facts.get(name) for _, name in self.inputs))


@dataclass(frozen=True, slots=True)
class Her2Status(Derived):
    """HER2 status: negative, positive, or contradictory results (discordant), which establish neither."""

    rule: ClassVar[str] = "her2"
    parts: ClassVar[tuple[str, ...]] = ("ihc", "ish", "ratio", "copies")
    outcomes: ClassVar[tuple[str, ...]] = (her2.NEGATIVE, her2.POSITIVE, her2.DISCORDANT)

    def cuts(self) -> Mapping[str, tuple[float, ...]]:
        names = dict(self.inputs)
        return {
            names["ratio"]: (her2.RATIO_CUT,),
            names["copies"]: (her2.COPIES_LOW_CUT, her2.COPIES_HIGH_CUT),
        }

    def quick(self, wanted: str) -> Callable[..., Verdict]:
        settles = {her2.NEGATIVE: False, her2.POSITIVE: False, her2.DISCORDANT: UNKNOWN, None: UNKNOWN}
        verdicts = {**settles, wanted: MET}

        def is_wanted(ihc: Any, ish: Any, ratio: Any, copies: Any) -> Verdict:
            return verdicts[her2.status_of(ihc, ish, ratio, copies)]

        return is_wanted

    def say(self, facts: Mapping[str, Any]) -> str:
        return her2.interpret(*(facts.get(name) for name in self.names)).rule


@dataclass(frozen=True, slots=True)
class Resistance(Derived):
    """Resistance to a drug class, with the policy's windows in months."""

    adjuvant_within_months: float = 0
    metastatic_within_months: float = 0
    rule: ClassVar[str] = "resistance"
    parts: ClassVar[tuple[str, ...]] = ("outcome", "setting", "months")
    settings: ClassVar[tuple[str, ...]] = ("adjuvant_within_months", "metastatic_within_months")
    outcomes: ClassVar[tuple[str, ...]] = ("resistant",)

    def cuts(self) -> Mapping[str, tuple[float, ...]]:
        return {dict(self.inputs)["months"]: (self.adjuvant_within_months, self.metastatic_within_months)}

    def quick(self, wanted: str) -> Callable[..., Verdict]:
        adjuvant, metastatic = self.adjuvant_within_months, self.metastatic_within_months

        def is_resistant(outcome: Any, setting: Any, months: Any) -> Verdict:
            return resistant(outcome, setting, months, adjuvant, metastatic)

        return is_resistant

    def say(self, facts: Mapping[str, Any]) -> str:
        words = {MET: "established", NOT_MET: "not shown", UNKNOWN: "not established"}[self.verdict("resistant", facts)]
        return (
            f"{self.label} is {words}: progression during treatment, or within {self.adjuvant_within_months:g} months "
            f"(adjuvant) or {self.metastatic_within_months:g} months (metastatic) of the last dose"
        )


RULES: dict[str, type[Derived]] = {kind.rule: kind for kind in (Her2Status, Resistance)}
