"""docs/security.md says what is so: each requirement is one of the standard's, and each test it names is there."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
# The ids and levels of OWASP ASVS 5.0.0, and none of its words.
LEVELS = {
    row["requirement"]: int(row["level"])
    for row in csv.DictReader((ROOT / "tests" / "vendor" / "asvs-5.0.0.csv").read_text().splitlines())
}
PROOF = re.compile(r"`((?:tests|docs)/[^`]+|requirements\.txt)`")


def rows(heading: str) -> list[list[str]]:
    """The cells of each line of the table under a heading."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines[1:]]


MET, NOT_FOR_US, NOT_MET, LAW = (
    rows(heading) for heading in ("Requirements met", "Requirements that do not apply", "Requirements not met", "HIPAA")
)


def exists(proof: str) -> bool:
    """Whether a test, by its node id, or a document is there."""
    path, _, function = proof.partition("::")
    if not (ROOT / path).is_file():
        return False
    if not function:
        return not path.startswith("tests/")
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return function in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", MET, ids=lambda row: row[0])
def test_what_is_met_has_its_proof(row: list[str]) -> None:
    _, words, proofs = row
    found = PROOF.findall(proofs)
    assert words
    assert found
    assert [proof for proof in found if not exists(proof)] == []


@pytest.mark.parametrize("row", LAW, ids=lambda row: row[0])
def test_the_law_is_mapped(row: list[str]) -> None:
    section, words, proofs = row
    assert re.fullmatch(r"164\.312\([a-e]\)(\(\d\))?(\([iv]+\))?", section)
    assert [proof for proof in PROOF.findall(proofs) if not exists(proof)] == []
    assert PROOF.findall(proofs) or proofs.startswith("Not met")
    assert words


def test_every_part_of_the_technical_safeguards_is_there() -> None:
    assert {row[0][:10] for row in LAW} == {f"164.312({part})"[:10] for part in "abcde"}


def test_every_requirement_of_levels_one_and_two_is_told_of_once() -> None:
    told = Counter(row[0] for row in (*MET, *NOT_FOR_US, *NOT_MET))
    assert [requirement for requirement in told if requirement not in LEVELS] == []
    assert [requirement for requirement, times in told.items() if times > 1] == []
    wanted = {requirement for requirement, level in LEVELS.items() if level <= 2}
    assert wanted - told.keys() == set()


def test_the_counts_it_gives_are_its_own() -> None:
    given = re.search(r"(\d+) met, (\d+) not met, (\d+) that do not apply", PAGE)
    assert given
    assert [int(each) for each in given.groups()] == [len(MET), len(NOT_MET), len(NOT_FOR_US)]


def test_reasons_are_given() -> None:
    assert all(len(row) == 2 and len(row[1]) > 5 for row in (*NOT_FOR_US, *NOT_MET))


def test_an_orphan_would_be_seen() -> None:
    assert not exists("tests/platform/test_security_page.py::test_that_is_not_there")
    assert not exists("tests/nowhere.py::test_x")
    assert exists("tests/platform/test_security_page.py::test_an_orphan_would_be_seen")
    assert len(LEVELS) == 345


CRYPTOGRAPHY = re.compile(
    r"^\s*(?:import|from) (?:hashlib|secrets|hmac|ssl|cryptography\b|django\.core\.signing|django\.utils\.crypto"
    r"|django\.contrib\.auth\.hashers)|^\s*from django\.core import .*\bsigning\b",
    re.MULTILINE,
)


def test_what_uses_cryptography_is_named() -> None:
    part = PAGE.partition("\n## Cryptography\n")[2].partition("\n## ")[0]
    named = set(re.findall(r"`((?:pa_portal|criteria)/[^`]+)`", part))
    files = [path for room in ("pa_portal", "criteria") for path in (ROOT / room).rglob("*.py")]
    using = {str(path.relative_to(ROOT)) for path in files if CRYPTOGRAPHY.search(path.read_text(encoding="utf-8"))}
    assert named == using
