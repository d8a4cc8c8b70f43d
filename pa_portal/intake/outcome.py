"""What a settled outcome rests on, in plain words: which criteria stand in the way, and what would change that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from criteria.explain import Line, line, sentences
from criteria.nodes import Node
from criteria.policy import RENEWAL
from criteria.verdict import MET, NOT_MET
from pa_portal.intake.path import Path, Stop
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
    """``nearest``: where the fewest criteria stand in the way, of those that something named would change;
    ``others``: the remaining pathways, likewise.

    ``any_one``: they are pathways, of which one is enough. ``kind`` is the engine's outcome; ``flags`` are notes that a
    reviewer will see: (label, note, section).
    """

    kind: str
    headline: str
    nearest: tuple[Obstacle, ...]
    any_one: bool
    others: tuple[Obstacle, ...]
    flags: tuple[tuple[str, str, str], ...]


def of(path: Path) -> Outcome:
    """The outcome of a path whose questions are all answered."""
    decision, policy = path.decision, path.policy
    explained = sentences(policy, decision)
    nearest = _obstacles(path, ((group.label, group.lines) for group in explained.groups))
    renewal = decision.facts.get("request_type") == RENEWAL
    closed_for_all = any(decision.verdict_of(node.id) is NOT_MET for node in policy.universal)
    others: tuple[Obstacle, ...] = ()
    if decision.verdict is not MET and not renewal and not closed_for_all:
        shown = {group.id for group in explained.groups}
        others = _obstacles(
            path,
            (
                (node.label, (_line(path, child) for child in node.children))
                for node in policy.pathways
                if node.id not in shown and decision.verdict_of(node.id) is decision.verdict
            ),
        )
    pathways = {node.label for node in policy.pathways}
    any_one = len(nearest) > 1 and all(pathways.issuperset(each.headings) for each in nearest)
    changeable = tuple(each for each in nearest if any_one and all(point.would_change for point in each.points))
    if changeable:
        others = (*(each for each in nearest if each not in changeable), *others)
    flags = tuple(
        (policy.flags[name].label, policy.flags[name].note, section(policy.flags[name].cite)) for name in decision.flags
    )
    return Outcome(decision.outcome, explained.headline, changeable or nearest, any_one, others, flags)


def _line(path: Path, node: Node) -> Line:
    return line(path.policy, path.decision, node, path.decision.facts)


def _obstacles(path: Path, groups: Iterable[tuple[str, Iterable[Line]]]) -> tuple[Obstacle, ...]:
    verdict = path.decision.verdict
    if verdict is MET:
        return ()
    together: dict[tuple[str, ...], tuple[list[str], list[Line]]] = {}
    for heading, lines in groups:
        blocking = [item for item in lines if item.verdict is verdict and _was_asked(path, item)]
        if blocking:
            key = tuple(item.criterion_id for item in blocking)
            together.setdefault(key, ([], blocking))[0].append(heading)
    return tuple(
        Obstacle(tuple(headings), tuple(_point(path, item) for item in blocking))
        for headings, blocking in together.values()
    )


def _was_asked(path: Path, item: Line) -> bool:
    """Whether anything a criterion rests on is known: what was never asked is no obstacle of the reader's making."""
    return any(name in path.walk.facts for name in path.policy.criterion(item.criterion_id).names)


def _point(path: Path, item: Line) -> Point:
    return Point(
        item.label,
        section(item.cite),
        item.sentence,
        item.because,
        item.would_change,
        _pages(path, path.policy.criterion(item.criterion_id)),
    )


def _pages(path: Path, node: Node) -> tuple[Stop, ...]:
    """The pages that asked for what a criterion rests on; the patient page for what the portal filled in."""
    stops = dict.fromkeys(path.page_of(name) for name in node.names if name in path.walk.asked)
    found = tuple(stop for stop in stops if stop is not None)
    if not found and any(name in path.given for name in node.names):
        return (path.beginning,)
    return found
