"""How hard the letters' own sentences are to read: at most about an eighth grade, clinical terms left out.

What is counted are the sentences that the portal writes itself. Left out are names, dates, numbers and addresses, the
drug and the rules in the policy's words, what people type, and the plan's own blocks, which no code can answer for. The
grade is Flesch-Kincaid's: 0.39 x words a sentence + 11.8 x syllables a word - 15.59. Syllables are the greater of two
counts, where a dictionary (pyphen) would hyphenate and groups of vowels, since each alone misses some.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pyphen
import pytest

from pa_portal.determinations.letters import copies
from pa_portal.determinations.letters.content import compose
from tests.letters.samples import SAMPLES

HIGHEST = 8.0
HYPHENS = pyphen.Pyphen(lang="en_US")
# Clinical and legal terms that no plainer word stands for; each is explained or shown where it is used.
TERMS = ("Ixempra (ixabepilone)", "ixabepilone", "peer-to-peer", "HCPCS", "NDC", "(expedited)")
DATE = re.compile(r"\b(January|February|March|April|May|June|July|August|September|October|November|December) \d+, \d+")
NUMBER = re.compile(r"\b(PA|AU)-[\w-]+|\b\d[\d,.\-]*\b")


def own_sentences(name: str) -> Iterator[str]:
    """The sentences of a letter that the portal writes, without the names and terms in them."""
    kind, letter = SAMPLES[name]
    plan = replace(letter.plan, external_review_text="", nondiscrimination_text="", language_help_text="")
    typed = {letter.note, *str(letter.explanation).splitlines(), *str(letter.information_needed).splitlines()}
    typed |= set(letter.renewal_needs)
    record = compose(kind, replace(letter, plan=plan))
    with suppress(copies.NoCopy):
        record = copies.for_patient(record)
    for block in record["blocks"]:
        found = {
            "paragraph": lambda block: [block["text"]],
            "outcome": lambda block: [block["text"]],
            "bullets": lambda block: block["items"],
            "steps": lambda block: block["items"],
        }.get(block["type"], lambda block: [])(block)
        for text in found:
            if text not in typed and not text.startswith("Dear "):
                yield from re.split(r"(?<=[.?!:])\s+", _without_terms(text, letter))


def _without_terms(text: str, letter) -> str:
    known = (*TERMS, letter.prescriber.name, letter.patient.name, *filter(None, [letter.plan.phone, letter.plan.fax]))
    for term in known:
        text = text.replace(term, "")
    return NUMBER.sub("", DATE.sub("", text))


def syllables(word: str) -> int:
    vowels = len(re.findall(r"[aeiouy]+", word)) - (word.endswith("e") and not word.endswith("le"))
    return max(1, vowels, len(HYPHENS.positions(word)) + 1)


def grade(sentences: list[str]) -> float:
    split = [re.findall(r"[a-z’']+", sentence.lower()) for sentence in sentences]
    words = [word for sentence in split for word in sentence]
    count = sum(1 for sentence in split if sentence)
    return 0.39 * len(words) / count + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@pytest.mark.parametrize("name", SAMPLES)
def test_a_letter_reads_at_about_the_eighth_grade(name: str) -> None:
    sentences = list(own_sentences(name))
    assert len(sentences) > 5
    assert grade(sentences) <= HIGHEST


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        (["The cat sat on the mat."], -2, 1),
        (
            ["Utilization management determinations necessitate comprehensive documentation of medical necessity."],
            20,
            40,
        ),
    ],
)
def test_the_measure_tells_plain_from_hard(text: list[str], low: float, high: float) -> None:
    assert low <= grade(text) <= high
