"""What is done for submissions from time to time."""

from __future__ import annotations

from procrastinate.contrib.django import app

from pa_portal.accounts.acting import acting_as_portal
from pa_portal.submissions import actions


@app.periodic(cron="11 * * * *")
@app.task(queueing_lock="expire_drafts")
def expire_drafts(timestamp: int) -> None:
    """Discard drafts that nobody has saved for a long time. Hourly, so that none is kept long after its day."""
    with acting_as_portal():
        actions.expire_drafts()
