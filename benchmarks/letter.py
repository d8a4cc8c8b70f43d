"""What making a letter's PDF costs over the typst compiler alone, on the same document, in one run.

    python -m benchmarks.letter

The compiler remembers what it has laid out, so each round is a letter of its own, with another reference and name.
Both sides make the same letters in turns; their PDFs must be equal.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

sys.path.insert(0, str(Path(__file__).parents[1]))

from pa_portal.determinations.letters import pdf
from pa_portal.determinations.letters.content import compose
from tests.letters.samples import APPROVAL, DENIAL

ROUNDS = 60
WARM_UP = 5


def bare(fonts: typst.Fonts) -> Callable[[Mapping[str, Any]], bytes]:
    """The least that a caller of typst has to do for this document."""
    families = json.dumps(pdf.FAMILIES)

    def compile_record(record: Mapping[str, Any]) -> bytes:
        return typst.compile(
            pdf.ASSETS / "letter.typ",
            root=pdf.ASSETS,
            font_paths=fonts,
            pdf_standards=["ua-1"],
            timestamp=datetime.fromisoformat(record["date"]).replace(tzinfo=UTC),
            sys_inputs={
                "letters": json.dumps([record]),
                "fonts": families,
                "title": record["title"],
                "author": record["author"],
            },
        )

    return compile_record


def letters(kind: str, side: str) -> list[dict[str, Any]]:
    """One record a round; the two sides get letters of the same length that the compiler has not seen."""
    letter = APPROVAL if kind == "approval" else DENIAL
    return [
        compose(
            kind,
            replace(
                letter,
                request=replace(letter.request, reference=f"PA-{side}{number:03d}-Q2XD"),
                patient=replace(letter.patient, name=f"Elena {side}{number:03d} Vasquez"),
            ),
        )
        for number in range(ROUNDS + WARM_UP)
    ]


def seconds(render: Callable[[Mapping[str, Any]], bytes], record: Mapping[str, Any]) -> float:
    start = time.perf_counter()
    render(record)
    return time.perf_counter() - start


def main() -> None:
    compiler = bare(typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(pdf.FONTS)]))
    print(f"{'letter':<12} {'typst alone':>12} {'pdf.render':>12} {'ratio':>7}   (medians of {ROUNDS}, ms)")
    for kind in ("approval", "denial"):
        same = compose(kind, APPROVAL if kind == "approval" else DENIAL)
        assert compiler(same) == pdf.render(same)
        alone, ours = [], []
        for one, other in zip(letters(kind, "A"), letters(kind, "B"), strict=True):
            alone.append(seconds(compiler, one))
            ours.append(seconds(pdf.render, other))
        alone, ours = alone[WARM_UP:], ours[WARM_UP:]
        low, high = (1000 * statistics.median(times) for times in (alone, ours))
        ratio = statistics.median(high / low for low, high in zip(alone, ours, strict=True))
        print(f"{kind:<12} {low:>12.1f} {high:>12.1f} {ratio:>6.2f}x")


if __name__ == "__main__":
    main()
