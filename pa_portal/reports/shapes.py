"""What the templates draw: tiles, tables with bars, and a chart over time. Plain values, no logic left to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


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
class Table:
    """A table of figures under a heading, with its definition. ``heads`` names every column, the first included.

    ``wide`` takes the whole width of the page; two others share it.
    """

    id: str
    title: str
    definition: str
    heads: tuple[str, ...]
    lines: tuple[Line, ...]
    total: Line | None = None
    empty: str = "Nothing to show for these filters."
    wide: bool = True


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a column in the chart: its place and size in per cent, its look, and what it stands for."""

    x: str
    y: str
    width: str
    height: str
    tone: str
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A label on an axis, at a place in per cent. ``sparse`` ones stay when there is little room."""

    at: str
    text: str
    sparse: bool = True


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked columns over time, and the table behind them."""

    title: str
    definition: str
    summary: str
    segments: tuple[Segment, ...]
    ticks: tuple[Mark, ...]
    lines: tuple[Mark, ...]
    legend: tuple[tuple[str, str], ...]
    table: Table


def percent(part: float, whole: float) -> str:
    """Write a share with one decimal: "66.7%"; "–" of nothing."""
    return f"{100 * part / whole:.1f}%" if whole else "–"


def place(value: float) -> str:
    """Write a place or size in per cent, for SVG."""
    return f"{value:.3f}".rstrip("0").rstrip(".") + "%"


def bars(values: Iterable[float]) -> list[str]:
    """Return the widths of bars, the widest taking the whole room."""
    found = list(values)
    most = max(found, default=0)
    return [place(100 * value / most if most else 0) for value in found]


def whole(value: float) -> str:
    """Write a whole number with thousands separators."""
    return f"{value:,.0f}"


def hours(value: float | None) -> str:
    """Write a time in hours: "5.3 hours"; "–" for none."""
    return "–" if value is None else f"{value:,.1f} hours"


def days(value: float | None) -> str:
    """Write a time given in hours as days: "2.4 days"; "–" for none."""
    return "–" if value is None else f"{value / 24:,.1f} days"
