"""What is done for the record from time to time."""

from __future__ import annotations

from procrastinate.contrib.django import app

from pa_portal.audit import acting, sealing


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="seal_audit")
def seal_audit(timestamp: int) -> None:
    """Close what was put on record in the last minute, so that nothing in it can be changed unnoticed."""
    with acting.as_system("seal_audit"):
        sealing.seal()
