"""Writing a workbook from columns of values: here, or in a process of its own that gets them through a pipe.

The writer holds Python's lock while it works. Apart from it, rows are read and made ready while earlier ones are
written, and whatever else runs in the worker is not held up. Needs no Django, so that the process begins at once.
"""

from __future__ import annotations

import marshal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
from rustpy_xlsxwriter import Format, write_worksheets

DICTIONARY, ABOUT = "Data dictionary", "About this file"
Lines = list[tuple[str, str]]
_PAGE: dict[str, Any] = {"landscape": True, "repeat_rows": 0, "footer": "&L&A&RPage &P of &N"}
_HERE = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a workbook looks. ``sheets`` share the rows, ``most`` each; the last sheets explain them.

    ``formats`` are number formats, ``widths`` characters, both by column; ``texts`` are the columns of text.
    ``dictionary`` has a line for each column.
    """

    sheets: list[str]
    most: int
    formats: dict[str, str]
    widths: dict[str, float]
    texts: list[str]
    dictionary: list[dict[str, str]]


class Broken(Exception):
    """The process that writes has ended before its time."""


class Rows:
    """Rows on their way into sheets, some at a time. ``failure`` is what ended them early: the writer hides it."""

    def __init__(self, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
        self._schema, self._coming = schema, iter(batches)
        self._left: pa.RecordBatch | None = None
        self.failure: Exception | None = None

    def sheet(self, most: int) -> pa.RecordBatchReader:
        """Return the next rows, at most so many. To be read before the next sheet's are."""
        return pa.RecordBatchReader.from_batches(self._schema, self._next(most))

    def skip(self) -> None:
        """Leave the rows that no sheet took: the last may have been full before it was known that there are no more."""
        for _ in self._coming:
            pass

    def _next(self, most: int) -> Iterator[pa.RecordBatch]:
        try:
            while most and (batch := self._left or next(self._coming, None)) is not None:
                self._left = batch.slice(most) if batch.num_rows > most else None
                batch = batch.slice(0, most)
                most -= batch.num_rows
                yield batch
        except Exception as error:
            self.failure = error
            raise


def write(
    path: Path, plan: Plan, schema: pa.Schema, batches: Iterable[pa.RecordBatch], about: Callable[[], Lines]
) -> None:
    """Write the workbook. ``about`` is asked for the lines of the last sheet when the rows are through."""
    rows = Rows(schema, batches)
    formats = {name: Format().set_num_format(text) for name, text in plan.formats.items()}
    wrapped = Format().set_text_wrap().set_align("top")
    sheets = plan.sheets
    try:
        write_worksheets(
            [
                *((name, rows.sheet(plan.most)) for name in sheets),
                (DICTIONARY, plan.dictionary),
                (ABOUT, _lines(rows, about)),
            ],
            str(path),
            freeze_panes={"general": {"row": 1, "col": 0}, **{name: {"row": 1, "col": 1} for name in sheets}},
            bold_headers=True,
            autofilter=dict.fromkeys(sheets, True),
            column_formats={
                **dict.fromkeys(sheets, formats),
                DICTIONARY: dict.fromkeys(plan.dictionary[0], wrapped),
                ABOUT: dict.fromkeys(("what", "which"), wrapped),
            },
            column_widths={
                **dict.fromkeys(sheets, plan.widths),
                DICTIONARY: {"column": 26.0, "label": 28.0, "kind": 30.0, "meaning": 90.0},
                ABOUT: {"what": 32.0, "which": 90.0},
            },
            # Member IDs and the like are digits that are not for adding up: no green corners for them.
            ignore_errors=dict.fromkeys(sheets, plan.texts),
            page_setup=dict.fromkeys([*sheets, DICTIONARY, ABOUT], _PAGE),
        )
    except Exception:
        if rows.failure:
            raise rows.failure from None
        raise


def write_apart(
    path: Path, plan: Plan, schema: pa.Schema, batches: Iterable[pa.RecordBatch], about: Callable[[], Lines]
) -> None:
    """The same in another process. What goes wrong while the rows are read ends it. Raises Broken."""
    command = [sys.executable, "-m", "pa_portal.reports.exports.sheets", str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=_HERE)  # noqa: S603 (this very file)
    try:
        assert process.stdin is not None
        with process.stdin as pipe:
            _send(pipe, asdict(plan))
            with pa.ipc.new_stream(pipe, schema) as stream:
                for batch in batches:
                    stream.write_batch(batch)
            _send(pipe, about())
        if process.wait():
            raise Broken
    except BrokenPipeError:
        raise Broken from None
    finally:
        process.kill()
        process.wait()


def _send(pipe: IO[bytes], value: Any) -> None:
    content = marshal.dumps(value)
    pipe.write(len(content).to_bytes(8))
    pipe.write(content)


def _receive(stream: IO[bytes]) -> Any:
    return marshal.loads(stream.read(int.from_bytes(stream.read(8))))  # noqa: S302 (from who started this process)


def _lines(rows: Rows, about: Callable[[], Lines]) -> Iterator[dict[str, str]]:
    rows.skip()
    for what, which in about():
        yield {"what": what, "which": which}


def _main(path: Path) -> int:
    stream = sys.stdin.buffer
    try:
        plan = Plan(**_receive(stream))
        with pa.ipc.open_stream(stream) as batches:
            write(path, plan, batches.schema, batches, lambda: _receive(stream))
    except Exception as error:
        # Not its message, which may quote a cell.
        print(f"The workbook could not be written: {type(error).__name__}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1])))
