"""What a settled outcome rests on, in plain words: which criteria stand in the way, and what would change that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from criteria.explain import Line, line, sentences
from criteria.nodes import Node
from criteria.policy import RENEWAL
from criteria.verdict import MET, NOT_MET
from pa_portal.intake.journey import Journey, Stop
from pa_portal.intake.words import section


@dataclass(frozen=True, slots=True)
class Point:
    """One criterion in the way: why, its section, the answers behind it, what would change it, and on which pages."""

    label: str
    cite: str
    sentence: str
    because: tuple[str, ...]
    would_change: str
    pages: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """The criteria that stand in the way of each of these pathways alike (or of every request)."""

    headings: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``nearest``: where the fewest criteria stand in the way; ``others``: the remaining pathways, likewise.

    ``kind`` is the engine's outcome; ``flags`` are notes that a reviewer will see: (label, note, section).
    """

    kind: str
    headline: str
    nearest: tuple[Obstacle, ...]
    others: tuple[Obstacle, ...]
    flags: tuple[tuple[str, str, str], ...]


def of(journey: Journey) -> Outcome:
    """The outcome of a journey whose questions are all answered."""
    decision, policy = journey.decision, journey.policy
    explained = sentences(policy, decision)
    nearest = _obstacles(journey, ((group.label, group.lines) for group in explained.groups))
    renewal = decision.facts.get("request_type") == RENEWAL
    closed_for_all = any(decision.verdict_of(node.id) is NOT_MET for node in policy.universal)
    others: tuple[Obstacle, ...] = ()
    if decision.verdict is not MET and not renewal and not closed_for_all:
        shown = {group.id for group in explained.groups}
        others = _obstacles(
            journey,
            (
                (node.label, (_line(journey, child) for child in node.children))
                for node in policy.pathways
                if node.id not in shown and decision.verdict_of(node.id) is decision.verdict
            ),
        )
    flags = tuple(
        (policy.flags[name].label, policy.flags[name].note, section(policy.flags[name].cite)) for name in decision.flags
    )
    return Outcome(decision.outcome, explained.headline, nearest, others, flags)


def _line(journey: Journey, node: Node) -> Line:
    return line(journey.policy, journey.decision, node, journey.decision.facts)


def _obstacles(journey: Journey, groups: Iterable[tuple[str, Iterable[Line]]]) -> tuple[Obstacle, ...]:
    verdict = journey.decision.verdict
    if verdict is MET:
        return ()
    together: dict[tuple[str, ...], tuple[list[str], list[Line]]] = {}
    for heading, lines in groups:
        blocking = [item for item in lines if item.verdict is verdict and _was_asked(journey, item)]
        if blocking:
            key = tuple(item.criterion_id for item in blocking)
            together.setdefault(key, ([], blocking))[0].append(heading)
    return tuple(
        Obstacle(tuple(headings), tuple(_point(journey, item) for item in blocking))
        for headings, blocking in together.values()
    )


def _was_asked(journey: Journey, item: Line) -> bool:
    """Whether anything a criterion rests on is known: what was never asked is no obstacle of the reader's making."""
    return any(name in journey.walk.facts for name in journey.policy.criterion(item.criterion_id).names)


def _point(journey: Journey, item: Line) -> Point:
    return Point(
        item.label,
        section(item.cite),
        item.sentence,
        item.because,
        item.would_change,
        _pages(journey, journey.policy.criterion(item.criterion_id)),
    )


def _pages(journey: Journey, node: Node) -> tuple[Stop, ...]:
    """The pages that asked for what a criterion rests on; the patient page for what the portal filled in."""
    stops = dict.fromkeys(journey.page_of(name) for name in node.names if name in journey.walk.asked)
    found = tuple(stop for stop in stops if stop is not None)
    if not found and any(name in journey.given for name in node.names):
        return journey.details[:1]
    return found
