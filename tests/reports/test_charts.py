"""Charts: what is drawn is what was counted, no part without a pattern or a name, and nothing that a page refuses."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from pa_portal.reports.charts import Series, bars, columns, top_of
from pa_portal.reports.shapes import Drawing, taken

SVG = "{http://www.w3.org/2000/svg}"
LABELS = ["Mar 2", "Mar 9", "<b>&"]
SERIES = [Series("approved", "Approved", (30, 0, 5)), Series("denied", "Denied", (10, 0, 1000))]


def drawn(drawing: Drawing) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(svg) for svg in (drawing.wide, drawing.narrow)]


@pytest.fixture(params=["columns", "bars"])
def drawing(request: pytest.FixtureRequest) -> Drawing:
    drawing = (
        bars("Decisions", LABELS, SERIES, "requests")
        if request.param == "bars"
        else columns("Decisions", LABELS, LABELS, SERIES, "requests")
    )
    assert drawing
    return drawing


def test_each_count_is_drawn_once_under_its_tone_and_to_scale(drawing: Drawing) -> None:
    for root in drawn(drawing):
        sizes = {}
        for series in root.iter(f"{SVG}g"):
            tone = series.get("class", "").partition("tone-")[2]
            for bar in series.iter(f"{SVG}g") if tone else ():
                if bar.get("class") == "bar":
                    name, rect = bar.find(f"{SVG}title"), bar.find(f"{SVG}rect")
                    assert name is not None
                    assert rect is not None
                    sizes[tone, name.text] = [float(rect.get(side, "")) for side in ("width", "height")]
        assert sizes.keys() == {
            ("approved", "Mar 2: 30 approved"),
            ("approved", "<b>&: 5 approved"),
            ("denied", "Mar 2: 10 denied"),
            ("denied", "<b>&: 1,000 denied"),
        }
        one, hundred = sizes["denied", "Mar 2: 10 denied"], sizes["denied", "<b>&: 1,000 denied"]
        along = 0 if one[0] != pytest.approx(hundred[0]) else 1
        assert hundred[along] / one[along] == pytest.approx(100)


def test_it_says_in_words_what_one_sees(drawing: Drawing) -> None:
    assert drawing.said == "1,045 requests; most of them, 1,005, in “<b>&”."
    assert drawing.legend == (("approved", "Approved"), ("denied", "Denied"))
    for root in drawn(drawing):
        assert (root.get("role"), root.get("aria-label")) == ("img", f"Decisions. {drawing.said}")


def test_nothing_that_the_content_policy_refuses_and_nothing_from_elsewhere(drawing: Drawing) -> None:
    for svg in (drawing.wide, drawing.narrow):
        for refused in ("<style", "<script", "style=", "href", "onload", "id=", "<b>"):
            assert refused not in svg
        assert svg.count("http") == 1, "the namespace alone"


def test_labels_are_few_enough_to_read() -> None:
    days = [f"Mar {day}" for day in range(1, 32)]
    drawing = columns("Days", days, days, [Series("open", "Open", (1,) * 31)], "requests")
    assert drawing
    wide, narrow = drawn(drawing)
    below = [sum(text.text in days for text in root.iter(f"{SVG}text")) for root in (wide, narrow)]
    assert below[0] <= 14
    assert 2 <= below[1] <= 4


def test_nothing_to_draw() -> None:
    assert columns("Days", ["Mar 2"], ["Mar 2"], [Series("open", "Open", (0,))], "requests") is None
    assert bars("Days", [], [Series("open", "Open", ())], "requests") is None


@pytest.mark.parametrize("most", [0, 1, 2, 3, 5, 9, 10, 11, 41, 99, 100, 101, 999, 12345, 1_000_000])
def test_the_axis_ends_at_a_round_number_above(most: int) -> None:
    top = top_of(most)
    assert max(most, 1) <= top <= max(2, 2 * most)
    assert top % 2 == 0


@pytest.mark.parametrize(
    ("value", "expedited", "text"),
    [
        (0.001, False, "1 min"),
        (0.5, True, "30 min"),
        (5.3, False, "5.3 hours"),
        (30, True, "30.0 hours"),
        (24, False, "1.0 days"),
        (60, False, "2.5 days"),
    ],
)
def test_how_long_one_decision_took(value: float, expedited: bool, text: str) -> None:
    assert taken(value, expedited=expedited) == text
