"""Why a file is not taken."""

from __future__ import annotations

DAMAGED = "The file is damaged or incomplete. Save, scan or print it to a new file, and attach that one."


class Unacceptable(ValueError):
    """A file that cannot be attached. The message says what to do instead, and holds nothing of the file."""
