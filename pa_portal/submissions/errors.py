"""Why an action was refused. None of these holds patient data."""

from __future__ import annotations


class Refused(Exception):
    """An action that was not done; nothing was changed."""


class Stale(Refused):
    """The version token is not the current one: somebody, or another tab, changed the request meanwhile."""

    def __init__(self, *, current: int) -> None:
        super().__init__("This request was changed somewhere else since this page was opened.")
        self.current = current


class NotReady(Refused):
    """The request cannot be submitted yet. ``missing`` names the fields and facts, in the order of the pages.

    Names are those of the record ("patient", "state" and "locality" of a Medicare member, "prescriber",
    "diagnosis_code", "height_cm", "weight_kg", "requested_start_date", "urgency_reason"), a fact's name for the next
    question to answer, "clinical_rationale", or "response".
    """

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__("Still missing: " + ", ".join(missing))
        self.missing = missing


class NotAllowed(Refused):
    """The rules do not let this person do this to this request now. The message can be shown."""


class Damaged(Refused):
    """A stored file is missing or is not what was stored."""
