"""What the templates show: tiles, and tables with bars and drawings. Plain values, no logic left to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.safestring import SafeString


@dataclass(frozen=True, slots=True)
class Number:
    """A number as text, and the address of the list behind it ("" for none). ``of`` says what it counts."""

    text: str
    url: str = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """One key figure: its name, its value, what it is made of, and how it is counted."""

    label: str
    value: Number
    definition: str
    parts: tuple[Number | str, ...] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar in a table's cell. ``width`` is per cent of the widest; ``tone`` a word for its look."""

    width: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell after the row's head: a number, and a bar where the column has one."""

    number: Number
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table."""

    head: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as SVG for each kind of screen, its looks and what they stand for, and what it says in a sentence."""

    wide: SafeString
    narrow: SafeString
    legend: tuple[tuple[str, str], ...]
    said: str


@dataclass(frozen=True, slots=True)
class Link:
    """A way to see the same otherwise; ``current`` is the one that is shown."""

    text: str
    url: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of figures under a heading, with its definition. ``heads`` names every column, the first included.

    ``wide`` takes the whole width of the page; two others share it. A ``drawing`` stands above its numbers, which are
    ``folded`` away where there are many. ``links`` lead to the same by another measure. ``rest`` are lines that fold
    away under the ``lines``.
    """

    id: str
    title: str
    definition: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    total: Line | None = None
    empty: str = "Nothing to show for these filters."
    wide: bool = True
    drawing: Drawing | None = None
    folded: bool = False
    links: tuple[Link, ...] = ()
    rest: tuple[Line, ...] = ()


def percent(part: float, whole: float) -> str:
    """Write a share with one decimal: "66.7%"; "–" of nothing."""
    return f"{100 * part / whole:.1f}%" if whole else "–"


def bars(values: Iterable[float]) -> list[str]:
    """Return the widths of bars, the widest taking the whole room."""
    found = list(values)
    most = max(found, default=0)
    return [f"{100 * value / most if most else 0:.4g}%" for value in found]


def whole(value: float) -> str:
    """Write a whole number with thousands separators."""
    return f"{value:,.0f}"


def hours(value: float | None) -> str:
    """Write a time in hours: "5.3 hours"; "–" for none."""
    return "–" if value is None else f"{value:,.1f} hours"


def days(value: float | None) -> str:
    """Write a time given in hours as days: "2.4 days"; "–" for none."""
    return "–" if value is None else f"{value / 24:,.1f} days"


def taken(value: float, *, expedited: bool) -> str:
    """Write how long one decision took, given in hours: in days for a standard request, if it took one."""
    if value < 1:
        return f"{max(1, round(60 * value))} min"
    return hours(value) if expedited or value < 24 else days(value)
