"""How errors are written to the log: where they happened and of what kind, never with which values."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType

ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None]


class WithoutValues(logging.Formatter):
    """A formatter that gives an exception's stack and class, and leaves out its message.

    A database error's message quotes the row that caused it, and a row is about a patient.
    """

    def formatException(self, ei: ExceptionInfo | tuple[None, None, None]) -> str:
        error = ei[1]
        chain = []
        while error is not None:
            frames = "".join(traceback.format_tb(error.__traceback__))
            kind = f"{type(error).__module__}.{type(error).__qualname__}"
            chain.append(f"Traceback (most recent call last):\n{frames}{kind} (its message is kept out of the log)")
            error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        return "\n\nThen:\n\n".join(reversed(chain))
