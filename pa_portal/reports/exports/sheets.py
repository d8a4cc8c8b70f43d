"""Writing a workbook from plain values: here, or in a process of its own that gets them through a pipe.

The writer holds Python's lock while it works. Apart from it, rows are read and made ready while earlier ones are
written, and whatever else runs in the worker is not held up. Needs no Django, so that the process begins at once.
"""

from __future__ import annotations

import gc
import marshal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from typing import IO, Any

from rustpy_xlsxwriter import Format, write_worksheets

DICTIONARY, ABOUT = "Data dictionary", "About this file"
Batch = list[tuple[Any, ...]]
Lines = list[tuple[str, str]]
_HERE = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a workbook looks. ``sheets`` share the rows, ``most`` each; the last sheets explain them.

    ``formats`` are number formats, ``widths`` characters, both by column. ``dictionary`` has a line for each column.
    """

    sheets: list[str]
    most: int
    names: list[str]
    formats: dict[str, str]
    widths: dict[str, float]
    dictionary: list[dict[str, str]]


class Broken(Exception):
    """The process that writes has ended before its time."""


def write(path: Path, plan: Plan, batches: Iterable[Batch], about: Callable[[], Lines]) -> None:
    """Write the workbook. ``about`` is asked for the lines of the last sheet when the rows are through."""
    found = _named(plan.names, batches)
    formats = {name: Format().set_num_format(text) for name, text in plan.formats.items()}
    sheets = plan.sheets
    write_worksheets(
        [
            *((name, islice(found, plan.most)) for name in sheets),
            (DICTIONARY, plan.dictionary),
            (ABOUT, _lines(found, about)),
        ],
        str(path),
        freeze_panes={"general": {"row": 1, "col": 0}, **{name: {"row": 1, "col": 1} for name in sheets}},
        bold_headers=True,
        autofilter=dict.fromkeys(sheets, True),
        column_formats=dict.fromkeys(sheets, formats),
        column_widths={
            **dict.fromkeys(sheets, plan.widths),
            DICTIONARY: {"column": 26.0, "label": 28.0, "kind": 30.0, "meaning": 110.0},
            ABOUT: {"what": 26.0, "which": 70.0},
        },
    )


def write_apart(path: Path, plan: Plan, batches: Iterable[Batch], about: Callable[[], Lines]) -> None:
    """The same in another process. What goes wrong while the rows are read ends it. Raises Broken."""
    command = [sys.executable, "-m", "pa_portal.reports.exports.sheets", str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=_HERE)  # noqa: S603 (this very file)
    try:
        assert process.stdin is not None
        with process.stdin as pipe:
            _send(pipe, asdict(plan))
            for batch in batches:
                _send(pipe, batch)
            _send(pipe, None)
            _send(pipe, about())
        if process.wait():
            raise Broken
    except BrokenPipeError:
        raise Broken from None
    finally:
        process.kill()
        process.wait()


def _send(pipe: IO[bytes], value: Any) -> None:
    """Send a value with its length in front: marshal would read a stream bit by bit, which takes much longer."""
    content = marshal.dumps(value)
    pipe.write(len(content).to_bytes(8))
    pipe.write(content)


def _receive(stream: IO[bytes]) -> Any:
    return marshal.loads(stream.read(int.from_bytes(stream.read(8))))  # noqa: S302 (from who started this process)


def _named(names: list[str], batches: Iterable[Batch]) -> Iterator[dict[str, Any]]:
    """Yield a dictionary for each row; a blank one for none, which gives an empty sheet its header."""
    coming = iter(batches)
    first = next(coming, None) or [(None,) * len(names)]
    return chain.from_iterable(map(dict, map(zip, repeat(names), batch)) for batch in chain([first], coming))


def _lines(rows: Iterator[Any], about: Callable[[], Lines]) -> Iterator[dict[str, str]]:
    # The last sheet may have been full before it was known that there are no more.
    for _ in rows:
        pass
    for what, which in about():
        yield {"what": what, "which": which}


def _main(path: Path) -> int:
    stream = sys.stdin.buffer
    # Nothing in here points back at itself, and there is much of it.
    gc.disable()
    try:
        plan = Plan(**_receive(stream))
        write(path, plan, iter(lambda: _receive(stream), None), lambda: _receive(stream))
    except Exception as error:
        # Not its message, which may quote a cell.
        print(f"The workbook could not be written: {type(error).__name__}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
