"""Charts, drawn by pygal as SVG inside the page: nothing to load, no script, sharp on paper, and no more than it shows.

What pygal adds for a file of its own (a style sheet, scripts, tooltips) is taken out again: the portal's content policy
allows nothing inline, and the look is in reports.css, where each tone is a colour and a pattern. A drawing is made
twice, for wide and for narrow screens, so that its letters are never scaled out of reading; CSS shows one.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from xml.etree import ElementTree

from django.utils.safestring import SafeString, mark_safe
from pygal import HorizontalStackedBar, StackedBar
from pygal.style import Style

from pa_portal.reports.shapes import Drawing, whole

# pygal's finder of maps, which nothing here draws, lacks what importers ask every finder for.
sys.meta_path[:] = [finder for finder in sys.meta_path if hasattr(finder, "find_spec")]


@dataclass(frozen=True, slots=True)
class Series:
    """What is stacked: its look (a tone of reports.css), its name, and a count for every label."""

    tone: str
    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """The room of a drawing in units of about a pixel, and how many labels fit under it."""

    name: str
    width: int
    height: int
    labels: int


COLUMNS: Final = (Size("wide", 1080, 290, 14), Size("narrow", 290, 250, 3))
BARS: Final = (Size("wide", 500, 250, 4), Size("narrow", 290, 230, 3))
_LETTERS: Final = 14


def columns(
    title: str, labels: Sequence[str], names: Sequence[str], series: Sequence[Series], what: str
) -> Drawing | None:
    """Draw stacked columns, one for each label; ``names`` say the same in full. ``what`` is counted; of none, None."""
    return _drawing(StackedBar, COLUMNS, title, tuple(labels), tuple(names), tuple(series), what)


def bars(title: str, labels: Sequence[str], series: Sequence[Series], what: str) -> Drawing | None:
    """Draw stacked bars, one below the other, the first label on top; None where there is nothing to count."""
    backwards = tuple(Series(one.tone, one.name, one.values[::-1]) for one in series)
    upwards = tuple(labels[::-1])
    return _drawing(HorizontalStackedBar, BARS, title, upwards, upwards, backwards, what)


def top_of(most: int) -> int:
    """Return where an axis ends: a round number that has a half, and at least ``most``."""
    power = 10 ** math.floor(math.log10(max(most, 1)))
    return next(top for step in (1, 2, 3, 4, 5, 6, 8, 10) if (top := step * power) >= most and top % 2 == 0)


# Drawing takes far longer than counting, and nothing about a patient is in it.
@lru_cache(maxsize=64)
def _drawing(
    kind: type[Any],
    sizes: tuple[Size, Size],
    title: str,
    labels: tuple[str, ...],
    names: tuple[str, ...],
    series: tuple[Series, ...],
    what: str,
) -> Drawing | None:
    totals = [sum(counts) for counts in zip(*(one.values for one in series), strict=True)]
    if not any(totals):
        return None
    said = _said(names, totals, what)
    wide, narrow = (
        _svg(_draw(kind, size, labels, names, series, max(totals)), size, f"{title}. {said}", series) for size in sizes
    )
    return Drawing(wide, narrow, tuple((one.tone, one.name) for one in series), said)


def _said(names: Sequence[str], totals: Sequence[int], what: str) -> str:
    """Return what one sees at a glance."""
    most = max(totals)
    return f"{whole(sum(totals))} {what}; most of them, {whole(most)}, in “{names[totals.index(most)]}”."


def _draw(
    kind: type[Any], size: Size, labels: Sequence[str], names: Sequence[str], series: Sequence[Series], most: int
) -> ElementTree.Element:
    top = top_of(most)
    every = 1 if kind is HorizontalStackedBar else math.ceil(len(labels) / size.labels)
    chart = kind(
        width=size.width,
        height=size.height,
        explicit_size=False,
        js=(),
        show_legend=False,
        margin=2,
        margin_right=16,
        spacing=4,
        style=Style(label_font_size=_LETTERS, major_label_font_size=_LETTERS),
        range=(0, top),
        y_labels=[0, top // 2, top],
        value_formatter=whole,
        x_labels=list(labels),
        x_labels_major_every=every,
        show_minor_x_labels=every == 1,
        truncate_label=-1,
        strict=True,
    )
    for one in series:
        # None is not drawn at all, where 0 would be a bar without height.
        chart.add(
            one.name,
            [
                {"value": count or None, "label": f"{name}: {whole(count)} {one.name.lower()}"}
                for name, count in zip(names, one.values, strict=True)
            ],
        )
    root: ElementTree.Element = chart.render_tree()
    return root


def _svg(root: ElementTree.Element, size: Size, said: str, series: Sequence[Series]) -> SafeString:
    """Return what the page holds: the drawing alone, parts named by their tones, bars with what they stand for."""
    for parent in list(root.iter()):
        for child in list(parent):
            names = child.get("class", "").split()
            if child.tag == "desc" and names == ["label"]:
                child.tag = "title"
                del child.attrib["class"]
            elif child.tag in _LEFT_OUT or "tooltip-overlay" in names or (child.tag == "g" and not len(child)):
                parent.remove(child)
            elif names[:1] == ["series"]:
                child.set("class", f"series tone-{series[int(names[1].removeprefix('serie-'))].tone}")
    del root.attrib["id"]
    root.attrib.update({"class": f"chart chart--{size.name}", "role": "img", "aria-label": said, "focusable": "false"})
    return mark_safe(ElementTree.tostring(root, encoding="unicode"))  # noqa: S308 (ElementTree escapes every text)


# What a file needs and a page does not: styles and scripts, comments, and the names that a pointer would ask for.
_LEFT_OUT: Final = ("defs", "title", "desc", ElementTree.Comment)
