"""What the queue does for itself: jobs of a worker that was killed start again, and old ones go.

Every room's ``tasks.py`` is found by procrastinate. A task's arguments are ids and numbers: they stand in the queue's
table and in the log.
"""

from __future__ import annotations

from procrastinate.contrib.django import app
from procrastinate.job_context import JobContext

KEEP_FAILED_HOURS = 14 * 24


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="restart_stalled", pass_context=True)
async def restart_stalled(context: JobContext, timestamp: int) -> None:
    """Queue again what a worker had begun when it died. A task must therefore bear to be run twice."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        await jobs.retry_job(job)


@app.periodic(cron="23 * * * *")
@app.task(queueing_lock="forget_old", pass_context=True)
async def forget_old(context: JobContext, timestamp: int) -> None:
    """Delete jobs that failed or were stopped two weeks ago. Those that succeeded are deleted at once."""
    await context.app.job_manager.delete_old_jobs(
        nb_hours=KEEP_FAILED_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )
