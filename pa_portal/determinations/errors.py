"""Why a decision was refused."""

from __future__ import annotations

import datetime

from pa_portal.submissions.errors import Refused


class Conflict(Refused):
    """Somebody acted on the request first. ``who`` and what (``decision``), ``when`` as an aware datetime.

    Nothing of the second act was stored; the caller keeps what was typed.
    """

    def __init__(self, *, who: str, when: datetime.datetime, decision: str) -> None:
        super().__init__(f"{who} acted on this request first: {decision.lower()}.")
        self.who = who
        self.when = when
        self.decision = decision
