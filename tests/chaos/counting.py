"""What the database holds in the end, against what was confirmed."""

from __future__ import annotations

from dataclasses import dataclass

from tests.chaos.installation import Installation
from tests.chaos.people import Ledger


@dataclass(frozen=True)
class Count:
    """``lost``: confirmed and not there. ``duplicated``: there more than once. ``half``: some of its records only."""

    confirmed: int
    lost: int
    duplicated: int
    half: int


def count(installation: Installation, ledger: Ledger) -> Count:
    query = """
        SELECT r.id::text, r.state = 'submitted',
               (SELECT count(*) FROM submissions_submission s WHERE s.request_id = r.id),
               (SELECT count(*) FROM audit_event e WHERE e.object_id = r.id::text AND e.action = 'request.submitted')
        FROM submissions_request r WHERE r.id = ANY(%s::uuid[])
    """
    with installation.superuser() as connection:
        rows = {row[0]: row[1:] for row in connection.execute(query, [list(ledger.tried)]).fetchall()}
    return Count(
        confirmed=len(ledger.confirmed),
        lost=sum(draft not in rows or rows[draft][1] == 0 for draft in ledger.confirmed),
        duplicated=sum(max(submissions, events) > 1 for _, submissions, events in rows.values()),
        half=sum(len({int(state), min(subs, 1), min(events, 1)}) > 1 for state, subs, events in rows.values()),
    )
