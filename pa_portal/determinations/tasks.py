"""What is done for determinations from time to time."""

from __future__ import annotations

from django.conf import settings
from procrastinate.contrib.django import app

from pa_portal.accounts.acting import acting_as_portal
from pa_portal.determinations import notices


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="send_notices")
def send_notices(timestamp: int) -> None:
    """Queue notices of authorizations that end soon, and send what waits: nothing where NOTICE_BASE_URL is not set."""
    with acting_as_portal():
        notices.queue_expiring()
        if settings.NOTICE_BASE_URL:
            notices.send_waiting()
