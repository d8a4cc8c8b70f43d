"""Several letters as one PDF for the printer, drawn by a process of its own.

The compiler keeps what it has laid out for its next calls, some megabytes a letter. So it runs apart and gives
everything back when it ends; the letters go to it by a pipe, never by its arguments or a file.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pa_portal.determinations.letters import pdf
from pa_portal.determinations.letters.record import require_schema

# Drawing this many takes a third of a gigabyte and one to two seconds.
MOST = 50
PATIENCE_SECONDS = 60
_ROOT = Path(__file__).parents[3]


def render(contents: Sequence[Mapping[str, Any]], *, title: str, author: str, on: date) -> bytes:
    """As ``pdf.render_all``, at most ``MOST`` letters."""
    assert len(contents) <= MOST
    for content in contents:
        require_schema(content)
    asked = {"contents": contents, "title": title, "author": author, "on": on.isoformat()}
    made = subprocess.run(  # noqa: S603 (this program itself)
        [sys.executable, "-m", __name__],
        input=json.dumps(asked).encode(),
        capture_output=True,
        cwd=_ROOT,
        env={},
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    if made.returncode:
        # What it wrote may hold words of a letter, which no log may.
        raise RuntimeError(f"The letters were not drawn: the process ended with {made.returncode}.")
    return made.stdout


def _draw() -> None:
    """The process's own part: letters in, PDF out."""
    asked = json.load(sys.stdin.buffer)
    asked["on"] = date.fromisoformat(asked["on"])
    sys.stdout.buffer.write(pdf.render_all(**asked))


if __name__ == "__main__":
    _draw()
