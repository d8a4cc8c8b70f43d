"""`adjudicate`: JSON lines in, JSON lines out."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.cases import MEETING
from criteria.adjudicate import adjudicate
from criteria.policy import Policy

ROOT = Path(__file__).parents[2]


def run(policy: Policy, *lines: bytes | str, trace: bool = False) -> list[dict[str, Any]]:
    encoded = [line if isinstance(line, bytes) else line.encode() for line in lines]
    return [json.loads(answer) for answer, _ in adjudicate(policy, encoded, trace=trace)]


def test_the_contracts_example(policy: Policy) -> None:
    assert run(policy, json.dumps(MEETING["tnbc_subsequent"])) == [
        {
            "outcome": "meets",
            "pathways": ["tnbc_subsequent"],
            "unmet": [],
            "unresolved": [],
            "next_questions": [],
            "flags": [],
        }
    ]


@pytest.mark.parametrize(
    ("line", "fact", "words"),
    [
        ('{"line_of_therapy": "2"}', "line_of_therapy", "whole number from 1 to 20"),
        ('{"line_of_therapy": true}', "line_of_therapy", "whole number"),
        ('{"er_percent": NaN}', "er_percent", "number from 0 to 100"),
        ('{"er_percent": Infinity}', "er_percent", "number from 0 to 100"),
        ('{"er_percent": 1e999}', "er_percent", "number from 0 to 100"),
        ('{"er_percent": 1, "er_percent": 2}', "er_percent", "twice"),
        ('{"shoe_size": 42}', "shoe_size", "Not a fact"),
        ('{"her2_ihc": "\\ud800"}', "her2_ihc", "one of"),
        ("[]", None, "one JSON object"),
        ("3", None, "one JSON object"),
        ("{", None, "not JSON"),
        ("", None, "not JSON"),
        (b"\xff{}", None, "not UTF-8"),
        ('{"er_percent": ' + "9" * 5000 + "}", None, "too many digits"),
        ("[" * 100_000, None, "nested too deeply"),
    ],
)
def test_a_bad_line_is_told_and_the_rest_go_on(policy: Policy, line: bytes | str, fact: str | None, words: str) -> None:
    before, error, after = run(policy, "{}", line, "{}")
    assert before == after
    assert before["outcome"] == "insufficient_information"
    assert error["error"]["line"] == 2
    assert error["error"]["fact"] == fact
    assert words in error["error"]["message"]


def test_trace_gives_id_label_citation_and_verdict_of_every_node(policy: Policy) -> None:
    (answer,) = run(policy, json.dumps(MEETING["renewal"]), trace=True)

    def check(node: dict[str, Any]) -> int:
        assert node["id"]
        assert node["label"]
        assert node["citation"]
        assert node["verdict"] in (True, False, None)
        return 1 + sum(check(child) for child in node["children"])

    assert check(answer["trace"]) > 60
    assert answer["trace"]["verdict"] is True


def command(*arguments: str, text: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    import os

    env = {**os.environ, "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", **environment}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], input=text, capture_output=True, cwd=ROOT, env=env, check=False
    )


def test_the_command_needs_no_database_and_keeps_order(tmp_path: Path) -> None:
    lines = [json.dumps(MEETING[name]) for name in MEETING]
    file = tmp_path / "facts.jsonl"
    file.write_text("\n".join(lines) + "\n")
    done = command("adjudicate", "--policy", "IC-0072", "--version", "2025-09-04", str(file))
    assert done.returncode == 0
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["pathways"] for answer in answers] == [[name] if name != "renewal" else [] for name in MEETING]


def test_the_command_reads_standard_input_and_fails_at_the_end() -> None:
    done = command("adjudicate", text=b'{}\nnonsense\n{"request_type": "renewal"}\n')
    assert done.returncode == 1
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == 3
    assert answers[1]["error"]["line"] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("adjudicate", "--version", "1999-01-01"), b"Versions: 2025-09-04"),
        (("adjudicate", "--policy", "IC-1"), b"There is no policy"),
        (("adjudicate", "no-such-file.jsonl"), b"Cannot read no-such-file.jsonl"),
        (("policy", "show", "--policy", "IC-1"), b"There is no policy"),
    ],
)
def test_wrong_calls_get_a_plain_message(arguments: tuple[str, ...], words: bytes) -> None:
    done = command(*arguments)
    assert done.returncode == 1
    assert words in done.stderr
    assert b"Traceback" not in done.stderr


def test_policy_commands() -> None:
    checked = command("policy", "check")
    assert checked.returncode == 0
    assert b"No findings in IC-0072 2025-09-04" in checked.stdout
    shown = command("policy", "show")
    assert "Triple-negative disease, first line ‡ [III]".encode() in shown.stdout


def test_memory_does_not_grow_with_the_input(policy: Policy) -> None:
    import tracemalloc

    line = json.dumps(MEETING["tnbc_first_line"]).encode()

    def peak(lines: int) -> int:
        for _ in adjudicate(policy, (line for _ in range(50))):
            pass
        tracemalloc.start()
        for _ in adjudicate(policy, (line for _ in range(lines))):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    # three thousand answers held at once would take some 500 kB
    assert peak(3000) - peak(100) < 50_000


def test_an_answer_comes_before_the_next_line_is_read(policy: Policy) -> None:
    source = io.BytesIO(b"{}\n{}\n")
    answers = adjudicate(policy, source)
    next(answers)
    assert source.tell() == 3
